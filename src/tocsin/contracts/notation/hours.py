"""Opening hours, holidays and maintenance windows as a contract writes them."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from tocsin.domain.contract.calendar import ALWAYS_OPEN, MIDNIGHT, MaintenanceWindow, WeekHours
from tocsin.domain.time.opening_hours import DAY_NAMES, clock_time

_DAY_AND_NIGHT = "24x7"

_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_WINDOW = re.compile(r"([a-z]{3}) (\S+) ([+-])(\d\d):(\d\d)")


def parse_week(hours: str | Mapping[str, str]) -> WeekHours:
    """The week in `24x7` or `{mon-fri: "09:00-12:00, 13:00-18:00", sat: "10:00-14:00"}`.

    A day that is not named is closed. Raises `ValueError` that says what is wrong with which day.
    """
    if isinstance(hours, str):
        if hours != _DAY_AND_NIGHT:
            raise ValueError(f"{hours!r} is no week; write `{_DAY_AND_NIGHT}` or hours by day, `mon-fri: 09:00-18:00`")
        return ALWAYS_OPEN
    week: list[tuple[tuple[int, int], ...]] = [()] * len(DAY_NAMES)
    for days, text in hours.items():
        for day in parse_days(days):
            if week[day]:
                raise ValueError(f"{DAY_NAMES[day]} is given twice")
            week[day] = _intervals(text)
    return tuple(week)


def show_week(week: WeekHours) -> str:
    """The week as a contract writes it: `24x7`, or `mon-fri 09:00-18:00; sat 10:00-14:00`."""
    if week == ALWAYS_OPEN:
        return _DAY_AND_NIGHT
    runs: list[tuple[list[str], str]] = []
    for day, intervals in zip(DAY_NAMES, week, strict=True):
        hours = ", ".join(f"{clock_time(opens)}-{clock_time(closes)}" for opens, closes in intervals)
        if runs and runs[-1][1] == hours:
            runs[-1][0].append(day)
        else:
            runs.append(([day], hours))
    return "; ".join(f"{_range(days)} {hours}" for days, hours in runs if hours) or "never"


def parse_holiday(text: str) -> date | tuple[int, int]:
    """A date (`2026-12-25`) or a yearly one (`12-25`, as month and day). Raises `ValueError` otherwise."""
    try:
        if re.fullmatch(r"\d\d-\d\d", text):
            day = date.fromisoformat(f"2024-{text}")  # a leap year: 02-29 is a day
            return day.month, day.day
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no holiday; write `2026-12-25`, or `12-25` for every year") from None


def parse_window(text: str) -> MaintenanceWindow:
    """A weekly window at a fixed offset, `sun 10:00-18:00 +03:00`. Raises `ValueError` otherwise."""
    match = _WINDOW.fullmatch(text)
    if match is None or match[1] not in DAY_NAMES:
        raise ValueError(f"{text!r} is no window; write it like `sun 10:00-18:00 +03:00`")
    ((opens, closes),) = _intervals(match[2])
    offset = int(match[4]) * 60 + int(match[5])
    return MaintenanceWindow(
        weekday=DAY_NAMES.index(match[1]),
        opens=opens,
        closes=closes,
        utc_offset_minutes=-offset if match[3] == "-" else offset,
    )


def parse_days(text: str) -> range:
    """The weekdays of `mon` or `mon-fri`, Monday being 0. Raises `ValueError` otherwise."""
    first, _, last = text.partition("-")
    names = (first, last or first)
    if not set(names) <= set(DAY_NAMES) or DAY_NAMES.index(names[1]) < DAY_NAMES.index(first):
        raise ValueError(f"{text!r} is no day; write `mon`, or `mon-fri` for several")
    return range(DAY_NAMES.index(first), DAY_NAMES.index(names[1]) + 1)


def parse_shift_hours(text: str) -> tuple[int, int]:
    """The minutes after midnight at which a shift begins and ends; one that ends on the next day ends after 1440.

    Raises `ValueError` otherwise.
    """
    begins, _, ends = text.partition("-")
    start, end = _minutes(begins.strip()), _minutes(ends.strip())
    if start == MIDNIGHT:
        raise ValueError(f"{text!r} begins at the end of a day; write `00:00`")
    return start, end if end > start else end + MIDNIGHT


def _range(days: list[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}"


def _intervals(text: str) -> tuple[tuple[int, int], ...]:
    intervals = tuple(_interval(part.strip()) for part in text.split(","))
    if any(later[0] <= earlier[1] for earlier, later in pairwise(intervals)):
        raise ValueError(f"the hours {text!r} overlap, touch or are not in order")
    return intervals


def _interval(text: str) -> tuple[int, int]:
    opens, _, closes = text.partition("-")
    start, end = _minutes(opens), _minutes(closes)
    if start >= end:
        raise ValueError(f"{text!r} ends before it starts; hours past midnight belong to the next day")
    return start, end


def _minutes(text: str) -> int:
    match = _TIME.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else MIDNIGHT + 1
    if minutes > MIDNIGHT:
        raise ValueError(f"{text!r} is no time of day; write it like `09:00`, the end of the day as `24:00`")
    return minutes
