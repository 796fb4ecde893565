"""Promises over many: the share of clocks that were in time in each period, or how long they took on the whole.

A clock counts in the period in which it was due, so that when it ends all of its clocks have been judged. One late
answer is a miss of its target; the promise is broken by the period. Only promises that stand count: one that is
withdrawn, ruled out or corrected leaves the count, also after its month was judged, and the verdict and what is
credited for it follow.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from msgspec import UNSET

from tocsin.domain.clocks.schedule import Case
from tocsin.domain.clocks.taken import time_taken
from tocsin.domain.contract.attainment import AttainmentRule, Grouping, Measure
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
from tocsin.domain.instant import DAY, Instant
from tocsin.domain.state.credit import Credit, Reached, credit_for
from tocsin.domain.state.tally import Tally, month_key
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.state.ticket import Clock, Counted, Ticket
from tocsin.domain.time.periods import Span, span_of

_MONTHS_KEPT = 400 * DAY
_RECENT = 31 * DAY
_RECOUNTED = frozenset((ObjectiveFulfilled, ObjectiveBreached, BreachWithdrawn, PromiseWithdrawn, ClockMoved))

Before = dict[str, "Verdict"]
"""What was to be said of tallies before their counts changed, by their keys."""


class Verdict(NamedTuple):
    """What is to be said of a period: whether its promise was kept, and else what is credited for it."""

    kept: bool
    credit: Decimal | None


def count_clock(state: TenantState, ticket: Ticket, clock: Clock, event: ClockEvent, now: Instant) -> Before:
    """Count `clock` as it stands after `event`; returns the months whose count changed; see `recounted`.

    A clock counts once. A later judgement, at another priority or in another month, takes back the earlier count.
    """
    if type(event) not in _RECOUNTED:
        return {}
    return _count(state, ticket, clock, now)


def count_ticket(state: TenantState, ticket: Ticket, now: Instant) -> Before:
    """The same for all clocks of a ticket, once it was ruled out or is no more: some promises leave it out."""
    if not any(rule.leave_out for rule in state.plan_of(ticket).attainment):
        return {}
    before: Before = {}
    for clock in ticket.clocks:
        if clock.contract_and_plan == ticket.contract_and_plan:
            before = {**_count(state, ticket, clock, now), **before}
    return before


def _count(state: TenantState, ticket: Ticket, clock: Clock, now: Instant) -> Before:
    counted = tuple(_places(state, ticket, clock, now))
    if clock.counts == counted:
        return {}
    known = state.tenant.months
    months = dict.fromkeys(each.month for each in (*clock.counts, *counted) if each.month in known)
    before = {month: verdict_of(known[month]) for month in months}
    recount(state, clock, counted)
    return before


def recounted(state: TenantState, before: Mapping[str, Verdict], now: Instant) -> list[Event]:
    """The events that follow for these months from all that one input, or one timer, has changed in their counts.

    A promise that another one takes the place of leaves the count and comes into it at once: nothing follows from that.
    """
    return [each for month, was in before.items() for each in _follows(state.tenant.months[month], now, was)]


def verdict_of(tally: Tally) -> Verdict:
    """What is to be said of a tally as it stands."""
    credit = credit_of(tally)
    return Verdict(tally.kept, credit.part if credit else None)


def credit_of(tally: Tally) -> Credit | None:
    """What is credited for a period, or would be if it ended now; None for nothing."""
    return credit_for(Reached(tally.measure, tally.met, tally.number, tally.figure), tally.credits)


def in_open_month(state: TenantState, clock: Clock) -> bool:
    """True if `clock` is counted in a month that has not been judged."""
    tally = state.tenant.months.get(clock.counted.month) if clock.counted else None
    return tally is not None and not tally.judged


def recount(state: TenantState, clock: Clock, counted: tuple[Counted, ...]) -> None:
    """Count `clock` as `counted`, and no longer as before."""
    for places, change in ((clock.counts, -1), (counted, 1)):
        for each in places:
            if tally := state.tenant.months.get(each.month):
                tally.count(change, met=each.met, took=each.took)
    clock.counted, clock.counted_too = next(iter(counted), None), counted[1:] or UNSET


def _follows(tally: Tally, now: Instant, was: Verdict) -> Iterator[Event]:
    """The events that follow from the new count of a month of which something else was to be said before."""
    if tally.ends_at < now:
        if not tally.judged or verdict_of(tally) != was:
            yield _judgement(tally)
    elif was.kept and not tally.kept:
        yield AttainmentAtRisk(standing=_standing(tally))
    elif tally.at_risk and tally.kept:
        yield AttainmentRecovered(standing=_standing(tally))


def _places(state: TenantState, ticket: Ticket, clock: Clock, now: Instant) -> Iterator[Counted]:
    """Where `clock` counts, as it stands, and as what; makes the tallies that are not there yet.

    Nowhere where no share is promised, or its month is too long ago.
    """
    contract, stands = state.contracts[ticket.contract], not clock.void or clock.lapsed_at is not None
    plan = contract.plans[ticket.plan]
    if not plan.attainment or not stands:
        return
    rule = next((each for each in plan.objectives if each.id == clock.rule), None)
    if rule is None:  # of an earlier contract of the ticket
        return
    case = Case(ticket, contract, plan, rule, now)
    taken: set[str] = set()
    for promise in plan.attainment:
        judged = _judged_as(promise, case, clock) if promise.is_about(rule.id, rule.objective, rule.overlay) else None
        span = _span(promise, case, clock, state.tenant.since or None) if judged else None
        if judged is None or span is None or span.ends_at <= now - _MONTHS_KEPT:
            continue
        tally = _new_tally(promise, ticket, clock, span)
        key = month_key(tally)
        if key not in taken and not any(reason in promise.leave_out for reason in ticket.ruled_out):
            state.tenant.months.setdefault(key, tally)
            yield Counted(key, *judged)
        taken.add(key)  # the first of two promises of the same is judged


def _judged_as(promise: AttainmentRule, case: Case, clock: Clock) -> tuple[bool, int | None] | None:
    """Whether `clock` was met, and the time that it took where that matters; None for one that is not judged.

    A share is of promises with a figure. What is still open has taken no time yet, however late it is.
    """
    if promise.at_most is None:
        judged = clock.deadline is not None and (clock.breached or clock.fulfilled_at is not None)
        return (not clock.breached, None) if judged else None
    if clock.fulfilled_at is None:
        return None
    took = time_taken(case, clock.priority, clock.started_at, clock.fulfilled_at)
    return took <= promise.at_most, took


def _span(promise: AttainmentRule, case: Case, clock: Clock, since: date | None) -> Span:
    """The period of the deadline, or where there is none of the end, where the clock's calendar is."""
    zone = case.contract.calendars[case.rule.targets[clock.priority].calendar].where
    at = clock.fulfilled_at if clock.deadline is None else clock.deadline
    return span_of(promise.period, clock.started_at if at is None else at, zone, since)


