"""The schedule of a clock: its deadline, the warnings before it, the steps of the escalation matrix."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.escalation import EscalationPolicy, EscalationStep, StepAnchor
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, TargetRule
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.events.clock import PendingStep
from tocsin.domain.instant import Instant
from tocsin.domain.state.evidence import bounding
from tocsin.domain.state.priorities import Urgency
from tocsin.domain.state.ticket import Clock, Mark, Ticket
from tocsin.domain.time import deadlines
from tocsin.domain.time.deadlines import Pause
from tocsin.domain.vocabulary import Priority


class Case(msgspec.Struct, frozen=True, gc=False):  # a named tuple takes four times as long to make
    """A promise of the contract, as it is owed on one ticket."""

    ticket: Ticket
    contract: Contract
    plan: Plan
    rule: ObjectiveRule
    now: Instant

    def clocks(self) -> list[Clock]:
        """The clocks of the ticket that run by the rule."""
        return [clock for clock in self.ticket.clocks if clock.rule == self.rule.id]

    def target(self, priority: Priority) -> TargetRule | None:
        """The rule's target at `priority`; None where nothing is promised."""
        return self.rule.targets.get(priority)


class Schedule(msgspec.Struct, frozen=True, gc=False):
    """The deadline, warnings and escalation steps that are still to come on a clock."""

    deadline: Instant | None
    warnings: tuple[Instant, ...]
    steps: tuple[PendingStep, ...]
    bound: int | None = None  # by which of the rule's deadlines at the latest that is
    bound_by: Mark | None = None  # from which that counts


def schedule(case: Case, clock: Clock, stop: Mark | None, since: Sequence[Urgency] = ()) -> Schedule:
    """The schedule of `clock`; with a `stop` it has only the deadline by which the clock is judged.

    `since` has the priorities by which it is owed, each with the time from which it counts, as `owed` gives them;
    without it, that is the clock's own from its start. The first deadline of all is the one that holds.
    """
    pauses, paused_from = _pauses(case, stop)
    levels = since or (Urgency(clock.started_at, clock.priority),)
    bounds = _bounds(case, clock, stop, pauses) if case.rule.at_the_latest else ()
    reckonings = [*bounds, *_reckonings(case, levels, pauses)]
    if not reckonings:
        return Schedule(None, (), _steps(case, clock, levels[-1].since, None, None))
    deadline, _, reckoning = min((each.at(1), -place, each) for place, each in enumerate(reckonings))
    if paused_from is not None and paused_from < deadline:
        return Schedule(None, (), ())
    running_out = stop is None and deadline >= case.now
    earliest = reckoning.start if reckoning.bound_by is None else clock.started_at
    warnings = _warnings(case.rule, reckoning, deadline, earliest)[clock.warned :] if running_out else ()
    steps = _steps(case, clock, levels[-1].since, deadline, reckoning) if stop is None else ()
    return Schedule(deadline, warnings, steps, reckoning.bound, reckoning.bound_by)


def _bounds(case: Case, clock: Clock, stop: Mark | None, pauses: Sequence[Pause]) -> Iterator["_Reckoning"]:
    """The deadlines at the latest that hold, each from the first of its starts since the promise was last kept."""
    rule = case.rule
    marks = [mark for mark in bounding(case.ticket, rule, clock.started_at) if stop is None or mark.at <= stop.at]
    for place, bound in enumerate(rule.at_the_latest):
        first = min((mark for mark in marks if mark.kind in bound.starts), default=None)
        promised = bound.promised
        if first is None or promised.target is None:
            continue
        calendar = case.contract.calendars[promised.calendar]
        reckoning = _Reckoning(first.at, promised.target, calendar, pauses, place, first)
        if not bound.unless_past or reckoning.at(1) >= clock.started_at:
            yield reckoning


def _reckonings(case: Case, since: Sequence[Urgency], pauses: Sequence[Pause]) -> Iterator["_Reckoning"]:
    for start, priority in since:
        promised = case.target(priority)
        if promised is not None and promised.target is not None:
            yield _Reckoning(start, promised.target, case.contract.calendars[promised.calendar], pauses)


