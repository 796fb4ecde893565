"""Finds times that do not fit each other: targets, warnings, stages and escalation steps."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations, pairwise
from operator import attrgetter

from tocsin.contracts.checks.base import Finding, Level, doubt, promises
from tocsin.contracts.forecast import planned
from tocsin.contracts.notation.escalation import show_step_time, show_warning
from tocsin.contracts.notation.targets import show_duration, show_target
from tocsin.domain.clocks.schedule import Schedule, policy_for
from tocsin.domain.contract.escalation import EscalationPolicy
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, TargetRule
from tocsin.domain.contract.target import TargetUnit
from tocsin.domain.instant import HOUR, Instant, parse
from tocsin.domain.vocabulary import Objective, Priority

_ORDER = (Objective.FIRST_RESPONSE, Objective.ACTION_PLAN, Objective.WORKAROUND, Objective.RESOLUTION)
"""The objectives that are stages of the work, in their order."""

_MONDAY = parse("2026-03-02T00:00:00Z")
_STARTS = tuple(_MONDAY + day * 27 * HOUR for day in range(7))
"""A start on each day of a week, each at another hour, at which times are compared."""


def slower_for_the_urgent(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Targets that are longer than that of the next priority."""
    for rule in plan.objectives:
        promised = [(name, rule.targets[name]) for name in contract.priorities if name in rule.targets]
        for (urgent, first), (other, second) in pairwise(promised):
            if first.target and second.target and _longer(first, second):
                text = f"{urgent} has {show_target(first.target)}, {other} only {show_target(second.target)}"
                yield Finding(Level.WARNING, "contradiction", f"objectives.{rule.id}", first.cites.clause, text)


def _longer(first: TargetRule, second: TargetRule) -> bool:
    one, other = first.target, second.target
    comparable = one and other and (one.unit, first.calendar) == (other.unit, second.calendar)
    return bool(comparable and one and other and one.amount > other.amount)


def early_warnings(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Warnings that are due at the start, or would be before it."""
    for rule, priority, promise in promises(plan, contract):
        for warning in rule.warnings:
            target = promise.target
            timed = target is not None and target.unit in (TargetUnit.ELAPSED, TargetUnit.WORKING_TIME)
            if timed and target and warning.before is not None and warning.before >= target.amount:
                text = f"{show_warning(warning)} is at or before the start for {priority} ({show_target(target)})"
                yield Finding(Level.WARNING, "early_warning", f"objectives.{rule.id}", promise.cites.clause, text)


def elapsed_in_office_hours(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Targets of real time in a calendar that closes. They run on while it is closed."""
    for rule, priority, promise in promises(plan, contract):
        calendar, target = contract.calendars.get(promise.calendar), promise.target
        if calendar and target and target.unit is TargetUnit.ELAPSED and not calendar.always_open:
            text = (
                f"{show_target(target)} for {priority} is real time and runs on while {promise.calendar} is closed; "
                f"if only open time counts, write `business` before the unit, as in `4 business hours`"
            )
            yield doubt("elapsed_target", f"objectives.{rule.id}.targets.{priority}", promise.cites, text)


def stages_out_of_order(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Later stages of the work that are due before an earlier one, whenever both start."""
    stages = sorted((it for it in plan.objectives if it.objective in _ORDER), key=lambda it: _ORDER.index(it.objective))
    for earlier, later in combinations(stages, 2):
        if earlier.objective == later.objective or not set(earlier.starts) & set(later.starts):
            continue
        for priority in contract.priorities:
            first, second = (partial(_deadline, contract, plan, rule, priority) for rule in (earlier, later))
            if all((due := second(at)) and (before := first(at)) and due < before for at in _STARTS):
                figures = [show_target(rule.targets[priority].target) for rule in (later, earlier)]
                text = f"{priority} has {later.id} in {figures[0]}, before {earlier.id} in {figures[1]}"
                yield doubt("stage_order", f"objectives.{later.id}", later.targets[priority].cites, text)


def _deadline(contract: Contract, plan: Plan, rule: ObjectiveRule, priority: Priority, at: Instant) -> Instant | None:
    found = _schedule(contract, plan, rule, priority, at)
    return found.deadline if found else None


def _schedule(contract: Contract, plan: Plan, rule: ObjectiveRule, priority: Priority, at: Instant) -> Schedule | None:
    """The schedule from `at`; None without a promise, and where a calendar or a target is impossible."""
    promise = rule.targets.get(priority)
    if promise is None or promise.calendar not in contract.calendars:
        return None
    try:
        return planned(contract, plan, rule, priority, at)
    except ValueError:  # another check says what is wrong with the calendar
        return None


def steps_out_of_order(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Rows of the escalation matrix whose steps are not written in the order of time; each row once."""
    told: list[EscalationPolicy] = []
    for rule, priority, _ in promises(plan, contract):
        row = policy_for(plan, rule.id, priority)
        if row is None or row in told:
            continue
        schedules = (_schedule(contract, plan, rule, priority, at) for at in _STARTS)
        as_written = (sorted(it.steps, key=attrgetter("step")) for it in schedules if it)
        wrong = next((pair for steps in as_written for pair in pairwise(steps) if pair[1].at < pair[0].at), None)
        if wrong:
            above, below = (show_step_time(row.steps[it.step]) for it in wrong)
            text = (
                f"the steps are not in the order of time: for {rule.id} of {priority}, "
                f"`{below}` comes before `{above}`, which is written above it"
            )
            yield doubt("step_order", "escalation", row.cites, text)
            told.append(row)


def pages_never_awaited(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Rows of the escalation matrix whose next step always comes before a page counts as unanswered; each row once."""
    told: list[EscalationPolicy] = []
    for rule, priority, _ in promises(plan, contract):
        row = policy_for(plan, rule.id, priority)
        waits = row.unanswered_after if row else None
        if row is None or waits is None or row in told or not row.steps[1:]:
            continue
        schedules = [found for at in _STARTS if (found := _schedule(contract, plan, rule, priority, at))]
        gaps = [after.at - before.at for found in schedules for before, after in pairwise(found.steps)]
        if gaps and all(0 <= gap <= waits for gap in gaps):
            text = f"the next step always comes before a page counts as unanswered ({show_duration(waits)})"
            yield doubt("dead_climb", "escalation", row.cites, text)
            told.append(row)


def reversed_terms(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Terms of a server's plan whose shortest time is longer than their longest."""
    term = plan.term
    if term and term.shortest.unit is term.longest.unit and term.shortest.amount > term.longest.amount:
        yield Finding(Level.ERROR, "impossible_term", "term", term.cites.clause, "the shortest term is the longer one")
