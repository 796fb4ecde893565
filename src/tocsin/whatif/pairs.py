"""Pairs the alerts of both folds by their ids, which do not depend on the contract."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tocsin.domain.instant import Instant
from tocsin.whatif.told import Told

BEFORE, AFTER = 0, 1
"""The sides: as it was, and under the other contract."""


class Change(StrEnum):
    """What another contract does to an alert."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    MOVES = "moves"  # it comes at another time
    CHANGES = "changes"  # it comes at the same time, to another role or with another priority


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


class Pairs:
    """Takes the alerts of both sides in any order. Those that are the same on both are counted and let go."""

    def __init__(self) -> None:
        self.same = 0
        self._waiting: tuple[dict[str, Told], dict[str, Told]] = ({}, {})
        self._unlike: list[Difference] = []
        self._of_tenant: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._of_ticket: Counter[str | None] = Counter()

    def take(self, side: int, alert: Told) -> None:
        """Take the next alert of a side."""
        key = alert.id if alert.ticket else self._key_of_tenant(side, alert)
        other = self._waiting[1 - side].pop(key, None)
        if other is None:
            self._waiting[side][key] = alert
            self._of_ticket[alert.ticket] += 1
        elif (other.at, other.content) == (alert.at, alert.content):
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
        yield from (Difference(alert, None) for alert in self._waiting[BEFORE].values())
        yield from (Difference(None, alert) for alert in self._waiting[AFTER].values())

    def _key_of_tenant(self, side: int, alert: Told) -> str:
        """The id of a tenant's own alert counts all that was decided about the tenant, so its place stands for it."""
        incident = f"{alert.kind} {alert.incident}"
        self._of_tenant[side][incident] += 1
        return f"{incident} {self._of_tenant[side][incident]}"

    def _let_go(self, ticket: str | None) -> None:
        self._of_ticket[ticket] -= 1
        if not self._of_ticket[ticket]:
            del self._of_ticket[ticket]
