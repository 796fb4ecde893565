"""Deadlines recomputed day by day with `datetime` and `zoneinfo`: nothing of ours is in it but the contract."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.target import Target, TargetUnit

Stretch = tuple[datetime, datetime]
_MILLISECOND = timedelta(milliseconds=1)
_DAYS_MAX = 4_000


def instant(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + milliseconds * _MILLISECOND


def is_holiday(day: date, calendar: WorkingCalendar) -> bool:
    return day in calendar.holidays or (day.month, day.day) in calendar.yearly_holidays


def hours_of(day: date, calendar: WorkingCalendar) -> Iterator[Stretch]:
    """The open hours of a local day, as instants."""
    if is_holiday(day, calendar):
        return
    zone = ZoneInfo(calendar.timezone)
    for opens, closes in calendar.week[day.weekday()]:
        yield _at(day, opens, zone), _at(day, closes, zone)


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, 1_440)
    local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone)
    return local.astimezone(UTC)


def days_from(start: datetime, calendar: WorkingCalendar) -> Iterator[date]:
    first = start.astimezone(ZoneInfo(calendar.timezone)).date()
    yield from (first + timedelta(days=number) for number in range(_DAYS_MAX))


def open_between(start: datetime, end: datetime, calendar: WorkingCalendar) -> list[Stretch]:
    """The open hours in [start, end)."""
    found = []
    for day in days_from(start, calendar):
        for opens, closes in hours_of(day, calendar):
            begin, until = max(opens, start), min(closes, end)
            if begin < until:
                found.append((begin, until))
        if _at(day, 0, ZoneInfo(calendar.timezone)) > end:
            break
    return found


def less(stretches: Sequence[Stretch], pauses: Sequence[Stretch]) -> list[Stretch]:
    """The stretches without what is paused in them."""
    left = list(stretches)
    for begin, end in pauses:
        cut = []
        for start, stop in left:
            cut += [(start, min(stop, begin))] if start < begin else []
            cut += [(max(start, end), stop)] if end < stop else []
        left = [each for each in cut if each[0] < each[1]]
    return left


def length(stretches: Sequence[Stretch]) -> timedelta:
    return sum((end - start for start, end in stretches), timedelta())


def due_without_pauses(start: datetime, target: Target, calendar: WorkingCalendar) -> datetime:
    """The end of a target in days, months or years."""
    local = start.astimezone(ZoneInfo(calendar.timezone))
    if target.unit is TargetUnit.WORKING_DAYS:
        return _working_days_later(start, target, calendar)
    if target.unit is TargetUnit.CALENDAR_DAYS:
        return (local + timedelta(days=target.amount)).astimezone(UTC)
    months = target.amount * (12 if target.unit is TargetUnit.CALENDAR_YEARS else 1)
    years, month = divmod(local.month - 1 + months, 12)
    year = local.year + years
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)


def _working_days_later(start: datetime, target: Target, calendar: WorkingCalendar) -> datetime:
    later = list(islice(days_from(start, calendar), 1, 60 + 3 * target.amount))
    working = [day for day in later if list(hours_of(day, calendar))]
    day = working[target.amount - 1]
    hours = list(hours_of(day, calendar))
    if target.end_of_working_day:
        return hours[-1][1]
    at = start.astimezone(ZoneInfo(calendar.timezone)).time()
    same = datetime.combine(day, at, ZoneInfo(calendar.timezone)).astimezone(UTC)
    return min(max(same, hours[0][0]), hours[-1][1])
