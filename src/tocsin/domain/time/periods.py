"""The month, quarter or year of a contract in which something lies."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from tocsin.domain.contract.rules import Period
from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import Instant, from_datetime, to_datetime
from tocsin.domain.time.zones import from_wall, to_wall

_QUARTER = 3


class Span(NamedTuple):
    """A period: `2026-03`, `2026-Q1`, or for a year its first and its last day, `2026-03-15--2027-03-14`."""

    name: str
    starts_at: Instant
    ends_at: Instant


def span_of(period: Period, at: Instant, where: Zone | str, since: date | None) -> Span:
    """The period of that kind in which `at` lies `where` it is; a contract's year begins on the day of `since`.

    Without that day it is the calendar's year. Raises `UnknownZone`, `OutOfReckoning`.
    """
    day = to_datetime(to_wall(at, where)).date()
    if period is Period.MONTH:
        first, name = day.replace(day=1), f"{day:%Y-%m}"
        last = _months_later(first, 1)
    elif period is Period.QUARTER:
        quarter = (day.month - 1) // _QUARTER
        first, name = date(day.year, quarter * _QUARTER + 1, 1), f"{day.year}-Q{quarter + 1}"
        last = _months_later(first, _QUARTER)
    else:
        begun = since or date(day.year, 1, 1)
        first = _anniversary(begun, day.year)
        if first > day:
            first = _anniversary(begun, day.year - 1)
        last = _anniversary(begun, first.year + 1)
        name = f"{first}--{last - timedelta(days=1)}"
    return Span(name, _midnight(first, where), _midnight(last, where))


def _months_later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def _anniversary(since: date, year: int) -> date:
    """The day of `since` in `year`; for one of 29 February the last day of that month."""
    return since.replace(year=year, day=min(since.day, monthrange(year, since.month)[1]))


def _midnight(day: date, where: Zone | str) -> Instant:
    return from_wall(from_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC)), where)
