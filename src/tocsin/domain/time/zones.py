"""Time zones: wall time to instants and back, and when a zone changes its offset from UTC.

A *wall* time is milliseconds since 1970-01-01T00:00 as a clock on a wall of that zone shows them.

A zone is the data that a contract carries (`Zone`), which nothing outside changes. Or it is a name, for what no
contract carries: then the tz database that is installed tells, as it does for contracts that were adopted before
release 0.3.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

from tocsin.domain.contract.zone import YearlyChange, Zone
from tocsin.domain.instant import DAY, Instant, from_datetime, to_datetime

YEAR_MIN, YEAR_MAX = 1900, 9998
"""The years in which calendars are reckoned: `datetime` holds them in every time zone."""

_STEP = timedelta(days=6)
"""The time between two look-ups of an offset. No zone of the tz database changes it twice in less: the least since 1970
is 6.96 days, in Noronha in 2000 and in Gaza in 2040."""

_DATA_YEAR = 2000
"""The year from which on the data of a zone tells of changes."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)


class UnknownZone(ValueError):  # noqa: N818 - the name says what is wrong
    """The tz database has no zone of that name."""


class OutOfReckoning(ValueError):  # noqa: N818 - the name says what is wrong
    """An instant lies before 1900 or after 9998."""

    def __init__(self) -> None:
        super().__init__(f"that leads to a time outside the years {YEAR_MIN} to {YEAR_MAX}")


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The time zone `name`, such as `Europe/Berlin`. Raises `UnknownZone`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder of the database, or one too long
        raise UnknownZone(f"{name[:60]!r} is no time zone; names are those of the tz database, Europe/Berlin") from None


def year_of(instant: Instant) -> int:
    """The year of `instant` in UTC. Raises `OutOfReckoning`."""
    try:
        year = to_datetime(instant).year
    except OverflowError:
        raise OutOfReckoning from None
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise OutOfReckoning
    return year


def year_start(year: int) -> Instant:
    """The instant at which `year` begins in UTC. Raises `OutOfReckoning`."""
    if not YEAR_MIN - 1 <= year <= YEAR_MAX + 1:
        raise OutOfReckoning
    return from_datetime(datetime(year, 1, 1, tzinfo=UTC))


def offset_at(instant: Instant, where: Zone | str) -> int:
    """Milliseconds by which walls in the zone `where` are ahead of UTC at `instant`."""
    if isinstance(where, Zone):
        known = offsets(where, year_of(instant))
        return known[bisect_right(known, instant, key=_first) - 1][1]
    utc = to_datetime(instant).replace(tzinfo=zone(where))
    return _ahead(utc) // _MILLISECOND


def to_wall(instant: Instant, where: Zone | str) -> int:
    """The wall time in the zone `where` at `instant`. Raises `OutOfReckoning`."""
    year_of(instant)
    return instant + offset_at(instant, where)


def from_wall(wall: int, where: Zone | str) -> Instant:
    """The instant at which a wall in the zone `where` shows `wall`. Raises `OutOfReckoning`.

    As in RFC 5545, 3.3.5: of a time that comes twice the first; a time that a clock change skips is read with the
    offset before it, so that 02:30 is 03:30.
    """
    year = year_of(wall)
    if isinstance(where, Zone):
        shown = _shown_from(where, year)
        return wall - shown[bisect_right(shown, wall, key=_first) - 1][1]
    return from_datetime(to_datetime(wall).replace(tzinfo=zone(where)))


@lru_cache(maxsize=4096)
def offsets(where: Zone | str, year: int) -> tuple[tuple[Instant, int], ...]:
    """The offsets from UTC that the zone `where` has in the UTC year `year`, each with the instant from which it holds.

    The first is the year's start.
    """
    return _offsets_of(where, year) if isinstance(where, Zone) else _offsets_of_name(where, year)


def _first(pair: tuple[int, int]) -> int:
    return pair[0]


def _offsets_of(data: Zone, year: int) -> tuple[tuple[Instant, int], ...]:
    start, end = year_start(year), year_start(year + 1)
    listed = bisect_right(data.changes, start, key=_first)
    held = data.changes[listed - 1][1] if listed else data.first
    found = [(start, held)]
    # a yearly change of the year before holds at the year's start
    for at, offset in (*data.changes[listed:], *_yearly_changes(data, year)):
        if at <= start:
            found[0] = (start, offset)
        elif at < end and offset != found[-1][1]:
            found.append((at, offset))
    return tuple(found)


def _yearly_changes(data: Zone, year: int) -> Iterator[tuple[Instant, int]]:
    """The yearly changes about that year, in order, from the last listed change on."""
    if not data.yearly:
        return
    begin, end = data.yearly
    since = data.changes[-1][0] if data.changes else year_start(_DATA_YEAR)
    found = [
        (_instant_of(change, number, before.offset), change.offset)
        for number in (year - 1, year, year + 1)
        for change, before in ((begin, end), (end, begin))
    ]
    yield from sorted(each for each in found if each[0] > since)


def _instant_of(change: YearlyChange, year: int, before: int) -> Instant:
    """The instant of a yearly change, where `before` is the offset that it ends."""
    return nth_weekday(year, change.month, change.week, change.weekday) * DAY + change.wall - before


def nth_weekday(year: int, month: int, week: int, weekday: int) -> int:
    """The day number of a month's `week`-th such weekday, Monday being 0; that of the week 5 is the last one."""
    first = date(year, month, 1)
    day = 1 + (weekday - first.weekday()) % 7 + 7 * (week - 1)
    if day > monthrange(year, month)[1]:
        day -= 7
    return first.toordinal() - 1 + day - _EPOCH_DAY


@lru_cache(maxsize=4096)
def _shown_from(data: Zone, year: int) -> tuple[tuple[int, int], ...]:
    """The offsets about that year, each with the wall time from which it is the one to read with.

    It is the later one of what a wall shows just before and just after the change.
    """
    found: list[tuple[int, int]] = []
    for number in (year - 1, year, year + 1):
        for at, offset in offsets(data, number):
            if not found or offset != found[-1][1]:
                found.append((at + max(offset, found[-1][1] if found else offset), offset))
    return tuple(found)


def _offsets_of_name(name: str, year: int) -> tuple[tuple[Instant, int], ...]:
    moment, end = (datetime(number, 1, 1, tzinfo=zone(name)) for number in (year, year + 1))
    found = [(moment, _ahead(moment))]
    while moment < end:
        before, moment = moment, min(moment + _STEP, end)
        ahead = _ahead(moment)
        if ahead != found[-1][1]:
            found.append((_change(before, moment, _HOUR), ahead))
    return tuple((from_datetime(utc.replace(tzinfo=UTC)), ahead // _MILLISECOND) for utc, ahead in found if utc < end)


def _ahead(utc: datetime) -> timedelta:
    """The lead of walls at `utc`: a time in UTC, though labelled with the zone, as `fromutc` wants it."""
    return cast(ZoneInfo, utc.tzinfo).fromutc(utc) - utc


def _change(before: datetime, after: datetime, grain: timedelta) -> datetime:
    """The instant at which the offset becomes that at `after`; nearly always on a whole hour."""
    ahead = _ahead(after)
    while after - before > grain:
        middle = before + (after - before) // grain // 2 * grain
        if _ahead(middle) == ahead:
            after = middle
        else:
            before = middle
    if grain == _SECOND or _ahead(after - _SECOND) != ahead:
        return after
    return _change(before, after, _SECOND)
