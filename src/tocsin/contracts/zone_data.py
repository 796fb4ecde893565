"""Reads the data of a time zone from the tz database, for a contract to carry.

The files are TZif (RFC 8536); each ends in a line that says how the years to come go on (POSIX `TZ`).
"""

import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources

from tocsin.domain.contract.zone import YearlyChange, Zone
from tocsin.domain.instant import HOUR, SECOND, Instant, from_datetime
from tocsin.domain.time.zones import offset_at

_FROM = from_datetime(datetime(2000, 1, 1, tzinfo=UTC))
_HEADER = struct.Struct(">4sc15x6l")
_CHANGED_AT = 2 * HOUR  # where a footer does not say: at 02:00
_OFFSET = r"(?:<[^>]+>|[A-Za-z]+)([+-]?\d+(?::\d+){0,2})"
_DAY = r"M(\d+)\.(\d)\.(\d)(?:/([+-]?\d+(?::\d+){0,2}))?"
_FOOTER = re.compile(rf"{_OFFSET}(?:(?:<[^>]+>|[A-Za-z]+)([+-]?\d+(?::\d+){{0,2}})?,{_DAY},{_DAY})?")


@lru_cache(maxsize=1024)
def zone_data(name: str) -> Zone:
    """The zone `name`, which must exist, as the installed tz database has it."""
    content = resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    first, listed = offset_at(_FROM, name), [each for each in _transitions(content) if each[0] > _FROM]
    before, changes = first, []
    for at, offset in listed:
        # some change nothing but a name; the last one is kept all the same, since yearly changes begin behind it
        if offset != before or (at, offset) == listed[-1]:
            changes.append((at, offset))
            before = offset
    return Zone(name=name, first=first, changes=tuple(changes), yearly=_yearly(name, content))


def _transitions(content: bytes) -> Iterator[tuple[Instant, int]]:
    """The changes that the file lists, each with the offset from then on."""
    at = _second_block(content)
    _, _, utc, standard, leap, times, types, letters = _HEADER.unpack_from(content, at)
    del utc, standard, leap, letters
    at += _HEADER.size
    moments = struct.unpack_from(f">{times}q", content, at)
    kinds = content[at + times * 8 : at + times * 9]
    offsets = [struct.unpack_from(">l", content, at + times * 9 + 6 * kind)[0] for kind in range(types)]
    yield from ((moment * SECOND, offsets[kind] * SECOND) for moment, kind in zip(moments, kinds, strict=True))


def _second_block(content: bytes) -> int:
    """The place of the header of the data with 64 bits, behind the data with 32."""
    _, _, utc, standard, leap, times, types, letters = _HEADER.unpack_from(content, 0)
    return int(_HEADER.size + times * 5 + types * 6 + letters + leap * 8 + standard + utc)


def _yearly(name: str, content: bytes) -> tuple[YearlyChange, ...]:
    """The changes of every year after the last one that the file lists."""
    footer = content.rsplit(b"\n", 2)[1].decode("ascii")
    found = _FOOTER.fullmatch(footer)
    if found is None:
        raise ValueError(
            f"the tz database describes the years to come of {name} in a way that is not known: {footer!r}"
        )
    if found[3] is None:
        return ()
    standard = -_milliseconds(found[1])
    summer = standard + HOUR if found[2] is None else -_milliseconds(found[2])
    begins, ends = found.groups()[2:6], found.groups()[6:10]
    return (_change(begins, summer), _change(ends, standard))


def _change(day: tuple[str, ...], offset: int) -> YearlyChange:
    month, week, weekday, time = day
    wall = _CHANGED_AT if time is None else _milliseconds(time)
    return YearlyChange(int(month), int(week), (int(weekday) - 1) % 7, wall, offset)  # POSIX counts from Sunday


def _milliseconds(text: str) -> int:
    """Milliseconds of `[+-]hh[:mm[:ss]]`."""
    hours, minutes, seconds = (*map(int, text.lstrip("+-").split(":")), 0, 0)[:3]
    return (-1 if text.startswith("-") else 1) * ((hours * 60 + minutes) * 60 + seconds) * SECOND
