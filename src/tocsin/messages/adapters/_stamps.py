"""Stamps that devices write in words: `Mar 24 2015 08:43:35 GMT+00:00`, `07/16-09:23:39.153899`.

Python's own `strptime` is not used: it depends on the locale and takes many times as long.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from tocsin.domain.instant import Instant, to_datetime
from tocsin.messages.times import sensor_stamp, sensor_time

STAMP_LENGTH_MAX = 64
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?"
_ZONE = r"(?:\s*(?P<zone>[A-Za-z]{1,4}(?:[+-]\d\d:?\d\d)?|[+-]\d\d:?\d\d))?"
_MONTH_AND_DAY = r"(?:[A-Za-z]{3},?\s+)?(?P<month>[A-Za-z]{3})\s+(?P<day>\d{1,2}),?\s+"
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"{_MONTH_AND_DAY}(?:(?P<year>\d{{4}})\s+)?{_CLOCK}{_ZONE}",
        rf"{_MONTH_AND_DAY}{_CLOCK}{_ZONE}\s+(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})[/.](?P<month>\d\d)[/.](?P<day>\d\d)[ T]{_CLOCK}{_ZONE}",
        rf"(?P<day>\d{{1,2}})[ /-](?P<month>[A-Za-z]{{3}})[ /-](?P<year>\d{{4}})[ :T]{_CLOCK}{_ZONE}",
        rf"(?:(?P<year>\d{{2}}(?:\d{{2}})?)/)?(?P<month>\d\d)/(?P<day>\d\d)-{_CLOCK}",  # Snort
    )
)
_UTC = ("Z", "UTC", "GMT")
_NOON = 12
_CENTURY_DIGITS = 2
_AHEAD_MAX = timedelta(days=2)
"""A stamp without a year is of the last such day, unless that lies no more than this ahead."""


def device_stamp(found: object, zone_name: str | None, arrived_at: Instant) -> Instant | None:
    """The instant of a stamp as devices write it; None where it cannot be told.

    `zone_name` is the zone of a device that writes none; `arrived_at` tells the year where there is none.
    """
    if not isinstance(found, str):
        return sensor_time(found, zone_name)
    stamp = found.strip()
    if len(stamp) > STAMP_LENGTH_MAX:
        return None
    if (instant := sensor_time(stamp, zone_name)) is not None:
        return instant
    matches = (form.fullmatch(stamp) for form in _FORMS)
    match = next(filter(None, matches), None)
    return None if match is None else instant_of(match.groupdict(), zone_name, arrived_at)


def instant_of(parts: Mapping[str, str | None], zone_name: str | None, arrived_at: Instant) -> Instant | None:
    """The instant of a date and time of day in parts; None where they are none. A part may be missing."""
    month, offset = _month(parts.get("month")), _offset(parts.get("zone"))
    if not month or offset is None:
        return None
    day, hour = int(parts.get("day") or 1), int(parts.get("hour") or 0)
    if half := parts.get("half"):
        hour = hour % _NOON + (_NOON if half in ("PM", "pm") else 0)
    year = parts.get("year") or str(_year(month, day, arrived_at))
    if len(year) == _CENTURY_DIGITS:
        year = f"20{year}"
    clock = f"{hour:02}:{int(parts.get('minute') or 0):02}:{int(parts.get('second') or 0):02}"
    return sensor_stamp(f"{year}-{month:02}-{day:02}T{clock}.{parts.get('fraction') or 0}{offset}", zone_name)


def _month(written: str | None) -> int | None:
    if written is None or written.isdecimal():
        return int(written or 0)
    name = written.lower()
    return _MONTHS.index(name) + 1 if name in _MONTHS else None


def _offset(zone: str | None) -> str | None:
    """The offset in the notation of ISO 8601, empty where the stamp has none; None where nobody knows the zone."""
    if not zone:
        return ""
    name = zone.upper()
    if name in _UTC:
        return "+00:00"
    bare = name.removeprefix("GMT").removeprefix("UTC")
    return bare if bare[0] in "+-" else None


def _year(month: int, day: int, arrived_at: Instant) -> int:
    """The year of a day that has none: the last such day, or one that comes at once."""
    arrival = to_datetime(arrived_at)
    for year in (arrival.year + 1, arrival.year):
        try:
            if datetime(year, month, day, tzinfo=arrival.tzinfo) <= arrival + _AHEAD_MAX:
                return year
        except ValueError:  # 29 February of another year, or no day at all
            continue
    return arrival.year - 1
