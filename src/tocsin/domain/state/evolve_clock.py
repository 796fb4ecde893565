"""The change that each event about a clock makes to it."""

from typing import assert_never

from msgspec.structs import replace

from tocsin.domain.events import ClockEvent
from tocsin.domain.events.clock import (
    BreachWithdrawn,
    ClockMoved,
    ClockStarted,
    EscalationRaised,
    NobodyReached,
    ObjectiveAtRisk,
    ObjectiveBreached,
    ObjectiveFulfilled,
    PromiseLapsed,
    PromiseWithdrawn,
)
from tocsin.domain.state.acknowledgements import breach, close, page, rise
from tocsin.domain.state.parts import Page
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.state.told import take_over


def evolve_clock(event: ClockEvent, ticket: Ticket) -> Clock:  # noqa: C901 - one arm for each
    """Apply `event` to the clock of `ticket` that it is about, which its first event makes; returns the clock."""
    if isinstance(event, ClockStarted):
        return _start(event, ticket)
    clock = ticket.clock(event.rule, event.cycle)
    match event:
        case ClockMoved():
            _move(event, clock, ticket)
        case ObjectiveAtRisk():
            _warn(event, clock, ticket)
        case ObjectiveBreached():
            _breach(event, clock, ticket)
        case ObjectiveFulfilled():
            _fulfil(event, clock, ticket)
        case BreachWithdrawn():
            _withdraw_breach(clock, ticket)
        case PromiseWithdrawn():
            _withdraw_promise(clock, ticket)
        case PromiseLapsed():
            _lapse(event, clock, ticket)
        case EscalationRaised():
            _escalate(event, clock, ticket)
        case NobodyReached():
            clock.unreached = True
        case forgotten:
            assert_never(forgotten)
    return clock


def _start(event: ClockStarted, ticket: Ticket) -> Clock:
    clock = Clock(
        rule=event.rule,
        objective=event.objective,
        cycle=event.cycle,
        anchor=event.anchor,
        started_at=event.started_at,
        priority=event.priority,
        contract_and_plan=ticket.contract_and_plan,
        deadline=event.deadline,
        warnings=event.warnings,
        steps=event.steps,
        offsets=event.offsets,
        bound=event.bound,
    )
    if event.asked_for:
        page(ticket, clock)
    take_over(clock, ticket.told, event.continues)
    ticket.clocks.append(clock)
    return clock


def _move(event: ClockMoved, clock: Clock, ticket: Ticket) -> None:
    clock.started_at = event.started_at
    clock.deadline = event.deadline
    clock.priority = event.priority
    clock.contract_and_plan = ticket.contract_and_plan
    clock.void, clock.lapsed_at = False, None
    clock.warnings = event.warnings
    clock.steps = event.steps
    clock.offsets = event.offsets
    clock.bound = event.bound
    clock.fulfilled_at = None
    if event.reopened or event.risen:
        clock.reopenings += 1
        clock.warned, clock.steps_taken, clock.repetition, clock.repeat_at = 0, (), 0, None
        clock.breached = clock.breached and not event.reopened
    take_over(clock, ticket.told, event.continues)
    if event.reopened or event.risen:
        clock.page, clock.unreached = None, False
    if event.raised:
        rise(ticket, clock)


def _warn(event: ObjectiveAtRisk, clock: Clock, ticket: Ticket) -> None:
    clock.warned = event.warning + 1
    clock.warnings = clock.warnings[1:]
    page(ticket, clock)


def _breach(event: ObjectiveBreached, clock: Clock, ticket: Ticket) -> None:
    clock.breached = True
    clock.warnings = ()
    if event.told_on is None:
        breach(ticket, clock, event.deadline)


def _fulfil(event: ObjectiveFulfilled, clock: Clock, ticket: Ticket) -> None:
    clock.fulfilled_at = event.fulfilled_at
    clock.warnings, clock.steps, clock.repeat_at = (), (), None
    clock.offsets = event.offsets
    clock.fulfilments += 1
    clock.void, clock.lapsed_at = False, None
    close(ticket, clock)


def _withdraw_breach(clock: Clock, ticket: Ticket) -> None:
    clock.breached = False
    clock.withdrawals += 1
    close(ticket, clock)


def _withdraw_promise(clock: Clock, ticket: Ticket) -> None:
    """What is not owed was neither kept nor broken."""
    clock.breached, clock.lapsed_at = False, None
    _end(clock, ticket)


def _lapse(event: PromiseLapsed, clock: Clock, ticket: Ticket) -> None:
    """What was late before the end was broken."""
    clock.lapsed_at = event.lapsed_at
    _end(clock, ticket)


def _end(clock: Clock, ticket: Ticket) -> None:
    clock.warnings, clock.steps, clock.repeat_at = (), (), None
    clock.fulfilled_at = None
    clock.void = True
    clock.voided += 1
    close(ticket, clock)


def _escalate(event: EscalationRaised, clock: Clock, ticket: Ticket) -> None:
    clock.page = _page(event, clock, ticket)
    if event.repetition == 0:
        clock.steps = tuple(step for step in clock.steps if step.step != event.step)
        clock.steps_taken = (*clock.steps_taken, event.step)
    clock.repetition = event.repetition
    clock.repeat_at = event.next_at
    page(ticket, clock)


def _page(event: EscalationRaised, clock: Clock, ticket: Ticket) -> Page:
    """The page that `event` raises. Time to answer runs from the first of its step that was received."""
    page = Page(ticket.id, clock.cycle, event.step, event.repetition, clock.reopenings)
    before = clock.page if event.repetition else None
    if before is None or before.accepted_at is None:
        return page
    return replace(page, accepted_at=before.accepted_at, receipt=before.receipt)
