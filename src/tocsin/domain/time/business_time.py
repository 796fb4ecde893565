"""Time that counts for a promise: the open time between instants, and the instant at which an amount has passed.

Nothing here walks minutes or days. A calendar is compiled year by year into stretches of one UTC offset; inside a
stretch its weeks repeat, holidays are found by bisection, and whole years are passed by their sums. Time is open when
the wall clock of the calendar's zone says so: an hour that comes twice counts twice, one that is skipped never.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from tocsin.domain.contract.calendar import ALWAYS_OPEN, WorkingCalendar
from tocsin.domain.instant import DAY, Instant, show
from tocsin.domain.time.opening_hours import Tally, Week, Why, week_at
from tocsin.domain.time.zones import from_wall, offsets, to_wall, year_of, year_start

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_CLOSED_YEARS_MAX = 50
"""Closed years in a row after which a search ends: 29 February falls on the same weekday again within 40 years."""


class NeverOpens(ValueError):  # noqa: N818 - the name says what is wrong
    """A calendar has no opening hours near an instant, or none at all."""

    def __init__(self, near: Instant) -> None:
        super().__init__(f"the calendar has no opening hours within {_CLOSED_YEARS_MAX} years of {show(near)}")


@dataclass(frozen=True, slots=True)
class Interval:
    """The time from `start` up to but without `end`, and the reason why it counts or does not."""

    start: Instant
    end: Instant
    why: Why


class Counter(Protocol):
    """Counts time: the opening hours of a calendar, or all time."""

    def open_time(self, start: Instant, end: Instant) -> int:
        """Milliseconds that count in [start, end), which must not be reversed. Raises `OutOfReckoning`."""

    def advance(self, start: Instant, amount: int) -> Instant:
        """The first instant at which `amount` (above 0) has counted since `start`.

        It is closing time, not the next opening. Raises `NeverOpens`, `OutOfReckoning`.
        """

    def retreat(self, end: Instant, amount: int) -> Instant:
        """The first instant from which `amount` is left to count until `end`; with 0, when counting last stopped.

        Raises `NeverOpens`, `OutOfReckoning`.
        """


class RoundTheClock:
    """All time counts."""

    def open_time(self, start: Instant, end: Instant) -> int:
        """See `Counter`."""
        return end - start

    def advance(self, start: Instant, amount: int) -> Instant:
        """See `Counter`."""
        return start + amount

    def retreat(self, end: Instant, amount: int) -> Instant:
        """See `Counter`."""
        return end - amount


class _Stretch:
    """A part of a year with one offset from UTC."""

    __slots__ = ("end", "offset", "start", "tally")

    def __init__(self, start: Instant, end: Instant, offset: int, tally: Tally) -> None:
        self.start, self.end, self.offset, self.tally = start, end, offset, tally

    def reading(self, instant: Instant) -> int:
        return self.tally.reading(instant + self.offset)


class _Year:
    """A calendar in one year of UTC."""

    __slots__ = ("_before", "_starts", "stretches", "total")

    def __init__(self, stretches: list[_Stretch]) -> None:
        self.stretches = stretches
        self._starts = [stretch.start for stretch in stretches]
        self._before = [0]
        for stretch in stretches:
            self._before.append(self._before[-1] + stretch.reading(stretch.end) - stretch.reading(stretch.start))
        self.total = self._before.pop()

    def open_until(self, instant: Instant) -> int:
        """The time that has counted in this year up to `instant`."""
        at = bisect_right(self._starts, instant) - 1
        stretch = self.stretches[at]
        return self._before[at] + stretch.reading(instant) - stretch.reading(stretch.start)

    def when(self, opened: int) -> Instant:
        """The first instant at which `opened` (above 0, at most `total`) has counted in this year."""
        at = bisect_left(self._before, opened) - 1
        stretch = self.stretches[at]
        return stretch.tally.wall(stretch.reading(stretch.start) + opened - self._before[at]) - stretch.offset


class Timetable:
    """A calendar compiled for computing. Days are numbers of local days since 1970-01-01."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        """Raises `UnknownZone` at the first use if the calendar names no time zone."""
        self._calendar = calendar
        self._years: dict[int, _Year] = {}
        self._working_days: dict[int, Tally] = {}
        self._weeks: dict[int, Week] = {}
        self._pausing = tuple(window for window in calendar.maintenance if window.pauses)
        self._dated = sorted({day.toordinal() - _EPOCH_DAY for day in calendar.holidays})
        self._days_open = Week([((0, 1, Why.COUNTED),) if hours else () for hours in calendar.week])

    def open_time(self, start: Instant, end: Instant) -> int:
        """See `Counter`."""
        first, last = year_of(start), year_of(end)
        between = sum(self._year(year).total for year in range(first, last))
        return self._year(last).open_until(end) + between - self._year(first).open_until(start)

    def advance(self, start: Instant, amount: int) -> Instant:
        """See `Counter`."""
        number = year_of(start)
        year = self._year(number)
        needed, closed = amount + year.open_until(start), 0
        while needed > year.total:
            needed -= year.total
            closed = 0 if year.total else closed + 1
            if closed > _CLOSED_YEARS_MAX:
                raise NeverOpens(start)
            number += 1
            year = self._year(number)
        return year.when(needed)

    def retreat(self, end: Instant, amount: int) -> Instant:
        """See `Counter`."""
        number = year_of(end)
        needed, closed = self._year(number).open_until(end) - amount, 0
        while needed <= 0:
            number -= 1
            total = self._year(number).total
            needed += total
            closed = 0 if total else closed + 1
            if closed > _CLOSED_YEARS_MAX:
                raise NeverOpens(end)
        return self._year(number).when(needed)

    def working_day(self, after: int, amount: int) -> int:
        """The `amount`-th (above 0) working day later than the day `after`. Raises `NeverOpens`, `OutOfReckoning`."""
        number, day, closed = year_of(after * DAY), after + 1, 0
        while True:
            tally, end = self._working_days_of(number), year_start(number + 1)
            reading = tally.reading(day * DAY)
            found = tally.reading(end) - reading
            if amount <= found:
                return tally.wall(reading + amount) // DAY
            amount -= found
            closed = 0 if found else closed + 1
            if closed > _CLOSED_YEARS_MAX:
                raise NeverOpens(after * DAY)
            number, day = number + 1, end // DAY

    def opening(self, day: int) -> Instant:
        """The instant at which that working day first opens."""
        return min(part.start for part in self._hours(day))

    def closing(self, day: int) -> Instant:
        """The instant at which that working day closes for the last time."""
        return max(part.end for part in self._hours(day))

    def _hours(self, day: int) -> Iterator[Interval]:
        """The open hours of that local day. They are several spans where a clock goes back over midnight."""
        wall, zone = day * DAY, self._calendar.where
        for number in range(year_of(from_wall(wall, zone)), year_of(from_wall(wall + DAY, zone)) + 1):
            for stretch in self._year(number).stretches:
                begin, end = wall - stretch.offset, wall + DAY - stretch.offset
                for part in _parts(stretch, max(begin, stretch.start), min(end, stretch.end)):
                    if part.why is Why.COUNTED:
                        yield part

    def parts(self, start: Instant, end: Instant) -> Iterator[Interval]:
        """The parts of [start, end), without a gap and without pauses. Neighbours may be alike."""
        for number in range(year_of(start), year_of(end) + 1):
            for stretch in self._year(number).stretches:
                yield from _parts(stretch, max(start, stretch.start), min(end, stretch.end))

    def _year(self, number: int) -> _Year:
        if number not in self._years:
            year_of(year_start(number))  # refuses a year that is out of reckoning
            self._years[number] = self._compile(number)
        return self._years[number]

    def _working_days_of(self, number: int) -> Tally:
        """An odometer of working days."""
        if number not in self._working_days:
            changes = pairwise(self._year(number).stretches)
            swallowed = {day for before, after in changes for day in _swallowed(before, after)}
            self._working_days[number] = Tally(self._days_open, sorted(swallowed.union(self._holidays(number))))
        return self._working_days[number]

    def _compile(self, number: int) -> _Year:
        holidays, changes = self._holidays(number), offsets(self._calendar.where, number)
        tallies = {week: Tally(week, holidays) for week in {self._week(offset) for _, offset in changes}}
        ends = (*(start for start, _ in changes[1:]), year_start(number + 1))
        return _Year(
            [
                _Stretch(start, end, offset, tallies[self._week(offset)])
                for (start, offset), end in zip(changes, ends, strict=True)
            ]
        )

    def _week(self, offset: int) -> Week:
        key = offset if self._pausing else 0
        if key not in self._weeks:
            self._weeks[key] = week_at(self._calendar.week, self._pausing, offset)
        return self._weeks[key]

    def _holidays(self, number: int) -> list[int]:
        """The holidays of that year, and those of the days next to it: local years begin at other instants."""
        first, last = year_start(number) // DAY - 1, year_start(number + 1) // DAY
        days = set(self._dated[bisect_left(self._dated, first) : bisect_right(self._dated, last)])
        for month, day in self._calendar.yearly_holidays:
            days.update(_day_number(year, month, day) for year in (number - 1, number, number + 1))
        return sorted(day for day in days if first <= day <= last)


@lru_cache(maxsize=256)
def timetable(calendar: WorkingCalendar) -> Timetable:
    """The compiled form of `calendar`."""
    return Timetable(calendar)


@lru_cache(maxsize=256)
def daily_hours(calendar: WorkingCalendar) -> Timetable:
    """The hours that open and close working days; maintenance changes neither."""
    return timetable(replace(calendar, maintenance=()))


@lru_cache(maxsize=256)
def counter(calendar: WorkingCalendar) -> Counter:
    """The counter of the time of `calendar`."""
    pausing = any(window.pauses for window in calendar.maintenance)
    return RoundTheClock() if calendar.always_open and not pausing else timetable(calendar)


@lru_cache(maxsize=256)
def round_the_clock(calendar: WorkingCalendar) -> WorkingCalendar:
    """`calendar` without closing hours and holidays; what pauses it stays."""
    return WorkingCalendar(timezone="UTC", week=ALWAYS_OPEN, maintenance=calendar.maintenance)


def local_day(instant: Instant, calendar: WorkingCalendar) -> int:
    """The number of the calendar's local day in which `instant` lies."""
    return to_wall(instant, calendar.where) // DAY


def _day_number(year: int, month: int, day: int) -> int:
    """The day's number; for 29 February of a common year the day -1, which is in no year."""
    try:
        return date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return -_EPOCH_DAY


def _swallowed(before: _Stretch, after: _Stretch) -> Iterator[int]:
    """The days whose opening hours a clock change skips altogether. They are no working days."""
    skipped_from, skipped_to = before.end + before.offset, after.start + after.offset
    for day in range(skipped_from // DAY, -(-skipped_to // DAY)):
        hours = [(start, end) for start, end, why in before.tally.parts(day) if why is Why.COUNTED]
        if hours and skipped_from <= day * DAY + hours[0][0] and day * DAY + hours[-1][1] <= skipped_to:
            yield day


def _parts(stretch: _Stretch, start: Instant, end: Instant) -> Iterator[Interval]:
    for day in range((start + stretch.offset) // DAY, -(-(end + stretch.offset) // DAY)):
        midnight = day * DAY - stretch.offset
        for opens, closes, why in stretch.tally.parts(day):
            part = Interval(max(start, midnight + opens), min(end, midnight + closes), why)
            if part.start < part.end:
                yield part
