"""Who has taken a ticket, as evidence: the first analyst since its opening, and the others after."""

from collections.abc import Iterator

from tocsin.domain.contract.evidence import TAKINGS
from tocsin.domain.events.ticket import TicketAcknowledged
from tocsin.domain.state.evidence import episodes
from tocsin.domain.state.marks import set_marks
from tocsin.domain.state.ticket import Mark, Ticket
from tocsin.domain.vocabulary import Evidence


def mark_taking(event: TicketAcknowledged, ticket: Ticket, offset: int) -> None:
    """Put the taking on `ticket`; one that was given on another ticket is a mark of that one."""
    if event.taken_on is None:
        new = Mark(event.happened_at, Evidence.ACKNOWLEDGED, offset, event.analyst)
        set_marks(ticket, _in_order([*ticket.marks, new]))


def has_taken(ticket: Ticket, analyst: str) -> bool:
    """True if `analyst` has taken it since it was opened last."""
    *_, episode = episodes(ticket.marks)
    return any(mark.kind in TAKINGS and mark.what == analyst for mark in episode)


def _in_order(marks: list[Mark]) -> Iterator[Mark]:
    """Of each analyst the first taking since an opening, by when it happened and not by when we learned of it."""
    for episode in episodes(sorted(marks)):
        takers: set[str] = set()
        for mark in episode:
            if mark.kind not in TAKINGS:
                yield mark
            elif mark.what not in takers:
                yield mark._replace(kind=Evidence.ACKNOWLEDGED_BY_ANOTHER if takers else Evidence.ACKNOWLEDGED)
                takers.add(mark.what)
