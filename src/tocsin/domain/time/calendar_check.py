"""Finds what is wrong with a calendar before it is used."""

from datetime import date
from itertools import pairwise

from tocsin.domain.contract.calendar import MIDNIGHT, WorkingCalendar
from tocsin.domain.instant import parse
from tocsin.domain.time.business_time import NeverOpens, timetable
from tocsin.domain.time.opening_hours import DAY_NAMES, DAYS, clock_time
from tocsin.domain.time.zones import UnknownZone, zone

_LEAP_YEAR = 2000
_SOME_TIME = parse("2000-01-01T00:00:00Z")


def faults(calendar: WorkingCalendar) -> list[str]:
    """The faults that make `calendar` impossible, each as a sentence for its author; empty if there are none."""
    return _zone_faults(calendar) + _hours_faults(calendar) + _date_faults(calendar) or _opening_faults(calendar)


def _zone_faults(calendar: WorkingCalendar) -> list[str]:
    try:
        zone(calendar.timezone)
    except UnknownZone as unknown:
        return [str(unknown)]
    return []


def _hours_faults(calendar: WorkingCalendar) -> list[str]:
    if len(calendar.week) != DAYS:
        return [f"a week has {DAYS} days, not {len(calendar.week)}"]
    hours = [(f"{name} {clock_time(a)}-{clock_time(b)}", a, b) for name, day in _named(calendar) for a, b in day]
    hours += [(f"window {clock_time(w.opens)}-{clock_time(w.closes)}", w.opens, w.closes) for w in calendar.maintenance]
    found = [
        f"{shown} ends before it starts: hours past midnight belong to the next day" for shown, a, b in hours if a >= b
    ]
    found += [f"{shown} is outside the day: 24:00 is its end" for shown, a, b in hours if a < 0 or b > MIDNIGHT]
    return found + [
        f"{name} {clock_time(later[0])} lies in the hours before it, which end at {clock_time(earlier[1])}"
        for name, day in _named(calendar)
        for earlier, later in pairwise(day)
        if later[0] < earlier[1]
    ]


def _named(calendar: WorkingCalendar) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    return list(zip(DAY_NAMES, calendar.week, strict=True))


def _date_faults(calendar: WorkingCalendar) -> list[str]:
    found = []
    for month, day in calendar.yearly_holidays:
        try:
            date(_LEAP_YEAR, month, day)
        except ValueError:
            found.append(f"no year has a holiday {month:02}-{day:02}")
    return found


def _opening_faults(calendar: WorkingCalendar) -> list[str]:
    try:
        timetable(calendar).advance(_SOME_TIME, 1)
    except NeverOpens:
        return ["the calendar never opens: it has no hours, or holidays or pausing windows cover them all"]
    return []
