"""Time that counts for a promise: the open time between instants, and the instant at which an amount has passed.

No answer walks minutes or days. A calendar is compiled year by year into its open spans with their sums; inside a year
the answer is found by bisection, and whole years are passed by their totals.
"""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, Protocol

from tocsin.domain.contract.calendar import ALWAYS_OPEN, NamedCalendar, WorkingCalendar
from tocsin.domain.instant import DAY, Instant, show
from tocsin.domain.time.calendar_parts import open_spans, stretches
from tocsin.domain.time.spans import Span, cut
from tocsin.domain.time.zones import YEAR_MAX, YEAR_MIN, to_wall, year_of, year_start

_CLOSED_YEARS_MAX = 50
"""Closed years in a row after which a search ends: 29 February falls on the same weekday again within 40 years."""


class NeverOpens(ValueError):  # noqa: N818 - the name says what is wrong
    """A calendar has no opening hours near an instant, or none at all."""

    def __init__(self, near: Instant) -> None:
        super().__init__(f"the calendar has no opening hours within {_CLOSED_YEARS_MAX} years of {show(near)}")


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


class _Year:
    """A calendar in one year of UTC: its open spans, and the open time before each."""

    __slots__ = ("_before", "_ends", "_starts", "total")

    def __init__(self, spans: list[Span]) -> None:
        self._starts = array("q", (start for start, _ in spans))
        self._ends = array("q", (end for _, end in spans))
        self._before = array("q", accumulate((end - start for start, end in spans), initial=0))
        self.total = self._before.pop()

    def open_until(self, instant: Instant) -> int:
        """The time that has counted in this year up to `instant`."""
        at = bisect_right(self._starts, instant) - 1
        if at < 0:
            return 0
        return self._before[at] + min(instant, self._ends[at]) - self._starts[at]

    def when(self, opened: int) -> Instant:
        """The first instant at which `opened` (above 0, at most `total`) has counted in this year."""
        at = bisect_left(self._before, opened) - 1
        return self._starts[at] + opened - self._before[at]


class Timetable:
    """A calendar compiled for computing. Days are numbers of local days since 1970-01-01."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        """Raises `UnknownZone` at the first use if the calendar names no time zone."""
        self._calendar = calendar
        self._years: dict[int, _Year] = {}
        self._working_days: dict[int, _WorkingDays] = {}

    def open_time(self, start: Instant, end: Instant) -> int:
        """See `Counter`."""
        first, last = year_of(start), year_of(end)
        if first == last:  # nearly always
            year = self._year(first)
            return year.open_until(end) - year.open_until(start)
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
        number, closed = year_of(after * DAY), 0
        while True:
            days = self._days_of(number).list
            place = bisect_right(days, after)
            found = len(days) - place
            if amount <= found:
                return days[place + amount - 1]
            amount -= found
            closed = 0 if found else closed + 1
            if closed > _CLOSED_YEARS_MAX:
                raise NeverOpens(after * DAY)
            number += 1

    def opening(self, day: int) -> Instant:
        """The instant at which that working day first opens."""
        return self._days_of(year_of(day * DAY)).hours[day][0]

    def closing(self, day: int) -> Instant:
        """The instant at which that working day closes for the last time."""
        return self._days_of(year_of(day * DAY)).hours[day][1]

    def _year(self, number: int) -> _Year:
        if number not in self._years:
            self._years[number] = _Year(open_spans(self._calendar, *_bounds(number)))
        return self._years[number]

    def _days_of(self, number: int) -> "_WorkingDays":
        """The working days of that year."""
        if number not in self._working_days:
            self._working_days[number] = self._reckon_days(number)
        return self._working_days[number]

    def _reckon_days(self, number: int) -> "_WorkingDays":
        """Days begin and end at other instants than those of UTC; none lasts longer than two."""
        first, last = _bounds(number)
        start, end = max(first - 2 * DAY, year_start(YEAR_MIN)), min(last + 2 * DAY, year_start(YEAR_MAX + 1))
        spans = open_spans(self._calendar, start, end)
        hours: dict[int, Span] = {}
        for begin, stop, offset in stretches(self._calendar.where, start, end):
            for opens, closes in cut(spans, begin, stop):
                for day in range((opens + offset) // DAY, (closes - 1 + offset) // DAY + 1):
                    span = max(opens, day * DAY - offset), min(closes, (day + 1) * DAY - offset)
                    known = hours.setdefault(day, span)
                    hours[day] = known[0], span[1]
        return _WorkingDays(sorted(day for day in hours if first <= day * DAY < last), hours)


class _WorkingDays(NamedTuple):
    """The working days of a year, and when each first opens and last closes, and that of some days around it."""

    list: list[int]
    hours: dict[int, Span]


@lru_cache(maxsize=256)
def timetable(calendar: WorkingCalendar) -> Timetable:
    """The compiled form of `calendar`."""
    return Timetable(calendar)


@lru_cache(maxsize=256)
def daily_hours(calendar: WorkingCalendar) -> Timetable:
    """The hours that open and close working days; maintenance changes neither."""
    return timetable(_without_windows(calendar))


@lru_cache(maxsize=256)
def counter(calendar: WorkingCalendar) -> Counter:
    """The counter of the time of `calendar`."""
    return RoundTheClock() if calendar.always_open and not calendar.pauses else timetable(calendar)


@lru_cache(maxsize=256)
def round_the_clock(calendar: WorkingCalendar) -> WorkingCalendar:
    """`calendar` without closing hours and holidays; what pauses it stays, where it pauses all that are in a union."""
    members = tuple(NamedCalendar(it.name, round_the_clock(it.calendar)) for it in calendar.union)
    return WorkingCalendar(timezone="UTC", week=ALWAYS_OPEN, maintenance=calendar.maintenance, union=members)


def local_day(instant: Instant, calendar: WorkingCalendar) -> int:
    """The number of the calendar's local day in which `instant` lies."""
    return to_wall(instant, calendar.where) // DAY


def _bounds(number: int) -> Span:
    """The instants at which that year begins and ends. Raises `OutOfReckoning`."""
    start = year_start(number)
    year_of(start)
    return start, year_start(number + 1)


def _without_windows(calendar: WorkingCalendar) -> WorkingCalendar:
    members = tuple(NamedCalendar(it.name, _without_windows(it.calendar)) for it in calendar.union)
    return replace(calendar, maintenance=(), union=members)
