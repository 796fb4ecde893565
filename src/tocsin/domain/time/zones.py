"""Time zones: wall time to instants and back, and when a zone changes its offset from UTC.

A *wall* time is milliseconds since 1970-01-01T00:00 as a clock on a wall of that zone shows them.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

from tocsin.domain.instant import Instant, from_datetime, to_datetime

YEAR_MIN, YEAR_MAX = 1900, 9998
"""The years in which calendars are reckoned: `datetime` holds them in every time zone."""

_STEP = timedelta(days=6)
"""The time between two look-ups of an offset. No zone of the tz database changes it twice in less: the least since 1970
is 6.96 days, in Noronha in 2000 and in Gaza in 2040."""

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
    """The instant at which `year` begins in UTC."""
    return from_datetime(datetime(year, 1, 1, tzinfo=UTC))


def offset_at(instant: Instant, name: str) -> int:
    """Milliseconds by which walls in the zone `name` are ahead of UTC at `instant`."""
    utc = to_datetime(instant).replace(tzinfo=zone(name))
    return _ahead(utc) // _MILLISECOND


def to_wall(instant: Instant, name: str) -> int:
    """The wall time in the zone `name` at `instant`. Raises `OutOfReckoning`."""
    year_of(instant)
    return instant + offset_at(instant, name)


def from_wall(wall: int, name: str) -> Instant:
    """The instant at which a wall in the zone `name` shows `wall`. Raises `OutOfReckoning`.

    As in RFC 5545, 3.3.5: of a time that comes twice the first; a time that a clock change skips is read with the
    offset before it, so that 02:30 is 03:30.
    """
    year_of(wall)
    return from_datetime(to_datetime(wall).replace(tzinfo=zone(name)))


@lru_cache(maxsize=4096)
def offsets(name: str, year: int) -> tuple[tuple[Instant, int], ...]:
    """The offsets from UTC that the zone `name` has in the UTC year `year`, each with the instant from which it holds.

    The first is the year's start.
    """
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
