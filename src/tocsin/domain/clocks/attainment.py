"""Promises over many: the share of an objective's clocks that were in time in each calendar month.

A clock counts in the month in which it was due, so that when a month ends all of its clocks have been judged. One
late answer is a miss of its target; the promise is broken by the month. Only promises that stand count: one that is
withdrawn, ruled out or corrected leaves the count, also after its month was judged, and the verdict follows.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from tocsin.domain.contract.model import Plan
from tocsin.domain.contract.rules import AttainmentRule
from tocsin.domain.events import ClockEvent, Event
from tocsin.domain.events.clock import (
    BreachWithdrawn,
    ClockMoved,
    ObjectiveBreached,
    ObjectiveFulfilled,
    PromiseWithdrawn,
)
from tocsin.domain.events.contract import (
    AttainmentAtRisk,
    AttainmentForgotten,
    AttainmentJudged,
    AttainmentRecovered,
    Standing,
)
from tocsin.domain.instant import DAY, Instant, from_datetime, to_datetime
from tocsin.domain.state.tenant import MonthTally, Tenant, TenantState, month_key
from tocsin.domain.state.ticket import Clock, Counted, Ticket
from tocsin.domain.time.zones import from_wall, to_wall

_MONTHS_KEPT = 400 * DAY
_RECENT = 31 * DAY
_RECOUNTED = frozenset((ObjectiveFulfilled, ObjectiveBreached, BreachWithdrawn, PromiseWithdrawn, ClockMoved))


class _Month(NamedTuple):
    name: str  # 2026-03
    ends_at: Instant


def count_clock(state: TenantState, ticket: Ticket, clock: Clock, event: ClockEvent, now: Instant) -> dict[str, bool]:
    """Count `clock` as it stands after `event`; returns the keys of the months whose count changed.

    The value of each says whether it had kept its promise before; see `recounted`.

    A clock counts once. A later judgement, at another priority or in another month, takes back the earlier count.
    """
    if type(event) not in _RECOUNTED:
        return {}
    tally = _tally(state, ticket, clock, now) if _counts(clock) else None
    counted = Counted(month_key(tally), not clock.breached) if tally else None
    if clock.counted == counted:
        return {}
    months = [each.month for each in (clock.counted, counted) if each and each.month in state.tenant.months]
    before = {month: state.tenant.months[month].kept for month in months}
    recount(state, clock, counted)
    return before


def recounted(state: TenantState, before: Mapping[str, bool], now: Instant) -> list[Event]:
    """The events that follow for these months from all that one input, or one timer, has changed in their counts.

    A promise that another one takes the place of leaves the count and comes into it at once: nothing follows from that.
    """
    return [each for month, kept in before.items() for each in _follows(state.tenant.months[month], now, was_kept=kept)]


def _counts(clock: Clock) -> bool:
    """True for a promise that stands, has a figure and was judged."""
    stands = not clock.void or clock.lapsed_at is not None
    return stands and clock.deadline is not None and (clock.breached or clock.fulfilled_at is not None)


def in_open_month(state: TenantState, clock: Clock) -> bool:
    """True if `clock` is counted in a month that has not been judged."""
    tally = state.tenant.months.get(clock.counted.month) if clock.counted else None
    return tally is not None and not tally.judged


def recount(state: TenantState, clock: Clock, counted: Counted | None) -> None:
    """Count `clock` as `counted`, and no longer as before; None: not at all."""
    for each, change in ((clock.counted, -1), (counted, 1)):
        tally = state.tenant.months.get(each.month) if each else None
        if tally and each:
            tally.met += change * each.met
            tally.missed += change * (not each.met)
    clock.counted = counted


def _follows(tally: MonthTally, now: Instant, *, was_kept: bool) -> Iterator[Event]:
    """The events that follow from the new count of a month which kept its promise before, or did not."""
    if tally.ends_at < now:
        if not tally.judged or tally.kept != was_kept:
            yield _judgement(tally)
    elif was_kept and not tally.kept:
        yield AttainmentAtRisk(standing=_standing(tally))
    elif tally.at_risk and tally.kept:
        yield AttainmentRecovered(standing=_standing(tally))


def _promise(plan: Plan, clock: Clock) -> AttainmentRule | None:
    return next((each for each in plan.attainment if each.objective == clock.objective), None)


def _tally(state: TenantState, ticket: Ticket, clock: Clock, now: Instant) -> MonthTally | None:
    """The tally in which `clock` counts; None where no share is promised, or its month is too long ago."""
    promise = _promise(state.plan_of(ticket), clock)
    month = _month_of(clock, state, ticket) if promise else None
    if promise is None or month is None or month.ends_at <= now - _MONTHS_KEPT:
        return None
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
    zone = contract.calendars[rule.targets[clock.priority].calendar].where
    wall = to_datetime(to_wall(clock.deadline or clock.started_at, zone))
    following = datetime(wall.year + wall.month // 12, wall.month % 12 + 1, 1, tzinfo=UTC)
    return _Month(f"{wall:%Y-%m}", from_wall(from_datetime(following), zone))


def recent_months(tenant: Tenant, now: Instant) -> list[MonthTally]:
    """The tallies of the months that run, and of those that ended in the last 31 days."""
    return [tally for tally in tenant.months.values() if tally.ends_at > now - _RECENT]


def next_month_end(state: TenantState) -> Instant | None:
    """The end of the next month that is to be judged; None where there is none."""
    return min((tally.ends_at for tally in state.tenant.months.values() if not tally.judged), default=None)


def judge_months(state: TenantState, now: Instant) -> list[Event]:
    """The judgements of the months that have ended by `now`."""
    ended = [tally for tally in state.tenant.months.values() if not tally.judged and tally.ends_at <= now]
    return [_judgement(tally) for tally in ended]


def _judgement(tally: MonthTally) -> AttainmentJudged:
    """The verdict on a month that is over; one that was judged before is judged otherwise now."""
    return AttainmentJudged(
        standing=_standing(tally),
        kept=tally.kept,
        closes_incident=tally.kept if tally.judged else tally.at_risk,
        again=tally.judged,
    )


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


def months_to_forget(state: TenantState, now: Instant) -> list[Event]:
    """The ends of the months that are too old at `now` for late evidence to matter."""
    return [
        AttainmentForgotten(standing=_standing(tally), closes_incident=tally.judged and not tally.kept)
        for tally in state.tenant.months.values()
        if tally.ends_at <= now - _MONTHS_KEPT
    ]
