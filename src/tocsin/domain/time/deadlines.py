"""Deadlines: the instant at which a promise is due, and how much of its time has passed, and why.

The decisions, where others differ:
- A deadline that falls exactly on closing time, or on the start of a pause, stays there. What happens at the deadline
  to the millisecond is in time.
- A clock that starts while its calendar is closed, or paused, begins to count at the next opening or resumption. So a
  target of nothing is due then; inside hours, or at closing time to the millisecond, it is due at once.
- Working days are counted from the local day of the start, which is the day 0 whether or not it is a working day: what
  arrives on Saturday with "next working day" is due at Monday's closing time. Without `end_of_working_day` it is due
  at the time of day of the start, moved into that day's hours if it lies before the first opening or after the last
  closing. No working day at all means today's closing time, or the next one if that has passed.
- A target with a time of day is due at that time of its working day, whether or not the day is still open then.
- Calendar days, months and years end at the same local time of day; a day that the month lacks is its last one. They
  are counted as laws do where the target says so: to the end of the last day, from the end of a year, or to a time of
  the next working day where the last one is none.
- A pause moves a deadline by the time that would have counted in it; of a target in days, months or years this is
  counted on from the deadline that it had without pauses. Pauses may overlap and come in any order; one that ends
  before it starts is none.
- A maintenance window pauses a clock only where its rule says so (`pauses`), but then also one of elapsed time. It does
  not move the end of a target in days, months or years.
"""

from calendar import monthrange
from collections.abc import Sequence

from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import DAY, MINUTE, Instant, from_datetime, to_datetime
from tocsin.domain.time.business_time import (
    Counter,
    counter,
    daily_hours,
    local_day,
    round_the_clock,
)
from tocsin.domain.time.calendar_parts import Interval, parts, relabelled
from tocsin.domain.time.opening_hours import Why
from tocsin.domain.time.spans import joined
from tocsin.domain.time.zones import OutOfReckoning, from_wall, to_wall

Pause = tuple[Instant, Instant]
"""The start and the end of a time in which a clock stood still."""

_WORKING = (TargetUnit.WORKING_TIME, TargetUnit.WORKING_DAYS)
_TIMED = (TargetUnit.ELAPSED, TargetUnit.WORKING_TIME)
_MONTHS = 12
_MONTHS_OF = {TargetUnit.CALENDAR_MONTHS: 1, TargetUnit.CALENDAR_YEARS: _MONTHS}


def deadline(start: Instant, target: Target, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()) -> Instant:
    """The last instant at which a promise made at `start` is kept.

    Raises `ValueError`: `NeverOpens`, `OutOfReckoning`, `UnknownZone`, or for a negative target.
    """
    if target.amount < 0:
        raise ValueError("a target is not negative")
    if target.unit is TargetUnit.ELAPSED and not pauses and not (calendar.maintenance or calendar.union):
        return start + target.amount
    counts = _counter(target.unit, calendar)
    if target.unit in _TIMED:
        return _advance(counts, start, target.amount, joined(pauses))
    due = _due(start, target, calendar)
    merged = joined(pauses)
    amount = counts.open_time(start, due)
    if amount == _counted(counts, start, due, merged):
        return due
    return _advance(counts, start, amount, merged)


def elapsed(start: Instant, end: Instant, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()) -> int:
    """Milliseconds that counted from `start` to `end`; 0 if `end` is not the later one.

    Counts the hours of `calendar`: for a target that is not in working time pass `counting_calendar`.
    Raises `OutOfReckoning`, `UnknownZone`.
    """
    return _counted(counter(calendar), start, end, joined(pauses)) if end > start else 0


def fraction_instant(
    start: Instant, target: Target, fraction: float, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()
) -> Instant:
    """The instant at which a fraction of the target's time has passed; at 0.0 the clock begins to count.

    Raises as `deadline` does.
    """
    due = deadline(start, target, calendar, pauses)
    if fraction == 1:
        return due
    counts, merged = _counter(target.unit, calendar), joined(pauses)
    return _advance(counts, start, round(_counted(counts, start, due, merged) * fraction), merged)


def before_deadline(
    deadline: Instant,
    milliseconds: int,
    calendar: WorkingCalendar,
    unit: TargetUnit,
    pauses: Sequence[Pause] = (),
) -> Instant:
    """The first instant at which only `milliseconds` of the time of a target of that unit are left.

    It may lie before the clock's start; the caller then takes the start. Raises `NeverOpens`, `OutOfReckoning`.
    """
    if milliseconds <= 0:
        return deadline
    counts, moment, left = _counter(unit, calendar), deadline, milliseconds
    for begin, end in reversed(joined(pauses)):
        if begin < moment:
            counted = counts.open_time(min(end, moment), moment)
            if counted > left:
                break
            left, moment = left - counted, begin
    return counts.retreat(moment, left)