def _pauses(case: Case, stop: Mark | None) -> tuple[list[Pause], Instant | None]:
    """The pauses that this rule knows, and since when it is paused now (a stop ends every pause)."""
    pauses: list[Pause] = []
    paused_from = None
    for hold in case.ticket.holds:
        if hold.reason not in case.rule.paused_by or (stop and hold.start >= stop.at):
            continue
        if stop:
            pauses.append((hold.start, stop.at if hold.end is None else min(hold.end, stop.at)))
        elif hold.end is None:
            paused_from = hold.start
        else:
            pauses.append((hold.start, hold.end))
    return pauses, paused_from


class _Reckoning(NamedTuple):
    """The inputs from which a clock's instants are computed."""

    start: Instant
    target: Target
    calendar: WorkingCalendar
    pauses: Sequence[Pause]
    bound: int | None = None
    bound_by: Mark | None = None

    def at(self, fraction: float) -> Instant:
        return deadlines.fraction_instant(self.start, self.target, fraction, self.calendar, self.pauses)


def _warnings(rule: ObjectiveRule, reckoning: _Reckoning, deadline: Instant, since: Instant) -> tuple[Instant, ...]:
    calendar, unit = reckoning.calendar, reckoning.target.unit
    instants = (
        deadlines.before_deadline(deadline, warning.before or 0, calendar, unit, reckoning.pauses)
        if warning.fraction is None
        else reckoning.at(warning.fraction)
        for warning in rule.warnings
    )
    return tuple(sorted(max(since, at) for at in instants))


def policy_for(plan: Plan, rule: str, priority: Priority) -> EscalationPolicy | None:
    """The row of the escalation matrix for that rule and priority."""
    for policy in plan.escalation:
        if rule in policy.rules and (not policy.priorities or priority in policy.priorities):
            return policy
    return None


def _steps(
    case: Case, clock: Clock, start: Instant, deadline: Instant | None, decided_by: "_Reckoning | None"
) -> tuple[PendingStep, ...]:
    """The steps of the matrix at the clock's priority, which is owed from `start` on."""
    policy = policy_for(case.plan, clock.rule, clock.priority)
    promised = case.target(clock.priority)
    if policy is None or promised is None:
        return ()
    calendar = case.contract.calendars[promised.calendar]
    reckoning = decided_by
    if decided_by and promised.target is not None:
        reckoning = _Reckoning(start, promised.target, calendar, decided_by.pauses)
    pending = [
        PendingStep(place, due)
        for place, step in enumerate(policy.steps)
        if place not in clock.steps_taken and (due := _due(step, start, deadline, reckoning, calendar)) is not None
    ]
    return tuple(sorted(pending, key=lambda step: step.at))


def _due(
    step: EscalationStep,
    start: Instant,
    deadline: Instant | None,
    reckoning: _Reckoning | None,
    calendar: WorkingCalendar,
) -> Instant | None:
    """The time at which `step` is due; None for one that counts from a deadline which there is not.

    A share of the target that would come after the deadline, which may be an earlier priority's, comes with it.
    """
    if step.anchor is StepAnchor.START:
        if step.within is not None:
            return deadlines.deadline(start, step.within, calendar, reckoning.pauses if reckoning else ())
        return _after_start(start, step.after, reckoning)
    if deadline is None or reckoning is None:
        return None
    if step.anchor is StepAnchor.DEADLINE:
        return deadline + step.after if step.within is None else deadlines.deadline(deadline, step.within, calendar)
    due = reckoning.at(step.fraction)
    return min(due, deadline) if step.fraction <= 1 else due


def _after_start(start: Instant, after: int, reckoning: _Reckoning | None) -> Instant:
    """The instant `after` milliseconds from `start`, in working time if the target counts in working time.

    What pauses the clock puts it off, as it does the deadline.
    """
    if reckoning is None or not after:
        return start + after
    in_hours = reckoning.target.unit is TargetUnit.WORKING_TIME
    time = Target(unit=TargetUnit.WORKING_TIME if in_hours else TargetUnit.ELAPSED, amount=after)
    return deadlines.deadline(start, time, reckoning.calendar, reckoning.pauses)
