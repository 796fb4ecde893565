"""The change that each event about a clock makes to it."""

from typing import assert_never

from tocsin.domain.events import ClockEvent
from tocsin.domain.events.clock import (
    BreachWithdrawn,
    ClockMoved,
    ClockStarted,
    EscalationRaised,
    ObjectiveAtRisk,
    ObjectiveBreached,
    ObjectiveFulfilled,
    PromiseWithdrawn,
)
from tocsin.domain.state.ticket import Clock, Ticket


def evolve_clock(event: ClockEvent, ticket: Ticket) -> Clock:
    """Apply `event` to the clock of `ticket` that it is about, which its first event makes; returns the clock."""
    if isinstance(event, ClockStarted):
        return _start(event, ticket)
    clock = ticket.clock(event.rule, event.cycle)
    match event:
        case ClockMoved():
            _move(event, clock, ticket)
        case ObjectiveAtRisk():
            _warn(event, clock)
        case ObjectiveBreached():
            _breach(clock)
        case ObjectiveFulfilled():
            _fulfil(event, clock)
        case BreachWithdrawn():
            _withdraw_breach(clock)
        case PromiseWithdrawn():
            _withdraw_promise(clock)
        case EscalationRaised():
            _escalate(event, clock)
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
        paged=event.asked_for,
    )
    ticket.clocks.append(clock)
    return clock


def _move(event: ClockMoved, clock: Clock, ticket: Ticket) -> None:
    clock.started_at = event.started_at
    clock.deadline = event.deadline
    clock.priority = event.priority
    clock.contract_and_plan = ticket.contract_and_plan
    clock.void = False
    clock.warnings = event.warnings
    clock.steps = event.steps
    clock.offsets = event.offsets
    clock.fulfilled_at = None


def _warn(event: ObjectiveAtRisk, clock: Clock) -> None:
    clock.warned = event.warning + 1
    clock.warnings = clock.warnings[1:]
    clock.paged = True


def _breach(clock: Clock) -> None:
    clock.breached = clock.paged = True
    clock.warnings = ()


def _fulfil(event: ObjectiveFulfilled, clock: Clock) -> None:
    clock.fulfilled_at = event.fulfilled_at
    clock.warnings, clock.steps, clock.repeat_at = (), (), None
    clock.offsets = event.offsets
    clock.fulfilments += 1
    clock.void = False
    clock.paged = False


def _withdraw_breach(clock: Clock) -> None:
    clock.breached = clock.paged = False
    clock.withdrawals += 1


def _withdraw_promise(clock: Clock) -> None:
    clock.warnings, clock.steps, clock.repeat_at = (), (), None
    clock.void, clock.paged = True, False
    clock.voided += 1


def _escalate(event: EscalationRaised, clock: Clock) -> None:
    if event.repetition == 0:
        clock.steps = clock.steps[1:]
        clock.next_step = event.step + 1
    clock.repetition = event.repetition
    clock.repeat_at = event.next_at
    clock.paged = True
