"""The waits of a ticket that end by themselves: by the client's word, where they are waited for, or by their date."""

from collections.abc import Iterator

from tocsin.domain.contract.evidence import BEGINNINGS, CHANNEL_OF, FIRST_MARKS
from tocsin.domain.contract.model import Contract
from tocsin.domain.events import Event
from tocsin.domain.events.ticket import HoldEnded
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import HoldSpan, Mark, Ticket
from tocsin.domain.vocabulary import Evidence, HoldEnd


def ended_holds(ticket: Ticket, contract: Contract, now: Instant) -> Iterator[Event]:
    """The ends of holds that follow from the marks of `ticket` and from the clock of its partition.

    A contact that was told late ends its hold when it came, also one that has ended later by now.
    """
    for hold in ticket.holds:
        named = contract.hold_named(hold.reason)
        contact = _contact_within(hold, ticket) if named and named.ended_by_contact else None
        if contact is not None:
            yield _ended(hold, contact.at, HoldEnd.CONTACT, contact.offset)
        elif hold.end is None and hold.until is not None and hold.until < now:
            yield end_by_date(hold, hold.until)


def end_by_date(hold: HoldSpan, at: Instant) -> HoldEnded:
    """The end of a hold that was to last until `at`."""
    return _ended(hold, at, HoldEnd.DATE, None)


def _ended(hold: HoldSpan, at: Instant, why: HoldEnd, contact: int | None) -> HoldEnded:
    return HoldEnded(reason=hold.reason, held_at=hold.start, happened_at=at, why=why, ended_by=contact)


def _contact_within(hold: HoldSpan, ticket: Ticket) -> Mark | None:
    """The first word of the client in that wait. What opened the ticket, or must be confirmed first, ends nothing."""
    opened = next((it.at for it in ticket.marks if it.kind in BEGINNINGS and it.kind in FIRST_MARKS), hold.start)
    began = max(hold.start, opened)  # by clocks that differ a wait may be older than its ticket
    over = min((at for at in (hold.end, hold.until) if at is not None), default=None)
    for mark in ticket.confirmed_marks:
        within = mark.at > began and (over is None or mark.at < over)
        if within and (mark.kind in CHANNEL_OF or mark.kind == Evidence.STATUS_REQUESTED):
            return mark
    return None
