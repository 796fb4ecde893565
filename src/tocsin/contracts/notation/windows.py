"""Maintenance windows and closed periods as a contract writes them."""

import re
from datetime import UTC, date, datetime, timedelta

from tocsin.contracts.notation.hours import parse_day_hours, parse_holiday, parse_minutes, show_day_hours
from tocsin.domain.contract.calendar import ClosedPeriod, MaintenanceWindow
from tocsin.domain.time.opening_hours import DAY_NAMES, clock_time

_WEEKS = ("first", "second", "third", "fourth", "last")
_WEEKLY = re.compile(r"(?:(first|second|third|fourth|last) )?([a-z]{3}) (\S+)(?: ([+-])(\d\d):(\d\d))?")
_YEARLY = re.compile(r"(\d\d-\d\d) (\S+)")
_ONCE = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d) to (\d{4}-\d\d-\d\d) (\d\d:\d\d)")
_DAYS_MAX = 366
_OFFSET_MAX = 14 * 60  # of the zone that is farthest from UTC
_MINUTE = timedelta(minutes=1)


def parse_window(text: str) -> MaintenanceWindow:
    """A window that comes weekly, on one such day of each month, yearly or once.

    They are written `sun 02:00-06:00` (with `+03:00` behind it at a fixed offset), `second sun 02:00-06:00`,
    `12-24 18:00-24:00` and `2026-11-07 22:00 to 2026-11-08 04:00`. Without an offset the caller adds a zone.
    Raises `ValueError` otherwise.
    """
    if once := _ONCE.fullmatch(text):
        return _once(text, *once.groups())
    if (yearly := _YEARLY.fullmatch(text)) and isinstance(day := parse_holiday(yearly[1]), tuple):
        opens, closes = _window_hours(yearly[2])
        return MaintenanceWindow(month=day[0], day=day[1], opens=opens, closes=closes)
    weekly = _WEEKLY.fullmatch(text)
    offset = _offset(weekly[4], weekly[5], weekly[6]) if weekly and weekly[4] else None
    if weekly is None or weekly[2] not in DAY_NAMES or (weekly[1] and weekly[4]) or abs(offset or 0) > _OFFSET_MAX:
        raise ValueError(
            f"{text!r} is no window; write it like `sun 10:00-18:00 +03:00`, `sun 02:00-06:00`, "
            "`second sun 02:00-06:00`, `12-24 18:00-24:00` or `2026-11-07 22:00 to 2026-11-08 04:00`"
        )
    opens, closes = _window_hours(weekly[3])
    return MaintenanceWindow(
        weekday=DAY_NAMES.index(weekly[2]),
        week=_WEEKS.index(weekly[1]) + 1 if weekly[1] else None,
        opens=opens,
        closes=closes,
        utc_offset_minutes=offset,
    )


def _offset(sign: str, hours: str, minutes: str) -> int:
    offset = int(hours) * 60 + int(minutes)
    return -offset if sign == "-" else offset


def parse_period(begins: str, ends: str) -> tuple[datetime, datetime]:
    """The walls of a period from one local date or time (`2026-12-20`, `2026-12-20 18:00`) to another.

    A date is its midnight, so the day of the end is open again. Raises `ValueError` where it is none.
    """
    start, end = _wall(begins), _wall(ends)
    if start >= end:
        raise ValueError(f"a period until {ends} is over before it begins, {begins}")
    return start, end


def show_window(it: MaintenanceWindow) -> str:
    """The text that `parse_window` reads as `it`, with its zone."""
    where = f" {it.zone.name}" if it.zone else ""
    if it.once is not None:
        begins = datetime.combine(it.once, datetime.min.time(), UTC) + it.opens * _MINUTE
        ends = begins + (it.closes - it.opens) * _MINUTE
        return f"{begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}{where}"
    hours = show_day_hours(((it.opens, it.closes),))
    if it.month is not None:
        return f"{it.month:02}-{it.day:02} {hours}{where}"
    if it.utc_offset_minutes is not None:
        where = f" {'-' if it.utc_offset_minutes < 0 else '+'}{clock_time(abs(it.utc_offset_minutes))}"
    which = f"{_WEEKS[it.week - 1]} " if it.week else ""
    return f"{which}{DAY_NAMES[it.weekday]} {hours}{where}"


def show_period(it: ClosedPeriod) -> str:
    """The period with its walls: `2026-12-20 00:00 to 2027-01-03 00:00`."""
    return f"{it.begins:%Y-%m-%d %H:%M} to {it.ends:%Y-%m-%d %H:%M}"


def _once(text: str, first: str, opens: str, last: str, closes: str) -> MaintenanceWindow:
    start, end = parse_period(f"{first} {opens}", f"{last} {closes}")
    days = (end.date() - start.date()).days
    if days > _DAYS_MAX:
        raise ValueError(f"the window {text!r} lasts more than {_DAYS_MAX} days; write a closed period")
    begins = start.hour * 60 + start.minute
    return MaintenanceWindow(once=start.date(), opens=begins, closes=begins + (end - start) // _MINUTE)


def _wall(text: str) -> datetime:
    day, _, time = text.partition(" ")
    try:
        midnight = datetime.combine(date.fromisoformat(day), datetime.min.time())
    except ValueError:
        raise ValueError(f"{text!r} is no date or time; write `2026-12-20`, or `2026-12-20 18:00`") from None
    try:
        return midnight + timedelta(minutes=parse_minutes(time)) if time else midnight
    except OverflowError:
        raise ValueError(f"{text!r} is later than any date; write an earlier one") from None


def _window_hours(text: str) -> tuple[int, int]:
    hours = parse_day_hours(text)
    if hours[1:]:
        raise ValueError(f"{text!r} are several hours; write a window for each")
    return hours[0]
