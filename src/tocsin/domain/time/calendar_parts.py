"""The meaning of a calendar: which time is open, and for what reason other time is not.

A wall decides: time is open, taken or in a window when a clock on a wall of its zone shows such a time. So an hour that
comes twice counts twice, and one that is skipped never.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date
from itertools import pairwise
from typing import NamedTuple

from tocsin.domain.contract.calendar import (
    ClosedPeriod,
    HalfDay,
    MaintenanceWindow,
    NamedCalendar,
    WorkingCalendar,
)
from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import DAY, MINUTE, Instant, from_datetime
from tocsin.domain.time.opening_hours import DAYS, Why
from tocsin.domain.time.spans import Span, cut, gaps, joined, less
from tocsin.domain.time.zones import nth_weekday, offsets, year_of, year_start

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = 3
"""1970-01-01, the day 0, was a Thursday."""

_MONTHS = range(1, 13)

_OPENNESS = (Why.HOLIDAY, Why.CLOSED, Why.FREEZE, Why.EXCLUDED, Why.MAINTENANCE, Why.COUNTED)
"""The reasons by how little is missing: of calendars together the reason of the one that is nearest to open counts."""

_Walls = Callable[[int, int], Iterable[Span]]
"""Gives the spans that walls show from one wall time to another; they may reach further, and may touch."""


class Interval(NamedTuple):
    """The time from `start` up to but without `end`, and the reason why it counts or does not."""

    start: Instant
    end: Instant
    why: Why


def stretches(where: Zone | str | int, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant, int]]:
    """The parts of [start, end) with one offset from UTC, each with it; a number is an offset that never changes."""
    if isinstance(where, int):
        yield start, end, where
        return
    for year in range(year_of(start), year_of(end - 1) + 1):
        known, until = offsets(where, year), year_start(year + 1)
        for place, (since, offset) in enumerate(known):
            ends = known[place + 1][0] if place + 1 < len(known) else until
            if max(since, start) < min(ends, end):
                yield max(since, start), min(ends, end), offset


def open_spans(calendar: WorkingCalendar, start: Instant, end: Instant) -> list[Span]:
    """The open time of [start, end)."""
    if calendar.union:
        hours = less(_together(calendar.union, start, end), _holidays(calendar, start, end))
    else:
        first, last = _days(start, end)
        hours = _shown(calendar.where, start, end, _hours(calendar, set(_holiday_days(calendar, first, last))))
    for _, taken in _takings(calendar, start, end):
        hours = less(hours, taken)
    return hours


def parts(calendar: WorkingCalendar, start: Instant, end: Instant) -> Iterable[Interval]:
    """The parts of [start, end), without a gap. Neighbours may be alike.

    The reason is the first that applies: a holiday, closed, and then what takes from the hours.
    """
    found: Iterable[Interval]
    if calendar.union:
        found = _nearest_to_open([list(parts(it.calendar, start, end)) for it in calendar.union], end)
    else:
        opened = _shown(calendar.where, start, end, _hours(calendar, set()))
        found = relabelled([Interval(start, end, Why.COUNTED)], [*gaps(opened, start, end)], Why.CLOSED)
    for why, taken in _takings(calendar, start, end):
        found = relabelled(found, taken, why)
    return relabelled(found, _holidays(calendar, start, end), Why.HOLIDAY, whatever=True)


def relabelled(
    intervals: Iterable[Interval], spans: Sequence[Span], why: Why, *, whatever: bool = False
) -> Iterator[Interval]:
    """`intervals` where what counts has the reason `why` in `spans`; and also what does not, with `whatever`."""
    for part in intervals:
        if part.why is not Why.COUNTED and not whatever:
            yield part
            continue
        start = part.start
        for begin, end in cut(spans, part.start, part.end):
            if start < begin:
                yield Interval(start, begin, part.why)
            yield Interval(begin, end, why)
            start = end
        if start < part.end:
            yield Interval(start, part.end, part.why)


def _nearest_to_open(members: Sequence[Sequence[Interval]], end: Instant) -> Iterator[Interval]:
    edges = sorted({part.start for member in members for part in member} | {end})
    for begin, stop in pairwise(edges):
        reasons = (member[bisect_right(member, begin, key=_start) - 1].why for member in members)
        yield Interval(begin, stop, max(reasons, key=_OPENNESS.index))


def _start(part: Interval) -> Instant:
    return part.start


def _together(calendars: Iterable[NamedCalendar], start: Instant, end: Instant) -> list[Span]:
    return joined(span for it in calendars for span in open_spans(it.calendar, start, end))


def _takings(calendar: WorkingCalendar, start: Instant, end: Instant) -> Iterator[tuple[Why, list[Span]]]:
    """What takes from the hours, with the reason, the stronger first."""
    first, last = _days(start, end)
    if calendar.half_days:
        yield Why.HOLIDAY, _shown(calendar.where, start, end, _always([*_lost(calendar.half_days, first, last)]))
    if calendar.closed:
        yield Why.FREEZE, _shown(calendar.where, start, end, _always([*map(_walls_of, calendar.closed)]))
    if calendar.without:
        yield Why.EXCLUDED, _together(calendar.without, start, end)
    pausing = [window for window in calendar.maintenance if window.pauses]
    if pausing:
        yield Why.MAINTENANCE, joined(span for window in pausing for span in _window(window, start, end))


def _shown(where: Zone | str | int, start: Instant, end: Instant, walls: _Walls) -> list[Span]:
    """The parts of [start, end) in which a wall shows a time of `walls`."""
    found: list[Span] = []
    for begin, stop, offset in stretches(where, start, end):
        first, last = begin + offset, stop + offset
        found += ((max(first, wall) - offset, min(last, until) - offset) for wall, until in walls(first, last))
    return joined(found)


def _always(spans: Sequence[Span]) -> _Walls:
    return lambda _begin, _end: spans


def _days(start: Instant, end: Instant) -> tuple[int, int]:
    """The first and the last local day that [start, end) may touch, wherever it is."""
    return start // DAY - 1, end // DAY + 1


def _hours(calendar: WorkingCalendar, skipped: set[int]) -> _Walls:
    """The hours of the week, without the days that are `skipped`."""
    week = [[(opens * MINUTE, closes * MINUTE) for opens, closes in day] for day in calendar.week]

    def walls(begin: int, end: int) -> Iterator[Span]:
        for day in range(begin // DAY, -(-end // DAY)):
            if day not in skipped:
                midnight = day * DAY
                for opens, closes in week[(day + _EPOCH_WEEKDAY) % DAYS]:
                    yield midnight + opens, midnight + closes

    return walls


def _holidays(calendar: WorkingCalendar, start: Instant, end: Instant) -> list[Span]:
    days = _holiday_days(calendar, *_days(start, end))
    return _shown(calendar.where, start, end, _always([(day * DAY, (day + 1) * DAY) for day in days])) if days else []


def _holiday_days(calendar: WorkingCalendar, first: int, last: int) -> list[int]:
    dated = (day.toordinal() - _EPOCH_DAY for day in calendar.holidays)
    yearly = (found for month, day in calendar.yearly_holidays for found in _yearly(month, day, first, last))
    return [day for day in (*dated, *yearly) if first <= day <= last]


def _lost(half_days: Iterable[HalfDay], first: int, last: int) -> Iterator[Span]:
    """The walls of the hours that half days take: all but their own."""
    for it in half_days:
        days = _yearly(it.month, it.day, first, last) if it.year is None else [_day_number(it.year, it.month, it.day)]
        kept = [(opens * MINUTE, closes * MINUTE) for opens, closes in it.hours]
        for midnight in (day * DAY for day in days):
            yield from ((midnight + begin, midnight + stop) for begin, stop in gaps(kept, 0, DAY))


def _walls_of(period: ClosedPeriod) -> Span:
    return from_datetime(period.begins.replace(tzinfo=UTC)), from_datetime(period.ends.replace(tzinfo=UTC))


def _window(window: MaintenanceWindow, start: Instant, end: Instant) -> list[Span]:
    first, last = _days(start, end)
    opens, closes = window.opens * MINUTE, window.closes * MINUTE
    days = _beginnings(window, first - closes // DAY, last)
    where = window.zone or (window.utc_offset_minutes or 0) * MINUTE
    return _shown(where, start, end, _always([(day * DAY + opens, day * DAY + closes) for day in days]))


def _beginnings(window: MaintenanceWindow, first: int, last: int) -> Iterable[int]:
    """The days from `first` to `last`, and perhaps some more, on which the window begins."""
    if window.once is not None:
        return [window.once.toordinal() - _EPOCH_DAY]
    if window.month is not None:
        return _yearly(window.month, window.day, first, last)
    if window.week is None:
        return range(first + (window.weekday - first - _EPOCH_WEEKDAY) % DAYS, last + 1, DAYS)
    years = range(_date(first).year, _date(last).year + 1)
    return [nth_weekday(year, month, window.week, window.weekday) for year in years for month in _MONTHS]


def _yearly(month: int, day: int, first: int, last: int) -> list[int]:
    return [_day_number(year, month, day) for year in range(_date(first).year, _date(last).year + 1)]


def _date(day: int) -> date:
    return date.fromordinal(day + _EPOCH_DAY)


def _day_number(year: int, month: int, day: int) -> int:
    """The day's number; for 29 February of a common year a day that is in no year that is reckoned."""
    try:
        return date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return -_EPOCH_DAY
