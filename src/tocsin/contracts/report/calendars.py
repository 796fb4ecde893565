"""A calendar in words: its hours or what it is made of, and what is taken from them."""

from collections.abc import Iterable, Iterator
from datetime import date

from tocsin.contracts.notation.hours import show_day_hours, show_week
from tocsin.contracts.notation.windows import show_period
from tocsin.domain.contract.calendar import HalfDay, NamedCalendar, WorkingCalendar

_HOLIDAYS_SHOWN = 3


def show_hours(calendar: WorkingCalendar) -> str:
    """The hours: `mon-fri 09:00-18:00`, `apac or emea or amer`, `office, without lunch; closed 2026-12-20 ...`."""
    hours = _names(calendar.union, " or ") if calendar.union else show_week(calendar.week)
    taken = f", without {_names(calendar.without, ', ')}" if calendar.without else ""
    closed = "".join(f"; closed {show_period(it)}" for it in calendar.closed)
    return f"{hours}{taken}{closed}"


def show_holidays(calendar: WorkingCalendar) -> str:
    """The holidays, yearly ones first, of many only some; and the half days."""
    yearly = [f"{month:02}-{day:02} every year" for month, day in calendar.yearly_holidays]
    days: list[str] = [*yearly, *map(date.isoformat, calendar.holidays)]
    until = f" until {days[-1]}" if calendar.holidays else ""
    more = f" and {len(days) - _HOLIDAYS_SHOWN} more{until}" if days[_HOLIDAYS_SHOWN:] else ""
    holidays = ", ".join(days[:_HOLIDAYS_SHOWN]) + more
    return "; ".join(filter(None, (holidays, *_half_days(calendar.half_days))))


def _half_days(half_days: Iterable[HalfDay]) -> Iterator[str]:
    for it in half_days:
        year = f"{it.year}-" if it.year is not None else ""
        yearly = "" if year else " every year"
        yield f"{year}{it.month:02}-{it.day:02} only {show_day_hours(it.hours)}{yearly}"


def _names(calendars: Iterable[NamedCalendar], between: str) -> str:
    return between.join(it.name for it in calendars)
