"""A report for readers who may not see everything: what is stricter is counted, and its words are withheld."""

from collections.abc import Collection
from typing import TypeVar

from msgspec.structs import replace

from tocsin.domain.tlp import Tlp, is_stricter
from tocsin.report.model import Breach, Report
from tocsin.report.model_of_work import Open, Ticketed

_WITHHELD = "content withheld"

_Titled = TypeVar("_Titled", Breach, Open, Ticketed)


def withheld(report: Report, highest: Tlp) -> Report:
    """`report` for those who may see nothing stricter than `highest`. Figures, times, offsets stay: no total changes.

    Titles, callers, and what the support log says of a contact are left out; so is whoever was refused, whose message
    has no ticket to say its marking.
    """
    hidden = {it.number for it in report.tickets if it.tlp and is_stricter(Tlp(it.tlp), highest)}
    nothing = {"contact": None, "location": None, "details": None, "client_ticket": None}
    return replace(
        report,
        tlp=highest.value,
        withheld=len(hidden),
        tickets=[_untitled(it, it.number, hidden) for it in report.tickets],
        breaches=[_untitled(it, it.ticket, hidden) for it in report.breaches],
        open=[_untitled(it, it.ticket, hidden) for it in report.open],
        callbacks=[replace(it, caller=None) if it.ticket in hidden else it for it in report.callbacks],
        support_log=[
            replace(it, **nothing) if it.ticket is None or it.ticket in hidden else it for it in report.support_log
        ],
    )


def _untitled(it: _Titled, number: str, hidden: Collection[str]) -> _Titled:
    return replace(it, title=_WITHHELD) if number in hidden else it
