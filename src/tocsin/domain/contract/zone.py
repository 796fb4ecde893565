"""The data of a time zone, as a contract carries it: what decides a deadline is not what a package says today."""

from dataclasses import dataclass
from typing import NamedTuple

from tocsin.domain.instant import Instant


class YearlyChange(NamedTuple):
    """A change of the offset that comes every year, on a day such as the last Sunday of March."""

    month: int
    week: int  # 1 to 4; 5 is the last one of the month
    weekday: int  # Monday is 0
    wall: int  # milliseconds after midnight by the offset before; it may lie in another day
    offset: int  # milliseconds by which walls are ahead of UTC from then on


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A time zone from the year 2000 on; before that its first offset holds.

    `first` is the first offset, `changes` are those that follow, each with its instant, and `yearly` those of every
    year after the last of them. Offsets are milliseconds by which walls are ahead of UTC.
    """

    name: str
    first: int
    changes: tuple[tuple[Instant, int], ...] = ()
    yearly: tuple[YearlyChange, ...] = ()

    def __hash__(self) -> int:
        """The hash of the name: calendars are looked up by their content for every deadline."""
        return hash(self.name)