def explain(start: Instant, end: Instant, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()) -> list[Interval]:
    """The parts of [start, end), without a gap and without equal neighbours; empty if `end` is not the later one.

    Each interval has one reason, the first that applies: a holiday (the whole local day), closed, maintenance,
    paused. So the intervals that are paused add up to what the pauses cost. The calendar is that of `elapsed`.
    Raises `OutOfReckoning`, `UnknownZone`.
    """
    intervals: list[Interval] = []
    found = parts(calendar, start, end) if end > start else ()
    for piece in relabelled(found, joined(pauses), Why.PAUSED):
        if intervals and intervals[-1].why is piece.why:
            intervals[-1] = Interval(intervals[-1].start, piece.end, piece.why)
        else:
            intervals.append(piece)
    return intervals


def counting_calendar(unit: TargetUnit, calendar: WorkingCalendar) -> WorkingCalendar:
    """The calendar for a target of that unit: `calendar`, or one that is open at all hours."""
    return calendar if unit in _WORKING else round_the_clock(calendar)


def _counter(unit: TargetUnit, calendar: WorkingCalendar) -> Counter:
    return counter(counting_calendar(unit, calendar))


def _counted(counts: Counter, start: Instant, end: Instant, merged: Sequence[Pause]) -> int:
    counted = counts.open_time(start, end)
    for begin, resumed in merged:
        if begin < end and resumed > start:
            counted -= counts.open_time(max(begin, start), min(resumed, end))
    return counted


def _advance(counts: Counter, start: Instant, amount: int, merged: Sequence[Pause]) -> Instant:
    """The first instant at which `amount` has counted; for 0 the first instant that counts."""
    if amount == 0:
        just_counted = _counted(counts, start - 1, start, merged) == 1
        return start if just_counted else _advance(counts, start, 1, merged) - 1
    moment = start
    for begin, end in merged:
        if end <= moment:
            continue
        if begin > moment:
            counted = counts.open_time(moment, begin)
            if counted >= amount:
                break
            amount -= counted
        moment = end
    return counts.advance(moment, amount)


def _due(start: Instant, target: Target, calendar: WorkingCalendar) -> Instant:
    """The deadline of a target in days, months or years, without pauses."""
    if target.unit is TargetUnit.WORKING_DAYS:
        if target.due_at is not None:
            day = daily_hours(calendar).working_day(local_day(start, calendar), target.amount)
            return from_wall(day * DAY + target.due_at * MINUTE, calendar.where)
        due = _closing_due if target.end_of_working_day else _same_time_due
        return due(start, target.amount, calendar)
    wall = to_wall(start, calendar.where)
    if target.after_the_year:
        wall = _end_of_year(wall)
    if target.unit is TargetUnit.CALENDAR_DAYS:
        last = wall + target.amount * DAY
    else:
        last = _months_later(wall, target.amount * _MONTHS_OF[target.unit])
    return from_wall(_moved(last, target, calendar) if target.to_the_end_of_the_day else last, calendar.where)


def _end_of_year(wall: int) -> int:
    """The first instant of the last day of the year, which is the day 0 of what is counted from its end."""
    return from_datetime(to_datetime(wall).replace(month=12, day=31, hour=0, minute=0, second=0, microsecond=0))


def _moved(wall: int, target: Target, calendar: WorkingCalendar) -> int:
    """The end of that day, or the time to which it is moved where it is no working day."""
    day = wall // DAY
    if target.moved_to is None:
        return (day + 1) * DAY
    working = daily_hours(calendar).working_day(day - 1, 1)
    return (day + 1) * DAY if working == day else working * DAY + target.moved_to * MINUTE


def _closing_due(start: Instant, days: int, calendar: WorkingCalendar) -> Instant:
    table, today = daily_hours(calendar), local_day(start, calendar)
    if days:
        return table.closing(table.working_day(today, days))
    first = table.working_day(today - 1, 1)
    closing = table.closing(first)
    return closing if closing >= start else table.closing(table.working_day(first, 1))


def _same_time_due(start: Instant, days: int, calendar: WorkingCalendar) -> Instant:
    if not days:
        return _advance(daily_hours(calendar), start, 0, ())
    table = daily_hours(calendar)
    today, time = divmod(to_wall(start, calendar.where), DAY)
    day = table.working_day(today, days)
    due = from_wall(day * DAY + time, calendar.where)
    return min(max(due, table.opening(day)), table.closing(day))


def _months_later(wall: int, months: int) -> int:
    """The same day and time `months` later, or the last day of a month that is too short for it."""
    moment = to_datetime(wall)
    years, month = divmod(moment.month - 1 + months, _MONTHS)
    year = moment.year + years
    try:
        day = min(moment.day, monthrange(year, month + 1)[1])
        later = moment.replace(year=year, month=month + 1, day=day)
    except ValueError:
        raise OutOfReckoning from None
    return from_datetime(later) + (wall - from_datetime(moment))
