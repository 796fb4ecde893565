"""A reading of Tocsin's own, and which contracts it concerns."""

from collections.abc import Callable
from typing import NamedTuple

from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, RisesFrom
from tocsin.domain.contract.target import TargetUnit

Concerns = Callable[[Contract, Plan], bool]


class FoldReading(NamedTuple):
    """A reading that the code makes for every contract that `concerns` is true of."""

    of: str
    text: str
    concerns: Concerns


def always(contract: Contract, plan: Plan) -> bool:
    """True: it concerns every contract."""
    return True


def any_rule(fits: Callable[[ObjectiveRule], bool]) -> Concerns:
    """True of plans with a promise that `fits`."""
    return lambda _, plan: any(map(fits, plan.objectives))


def in_unit(*units: TargetUnit) -> Concerns:
    """True of plans with a figure in one of `units`."""
    return any_rule(lambda rule: any(it.target is not None and it.target.unit in units for it in rule.targets.values()))


def by_priority(counts_from: RisesFrom) -> Concerns:
    """True of plans with a promise of several figures, where a rise counts from there."""
    return any_rule(
        lambda rule: rule.rises_from is counts_from and len({it.target for it in rule.targets.values()}) > 1
    )
