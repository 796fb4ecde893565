"""Opening hours and holidays as a contract writes them."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from tocsin.domain.contract.calendar import ALWAYS_OPEN, MIDNIGHT, DayHours, WeekHours
from tocsin.domain.time.opening_hours import DAY_NAMES, DAYS, clock_time
from tocsin.domain.time.spans import joined

_DAY_AND_NIGHT = "24x7"

_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


def parse_week(hours: str | Mapping[str, str]) -> WeekHours:
    """The week in `24x7` or `{mon-fri: "09:00-12:00, 13:00-18:00", sun-thu: "22:00-06:00"}`.

    A day that is not named is closed. Hours that end on the next day, as a night shift, are the next day's from
    midnight on. Raises `ValueError` that says what is wrong with which day.
    """
    if isinstance(hours, str):
        if hours != _DAY_AND_NIGHT:
            raise ValueError(f"{hours!r} is no week; write `{_DAY_AND_NIGHT}` or hours by day, `mon-fri: 09:00-18:00`")
        return ALWAYS_OPEN
    written: list[DayHours] = [()] * DAYS
    for days, text in hours.items():
        for day in parse_days(days):
            if written[day]:
                raise ValueError(f"{DAY_NAMES[day]} is given twice")
            written[day] = parse_day_hours(text)
    return tuple(_with_the_night_before(written, day) for day in range(DAYS))


def show_week(week: WeekHours) -> str:
    """The week as a contract writes it: `24x7`, or `mon-fri 09:00-18:00; sat 10:00-14:00`; `never` for no hours."""
    if week == ALWAYS_OPEN:
        return _DAY_AND_NIGHT
    runs: list[tuple[list[str], str]] = []
    for place, day in enumerate(DAY_NAMES):
        hours = show_day_hours(_as_written(week, place))
        if runs and runs[-1][1] == hours:
            runs[-1][0].append(day)
        else:
            runs.append(([day], hours))
    if runs[1:] and runs[0][1] == runs[-1][1]:
        runs[0][0][:0] = runs.pop()[0]  # over the end of the week, as in `sun-thu`
    return "; ".join(f"{_range(days)} {hours}" for days, hours in runs if hours) or "never"


def show_day_hours(hours: DayHours) -> str:
    """The hours of a day as a contract writes them; those past midnight as the next day's time."""
    return ", ".join(f"{clock_time(opens)}-{clock_time(_on_its_day(closes))}" for opens, closes in hours)


def parse_holiday(text: str) -> date | tuple[int, int]:
    """A date (`2026-12-25`) or a yearly one (`12-25`, as month and day). Raises `ValueError` otherwise."""
    try:
        if re.fullmatch(r"\d\d-\d\d", text):
            day = date.fromisoformat(f"2024-{text}")  # a leap year: 02-29 is a day
            return day.month, day.day
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no holiday; write `2026-12-25`, or `12-25` for every year") from None


def parse_days(text: str) -> list[int]:
    """The weekdays of `mon`, `mon-fri` or `sun-thu`, Monday being 0. Raises `ValueError` otherwise."""
    first, _, last = text.partition("-")
    names = (first, last or first)
    if not set(names) <= set(DAY_NAMES):
        raise ValueError(f"{text!r} is no day; write `mon`, or `mon-fri` for several")
    begin, end = map(DAY_NAMES.index, names)
    return [day % DAYS for day in range(begin, end + 1 if end >= begin else end + 1 + DAYS)]


def parse_shift_hours(text: str) -> tuple[int, int]:
    """The minutes after midnight at which a shift begins and ends; one that ends on the next day ends after 1440.

    Raises `ValueError` otherwise.
    """
    begins, _, ends = text.partition("-")
    start, end = parse_minutes(begins.strip()), parse_minutes(ends.strip())
    if start == MIDNIGHT:
        raise ValueError(f"{text!r} begins at the end of a day; write `00:00`")
    return start, end if end > start else end + MIDNIGHT


def parse_day_hours(text: str) -> DayHours:
    """The hours of `09:00-12:00, 13:00-18:00`; those that end on the next day end after 1440.

    Raises `ValueError` otherwise.
    """
    intervals = tuple(_interval(part.strip()) for part in text.split(","))
    if any(later[0] <= earlier[1] for earlier, later in pairwise(intervals)):
        raise ValueError(f"the hours {text!r} overlap, touch or are not in order")
    return intervals


def parse_minutes(text: str) -> int:
    """The minutes after midnight of `09:00`, up to `24:00`. Raises `ValueError` otherwise."""
    match = _TIME.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else MIDNIGHT + 1
    if minutes > MIDNIGHT:
        raise ValueError(f"{text!r} is no time of day; write it like `09:00`, the end of the day as `24:00`")
    return minutes


def _with_the_night_before(written: list[DayHours], day: int) -> DayHours:
    """The hours of `day` from midnight to midnight. Raises `ValueError` where the night before reaches into them."""
    night = [closes - MIDNIGHT for _, closes in written[day - 1] if closes > MIDNIGHT]
    own = [(opens, min(closes, MIDNIGHT)) for opens, closes in written[day]]
    if night and own and own[0][0] < night[0]:
        before, hours = DAY_NAMES[day - 1], show_day_hours(written[day - 1])
        raise ValueError(f"the hours of {before}, {hours}, last into those of {DAY_NAMES[day]}")
    return tuple(joined([(0, night[0]), *own])) if night else tuple(own)


def _as_written(week: WeekHours, day: int) -> DayHours:
    """The hours that begin on `day`: a night is the day's on which it begins."""
    hours, before, after = list(week[day]), week[day - 1], week[(day + 1) % DAYS]
    if _is_night(before, tuple(hours)):
        hours = hours[1:]
    if _is_night(week[day], after):
        hours[-1] = hours[-1][0], after[0][1] + MIDNIGHT
    return tuple(hours)


def _is_night(evening: DayHours, morning: DayHours) -> bool:
    """True if the last hours of one day go on in the first of the next one, for less than a day in all."""
    if not evening or not morning or evening[-1][1] != MIDNIGHT or morning[0][0] != 0:
        return False
    return morning[0][1] < evening[-1][0]


def _on_its_day(minutes: int) -> int:
    return minutes if minutes <= MIDNIGHT else minutes - MIDNIGHT


def _range(days: list[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}"


def _interval(text: str) -> tuple[int, int]:
    begins, _, ends = text.partition("-")
    if parse_minutes(begins.strip()) == parse_minutes(ends.strip()):
        raise ValueError(f"{text!r} ends when it starts; a whole day is `00:00-24:00`")
    return parse_shift_hours(text)
