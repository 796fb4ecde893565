"""The wall: which promises it shows, in which order, and how many there are beside them."""

import heapq
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, Self
from urllib.parse import urlencode

from tocsin.board.promises import Promise, State
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import Objective, Priority, Stage

NAMES = ("tenant", "priority", "stage", "objective", "role")
_VALUES_MAX = 50


class Filter(NamedTuple):
    """What a wall shows, as its address says. Nothing named means everything."""

    tenant: frozenset[str] = frozenset()
    priority: frozenset[Priority] = frozenset()
    stage: frozenset[str] = frozenset()
    objective: frozenset[str] = frozenset()
    role: frozenset[str] = frozenset()  # that is to be told next

    @classmethod
    def read(cls, query: Iterable[tuple[str, str]]) -> Self:
        """The filter in the query of an address; what is empty or no name of a filter is passed over."""
        given: dict[str, set[str]] = {name: set() for name in NAMES}
        for name, value in query:
            if value and name in given and len(given[name]) < _VALUES_MAX:
                given[name].add(value)
        return cls(**{name: frozenset(values) for name, values in given.items()})

    @property
    def query(self) -> str:
        """The query of the address that shows this; empty for everything."""
        return urlencode([(name, value) for name in NAMES for value in sorted(getattr(self, name))])

    def passes(self, promise: Promise) -> bool:
        """True for a promise that is shown."""
        return (
            (not self.tenant or promise.tenant in self.tenant)
            and (not self.priority or promise.priority in self.priority)
            and (not self.stage or promise.stage in self.stage)
            and (not self.objective or promise.objective in self.objective)
            and (not self.role or (promise.next is not None and promise.next.role in self.role))
        )


class Lane(NamedTuple):
    """The most urgent promises of a lane, and the number of all of them."""

    shown: tuple[Promise, ...]
    first: int  # how many stand before the first that is shown
    total: int

    @property
    def more(self) -> int:
        """How many follow after those that are shown."""
        return self.total - self.first - len(self.shown)


class Wall(NamedTuple):
    """All that a wall tells at one instant."""

    callbacks: Lane
    promises: Lane
    counts: Mapping[State, int]


class Choices(NamedTuple):
    """The values among which a filter can choose."""

    tenant: tuple[str, ...]
    priority: tuple[Priority, ...]
    stage: tuple[str, ...]
    objective: tuple[str, ...]
    role: tuple[str, ...]


def wall(promises: Collection[Promise], chosen: Filter, now: Instant, rows: int, page: int = 1) -> Wall:
    """The wall at `now`: of each lane the `rows` that come next on that page."""
    kept = list(promises) if chosen == Filter() else [promise for promise in promises if chosen.passes(promise)]
    counts = dict.fromkeys(State, 0)
    callbacks: list[Promise] = []
    others: list[Promise] = []
    for promise in kept:
        counts[promise.state(now)] += 1
        (callbacks if promise.is_callback else others).append(promise)
    return Wall(_lane(callbacks, rows, page), _lane(others, rows, page), counts)


def _lane(promises: list[Promise], rows: int, page: int) -> Lane:
    first = (page - 1) * rows
    nearest = heapq.nsmallest(first + rows, promises, key=lambda promise: promise.order)
    return Lane(tuple(nearest[first:]), min(first, len(promises)), len(promises))


def choices(promises: Iterable[Promise], tenants: Iterable[str], chosen: Filter) -> Choices:
    """The values that open promises have, and those that are chosen already."""
    found = {name: set(getattr(chosen, name)) for name in ("priority", "role", "objective")}
    for promise in promises:
        found["objective"].add(promise.objective)
        found["priority"].add(promise.priority)
        if promise.next:
            found["role"].add(promise.next.role)
    return Choices(
        tenant=tuple(sorted({*tenants, *chosen.tenant})),
        priority=tuple(sorted(found["priority"])),
        stage=tuple(stage.value for stage in Stage),
        objective=tuple(sorted({*Objective, *found["objective"]})),
        role=tuple(sorted(found["role"])),
    )
