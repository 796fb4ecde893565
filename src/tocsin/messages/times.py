"""Reading stamps: strictly where our own schema asks for RFC 3339, generously where a sensor wrote it."""

import re
from datetime import UTC, datetime

from tocsin.domain.instant import DAY, SECOND, Instant, from_datetime
from tocsin.domain.time.zones import zone

_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)((?:\.\d{1,18})?(?:Z|[+-]\d\d:\d\d))", re.ASCII | re.IGNORECASE
)
_YEAR_1970: Instant = 0
_YEAR_10000 = from_datetime(datetime(9999, 12, 31, tzinfo=UTC)) + DAY
_SENSOR_STAMP_LENGTH_MAX = 64
_SECONDS_UNTIL_YEAR_5138 = 100_000_000_000
"""A larger count since the epoch is in milliseconds, one a thousand times larger in microseconds, and so on."""

_SECONDS_OF_MARCH_1973 = 100_000_000
_COUNT = re.compile(r"\d{9,19}(?:\.\d{1,9})?", re.ASCII)
"""A number since the epoch as text. A shorter one may be a date, such as 20260302."""


def rfc3339(text: str) -> Instant:
    """The instant of a date-time of RFC 3339, which has an offset. Raises `ValueError` for anything else."""
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError("not a date-time of RFC 3339 with an offset")
    if match[2] == "60":  # a leap second is the second after :59
        return _bounded(_aware(datetime.fromisoformat(f"{match[1]}59{match[3]}".upper())) + SECOND)
    return _aware(datetime.fromisoformat(text.upper()))


def sensor_stamp(stamp: object, zone_name: str | None) -> Instant | None:
    """The instant of a sensor's own ISO 8601 stamp, with any offset or none; None where it cannot be told.

    `zone_name` is the time zone of a sensor that leaves out the offset; without it such a stamp says nothing.
    """
    if not isinstance(stamp, str) or len(stamp) > _SENSOR_STAMP_LENGTH_MAX:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
        if moment.tzinfo is not None:
            return _aware(moment)
        return None if zone_name is None else _aware(moment.replace(tzinfo=zone(zone_name)))
    except ValueError:
        return None


def sensor_time(found: object, zone_name: str | None = None) -> Instant | None:
    """The instant of an ISO 8601 stamp or of a number since 1970, which may be written as text; None where it is none.

    See `sensor_stamp` and `since_epoch`. A number of before March 1973 is no sensor's time, but a clock not set.
    """
    if isinstance(found, str):
        if "-" in found[:5]:
            return sensor_stamp(found.strip(), zone_name)
        return since_epoch(float(found)) if _COUNT.fullmatch(found) else sensor_stamp(found.strip(), zone_name)
    if isinstance(found, int | float) and found < _SECONDS_OF_MARCH_1973:
        return None
    return since_epoch(found)


def since_epoch(count: object) -> Instant | None:
    """The instant of a number of seconds, or of ms, us or ns, since 1970; None where it is none of them.

    The size tells the unit: as milliseconds, 100,000,000,000 seconds (the year 5138) are March 1973, and so on.
    """
    if isinstance(count, bool) or not isinstance(count, int | float):
        return None
    try:
        size = abs(count)
        if size < _SECONDS_UNTIL_YEAR_5138:
            return _bounded(round(count * SECOND))
        unit = next((unit for unit in (1, 1_000, 1_000_000) if size < _SECONDS_UNTIL_YEAR_5138 * 1_000 * unit), None)
        return None if unit is None else _bounded(int(count // unit))
    except (ValueError, OverflowError):
        return None


def _aware(moment: datetime) -> Instant:
    return _bounded(from_datetime(moment))


def _bounded(instant: Instant) -> Instant:
    """`instant`; `ValueError` where it is outside the years 1970 to 9999 in UTC.

    No log begins before 1970, and calendars cannot reckon with the year 1500; a time in the future counts as now.
    """
    if not _YEAR_1970 <= instant < _YEAR_10000:
        raise ValueError("outside the years 1970 to 9999")
    return instant
