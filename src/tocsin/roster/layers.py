"""The layers of a role: who would carry it when, if nothing lay over them.

All times of day are wall time: a hand-over at 08:00 is at 08:00 on the day on which the clocks change, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tocsin.domain.contract.calendar import ALWAYS_OPEN, WeekHours
from tocsin.domain.instant import DAY, MINUTE, Instant
from tocsin.domain.time.zones import from_wall, to_wall

_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday
_WEEK = 7 * DAY


class Shift(NamedTuple):
    """A time for which a layer names somebody."""

    start: Instant
    end: Instant
    who: str


class Layer(Protocol):
    """Something that names people for times."""

    def shifts(self, start: Instant, end: Instant) -> Iterator[Shift]:
        """The shifts that touch the time from `start` to `end`, in any order, and perhaps some beside it."""


class WeeklyShift(NamedTuple):
    """Weekday (0 is Monday), minutes after midnight, and who; it ends on the next day where `closes` is over 1440."""

    weekday: int
    opens: int
    closes: int
    who: str


@dataclass(frozen=True, slots=True)
class Weekly:
    """Shifts that come every week."""

    zone: str
    pattern: tuple[WeeklyShift, ...]

    def shifts(self, start: Instant, end: Instant) -> Iterator[Shift]:
        """As of a layer."""
        for day in _days(start, end, self.zone):
            midnight, weekday = day * DAY, (day + _EPOCH_WEEKDAY) % 7
            for each in self.pattern:
                if each.weekday == weekday:
                    opens, closes = (from_wall(midnight + minutes * MINUTE, self.zone) for minutes in each[1:3])
                    yield Shift(opens, closes, each.who)


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns of `every` milliseconds from the wall time `start` on, within `hours` of the week.

    A turn without any of these hours is nobody's: after Friday's comes Monday's with the next one of the people.
    """

    zone: str
    people: tuple[str, ...]
    start: int
    every: int
    hours: WeekHours = ALWAYS_OPEN

    def shifts(self, start: Instant, end: Instant) -> Iterator[Shift]:
        """As of a layer."""
        first, last = ((to_wall(each, self.zone) - self.start) // self.every for each in (start, end))
        for turn in range(max(first - 1, 0), last + 2):
            who = self.people[self._place(turn) % len(self.people)]
            begins, ends = (from_wall(self.start + number * self.every, self.zone) for number in (turn, turn + 1))
            yield from self._within_hours(Shift(begins, ends, who))

    def _place(self, turn: int) -> int:
        """How many turns that have some of the hours come before this one."""
        if self.hours == ALWAYS_OPEN or self.every >= _WEEK:
            return turn
        pattern = max(7, _WEEK // self.every)  # after so many turns the days of the week are the same again
        rounds, rest = divmod(turn, pattern)
        has_hours = [self._has_hours(number) for number in range(pattern)]
        return rounds * sum(has_hours) + sum(has_hours[:rest])

    def _has_hours(self, turn: int) -> bool:
        begins = (self.start + turn * self.every + _EPOCH_WEEKDAY * DAY) % _WEEK
        opened = (
            (week + day * DAY + opens * MINUTE, week + day * DAY + closes * MINUTE)
            for week in (-_WEEK, 0, _WEEK)
            for day, hours in enumerate(self.hours)
            for opens, closes in hours
        )
        return any(opens < begins + self.every and begins < closes for opens, closes in opened)

    def _within_hours(self, turn: Shift) -> Iterator[Shift]:
        if self.hours == ALWAYS_OPEN:
            yield turn
            return
        pattern = (WeeklyShift(day, *each, turn.who) for day, hours in enumerate(self.hours) for each in hours)
        for each in Weekly(self.zone, tuple(pattern)).shifts(turn.start, turn.end):
            begins, ends = max(each.start, turn.start), min(each.end, turn.end)
            if begins < ends:
                yield Shift(begins, ends, turn.who)


def _days(start: Instant, end: Instant, zone: str) -> range:
    """The days since the epoch on which a shift may begin that touches the time from `start` to `end`."""
    return range(to_wall(start, zone) // DAY - 1, to_wall(end, zone) // DAY + 2)
