"""Says from when a higher priority counts, which documents rarely do."""

from collections.abc import Iterator

from tocsin.contracts.checks.base import Finding, Level
from tocsin.domain.contract.model import Contract, Plan, Renewal, RisesFrom

_COUNTS = {
    RisesFrom.RISE: "a higher priority's target counts from the rise (`rises_from: rise`)",
    RisesFrom.START: "a higher priority's target counts from the start of the promise (`rises_from: start`)",
}
_BEGINS = {
    Renewal.NEVER: "a rise after it was kept begins nothing (`renewed_by: never`)",
    Renewal.RISE: "a rise after it was kept begins it anew (`renewed_by: rise`)",
    Renewal.CONTACT: "a rise with a contact after it was kept begins it anew (`renewed_by: contact`)",
}


def rises_of_the_priority(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """What follows from a rise, for promises of which the priority makes a difference."""
    for rule in plan.objectives:
        promised = list(rule.targets.values())
        by_priority = len({(it.target, it.calendar) for it in promised}) > 1 or rule.renewed_by is not Renewal.NEVER
        if promised and by_priority:
            text = _COUNTS[rule.rises_from] + ("" if rule.recurring else f"; {_BEGINS[rule.renewed_by]}")
            yield Finding(Level.NOTE, "rise", f"objectives.{rule.id}", promised[0].cites.clause, text)
