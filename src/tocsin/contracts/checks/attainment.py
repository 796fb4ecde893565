"""Finds doubtful promises over many: of nothing, of the same clocks twice, with caps that contradict each other."""

from collections.abc import Iterator

from tocsin.contracts.checks.base import Finding, Level, doubt, promises
from tocsin.contracts.notation.targets import show_duration
from tocsin.domain.contract.attainment import AttainmentRule
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.contract.rules import Period


def shares_of_nothing(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Promises of clocks that the plan does not have, and shares of clocks without a figure."""
    dated = [rule for rule, _, promise in promises(plan, contract) if promise.target is not None]
    for it in plan.attainment:
        about = dated if it.at_most is None else plan.objectives
        if not any(it.rule == rule.id if it.rule else it.objective in (None, rule.objective) for rule in about):
            text = "a share is promised of clocks that have no figure"
            if it.at_most is not None:
                text = "a time is promised of clocks that this plan does not have"
            yield Finding(Level.WARNING, "gap", _where(it), it.cites.clause, text)


def second_shares(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Promises of what is promised already, of the same clocks, period and measure. Only the first is judged."""
    first = {_population(it): it for it in reversed(plan.attainment)}
    for it in plan.attainment:
        judged = first[_population(it)]
        if it is not judged:
            text = (
                f"only the first promise of {it.rule or it.objective or 'all'} for this period is judged, "
                f"{_figure(judged)}; {_figure(it)} never is. Steps of one promise are `credits` with `tiers`"
            )
            yield doubt("ignored_rule", _where(it), it.cites, text)


def two_caps(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Credits of one fee and period that are capped at different parts of it."""
    caps: dict[tuple[str, Period], AttainmentRule] = {}
    for it in plan.attainment:
        if it.credits is None:
            continue
        first = caps.setdefault((it.credits.of, it.period), it)
        if first.credits and first.credits.cap != it.credits.cap:
            text = f"{_where(first)} caps the credits of {it.credits.of} at another part of it"
            yield Finding(Level.ERROR, "contradiction", _where(it), it.cites.clause, text)


def _population(it: AttainmentRule) -> tuple[object, ...]:
    return (it.objective, it.rule, it.by, it.period, it.measure)


def _figure(it: AttainmentRule) -> str:
    return f"{it.share:.0%}" if it.at_most is None else show_duration(it.at_most)


def _where(it: AttainmentRule) -> str:
    return f"attainment.{it.rule or it.objective or 'all'}"
