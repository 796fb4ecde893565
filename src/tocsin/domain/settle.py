"""Clocks follow evidence: what the marks of a ticket say is compared with its clocks, and every difference is an event.

Called after anything that clocks depend on has changed: marks, holds, priority, contract. Calling it again changes
nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tocsin.domain import clock as arithmetic
from tocsin.domain.contract import (
    Contract,
    EscalationPolicy,
    ObjectiveRule,
    Plan,
    StepAnchor,
    Target,
    TargetRule,
    WorkingCalendar,
)
from tocsin.domain.events import (
    BreachWithdrawn,
    ClockMoved,
    ClockStarted,
    Event,
    IncidentsClosed,
    ObjectiveBreached,
    ObjectiveFulfilled,
    PromiseWithdrawn,
)
from tocsin.domain.evidence import Run, episodes, runs
from tocsin.domain.instant import Instant
from tocsin.domain.ticket import Clock, Mark, PendingStep, Ticket
from tocsin.domain.vocabulary import CHANNELS_OF, Priority


class Schedule(NamedTuple):
    """What is still to come on a clock."""

    deadline: Instant | None
    warnings: tuple[Instant, ...]
    steps: tuple[PendingStep, ...]


def settle(ticket: Ticket, contract: Contract, now: Instant) -> list[Event]:
    """The events by which the clocks of `ticket` come to agree with its marks, holds and priority."""
    plan = contract.plans[ticket.plan]
    events = [
        event
        for rule in plan.objectives
        for cycle, run in _cycles(ticket, rule)
        for event in _settle_run(_Case(ticket, contract, plan, rule, now), cycle, run)
    ]
    events += _withdrawn(ticket, {rule.id for rule in plan.objectives})
    if ticket.notices and not ticket.open:
        events.append(IncidentsClosed(topics=tuple(ticket.notices)))
    return events


def _withdrawn(ticket: Ticket, promised: set[str]) -> Iterator[Event]:
    for clock in ticket.clocks:
        if clock.running and clock.rule not in promised:
            yield PromiseWithdrawn(
                rule=clock.rule, cycle=clock.cycle, objective=clock.objective, closes_incident=clock.paged
            )


class _Case(NamedTuple):
    ticket: Ticket
    contract: Contract
    plan: Plan
    rule: ObjectiveRule
    now: Instant

    def clocks(self) -> list[Clock]:
        return [clock for clock in self.ticket.clocks if clock.rule == self.rule.id]

    def target(self, priority: Priority) -> TargetRule | None:
        return self.rule.targets.get(priority)


def _cycles(ticket: Ticket, rule: ObjectiveRule) -> Iterator[tuple[int, Run]]:
    """Each run with its cycle's number: of a recurring rule 0, for it is known by its marks alone."""
    if rule.recurring:
        yield from ((0, run) for run in runs(ticket.marks, rule.starts, rule.stops))
        return
    for cycle, marks in enumerate(episodes(ticket.marks, ticket.reopened_at), start=1):
        first = next(runs(marks, rule.starts, rule.stops), None)
        if first:
            yield cycle, first


def _settle_run(case: _Case, cycle: int, run: Run) -> list[Event]:
    clock = _clock_of(case, cycle, run)
    if clock is None:
        return _start(case, cycle, run)
    if not clock.running and clock.anchor not in {mark.offset for mark in case.ticket.marks}:
        return []  # its marks have been dropped for age: it stands as it was judged
    return _follow(case, clock, run)


def _clock_of(case: _Case, cycle: int, run: Run) -> Clock | None:
    anchors = {mark.offset for mark in run.starts}
    for clock in case.clocks():
        if clock.cycle == cycle or (cycle == 0 and clock.anchor in anchors):
            return clock
    return None


def _admissible(case: _Case, run: Run) -> list[Mark]:
    """The starts of `run` that came by a channel which the contract accepts for the ticket's priority."""
    for rule in case.plan.channels:
        if rule.priority == case.ticket.priority:
            return [mark for mark in run.starts if CHANNELS_OF.get(mark.kind, rule.channels[0]) in rule.channels]
    return list(run.starts)


def _start(case: _Case, cycle: int, run: Run) -> list[Event]:
    starts = _admissible(case, run)
    promised = case.target(case.ticket.priority)
    if not starts or promised is None:
        return []
    cycle = cycle or 1 + len(case.clocks())
    clock = Clock(
        case.rule.id,
        case.rule.objective,
        cycle,
        starts[0].offset,
        starts[0].at,
        case.ticket.priority,
        case.ticket.contract,
        None,
    )
    schedule = _schedule(case, clock, run.stop)
    started = ClockStarted(
        rule=clock.rule,
        cycle=cycle,
        objective=case.rule.objective,
        anchor=clock.anchor,
        started_at=clock.started_at,
        deadline=schedule.deadline,
        priority=clock.priority,
        warnings=schedule.warnings,
        steps=schedule.steps,
        offsets=(clock.anchor,),
        clause=promised.cites.clause,
    )
    return [started, *_judge(case, clock, schedule.deadline, run.stop)]


