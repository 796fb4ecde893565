"""Finds what is wrong with a calendar before it is used."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from tocsin.domain.contract.calendar import MIDNIGHT, DayHours, WorkingCalendar
from tocsin.domain.instant import parse
from tocsin.domain.time.business_time import NeverOpens, timetable
from tocsin.domain.time.opening_hours import DAY_NAMES, DAYS, clock_time
from tocsin.domain.time.zones import UnknownZone, zone

_LEAP_YEAR = 2000
_SOME_TIME = parse("2000-01-01T00:00:00Z")


def faults(calendar: WorkingCalendar) -> list[str]:
    """The faults that make `calendar` impossible, each as a sentence for its author; empty if there are none.

    Those of the calendars that it is made of are theirs, and are not repeated.
    """
    return _zone_faults(calendar) + _hours_faults(calendar) + [*_date_faults(calendar)] or _opening_faults(calendar)


def _zone_faults(calendar: WorkingCalendar) -> list[str]:
    try:
        zone(calendar.timezone)
    except UnknownZone as unknown:
        return [str(unknown)]
    return []


def _hours_faults(calendar: WorkingCalendar) -> list[str]:
    if len(calendar.week) != DAYS and not calendar.union:
        return [f"a week has {DAYS} days, not {len(calendar.week)}"]
    spans = [(f"{name} {clock_time(a)}-{clock_time(b)}", a, b) for name, day in _named(calendar) for a, b in day]
    windows = [
        (f"window {clock_time(w.opens)}-{clock_time(w.closes)}", w.opens, w.closes) for w in calendar.maintenance
    ]
    found = [
        f"{shown} ends before it starts: hours past midnight belong to the next day"
        for shown, a, b in (*spans, *windows)
        if a >= b
    ]
    found += [f"{shown} is outside the day: 24:00 is its end" for shown, a, b in spans if a < 0 or b > MIDNIGHT]
    return found + [
        f"{name} {clock_time(later[0])} lies in the hours before it, which end at {clock_time(earlier[1])}"
        for name, day in _named(calendar)
        for earlier, later in pairwise(day)
        if later[0] < earlier[1]
    ]


def _named(calendar: WorkingCalendar) -> list[tuple[str, DayHours]]:
    half_days = [(f"the half day {it.month:02}-{it.day:02}", it.hours) for it in calendar.half_days]
    return [*zip(DAY_NAMES, calendar.week, strict=False), *half_days]


def _date_faults(calendar: WorkingCalendar) -> Iterator[str]:
    yearly = [("holiday", month, day) for month, day in calendar.yearly_holidays]
    yearly += [("half day", it.month, it.day) for it in calendar.half_days]
    yearly += [("window", it.month, it.day) for it in calendar.maintenance if it.month is not None]
    for what, month, day in yearly:
        try:
            date(_LEAP_YEAR, month, day)
        except ValueError:
            yield f"no year has a {what} {month:02}-{day:02}"
    for it in calendar.closed:
        if it.begins >= it.ends:
            yield f"it is closed until {it.ends:%Y-%m-%d %H:%M}, which is not after {it.begins:%Y-%m-%d %H:%M}"


def _opening_faults(calendar: WorkingCalendar) -> list[str]:
    try:
        timetable(calendar).advance(_SOME_TIME, 1)
    except NeverOpens:
        return ["the calendar never opens: it has no hours, or what is taken from them covers them all"]
    return []
