"""A weekly pattern of opening hours, read like an odometer, so that no answer has to walk days."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import accumulate, pairwise

from tocsin.domain.contract.calendar import MaintenanceWindow
from tocsin.domain.instant import DAY, MINUTE

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS = len(DAY_NAMES)
_WEEK = DAYS * DAY
_EPOCH_WEEKDAY = 3
"""1970-01-01, the day 0, was a Thursday."""


class Why(StrEnum):
    """The reason why a stretch of time counts for a clock, or does not."""

    COUNTED = "counted"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    MAINTENANCE = "maintenance"


Part = tuple[int, int, Why]
"""A part of a day: from, to (milliseconds after midnight), and why it counts or does not."""

Hours = Sequence[tuple[int, int]]
"""The hours of one day: sorted pairs of milliseconds after midnight, apart."""


def clock_time(minutes: int) -> str:
    """Minutes after midnight as `09:00`; the end of the day is `24:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


class Week:
    """The parts of each day of a week. Days are counted from 1970-01-01."""

    __slots__ = ("_before", "_hours", "_lengths", "_parts", "_total")

    def __init__(self, parts: Sequence[tuple[Part, ...]]) -> None:
        """`parts` has seven entries, Monday first; each tells of its day from midnight to midnight."""
        self._parts = parts
        self._hours = tuple(tuple((start, end) for start, end, why in day if why is Why.COUNTED) for day in parts)
        self._lengths = [sum(end - start for start, end in day) for day in self._hours]
        self._before = [0, *accumulate(self._lengths)]
        self._total = self._before[-1]

    def of(self, day: int) -> tuple[Part, ...]:
        """The parts of the day number `day`."""
        return self._parts[(day + _EPOCH_WEEKDAY) % DAYS]

    def length(self, day: int) -> int:
        """Milliseconds that count on the day number `day`."""
        return self._lengths[(day + _EPOCH_WEEKDAY) % DAYS]

    def before(self, day: int) -> int:
        """The odometer at the start of the day number `day`: what has counted since 1970."""
        weeks, weekday = divmod(day + _EPOCH_WEEKDAY, DAYS)
        return weeks * self._total + self._before[weekday]

    def within(self, day: int, time: int) -> int:
        """Milliseconds that count on the day number `day` up to `time` after midnight."""
        counted = 0
        for start, end in self._hours[(day + _EPOCH_WEEKDAY) % DAYS]:
            if time <= start:
                break
            counted += min(time, end) - start
        return counted

    def wall(self, reading: int) -> int:
        """The wall time (milliseconds since 1970) at which the odometer first shows `reading`. Needs hours."""
        weeks, rest = divmod(reading - 1, self._total)  # a reading of whole weeks is the last closing, not an opening
        rest += 1
        weekday = bisect_left(self._before, rest) - 1
        rest -= self._before[weekday]
        midnight = (weeks * DAYS + weekday - _EPOCH_WEEKDAY) * DAY
        for start, end in self._hours[weekday]:
            if rest <= end - start:
                return midnight + start + rest
            rest -= end - start
        raise AssertionError("a day ended before its own length")


class Tally:
    """A week's odometer less some holidays. Readings of one tally can be compared with each other only."""

    __slots__ = ("_at_holiday", "_holidays", "_lost", "_week")

    def __init__(self, week: Week, holidays: Sequence[int]) -> None:
        """`holidays` are day numbers, sorted, each once."""
        self._week = week
        self._holidays = holidays
        self._lost = [0]
        self._at_holiday = []
        for day in holidays:
            self._at_holiday.append(week.before(day) - self._lost[-1])
            self._lost.append(self._lost[-1] + week.length(day))

    def reading(self, wall: int) -> int:
        """The time that has counted up to the wall time `wall`."""
        day, time = divmod(wall, DAY)
        passed = bisect_left(self._holidays, day)
        counted = self._week.before(day) - self._lost[passed]
        if passed < len(self._holidays) and self._holidays[passed] == day:
            return counted
        return counted + self._week.within(day, time)

    def wall(self, reading: int) -> int:
        """The first wall time with that reading."""
        passed = bisect_left(self._at_holiday, reading)
        return self._week.wall(reading + self._lost[passed])

    def parts(self, day: int) -> tuple[Part, ...]:
        """The parts of the day number `day`."""
        at = bisect_left(self._holidays, day)
        if at < len(self._holidays) and self._holidays[at] == day:
            return ((0, DAY, Why.HOLIDAY),)
        return self._week.of(day)


def week_at(hours: Sequence[Hours], windows: Iterable[MaintenanceWindow], offset: int) -> Week:
    """The week of a calendar where walls are `offset` milliseconds ahead of UTC.

    `hours` are its opening hours in minutes, Monday first. `windows` pause it; they have an offset of their own.
    """
    blocked = sorted(span for window in windows for span in _spans(window, offset))
    days = []
    for weekday, day in enumerate(hours):
        midnight = weekday * DAY
        paused = [(max(a - midnight, 0), min(b - midnight, DAY)) for a, b in blocked]
        opened = [(opens * MINUTE, closes * MINUTE) for opens, closes in day]
        days.append(tuple(_parts(opened, [(a, b) for a, b in paused if a < b])))
    return Week(days)


def _spans(window: MaintenanceWindow, offset: int) -> list[tuple[int, int]]:
    """The window in wall time, as milliseconds of the week; one over the week's end is two."""
    start = window.weekday * DAY + (window.opens - window.utc_offset_minutes) * MINUTE + offset
    length = (window.closes - window.opens) * MINUTE
    start %= _WEEK
    return [(start, min(start + length, _WEEK)), (0, max(start + length - _WEEK, 0))]


def _parts(opened: Hours, blocked: Hours) -> list[Part]:
    """One day from midnight to midnight."""
    edges = sorted({0, DAY, *(edge for span in (*opened, *blocked) for edge in span)})
    parts: list[Part] = []
    for start, end in pairwise(edges):
        why = Why.CLOSED
        if any(a <= start < b for a, b in opened):
            why = Why.MAINTENANCE if any(a <= start < b for a, b in blocked) else Why.COUNTED
        if parts and parts[-1][2] is why:
            parts[-1] = (parts[-1][0], end, why)
        else:
            parts.append((start, end, why))
    return parts
