"""Promises over many: the share of an objective's clocks that were in time in each calendar month.

A clock counts in the month in which it was due, so that when a month ends all of its clocks have been judged. One
late answer is a miss of its target; the promise is broken by the month.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from tocsin.domain.book import Book, MonthTally
from tocsin.domain.clock_events import BreachWithdrawn, ClockEvent, ObjectiveBreached, ObjectiveFulfilled
from tocsin.domain.contract import Plan
from tocsin.domain.events import AttainmentAtRisk, AttainmentJudged, Event, Standing
from tocsin.domain.instant import DAY, Instant, from_datetime, to_datetime
from tocsin.domain.terms import Attainment
from tocsin.domain.ticket import Clock, Ticket
from tocsin.domain.zones import from_wall, to_wall

_MONTHS_KEPT = 400 * DAY


class _Month(NamedTuple):
    name: str  # 2026-03
    ends_at: Instant


def count(book: Book, ticket: Ticket, event: Event) -> list[Event] | None:
    """Count what `event`, already applied, says of a clock; what follows from that. None: nothing has been counted."""
    if not isinstance(event, ObjectiveFulfilled | ObjectiveBreached | BreachWithdrawn):
        return None
    promise = _promise(book.plan_of(ticket), event)
    clock = ticket.clock(event.rule, event.cycle)
    if promise is None or clock.deadline is None:
        return None
    tally = _tally(book, ticket, clock, promise)
    was_kept = tally.share >= promise.share
    _add(tally, clock, event)
    if not was_kept or tally.share >= promise.share:
        return []
    return [AttainmentAtRisk(standing=_standing(tally))]


def _promise(plan: Plan, event: ClockEvent) -> Attainment | None:
    return next((each for each in plan.attainment if each.objective is event.objective), None)


def _add(tally: MonthTally, clock: Clock, event: Event) -> None:
    if isinstance(event, ObjectiveBreached):
        tally.missed += 1
        tally.met -= clock.fulfilments > 0  # late evidence: it was counted as in time
    elif isinstance(event, BreachWithdrawn):
        tally.missed -= 1
        tally.met += event.fulfilled_at is not None
    elif isinstance(event, ObjectiveFulfilled) and event.in_time and clock.fulfilments == 1 and not clock.breached:
        tally.met += 1


def _tally(book: Book, ticket: Ticket, clock: Clock, promise: Attainment) -> MonthTally:
    month = _month_of(clock, book, ticket)
    key = f"{month.name}/{ticket.plan}/{promise.objective}/{clock.priority}"
    if key not in book.tenant.months:
        book.tenant.months[key] = MonthTally(
            month=month.name,
            plan=ticket.plan,
            objective=promise.objective,
            priority=clock.priority,
            ends_at=month.ends_at,
            promised=promise.share,
            clause=promise.cites.clause,
        )
    return book.tenant.months[key]


def _month_of(clock: Clock, book: Book, ticket: Ticket) -> _Month:
    """The month of the deadline, where the clock's calendar is."""
    contract = book.contracts[ticket.contract]
    rule = next(each for each in contract.plans[ticket.plan].objectives if each.id == clock.rule)
    zone = contract.calendars[rule.targets[clock.priority].calendar].timezone
    wall = to_datetime(to_wall(clock.deadline or clock.started_at, zone))
    following = datetime(wall.year + wall.month // 12, wall.month % 12 + 1, 1, tzinfo=UTC)
    return _Month(f"{wall:%Y-%m}", from_wall(from_datetime(following), zone))


def next_month_end(book: Book) -> Instant | None:
    """When the next month ends that is to be judged."""
    return min((tally.ends_at for tally in book.tenant.months.values() if not tally.judged), default=None)


def judge_months(book: Book, now: Instant) -> list[Event]:
    """What became of the months that have ended by `now`."""
    ended = [tally for tally in book.tenant.months.values() if not tally.judged and tally.ends_at <= now]
    return [
        AttainmentJudged(standing=_standing(tally), kept=tally.share >= tally.promised, closes_incident=tally.at_risk)
        for tally in ended
    ]


def take_in(event: AttainmentAtRisk | AttainmentJudged, book: Book) -> None:
    """Remember that somebody was told of a month, or that it has been judged."""
    standing = event.standing
    tally = book.tenant.months.get(f"{standing.month}/{standing.plan}/{standing.objective}/{standing.priority}")
    if tally is None:
        return
    if isinstance(event, AttainmentAtRisk):
        tally.at_risk = True
    else:
        tally.judged = True


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


def forget_months(book: Book, now: Instant) -> None:
    """Drop the months that are too old for late evidence to matter."""
    kept = {key: tally for key, tally in book.tenant.months.items() if tally.ends_at > now - _MONTHS_KEPT}
    book.tenant.months = kept
