"""The deadlines, warnings and escalation steps of a contract for one priority, worked out from a given instant."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from tocsin.contracts.notation.escalation import show_step
from tocsin.contracts.words import owed_from
from tocsin.domain.clocks.schedule import Case, Schedule, policy_for, schedule
from tocsin.domain.contract.escalation import EscalationPolicy
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, TargetRule
from tocsin.domain.contract.rules import Citation
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.time.calendar_parts import Interval
from tocsin.domain.time.deadlines import counting_calendar, explain
from tocsin.domain.vocabulary import Basis, Channel, Priority


class Expected(NamedTuple):
    """A warning, a deadline or an escalation step that comes unless the promise is kept."""

    at: Instant
    what: str
    cites: Citation


class Forecast(NamedTuple):
    """One promise that starts to be owed at an instant. `deadline` is None for a promise without a figure."""

    rule: ObjectiveRule
    promise: TargetRule
    owed_from: str  # in words
    at: Instant
    deadline: Instant | None
    timeline: tuple[Expected, ...]
    intervals: tuple[Interval, ...]
    matrix: EscalationPolicy | None


def forecast(contract: Contract, plan: Plan, priority: Priority, at: Instant) -> Iterator[Forecast]:
    """Each promise of `plan` to `priority`, as it would run from `at`. Raises `ValueError` as `deadline` does."""
    for rule in plan.objectives:
        promise = rule.targets.get(priority)
        if promise is not None:
            due = planned(contract, plan, rule, priority, at)
            row = policy_for(plan, rule.id, priority)
            timeline = tuple(sorted(_timeline(due, promise, row), key=lambda it: it[:2]))
            intervals = _intervals(contract, promise, at, due.deadline)
            owed = owed_from(plan, rule, priority)
            yield Forecast(rule, promise, owed, at, due.deadline, timeline, intervals, row)


def planned(contract: Contract, plan: Plan, rule: ObjectiveRule, priority: Priority, at: Instant) -> Schedule:
    """The schedule of `rule` if it starts to be owed at `at`. Raises `ValueError` as `deadline` does."""
    ticket = Ticket("", "", "", "", plan.name, at, Channel.DESK, priority, "")
    clock = Clock(rule.id, rule.objective, 1, 0, at, priority, "", None)
    return schedule(Case(ticket, contract, plan, rule, now=at), clock, None)


def _timeline(due: Schedule, promise: TargetRule, row: EscalationPolicy | None) -> Iterator[Expected]:
    assumed = replace(promise.cites, basis=Basis.ASSUMED)
    yield from (Expected(at, "at risk", assumed) for at in due.warnings)
    if due.deadline is not None:
        yield Expected(due.deadline, "due", promise.cites)
    if row:
        yield from (Expected(it.at, f"tell {show_step(row.steps[it.step])}", row.cites) for it in due.steps)


def _intervals(contract: Contract, promise: TargetRule, at: Instant, due: Instant | None) -> tuple[Interval, ...]:
    if due is None or promise.target is None:
        return ()
    calendar = counting_calendar(promise.target.unit, contract.calendars[promise.calendar])
    return tuple(explain(at, due, calendar))
