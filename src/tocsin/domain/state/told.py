"""The part of a promise that was told on one ticket goes on where it ended, when the promise moves to another."""

from collections.abc import Collection, Iterable

from msgspec import UNSET
from msgspec.structs import replace

from tocsin.domain.state.ticket import Clock, Ticket, Told


def told_of(ticket: Ticket, anchors: Collection[int] | None = None) -> tuple[Told, ...]:
    """The part that was told of the promises of `ticket`, or of those that one of `anchors` started."""
    own = (
        Told(
            number=ticket.number,
            rule=clock.rule,
            anchor=clock.anchor,
            breached=clock.breached,
            warned=clock.warned,
            steps_taken=clock.steps_taken,
            repetition=clock.repetition,
            repeat_at=clock.repeat_at,
            page=clock.page,
            taken=tuple(replace(each, covers=()) for each in ticket.taken_by if clock.incident in each.covers),
        )
        for clock in ticket.clocks
        if not clock.void and (clock.breached or clock.warned or clock.steps_taken) and not _is_hidden(ticket, clock)
    )
    return tuple(told for told in (*own, *ticket.told) if anchors is None or told.anchor in anchors)


def _is_hidden(ticket: Ticket, clock: Clock) -> bool:
    """True if a silence has kept the incident of `clock` from being told: on another ticket it is told anew."""
    quiet = None if ticket.quiet is UNSET else ticket.quiet.of(clock.incident)
    return quiet is not None and quiet.hidden


def take_over(clock: Clock, told: Iterable[Told], anchors: Collection[int] | None) -> None:
    """Let `clock` go on where the promises ended that one of `anchors` started on another ticket."""
    for each in told:
        if anchors is None or each.rule != clock.rule or each.anchor not in anchors:
            continue
        clock.warned = max(clock.warned, each.warned)
        if not set(each.steps_taken) <= set(clock.steps_taken):
            own = (step for step in clock.steps_taken if step not in each.steps_taken)
            clock.steps_taken = (*own, *each.steps_taken)
            clock.repetition, clock.repeat_at, clock.page = each.repetition, each.repeat_at, each.page
