"""Which seeds: as they are written on a command line, or as many as a number of days needs."""

import re
from collections.abc import Iterator
from itertools import count

from tests.simulation.plan import days_of

_PART = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
_MAX = 1_000_000


def parse(text: str) -> list[int]:
    """The seeds of `17`, `1-200` or `3,9,100-120`, each once. Raises `ValueError`."""
    found: dict[int, None] = {}
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if not match:
            raise ValueError(f"{part!r} is no seed; seeds look like 17, 1-200 or 3,9,100-120")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"{part!r} ends before it begins")
        if last - first >= _MAX:
            raise ValueError(f"{part!r} is more than {_MAX:,} seeds")
        found |= dict.fromkeys(range(first, last + 1))
    return list(found)


def enough_for(days: int) -> Iterator[int]:
    """Seeds from 1 on, until their runs add up to so many days."""
    for seed in count(1):
        if days <= 0:
            return
        days -= days_of(seed)
        yield seed
