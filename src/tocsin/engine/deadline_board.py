"""The promises that are due first. What no longer holds is skipped when it comes up, so that an event costs little."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush, merge
from itertools import islice
from typing import NamedTuple

from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import Objective

_ROOM = 1_000


class Entry(NamedTuple):
    """A promise on a board, by `at`. No two have the same `number`, so they never compare their tickets."""

    at: Instant
    number: int
    ticket: Ticket
    clock: Clock


class DeadlineBoard:
    """The next deadlines of each objective, over all tickets, and the callback for which somebody waits longest."""

    def __init__(self) -> None:
        self._boards: dict[str, _Board] = {}
        self._callbacks = _Board(_waits)
        self._pushed = 0

    def put(self, ticket: Ticket, clock: Clock) -> None:
        """Take in when `clock`, of `ticket`, has begun, and the deadline that it has now."""
        self._pushed += 1
        if clock.objective == Objective.CALLBACK:
            self._callbacks.push(Entry(clock.started_at, self._pushed, ticket, clock))
        if clock.deadline is not None:
            board = self._boards.get(clock.objective)
            if board is None:
                board = self._boards[clock.objective] = _Board(_is_due)
            board.push(Entry(clock.deadline, self._pushed, ticket, clock))

    def next_deadlines(self) -> dict[str, Instant]:
        """Objective by objective the first deadline that is still to come."""
        firsts = {objective: board.first(1) for objective, board in self._boards.items()}
        return {objective: found[0].at for objective, found in firsts.items() if found}

    def most_urgent(self, count: int) -> list[Entry]:
        """The promises that can still be kept and are due first, at most `count`."""
        return list(islice(merge(*(board.first(count) for board in self._boards.values())), count))

    def oldest_callback(self) -> Instant | None:
        """The time since which the caller waits who has waited longest; None where nobody waits."""
        found = self._callbacks.first(1)
        return found[0].at if found else None


class _Board:
    """Entries in order, of those for which `holds` is true. It drops the others by itself, even if nobody asks."""

    __slots__ = ("_heap", "_holds", "_room")

    def __init__(self, holds: Callable[[Entry], bool]) -> None:
        self._holds = holds
        self._heap: list[Entry] = []
        self._room = _ROOM

    def push(self, entry: Entry) -> None:
        heappush(self._heap, entry)
        if len(self._heap) > self._room:
            self._drop_what_does_not_hold()

    def first(self, count: int) -> list[Entry]:
        found: dict[int, Entry] = {}  # a clock that moved to and fro may be there twice
        while self._heap and len(found) < count:
            entry = heappop(self._heap)
            if self._holds(entry):
                found.setdefault(id(entry.clock), entry)
        for entry in found.values():
            heappush(self._heap, entry)
        return list(found.values())

    def _drop_what_does_not_hold(self) -> None:
        """Runs so rarely that it costs an entry little: next time when there are twice as many as are left."""
        self._heap = list({id(entry.clock): entry for entry in self._heap if self._holds(entry)}.values())
        heapify(self._heap)
        self._room = 2 * len(self._heap) + _ROOM


def _is_due(entry: Entry) -> bool:
    clock = entry.clock
    return clock.deadline == entry.at and clock.running and not clock.breached


def _waits(entry: Entry) -> bool:
    return entry.clock.running and entry.clock.started_at == entry.at
