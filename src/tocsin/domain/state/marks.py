"""Marks on a ticket, and what follows from them: its stage, the end of a hold."""

from bisect import insort
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from tocsin.domain.contract.evidence import STAGE_OF
from tocsin.domain.events.contact import ContactJoined
from tocsin.domain.events.ticket import HoldEnded, TicketOpened, WorkDone
from tocsin.domain.instant import Instant
from tocsin.domain.state.acknowledgements import begin_anew
from tocsin.domain.state.evidence import begun_at, episodes
from tocsin.domain.state.parts import Answer, Received
from tocsin.domain.state.ticket import Mark, Ticket
from tocsin.domain.vocabulary import STAGES, Evidence, Stage

_NAMES_KEPT = 100
_MARKS_KEPT = 500


def add_mark(ticket: Ticket, at: Instant, kind: str, offset: int, what: str = "") -> None:
    """Put a mark on `ticket` and bring its stage up to date."""
    insort(ticket.marks, Mark(at, kind, offset, what))
    if len(ticket.marks) > _MARKS_KEPT:
        _drop_old_marks(ticket)
    update_stage(ticket)


def set_marks(ticket: Ticket, marks: Iterable[Mark]) -> None:
    """Give `ticket` these marks in place of those that it had."""
    ticket.marks = sorted(set(marks))
    ticket.reopenings = len(list(episodes(ticket.marks))) - 1
    if ticket.closed_at is not None and begun_at(ticket.marks) > ticket.closed_at:
        ticket.closed_at = None
    update_stage(ticket)


def update_stage(ticket: Ticket) -> None:
    """Set the stage by the marks since the ticket was opened last."""
    was_open = ticket.open
    *_, episode = episodes(ticket.marks)
    steps = _steps(episode)
    ticket.resolved_at = steps[Stage.RESOLVED].at if Stage.RESOLVED in steps else None
    ticket.stage = max(steps, key=STAGES.index, default=Stage.RECEIVED) if ticket.closed_at is None else Stage.CLOSED
    if ticket.open and not was_open:
        begin_anew(ticket)
        ticket.sources_over = ()
    elif was_open and ticket.resolved_at is not None:
        end_hold(ticket, ticket.resolved_at)


def end_hold(ticket: Ticket, at: Instant) -> None:
    """End the hold that `ticket` is in, if it is in one."""
    if held := ticket.held:
        held.end = max(at, held.start)


def end_by_itself(ticket: Ticket, event: HoldEnded) -> None:
    """End the hold that the event tells of, or let it end earlier than was known."""
    for hold in ticket.holds:
        ends = hold.end is None or event.happened_at < hold.end
        if ends and (hold.start, hold.reason) == (event.held_at, event.reason):
            if hold.ended_by is None:
                hold.otherwise = hold.end
            hold.end, hold.ended_by = event.happened_at, event.ended_by


def go_on_waiting(ticket: Ticket, resolved_at: Instant) -> None:
    """Let the hold that a resolution at that time ended last until the one that stands, if one does: it was none."""
    hold = ticket.holds[-1] if ticket.holds else None
    if hold and hold.ended_by is None and hold.end == max(resolved_at, hold.start):
        hold.end = ticket.resolved_at


def go_on_without(ticket: Ticket, contact: int) -> None:
    """Let the holds which that contact ended last as long as they would have lasted: it belongs to another ticket."""
    for hold, later in zip_longest(ticket.holds, ticket.holds[1:]):
        if hold.ended_by == contact:
            followed = later.start if later else ticket.resolved_at
            hold.end = followed if hold.otherwise is None else hold.otherwise
            hold.ended_by = hold.otherwise = None


def with_name(names: tuple[str, ...], new: str | None) -> tuple[str, ...]:
    """`names` with a `new` one, as long as there are not too many."""
    return (*names, new) if new and new not in names and len(names) < _NAMES_KEPT else names


def with_contact(
    received: tuple[Received, ...], offset: int, event: ContactJoined | TicketOpened
) -> tuple[Received, ...]:
    """`received` with the contact that `event` tells of, if it tells of one; the oldest go when there are too many."""
    if event.contact is None:
        return received
    new = Received(offset, event.message or event.call or "", event.contact)
    return (*received, new)[-_NAMES_KEPT:]


def with_answer(answers: tuple[Answer, ...], offset: int, event: WorkDone) -> tuple[Answer, ...]:
    """`answers` with the mail that `event` tells of, if it may yet turn out not to have arrived."""
    if not event.message or not event.recipients:
        return answers
    new = Answer(event.message, event.happened_at, offset, event.recipients, bool(event.others))
    return (*answers, new)[-_NAMES_KEPT:]


def without_name(names: tuple[str, ...], old: str) -> tuple[str, ...]:
    """`names` without the `old` one."""
    return tuple(name for name in names if name != old)


def _drop_old_marks(ticket: Ticket) -> None:
    """Bound the memory of a ticket that goes on and on: drop the oldest marks that no clock and no stage depends on."""
    owed_since = min((clock.started_at for clock in ticket.clocks if clock.running), default=ticket.marks[-1].at)
    kept = {mark for episode in episodes(ticket.marks) for mark in _kept(episode)}
    bounding = {clock.offsets[-1] for clock in ticket.clocks if clock.running and clock.bound is not None}
    kept |= {mark for mark in ticket.marks if mark.offset in bounding}
    too_many = len(ticket.marks) - _MARKS_KEPT
    ticket.marks = [
        mark for i, mark in enumerate(ticket.marks) if i >= too_many or mark.at >= owed_since or mark in kept
    ]


def _kept(episode: list[Mark]) -> Iterator[Mark]:
    """What an episode began with, and what its stages depend on."""
    yield from episode[: 2 if episode[0].kind == Evidence.OCCURRED else 1]
    yield from _steps(episode).values()


def _steps(episode: list[Mark]) -> dict[Stage, Mark]:
    """The stages of an episode, each with the mark that first reached it."""
    return {STAGE_OF[mark.kind]: mark for mark in reversed(episode) if mark.kind in STAGE_OF}
