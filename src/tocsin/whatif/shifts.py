"""The shift in which a page reaches its role: a turn of the roster, or a third of the day where there is none."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import DAY, HOUR, Instant
from tocsin.domain.time.zones import to_wall
from tocsin.roster.roster import Roster, Span
from tocsin.whatif.told import Told

ZoneOf = Callable[[str], Zone | str]
"""The time zone of a tenant."""

NOBODY = "nobody"
"""The label of a time in which the roster names nobody for a role."""

_THIRDS = ("00-08, night", "08-16, day", "16-24, evening")


class Shift(NamedTuple):
    """A shift: whose, or which part of the day, and when it began."""

    label: str
    begins: Instant


class Shifts(Protocol):
    """Tells the shift of a page."""

    def of(self, page: Told) -> Shift:
        """The shift in which the page comes."""
        ...

    def count(self, role: str, tenants: list[str], start: Instant, end: Instant) -> Counter[str]:
        """The number of shifts from `start` to `end`, by label."""
        ...


class ThirdsOfDay:
    """Eight hours each, by the walls of the client."""

    def __init__(self, zone_of: ZoneOf) -> None:
        self._zone_of = zone_of

    def of(self, page: Told) -> Shift:
        """The third of the day."""
        wall = to_wall(page.at, self._zone_of(page.tenant))
        third = wall // (8 * HOUR)
        return Shift(_THIRDS[third % 3], third * 8 * HOUR)

    def count(self, role: str, tenants: list[str], start: Instant, end: Instant) -> Counter[str]:
        """As many of each as there are days, one that has begun counting whole."""
        days = max(-(-(end - start) // DAY), 1)
        return Counter(dict.fromkeys(_THIRDS, days))


class RosterShifts:
    """The turns of a roster, each by the name of who carries the role."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._last: dict[tuple[str, str], Span] = {}

    def of(self, page: Told) -> Shift:
        """The turn of who carries the role of the page."""
        key = (page.role or "", page.tenant)
        span = self._last.get(key)
        if span is None or not span.start <= page.at < span.end:
            span = next(it for it in self._around(*key, page.at) if it.start <= page.at < it.end)
            self._last[key] = span
        return Shift(self._label(span), span.start)

    def count(self, role: str, tenants: list[str], start: Instant, end: Instant) -> Counter[str]:
        """The turns by who has them; one that several clients share counts once."""
        turns = {
            Shift(self._label(span), span.start)
            for tenant in tenants
            for span in self._roster.spans(role, tenant, start, max(end, start + 1))
        }
        return Counter(turn.label for turn in turns)

    def _around(self, role: str, tenant: str, at: Instant) -> list[Span]:
        """The turns of the weeks around a time; the weeks are always the same, so that a turn begins but once."""
        week = at // (7 * DAY)
        return self._roster.spans(role, tenant, (week - 2) * 7 * DAY, (week + 3) * 7 * DAY)

    def _label(self, span: Span) -> str:
        return NOBODY if span.who is None else self._roster.people[span.who].name


class Pages:
    """Counts the pages of one side: by shift, and by day."""

    def __init__(self, shifts: Shifts, zone_of: ZoneOf) -> None:
        self.by_shift: Counter[tuple[str, Shift]] = Counter()
        self.by_day: Counter[int] = Counter()
        """By the day of the client's walls, in days since 1970."""
        self._shifts = shifts
        self._zone_of = zone_of

    def take(self, page: Told) -> None:
        """Count an alert that tells a role."""
        self.by_shift[page.role or "", self._shifts.of(page)] += 1
        self.by_day[to_wall(page.at, self._zone_of(page.tenant)) // DAY] += 1


class ShiftRow(NamedTuple):
    """The pages of a role in all shifts of one label, on both sides."""

    role: str
    label: str
    shifts: int
    before: int
    after: int
    busiest_before: int
    busiest_after: int


def shift_rows(
    sides: tuple[Pages, Pages], shifts: Shifts, tenants: list[str], start: Instant, end: Instant
) -> Iterator[ShiftRow]:
    """One row for each role that is paged and each label that has a shift, or a page."""
    for role in sorted({role for pages in sides for role, _ in pages.by_shift}):
        counted = shifts.count(role, tenants, start, end)
        paged = {shift.label for pages in sides for of, shift in pages.by_shift if of == role}
        for label in sorted({*counted, *paged}):
            before, after = (_of_label(pages, role, label) for pages in sides)
            most = max(before, default=0), max(after, default=0)
            yield ShiftRow(role, label, counted[label], sum(before), sum(after), *most)


def _of_label(pages: Pages, role: str, label: str) -> list[int]:
    return [count for (of, shift), count in pages.by_shift.items() if of == role and shift.label == label]
