"""Promises over many: the share of an objective's clocks that were in time in each calendar month.

A clock counts in the month in which it was due, so that when a month ends all of its clocks have been judged. One
late answer is a miss of its target; the promise is broken by the month.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from tocsin.domain.contract.model import Plan
from tocsin.domain.contract.rules import AttainmentRule
from tocsin.domain.events import ClockEvent, Event
from tocsin.domain.events.clock import BreachWithdrawn, ObjectiveBreached, ObjectiveFulfilled
from tocsin.domain.events.contract import AttainmentAtRisk, AttainmentJudged, Standing
from tocsin.domain.instant import DAY, Instant, from_datetime, to_datetime
from tocsin.domain.state.tenant import MonthTally, TenantState, month_key
from tocsin.domain.state.ticket import Clock, Counted, Ticket
from tocsin.domain.time.zones import from_wall, to_wall

_MONTHS_KEPT = 400 * DAY
_JUDGEMENTS = frozenset((ObjectiveFulfilled, ObjectiveBreached, BreachWithdrawn))


class _Month(NamedTuple):
    name: str  # 2026-03
    ends_at: Instant


def count_clock(state: TenantState, ticket: Ticket, clock: Clock, event: ClockEvent) -> list[Event] | None:
    """Count `clock` if `event`, already applied, judged it; returns the events that follow, None if the tally stays.

    A clock counts once. A later judgement, at another priority or in another month, takes back the earlier count.
    """
    if type(event) not in _JUDGEMENTS:
        return None
    promise = _promise(state.plan_of(ticket), clock)
    if promise is None:
        return None
    tally = _tally(state, ticket, clock, promise) if clock.deadline is not None and _judged(clock) else None
    counted = Counted(month_key(tally), not clock.breached) if tally else None
    if clock.counted == counted:
        return None
    was_kept = tally is None or tally.share >= promise.share
    _recount(state, clock, counted)
    return [AttainmentAtRisk(standing=_standing(tally))] if tally and was_kept and tally.share < promise.share else []


def _judged(clock: Clock) -> bool:
    return clock.breached or clock.fulfilled_at is not None


def _recount(state: TenantState, clock: Clock, counted: Counted | None) -> None:
    for each, change in ((clock.counted, -1), (counted, 1)):
        tally = state.tenant.months.get(each.month) if each else None
        if tally and each:
            tally.met += change * each.met
            tally.missed += change * (not each.met)
    clock.counted = counted


def _promise(plan: Plan, clock: Clock) -> AttainmentRule | None:
    return next((each for each in plan.attainment if each.objective is clock.objective), None)


def _tally(state: TenantState, ticket: Ticket, clock: Clock, promise: AttainmentRule) -> MonthTally:
    month = _month_of(clock, state, ticket)
    tally = MonthTally(
        month=month.name,
        plan=ticket.plan,
        objective=promise.objective,
        priority=clock.priority,
        ends_at=month.ends_at,
        promised=promise.share,
        clause=promise.cites.clause,
    )
    return state.tenant.months.setdefault(month_key(tally), tally)


def _month_of(clock: Clock, state: TenantState, ticket: Ticket) -> _Month:
    """The month of the deadline, where the clock's calendar is."""
    contract = state.contracts[ticket.contract]
    rule = next(each for each in contract.plans[ticket.plan].objectives if each.id == clock.rule)
    zone = contract.calendars[rule.targets[clock.priority].calendar].timezone
    wall = to_datetime(to_wall(clock.deadline or clock.started_at, zone))
    following = datetime(wall.year + wall.month // 12, wall.month % 12 + 1, 1, tzinfo=UTC)
    return _Month(f"{wall:%Y-%m}", from_wall(from_datetime(following), zone))


def next_month_end(state: TenantState) -> Instant | None:
    """The end of the next month that is to be judged; None where there is none."""
    return min((tally.ends_at for tally in state.tenant.months.values() if not tally.judged), default=None)


def judge_months(state: TenantState, now: Instant) -> list[Event]:
    """The judgements of the months that have ended by `now`."""
    ended = [tally for tally in state.tenant.months.values() if not tally.judged and tally.ends_at <= now]
    return [
        AttainmentJudged(standing=_standing(tally), kept=tally.share >= tally.promised, closes_incident=tally.at_risk)
        for tally in ended
    ]


def _standing(tally: MonthTally) -> Standing:
    return Standing(
        month=tally.month,
        plan=tally.plan,
        objective=tally.objective,
        priority=tally.priority,
        met=tally.met,
        missed=tally.missed,
        promised=tally.promised,
        clause=tally.clause,
    )


def forget_months(state: TenantState, now: Instant) -> None:
    """Drop the months that are too old for late evidence to matter."""
    kept = {key: tally for key, tally in state.tenant.months.items() if tally.ends_at > now - _MONTHS_KEPT}
    state.tenant.months = kept
