"""Clocks follow evidence: the marks of a ticket are compared with its clocks, and every difference is an event.

Called after anything that clocks depend on has changed: marks, holds, priority, contract. Calling it again changes
nothing.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from tocsin.domain.clocks.renewal import cycles_of
from tocsin.domain.clocks.schedule import Case, Schedule, schedule
from tocsin.domain.clocks.since import admissible, is_more_urgent, owed, still_owed
from tocsin.domain.clocks.taken import time_taken
from tocsin.domain.contract.evidence import CHANNEL_OF
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, RisesFrom
from tocsin.domain.contract.rules import Consequence
from tocsin.domain.events import Event
from tocsin.domain.events.clock import (
    BreachWithdrawn,
    ClockMoved,
    ClockStarted,
    ObjectiveBreached,
    ObjectiveFulfilled,
    PromiseLapsed,
    PromiseWithdrawn,
)
from tocsin.domain.events.contact import BounceAnswered
from tocsin.domain.events.contract import ManagementNotified
from tocsin.domain.events.ticket import IncidentsClosed, TicketReopened
from tocsin.domain.instant import Instant
from tocsin.domain.state.bounces import is_answered_after_all
from tocsin.domain.state.evidence import Run, episodes
from tocsin.domain.state.evolve_contract import MANAGEMENT
from tocsin.domain.state.ticket import Clock, Ticket, Told
from tocsin.domain.state.told import take_over
from tocsin.domain.vocabulary import Evidence, Objective

_OWED_TO_EVERYBODY = frozenset((Objective.CALLBACK, Objective.DELETION))
"""Promises that are no support services, so that no exclusion from support ends them."""


def reopening(ticket: Ticket) -> TicketReopened | None:
    """The event that reopens a ticket if its client contacted us after its resolution, however late we learn of it."""
    openings = [episode[0].at for episode in episodes(ticket.marks)]
    if len(openings) <= 1 + ticket.reopenings:
        return None
    return TicketReopened(happened_at=openings[-1], reason="the client turned to us again")


def reconcile(ticket: Ticket, contract: Contract, now: Instant) -> list[Event]:
    """The events by which the clocks of `ticket` come to agree with its marks, holds and priority."""
    plan = contract.plans[ticket.plan]
    rules = [rule for rule in plan.objectives if not (ticket.ruled_out and _ruled_out(ticket, plan, rule))]
    happened = {mark.kind for mark in ticket.confirmed_marks}
    begun = [rule for rule in rules if not happened.isdisjoint(rule.starts)]
    events = [event for rule in begun for event in _reconcile_rule(Case(ticket, contract, plan, rule, now))]
    promised = {rule.id for rule in begun}
    events += _withdrawn(ticket, (clock for clock in ticket.clocks if clock.rule not in promised))
    told = [*_management(ticket, plan)]
    events += told
    if is_answered_after_all(ticket):
        events.append(BounceAnswered())
    notices = (*ticket.notices, *([MANAGEMENT] if told else []))
    if notices and not ticket.open:
        events.append(IncidentsClosed(topics=notices))
    return events


def _ruled_out(ticket: Ticket, plan: Plan, rule: ObjectiveRule) -> bool:
    """True if an exclusion that holds for the ticket ends this promise; none ends that of an overlay."""
    return (
        not rule.overlay
        and rule.objective not in _OWED_TO_EVERYBODY
        and any(
            exclusion.reason in ticket.ruled_out
            and exclusion.consequence is not Consequence.MAY_RECLASSIFY
            and (not exclusion.ends or rule.objective in exclusion.ends)
            for exclusion in plan.exclusions
        )
    )


def _management(ticket: Ticket, plan: Plan) -> Iterator[Event]:
    """Management hears of what a person has asked for, not of what a sensor has seen."""
    notice = next((it for it in plan.management if ticket.priority in it.priorities), None)
    if notice and not ticket.management_knows and any(mark.kind in CHANNEL_OF for mark in ticket.confirmed_marks):
        yield ManagementNotified(role=notice.role, clause=notice.cites.clause)


def _withdrawn(ticket: Ticket, clocks: Iterable[Clock]) -> Iterator[Event]:
    """The promises that are owed no longer: those that run, and those with a figure that were judged."""
    for clock in clocks:
        over = clock.fulfilled_at is not None or (clock.breached and clock.lapsed_at is not None)
        judged = over and clock.deadline is not None
        if clock.running or (judged and not _stands(ticket, clock)):
            yield PromiseWithdrawn(
                rule=clock.rule, cycle=clock.cycle, objective=clock.objective, closes_incident=clock.paged
            )


def _reconcile_rule(case: Case) -> Iterator[Event]:
    clocks = case.clocks()
    known, orphans = len(clocks), clocks
    for anchors, run in cycles_of(case):
        clock = next((clock for clock in clocks if clock.anchor in anchors), None)
        if clock is None:
            started = _start(case, known + 1, run)
            known += bool(started)
            yield from started
            continue
        orphans = [each for each in orphans if each is not clock]
        if not _stands(case.ticket, clock):
            yield from _follow(case, clock, run) if run.lapsed_at is None else _lapsed(clock, run.lapsed_at)
    yield from _withdrawn(case.ticket, orphans)


def _stands(ticket: Ticket, clock: Clock) -> bool:
    """True if the clock stays as it was judged: under a former contract, or by marks that have been dropped for age.

    Under a contract that was adopted by mistake nothing was judged.
    """
    if clock.fulfilled_at is None and clock.lapsed_at is None:
        return False
    if clock.contract_and_plan != ticket.contract_and_plan and not _is_mistaken(ticket, clock):
        return True
    known = {mark.offset for mark in ticket.marks} | {change.offset for change in ticket.priority_changes}
    return clock.anchor not in known


def _is_mistaken(ticket: Ticket, clock: Clock) -> bool:
    return clock.contract_and_plan in (ticket.mistaken or ())


def _lapsed(clock: Clock, at: Instant) -> Iterator[Event]:
    if not clock.void:
        yield PromiseLapsed(
            rule=clock.rule,
            cycle=clock.cycle,
            objective=clock.objective,
            lapsed_at=max(at, clock.started_at),
            closes_incident=clock.paged,
        )


def _start(case: Case, cycle: int, run: Run) -> list[Event]:
    begun = owed(case, run) if run.lapsed_at is None else None
    promised = case.target(begun.priority) if begun else None
    if begun is None or promised is None:
        return []
    starts = admissible(case, run.starts, begun.priority)
    clock = Clock(
        case.rule.id,
        case.rule.objective,
        cycle,
        starts[0].offset,
        begun.started_at,
        begun.priority,
        case.ticket.contract_and_plan,
        None,
    )
    continues = _take_over(case, clock, run)
    planned = schedule(case, clock, run.stop, begun.since)
    started = ClockStarted(
        rule=clock.rule,
        cycle=cycle,
        objective=case.rule.objective,
        anchor=clock.anchor,
        started_at=clock.started_at,
        deadline=planned.deadline,
        priority=clock.priority,
        warnings=planned.warnings,
        steps=planned.steps,
        offsets=_offsets(clock, planned),
        clause=(promised if planned.bound is None else case.rule.at_the_latest[planned.bound].promised).cites.clause,
        asked_for=starts[0].kind == Evidence.STATUS_REQUESTED and run.stop is None,
        continues=continues,
        bound=planned.bound,
    )
    return [started, *_judge(case, clock, planned.deadline, run)]


def _offsets(clock: Clock, planned: Schedule) -> tuple[int, ...]:
    """The marks by which the clock runs: what began it, and what else its deadline counts from."""
    return (clock.anchor,) if planned.bound_by is None else (clock.anchor, planned.bound_by.offset)


def _take_over(case: Case, clock: Clock, run: Run) -> tuple[int, ...] | None:
    """Let `clock` go on where this promise ended on another ticket; returns the starts by which it was told there."""
    starts = tuple(told.anchor for told in _told(case, run))
    if not starts:
        return None
    take_over(clock, case.ticket.told, starts)
    return starts


def _told(case: Case, run: Run) -> list[Told]:
    """The part of this promise that was told on other tickets, from which its starts have come."""
    if not case.ticket.told:
        return []  # nearly always
    started = {mark.offset for mark in run.starts}
    return [told for told in case.ticket.told if told.rule == case.rule.id and told.anchor in started]


def _follow(case: Case, clock: Clock, run: Run) -> list[Event]:
    """The events that adjust a clock which exists already."""
    begun = still_owed(case, run, clock)
    still = replace(clock, started_at=begun.started_at, priority=begun.priority)
    reopened = run.stop is None and not clock.running
    raised = is_more_urgent(case.contract, still.priority, clock.priority)
    risen = raised and clock.running and case.rule.rises_from is RisesFrom.RISE
    if reopened or risen:
        still.warned, still.steps_taken = 0, ()
    continues = _take_over(case, still, run)
    planned = schedule(case, still, run.stop, begun.since)
    events: list[Event] = []
    if reopened or _is_moved(case, clock, still, planned):
        events.append(
            ClockMoved(
                rule=clock.rule,
                cycle=clock.cycle,
                objective=case.rule.objective,
                started_at=still.started_at,
                deadline=planned.deadline,
                priority=still.priority,
                warnings=planned.warnings,
                steps=planned.steps,
                offsets=clock.offsets if planned.bound == clock.bound else _offsets(clock, planned),
                raised=raised,
                reopened=reopened,
                risen=risen,
                continues=continues,
                bound=planned.bound,
            )
        )
    if events and _is_overtaken(case, clock, still, run) and (planned.deadline is None or planned.deadline >= case.now):
        events.append(
            BreachWithdrawn(
                rule=clock.rule, cycle=clock.cycle, objective=case.rule.objective, closes_incident=clock.paged
            )
        )
    if events or (run.stop and run.stop.at != clock.fulfilled_at):
        events += _judge(case, still, planned.deadline, run)
    return events


def _is_moved(case: Case, clock: Clock, still: Clock, planned: Schedule) -> bool:
    before = (clock.started_at, clock.deadline, clock.priority, clock.contract_and_plan, clock.bound)
    now = (still.started_at, planned.deadline, still.priority, case.ticket.contract_and_plan, planned.bound)
    return now != before


def _is_overtaken(case: Case, clock: Clock, still: Clock, run: Run) -> bool:
    """True if what was told late may not be: it began later, or waited, or was judged by a contract that never held.

    A new figure undoes no breach otherwise.
    """
    figure = (clock.priority, clock.contract_and_plan)
    waited = (still.priority, case.ticket.contract_and_plan) == figure
    undone = waited or still.started_at > clock.started_at or _is_mistaken(case.ticket, clock)
    return clock.breached and run.stop is None and undone


def _judge(case: Case, clock: Clock, deadline: Instant | None, run: Run) -> list[Event]:
    """The events by which a promise is judged that ended, or that was late on another ticket and still is."""
    stop = run.stop
    rule, cycle, objective = clock.rule, clock.cycle, case.rule.objective
    if stop is None:
        late = deadline is not None and deadline < case.now and not clock.breached
        if deadline is None or not late or not any(told.breached for told in _told(case, run)):
            return []
        return [ObjectiveBreached(rule=rule, cycle=cycle, objective=objective, deadline=deadline)]
    in_time = deadline is None or stop.at <= deadline
    events: list[Event] = []
    told_on = next((told.number for told in _told(case, run) if told.breached and not clock.withdrawals), None)
    if deadline is not None and not in_time and not clock.breached:
        events.append(
            ObjectiveBreached(rule=rule, cycle=cycle, objective=objective, deadline=deadline, told_on=told_on)
        )
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
            closes_incident=not withdrawn and (clock.paged or (bool(events) and told_on is None)),
            took=time_taken(case, clock.priority, clock.started_at, stop.at) if case.plan.measures_times else None,
        )
    )
    if withdrawn:
        events.append(
            BreachWithdrawn(
                rule=rule, cycle=cycle, objective=objective, closes_incident=clock.paged, fulfilled_at=stop.at
            )
        )
    return events
