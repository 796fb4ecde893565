"""The period of a report: a month, a quarter or a year of the calendar."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import Instant, from_datetime
from tocsin.domain.time.zones import from_wall

_FORM = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


class Period(NamedTuple):
    """So many months from one on; `name` is how it was written."""

    name: str
    year: int
    month: int
    length: int

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period `2026-10`, `2026-Q4` or `2026`. Raises `ValueError`."""
        found = _FORM.fullmatch(text)
        if found is None or not 1970 <= int(found["year"]) <= 9000:  # noqa: PLR2004 - what can be reckoned with
            raise ValueError(f"{text!r} is no period; write a month as 2026-10, a quarter as 2026-Q4, a year as 2026")
        year = int(found["year"])
        if found["quarter"]:
            return cls(text, year, 3 * int(found["quarter"]) - 2, 3)
        return cls(text, year, int(found["month"]), 1) if found["month"] else cls(text, year, 1, 12)

    @property
    def months(self) -> tuple[str, ...]:
        """Its months: 2026-10."""
        return tuple(f"{self.year}-{self.month + place:02}" for place in range(self.length))

    def bounds(self, where: Zone | str) -> tuple[Instant, Instant]:
        """Its first instant, and the one behind its last, by clocks in `where`."""
        last = self.month + self.length
        end = datetime(self.year + (last - 1) // 12, (last - 1) % 12 + 1, 1, tzinfo=UTC)
        start = datetime(self.year, self.month, 1, tzinfo=UTC)
        return from_wall(from_datetime(start), where), from_wall(from_datetime(end), where)

    def has(self, judged: str) -> bool:
        """True for the name of a month, quarter or contract's year (`2026-03-15--2027-03-14`) that ends in it."""
        first, _, last = judged.partition("--")
        if last:
            return last[:7] in self.months
        if "-Q" in first:
            year, _, quarter = first.partition("-Q")
            return f"{year}-{3 * int(quarter):02}" in self.months
        return first in self.months