def _new_tally(promise: AttainmentRule, ticket: Ticket, clock: Clock, span: Span) -> Tally:
    return Tally(
        month=span.name,
        plan="" if promise.by is Grouping.TENANT else ticket.plan,
        objective=promise.objective or "",
        priority=clock.priority if promise.by is Grouping.PRIORITY else "",
        ends_at=span.ends_at,
        promised=promise.share,
        clause=promise.cites.clause,
        source=promise.cites.source,
        rule=promise.rules_with(clock.rule),
        measure=promise.measure,
        at_most=promise.at_most,
        credits=promise.credits,
    )


def recent_months(tenant: Tenant, now: Instant) -> list[Tally]:
    """The tallies of the months that run, and of those that ended in the last 31 days."""
    return [tally for tally in tenant.months.values() if tally.ends_at > now - _RECENT]


def next_month_end(state: TenantState) -> Instant | None:
    """The end of the next month that is to be judged; None where there is none."""
    return min((tally.ends_at for tally in state.tenant.months.values() if not tally.judged), default=None)


def judge_months(state: TenantState, now: Instant) -> list[Event]:
    """The judgements of the months that have ended by `now`."""
    ended = [tally for tally in state.tenant.months.values() if not tally.judged and tally.ends_at <= now]
    return [_judgement(tally) for tally in ended]


def _judgement(tally: Tally) -> AttainmentJudged:
    """The verdict on a month that is over; one that was judged before is judged otherwise now."""
    credit = credit_of(tally)
    return AttainmentJudged(
        standing=_standing(tally),
        kept=tally.kept,
        closes_incident=tally.kept if tally.judged else tally.at_risk,
        again=tally.judged,
        credit=credit.part if credit else None,
        arithmetic=credit.arithmetic if credit else None,
    )


def _standing(tally: Tally) -> Standing:
    return Standing(
        month=tally.month,
        plan=tally.plan,
        objective=tally.objective,
        priority=tally.priority,
        met=tally.met,
        missed=tally.missed,
        promised=tally.promised,
        clause=tally.clause,
        source=tally.source or UNSET,
        rule=tally.rule or UNSET,
        measure=UNSET if tally.measure is Measure.SHARE else tally.measure,
        at_most=UNSET if tally.at_most is None else tally.at_most,
        figure=UNSET if tally.figure is None else tally.figure,
    )


def months_to_forget(state: TenantState, now: Instant) -> list[Event]:
    """The ends of the months that are too old at `now` for late evidence to matter."""
    return [
        AttainmentForgotten(standing=_standing(tally), closes_incident=tally.judged and not tally.kept)
        for tally in state.tenant.months.values()
        if tally.ends_at <= now - _MONTHS_KEPT
    ]
