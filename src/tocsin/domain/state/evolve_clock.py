"""How each event about a clock changes it."""

from functools import singledispatch

from tocsin.domain.events.clock import (
    BaseClockEvent,
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


@singledispatch
def evolve_clock(event: BaseClockEvent, ticket: Ticket) -> None:
    """Apply `event` to the clock of `ticket` that it is about."""
    raise NotImplementedError(f"nothing applies {type(event).__name__}")


@evolve_clock.register
def _(event: ClockStarted, ticket: Ticket) -> None:
    ticket.clocks.append(
        Clock(
            rule=event.rule,
            objective=event.objective,
            cycle=event.cycle,
            anchor=event.anchor,
            started_at=event.started_at,
            priority=event.priority,
            terms=ticket.terms,
            deadline=event.deadline,
            warnings=event.warnings,
            steps=event.steps,
            offsets=event.offsets,
            paged=event.asked_for,
        )
    )


@evolve_clock.register
def _(event: ClockMoved, ticket: Ticket) -> None:
    clock = ticket.clock(event.rule, event.cycle)
    clock.started_at = event.started_at
    clock.deadline = event.deadline
    clock.priority = event.priority
    clock.terms = ticket.terms
    clock.void = False
    clock.warnings = event.warnings
    clock.steps = event.steps
    clock.offsets = event.offsets
    clock.fulfilled_at = None


@evolve_clock.register
def _(event: ObjectiveAtRisk, ticket: Ticket) -> None:
    clock = ticket.clock(event.rule, event.cycle)
    clock.warned = event.warning + 1
    clock.warnings = clock.warnings[1:]
    clock.paged = True


@evolve_clock.register
def _(event: ObjectiveBreached, ticket: Ticket) -> None:
    clock = ticket.clock(event.rule, event.cycle)
    clock.breached = clock.paged = True
    clock.warnings = ()


@evolve_clock.register
def _(event: ObjectiveFulfilled, ticket: Ticket) -> None:
    clock = ticket.clock(event.rule, event.cycle)
    clock.fulfilled_at = event.fulfilled_at
    clock.warnings, clock.steps, clock.repeat_at = (), (), None
    clock.offsets = event.offsets
    clock.fulfilments += 1
    clock.void = False
    clock.paged = False


@evolve_clock.register
def _(event: BreachWithdrawn, ticket: Ticket) -> None:
    clock = ticket.clock(event.rule, event.cycle)
    clock.breached = clock.paged = False
    clock.withdrawals += 1


@evolve_clock.register
def _(event: PromiseWithdrawn, ticket: Ticket) -> None:
    clock = ticket.clock(event.rule, event.cycle)
    clock.warnings, clock.steps, clock.repeat_at = (), (), None
    clock.void, clock.paged = True, False
    clock.voided += 1


@evolve_clock.register
def _(event: EscalationRaised, ticket: Ticket) -> None:
    clock = ticket.clock(event.rule, event.cycle)
    if event.repetition == 0:
        clock.steps = clock.steps[1:]
        clock.next_step = event.step + 1
    clock.repetition = event.repetition
    clock.repeat_at = event.next_at
    clock.paged = True
