"""The readings behind a contract that its file gives."""

from collections.abc import Iterator, Sequence

from tocsin.contracts.citations import readings
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.contract.rules import Citation


def document_readings(contract: Contract, plans: Sequence[Plan]) -> Iterator[tuple[Citation, list[str]]]:
    """Each reading that the contract's file gives, with the places in the contract and in `plans` that it is for."""
    hidden = {f"plans.{name}." for name in contract.plans} - {f"plans.{plan.name}." for plan in plans}
    for cites, places in readings(contract):
        if shown := [place for place in places if not place.startswith(tuple(hidden))]:
            yield cites, shown
