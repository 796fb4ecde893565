"""The reasons to wait that a contract has: those of its file, or else the usual ones."""

from collections.abc import Iterator

from tocsin.contracts.notation.contract import ContractSpec
from tocsin.domain.contract.rules import Citation, HoldReason
from tocsin.domain.vocabulary import Basis

_CLIENT = frozenset(("client", "customer"))

_USUAL = {
    "waiting_for_customer": "the customer has been asked for something",
    "waiting_for_third_party": "somebody else has been asked for something, such as a maker or a carrier",
    "waiting_for_date": "work goes on at an appointed time",
}
"""The reasons for which any desk waits. Only clocks whose rules name one are paused by it."""


def holds_of(contract: ContractSpec) -> Iterator[HoldReason]:
    """The reasons of `contract`; where it gives none, those that its rules name and the usual ones."""
    if contract.holds:
        for reason, it in contract.holds.items():
            yield HoldReason(reason=reason, ended_by_contact=it.ended_by_contact, text=it.text, cites=it.cites)
        return
    rules = (rule for plan in contract.plans.values() for rule in plan.objectives.values())
    named = (reason for rule in rules for reason in rule.paused_by)
    for reason in dict.fromkeys((*named, *_USUAL)):
        yield HoldReason(
            reason=reason,
            ended_by_contact=not _CLIENT.isdisjoint(reason.casefold().replace("_", " ").split()),
            text=_USUAL.get(reason, ""),
            cites=_ASSUMED,
        )


_ASSUMED = Citation(
    clause="none",
    basis=Basis.ASSUMED,
    reading=(
        "the contract's file gives no reasons to wait: those that its rules name hold, and the usual ones; a contact "
        "by the client ends one whose name has the client or customer in it"
    ),
)
