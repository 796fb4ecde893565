"""The timers of a ticket: what comes due next, and what follows when it does.

The timer law: a record's stamp first fires every timer due strictly before it. So what happens at the deadline to
the millisecond is in time, and more or fewer ticks never change an alert.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from tocsin.domain.clocks.escalating import climb, climbs_at, escalate, repeats
from tocsin.domain.clocks.waits import end_by_date
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.events import Event
from tocsin.domain.events.clock import ObjectiveAtRisk, ObjectiveBreached
from tocsin.domain.events.source import ResolvedBySilence
from tocsin.domain.events.ticket import AcknowledgementExpired, TicketClosed, TicketForgotten
from tocsin.domain.instant import Instant
from tocsin.domain.state.acknowledgements import covered
from tocsin.domain.state.sources import over_at_source, resolves_at
from tocsin.domain.state.ticket import LATE_EVIDENCE_WINDOW, Clock, Ticket
from tocsin.domain.time.deadlines import deadline
from tocsin.domain.vocabulary import Stage


class TimerKind(IntEnum):
    """In the order in which timers of the same instant fire."""

    HOLD = 0
    SILENCE = 1
    ACKNOWLEDGEMENT = 2
    WARNING = 3
    DEADLINE = 4
    STEP = 5
    REPEAT = 6
    CLIMB = 7
    CLOSING = 8
    FORGETTING = 9

    @property
    def moves_clocks(self) -> bool:
        """True for one that changes what the clocks of its ticket depend on."""
        return self in (TimerKind.HOLD, TimerKind.SILENCE)


class Timer(NamedTuple):
    """An instant at which something is due; `clock` is None for a timer of the ticket itself."""

    at: Instant
    kind: TimerKind
    clock: Clock | None


def next_timer(ticket: Ticket, contract: Contract, repeat_horizon: Instant | None = None) -> Timer | None:
    """The first timer of `ticket`. Repetitions without end are left out after `repeat_horizon`."""
    plan = contract.plans[ticket.plan]
    timers = [*_own_timers(ticket, plan, contract)]
    taken = covered(ticket)
    for clock in ticket.clocks:
        if clock.running:
            escalates = not taken or clock.incident not in taken
            timers += _clock_timers(clock, plan, repeat_horizon, escalates=escalates)
            told = clock.page is not None and clock.page.receipt is not None  # nearly never
            if escalates and told and (at := climbs_at(ticket, clock, plan)) is not None:
                timers.append(Timer(at, TimerKind.CLIMB, clock))
    return min(timers, key=lambda timer: timer[:2], default=None)


def _own_timers(ticket: Ticket, plan: Plan, contract: Contract) -> Iterator[Timer]:
    if ticket.held and ticket.held.until is not None:
        yield Timer(ticket.held.until, TimerKind.HOLD, None)
    if ticket.sources_over and plan.detections:
        over_at = resolves_at(ticket, plan.detections.source_resolved_after)
        if over_at is not None:
            yield Timer(over_at, TimerKind.SILENCE, None)
    for each in ticket.taken_by:
        if each.expires_at is not None:
            yield Timer(each.expires_at, TimerKind.ACKNOWLEDGEMENT, None)
    if ticket.stage is not Stage.RESOLVED and ticket.closed_at is None:
        return  # nearly always
    if any(clock.running and clock.deadline is not None and not clock.breached for clock in ticket.clocks):
        return  # what has a date is kept, or late and told, before the ticket is closed by time or forgotten
    settled_at = max((_settled_at(clock) for clock in ticket.clocks), default=0)
    if ticket.stage is Stage.RESOLVED and ticket.resolved_at is not None:
        yield Timer(max(_closes_at(ticket.resolved_at, plan, contract), settled_at), TimerKind.CLOSING, None)
    if ticket.closed_at is not None:
        yield Timer(max(ticket.closed_at, settled_at) + LATE_EVIDENCE_WINDOW, TimerKind.FORGETTING, None)


def _closes_at(resolved_at: Instant, plan: Plan, contract: Contract) -> Instant:
    if plan.closes_within is None:
        return resolved_at + plan.closes_after
    return deadline(resolved_at, plan.closes_within, contract.calendars[plan.closes_in])


def _settled_at(clock: Clock) -> Instant:
    """The time at which a promise with a date was kept or became late; 0 for one without."""
    if clock.void or clock.deadline is None:
        return 0
    return clock.deadline if clock.fulfilled_at is None else clock.fulfilled_at


def _clock_timers(clock: Clock, plan: Plan, repeat_horizon: Instant | None, *, escalates: bool) -> Iterator[Timer]:
    if clock.warnings:
        yield Timer(clock.warnings[0], TimerKind.WARNING, clock)
    if clock.deadline is not None and not clock.breached:
        yield Timer(clock.deadline, TimerKind.DEADLINE, clock)
    if escalates and clock.steps:
        yield Timer(clock.steps[0].at, TimerKind.STEP, clock)
    if escalates and clock.repeat_at is not None and repeats(clock, clock.repeat_at, plan, repeat_horizon):
        yield Timer(clock.repeat_at, TimerKind.REPEAT, clock)


def fire(ticket: Ticket, timer: Timer, contract: Contract) -> Event:
    """The event that `timer` causes now that it is due."""
    if timer.clock is not None:
        return _fire_clock(ticket, timer, timer.clock, contract)
    if timer.kind is TimerKind.HOLD and ticket.held:
        return end_by_date(ticket.held, timer.at)
    if timer.kind is TimerKind.SILENCE and (word := over_at_source(ticket)):
        return ResolvedBySilence(happened_at=max(timer.at, ticket.touched_at), offset=word.offset)
    if timer.kind is TimerKind.ACKNOWLEDGEMENT:
        ended = (each for each in ticket.taken_by if each.expires_at == timer.at)
        return AcknowledgementExpired(expired_at=timer.at, incidents=tuple(it for each in ended for it in each.covers))
    if timer.kind is TimerKind.CLOSING:
        return TicketClosed(happened_at=timer.at)
    return TicketForgotten(closed_at=ticket.closed_at or timer.at)


def _fire_clock(ticket: Ticket, timer: Timer, clock: Clock, contract: Contract) -> Event:
    match timer.kind:
        case TimerKind.WARNING:
            deadline = timer.at if clock.deadline is None else clock.deadline
            return ObjectiveAtRisk(
                rule=clock.rule, cycle=clock.cycle, objective=clock.objective, deadline=deadline, warning=clock.warned
            )
        case TimerKind.DEADLINE:
            return ObjectiveBreached(rule=clock.rule, cycle=clock.cycle, objective=clock.objective, deadline=timer.at)
        case TimerKind.CLIMB:
            return climb(ticket, clock, contract, timer.at)
        case _:
            return escalate(ticket, clock, contract, timer.at, again=timer.kind is TimerKind.REPEAT)
