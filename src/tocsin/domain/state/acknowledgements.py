"""Acknowledgements: each covers the incidents that were open when it was given, and no later one.

While an incident is covered its escalation rests. It goes on when the acknowledgement ends without work, and when the
incident becomes another one: by a rise, or by the breach of a promise that was worked on.
"""

from collections.abc import Collection, Iterator
from typing import assert_never

from tocsin.domain.events.clock import PendingStep
from tocsin.domain.events.ticket import AcknowledgementExpired, AcknowledgementWithdrawn, TicketAcknowledged
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Acknowledgement, Clock, Ticket, incident
from tocsin.domain.vocabulary import Evidence, Objective


def open_incidents(ticket: Ticket, at: Instant) -> Iterator[str]:
    """The names of the incidents of `ticket` that were open at `at` and still are."""
    for clock in ticket.clocks:
        if clock.paged and clock.paged_at <= at:
            yield clock.incident
    for topic in ticket.notices:
        yield incident(topic, ticket.notices_closed)


def covered(ticket: Ticket) -> Collection[str]:
    """The names of the incidents that somebody has taken."""
    return {name for each in ticket.taken_by for name in each.covers}


def evolve_acknowledgement(
    event: TicketAcknowledged | AcknowledgementExpired | AcknowledgementWithdrawn, ticket: Ticket
) -> None:
    """Apply `event` to `ticket`."""
    match event:
        case TicketAcknowledged():
            _acknowledge(event, ticket)
        case AcknowledgementExpired():
            _expire(event, ticket)
        case AcknowledgementWithdrawn():
            _withdraw(event, ticket)
        case forgotten:
            assert_never(forgotten)


def _acknowledge(event: TicketAcknowledged, ticket: Ticket) -> None:
    """Keep the acknowledgement, in place of earlier ones of the same analyst that cover nothing any more.

    One that was given on another ticket has come along with the promises that it covers.
    """
    for clock in ticket.clocks:
        if clock.page and clock.incident in event.covers:
            clock.page = None  # it is answered
    if event.taken_on is not None:
        ticket.told = tuple(each._replace(taken=()) for each in ticket.told)
        if not event.covers:
            return
    others = (each for each in ticket.taken_by if each.covers or each.by != event.analyst)
    ticket.taken_by = (*others, Acknowledgement(event.analyst, event.happened_at, event.expires_at, event.covers))
    ticket.acknowledgements += 1


def _expire(event: AcknowledgementExpired, ticket: Ticket) -> None:
    """End what expires, and go on with the escalation that it held."""
    ticket.taken_by = tuple(each for each in ticket.taken_by if each.expires_at != event.expired_at)
    _resume(ticket, event.incidents, event.expired_at)


def _withdraw(event: AcknowledgementWithdrawn, ticket: Ticket) -> None:
    """End the acknowledgements of the analysts whose they are, and go on with the escalation that they held."""
    ticket.taken_by = tuple(each for each in ticket.taken_by if each.by not in event.whose)
    _resume(ticket, event.incidents, event.happened_at)


def keep(ticket: Ticket) -> None:
    """Let the acknowledgements last: work has followed them."""
    for each in ticket.taken_by:
        each.expires_at = None


def begin_anew(ticket: Ticket) -> None:
    """Drop the acknowledgements that cover nothing any more: the ticket is open again."""
    ticket.taken_by = tuple(each for each in ticket.taken_by if each.covers)


def page(ticket: Ticket, clock: Clock) -> None:
    """Note that an alert has opened the incident of `clock`, unless it was open."""
    if not clock.paged:
        clock.paged, clock.paged_at = True, ticket.touched_at


def close(ticket: Ticket, clock: Clock) -> None:
    """Note that the incident of `clock` is resolved, if it was open."""
    clock.paged, clock.page, clock.unreached = False, None, False
    uncover(ticket, clock.incident)


def breach(ticket: Ticket, clock: Clock, deadline: Instant) -> None:
    """Page for a broken promise. An acknowledgement that lasts by work was one of the promise while it could be kept.

    Its matrix holds from the deadline on: what came due under the acknowledgement is due now.
    """
    page(ticket, clock)
    name = clock.incident
    if any(each.expires_at is None and name in each.covers for each in ticket.taken_by):
        uncover(ticket, name)
        clock.steps = tuple(step._replace(at=max(step.at, deadline)) for step in clock.steps)


def rise(ticket: Ticket, clock: Clock) -> None:
    """Page anew for a promise that has become more urgent: who took it before has taken another one."""
    uncover(ticket, clock.incident)
    clock.paged_at = ticket.touched_at


def ring_again(ticket: Ticket, caller: str, at: Instant) -> None:
    """Page anew for a callback whose caller has rung once more at `at`: who took it before has not heard of that."""
    if not ticket.taken_by:
        return
    owed = {mark.offset for mark in ticket.marks if mark.kind == Evidence.CALLBACK_OWED and mark.what == caller}
    for clock in ticket.clocks:
        if clock.running and clock.objective == Objective.CALLBACK and clock.anchor in owed:
            taken = clock.incident in covered(ticket)
            for each in ticket.taken_by:
                if each.at < at:
                    _drop(each, clock.incident)
            if taken and clock.incident not in covered(ticket):
                _resume(ticket, (clock.incident,), ticket.touched_at)


def uncover(ticket: Ticket, *names: str) -> None:
    """Let the incidents of those names be covered by nobody."""
    for each in ticket.taken_by:
        _drop(each, *names)


def _drop(acknowledgement: Acknowledgement, *names: str) -> None:
    if not set(names).isdisjoint(acknowledgement.covers):
        acknowledgement.covers = tuple(name for name in acknowledgement.covers if name not in names)


def _resume(ticket: Ticket, incidents: Collection[str], at: Instant) -> None:
    """Go on with the escalation of `incidents` where it stopped; what came due meanwhile is due from `at` on."""
    for clock in ticket.clocks:
        if clock.incident in incidents:
            clock.steps = _put_off(clock.steps, at)
            clock.repeat_at = None if clock.repeat_at is None else max(clock.repeat_at, at)


def _put_off(steps: tuple[PendingStep, ...], at: Instant) -> tuple[PendingStep, ...]:
    """The steps that were due before `at` follow one another from then on; the others are due as they were."""
    due = [step for step in steps if step.at < at]
    later = steps[len(due) :]
    latest = later[0].at if later else float("inf")
    return (*(step._replace(at=int(min(step.at + at - due[0].at, latest))) for step in due), *later)