def _follow(case: _Case, clock: Clock, run: Run) -> list[Event]:
    """What changes on a clock that is there already."""
    still = replace(clock, started_at=_start_of(case, clock, run))
    if clock.running or run.stop is None:
        still.priority = case.ticket.priority
    if case.target(still.priority) is None:
        still.priority = clock.priority  # no promise at the new priority: the one that was made stands
    schedule = _schedule(case, still, run.stop)
    events: list[Event] = []
    reopened = run.stop is None and not clock.running
    terms_before = (clock.started_at, clock.deadline, clock.priority, clock.contract)
    if reopened or (still.started_at, schedule.deadline, still.priority, _terms_of(case, still)) != terms_before:
        events.append(
            ClockMoved(
                rule=clock.rule,
                cycle=clock.cycle,
                objective=case.rule.objective,
                started_at=still.started_at,
                deadline=schedule.deadline,
                priority=still.priority,
                warnings=schedule.warnings,
                steps=schedule.steps,
                offsets=tuple(clock.offsets),
            )
        )
    if events or (run.stop and run.stop.at != clock.fulfilled_at):
        events += _judge(case, still, schedule.deadline, run.stop)
    return events


def _terms_of(case: _Case, clock: Clock) -> str:
    """A fulfilled promise stays under the contract that it was kept under."""
    return case.ticket.contract if clock.running else clock.contract


def _start_of(case: _Case, clock: Clock, run: Run) -> Instant:
    starts = _admissible(case, run)
    if not starts:
        return clock.started_at
    return starts[0].at if case.rule.recurring else min(starts[0].at, clock.started_at)


def _judge(case: _Case, clock: Clock, deadline: Instant | None, stop: Mark | None) -> list[Event]:
    """What the end of a run means for the promise."""
    if stop is None:
        return []
    rule, cycle, objective = clock.rule, clock.cycle, case.rule.objective
    in_time = deadline is None or stop.at <= deadline
    events: list[Event] = []
    if deadline is not None and not in_time and not clock.breached:
        events.append(ObjectiveBreached(rule=rule, cycle=cycle, objective=objective, deadline=deadline))
    withdrawn = in_time and clock.breached
    events.append(
        ObjectiveFulfilled(
            rule=rule,
            cycle=cycle,
            objective=objective,
            fulfilled_at=stop.at,
            in_time=in_time,
            again=not clock.running,
            offsets=(clock.anchor, stop.offset),
            closes_incident=not withdrawn and (clock.paged or bool(events)),
        )
    )
    if withdrawn:
        events.append(BreachWithdrawn(rule=rule, cycle=cycle, objective=objective, fulfilled_at=stop.at))
    return events


def _schedule(case: _Case, clock: Clock, stop: Mark | None) -> Schedule:
    promised = case.target(clock.priority)
    if promised is None or promised.target is None:
        return Schedule(None, (), _steps(case, clock, None, ()))
    calendar = case.contract.calendars[promised.calendar]
    pauses, paused_from = _pauses(case, stop)
    deadline = arithmetic.deadline(clock.started_at, promised.target, calendar, pauses)
    if paused_from is not None and paused_from < deadline:
        return Schedule(None, (), ())
    running_out = stop is None and deadline >= case.now
    reckoning = _Reckoning(clock.started_at, promised.target, calendar, pauses)
    warnings = _warnings(case.rule, reckoning, deadline)[clock.warned :] if running_out else ()
    return Schedule(deadline, warnings, _steps(case, clock, deadline, pauses) if stop is None else ())


def _pauses(case: _Case, stop: Mark | None) -> tuple[list[tuple[Instant, Instant]], Instant | None]:
    """The pauses that this rule knows, and since when it is paused now (a stop ends every pause)."""
    pauses: list[tuple[Instant, Instant]] = []
    paused_from = None
    for hold in case.ticket.holds:
        if hold.reason not in case.rule.paused_by:
            continue
        end = hold.end if hold.end is not None else (max(stop.at, hold.start) if stop else None)
        if end is None:
            paused_from = hold.start
        else:
            pauses.append((hold.start, end))
    return pauses, paused_from


class _Reckoning(NamedTuple):
    """By what a clock's instants are worked out."""

    start: Instant
    target: Target
    calendar: WorkingCalendar
    pauses: Sequence[tuple[Instant, Instant]]

    def at(self, fraction: float) -> Instant:
        return arithmetic.fraction_instant(self.start, self.target, fraction, self.calendar, self.pauses)


def _warnings(rule: ObjectiveRule, reckoning: _Reckoning, deadline: Instant) -> tuple[Instant, ...]:
    calendar, unit = reckoning.calendar, reckoning.target.unit
    instants = (
        arithmetic.before_deadline(deadline, warning.before or 0, calendar, unit)
        if warning.fraction is None
        else reckoning.at(warning.fraction)
        for warning in rule.warnings
    )
    return tuple(sorted(instants))


def policy_for(plan: Plan, rule: str, priority: Priority) -> EscalationPolicy | None:
    """The row of the escalation matrix for that rule and priority."""
    for policy in plan.escalation:
        if rule in policy.rules and (not policy.priorities or priority in policy.priorities):
            return policy
    return None


def _steps(
    case: _Case, clock: Clock, deadline: Instant | None, pauses: Sequence[tuple[Instant, Instant]]
) -> tuple[PendingStep, ...]:
    policy = policy_for(case.plan, clock.rule, clock.priority)
    promised = case.target(clock.priority)
    if policy is None or promised is None:
        return ()
    pending = []
    for index, step in enumerate(policy.steps[clock.next_step :], start=clock.next_step):
        if step.anchor is StepAnchor.START:
            pending.append(PendingStep(index, clock.started_at + step.after))
        elif deadline is None or promised.target is None:
            break
        elif step.anchor is StepAnchor.DEADLINE:
            pending.append(PendingStep(index, deadline + step.after))
        else:
            calendar = case.contract.calendars[promised.calendar]
            reckoning = _Reckoning(clock.started_at, promised.target, calendar, pauses)
            pending.append(PendingStep(index, reckoning.at(step.fraction)))
    return tuple(pending)
