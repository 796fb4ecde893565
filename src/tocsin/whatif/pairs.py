"""Pairs the alerts of both folds: those of one kind, about one incident, to one role, in their order.

The key of an incident does not depend on the contract. The id of an alert does in part: it counts the steps of the
matrix, and one step more before the others would make all of them others.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from operator import attrgetter
from typing import NamedTuple

from tocsin.domain.instant import Instant
from tocsin.whatif.told import Told

BEFORE, AFTER = 0, 1
"""The sides: as it was, and under the other contract."""


class Change(StrEnum):
    """What another contract does to an alert."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    MOVES = "moves"  # it comes at another time
    CHANGES = "changes"  # it comes at the same time, with another priority


@dataclass(frozen=True, slots=True)
class Difference:
    """An alert that is not the same on both sides. At least one of them has it."""

    before: Told | None
    after: Told | None

    @property
    def change(self) -> Change:
        """What the other contract does to it."""
        if self.before is None:
            return Change.APPEARS
        if self.after is None:
            return Change.VANISHES
        return Change.CHANGES if self.before.at == self.after.at else Change.MOVES

    @property
    def alert(self) -> Told:
        """It as it was; one that appears as it would be."""
        found = self.before or self.after
        assert found is not None  # noqa: S101 - by its invariant
        return found

    @property
    def first_at(self) -> Instant:
        """The earlier one of its times."""
        return min(it.at for it in (self.before, self.after) if it)


class _Key(NamedTuple):
    """Alerts of one key are the same, or come one after the other."""

    kind: str
    incident: str
    role: str | None


class Pairs:
    """Takes the alerts of both sides in any order. Those that are the same on both are counted and let go.

    What comes at the same time is a pair. Of the rest the first of a key is one with the first of the other side.
    """

    def __init__(self) -> None:
        self.same = 0
        self._waiting: tuple[_Waiting, _Waiting] = ({}, {})
        self._unlike: list[Difference] = []
        self._of_ticket: Counter[str | None] = Counter()

    def take(self, side: int, alert: Told) -> None:
        """Take the next alert of a side."""
        key = (_Key(alert.kind, alert.incident, alert.role), alert.at)
        others = self._waiting[1 - side].get(key)
        if others is None:
            self._waiting[side].setdefault(key, []).append(alert)
            self._of_ticket[alert.ticket] += 1
            return
        other = others.pop(0)
        if not others:
            del self._waiting[1 - side][key]
        if other.priority == alert.priority:
            self.same += 1
            self._let_go(alert.ticket)
        else:
            self._unlike.append(Difference(alert, other) if side == BEFORE else Difference(other, alert))

    def differ_on(self, ticket: str) -> bool:
        """True if an alert of the ticket is not the same on both sides so far."""
        return ticket in self._of_ticket

    def differences(self) -> Iterator[Difference]:
        """Those of all that was taken."""
        yield from self._unlike
        before, after = (_by_key(waiting) for waiting in self._waiting)
        for key in dict.fromkeys((*before, *after)):
            for pair in zip_longest(before[key], after[key]):
                yield Difference(*pair)

    def _let_go(self, ticket: str | None) -> None:
        self._of_ticket[ticket] -= 1
        if not self._of_ticket[ticket]:
            del self._of_ticket[ticket]


_Waiting = dict[tuple[_Key, Instant], list[Told]]


def _by_key(waiting: _Waiting) -> defaultdict[_Key, list[Told]]:
    """What waits by its key, in the order of time."""
    found: defaultdict[_Key, list[Told]] = defaultdict(list)
    for (key, _), alerts in waiting.items():
        found[key] += alerts
    for alerts in found.values():
        alerts.sort(key=attrgetter("at"))
    return found
