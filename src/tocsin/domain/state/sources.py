"""What the sources of a ticket say of it: whether what they saw is over."""

from typing import assert_never

from tocsin.domain.contract.evidence import CHANNEL_OF
from tocsin.domain.events import SourceEvent
from tocsin.domain.events.source import ResolvedBySilence, SeenAgain, SourceResolved
from tocsin.domain.instant import Instant
from tocsin.domain.state.marks import add_mark
from tocsin.domain.state.parts import SourceOver
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Evidence


def evolve_source(event: SourceEvent, ticket: Ticket, offset: int) -> None:
    """Apply `event` to `ticket`; `offset` is the inbox offset of its cause."""
    match event:
        case SourceResolved():
            ticket.sources_over = (*ticket.sources_over, SourceOver(event.key, event.happened_at, offset))
        case SeenAgain():
            ticket.sources_over = tuple(each for each in ticket.sources_over if each.key != event.key)
        case ResolvedBySilence():
            add_mark(ticket, event.happened_at, Evidence.RESOLUTION, event.offset)
        case forgotten:
            assert_never(forgotten)


def is_said_over(ticket: Ticket, key: str) -> bool:
    """True if what was seen under `key` is over, as its source says, and was not seen again since."""
    return any(each.key == key for each in ticket.sources_over)


def over_at_source(ticket: Ticket) -> SourceOver | None:
    """The last word by which all that sensors saw on `ticket` is over; None while one of them has not said so."""
    keys = {ticket.correlation_key, *(each.correlation_key for each in ticket.absorbed)} - {None}
    if not keys or keys - {each.key for each in ticket.sources_over}:
        return None
    return max(ticket.sources_over, key=lambda word: (word.at, word.offset))


def resolves_at(ticket: Ticket, after: Instant | None) -> Instant | None:
    """The time at which the silence of its sources resolves `ticket`, so long `after` their last word; None: never.

    Nobody's question is answered by it: it resolves no ticket on which the client has turned to us.
    """
    if (
        after is None
        or not ticket.sources_over
        or not ticket.open
        or any(mark.kind in CHANNEL_OF for mark in ticket.marks)
    ):
        return None
    word = over_at_source(ticket)
    return None if word is None else word.at + after
