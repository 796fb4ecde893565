"""The counts of a shard, for metrics and for the summary of a replay."""

from collections import Counter
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import AlertKind, Objective, Priority, Stage
from tocsin.engine.effect import Effect


@dataclass(slots=True)
class Counters:
    """The counts of records by result. Every accepted one opened a ticket, joined one, or was noted."""

    accepted: int = 0
    duplicates: int = 0
    tickets_opened: int = 0
    joined: int = 0
    noted: int = 0
    alerts: Counter[AlertKind] = field(default_factory=Counter)

    def take_in(self, effect: Effect) -> None:
        """Count an input by what it brought about."""
        if effect.opened:
            self.open()
        elif effect.joins:
            self.join()
        else:
            self.note()

    def open(self) -> None:
        """An input opened a ticket."""
        self.accepted += 1
        self.tickets_opened += 1

    def join(self) -> None:
        """An input joined a ticket."""
        self.accepted += 1
        self.joined += 1

    def note(self) -> None:
        """A record was accepted and counted, but neither."""
        self.accepted += 1
        self.noted += 1


class OpenTickets:
    """The number of tickets that are not closed, by tenant, priority and stage."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, Priority, Stage]] = Counter()
        self._counted: dict[str, tuple[str, Priority, Stage]] = {}

    def count(self, ticket: Ticket) -> None:
        """Count `ticket` as it is now."""
        before = self._counted.get(ticket.id)
        after = (ticket.tenant, ticket.priority, ticket.stage)
        if before == after:
            return
        self._uncount(ticket)
        if ticket.stage is not Stage.CLOSED:
            self._counted[ticket.id] = after
            self.counts[after] += 1

    def _uncount(self, ticket: Ticket) -> None:
        before = self._counted.pop(ticket.id, None)
        if before is not None:
            self.counts[before] -= 1
            if not self.counts[before]:
                del self.counts[before]


class DeadlineBoard:
    """The next deadline of each objective, over all tickets; one that no longer holds is skipped when it comes up."""

    def __init__(self) -> None:
        self._boards: dict[Objective, _Board] = {}
        self._pushed = 0

    def put(self, clock: Clock) -> None:
        """Take in the deadline that `clock` has now."""
        if clock.deadline is not None:
            self._pushed += 1  # no two entries compare their clocks
            board = self._boards.get(clock.objective)
            if board is None:
                board = self._boards[clock.objective] = _Board()
            board.push((clock.deadline, self._pushed, clock))

    def next_deadlines(self) -> dict[Objective, Instant]:
        """Objective by objective the first deadline that is still to come."""
        firsts = {objective: board.first() for objective, board in self._boards.items()}
        return {objective: deadline for objective, deadline in firsts.items() if deadline is not None}


class _Board:
    """The deadlines of one objective. It drops by itself what no longer holds, even if it is never read."""

    __slots__ = ("_heap", "_room")

    def __init__(self) -> None:
        self._heap: list[_Entry] = []
        self._room = _ROOM

    def push(self, entry: "_Entry") -> None:
        heappush(self._heap, entry)
        if len(self._heap) > self._room:
            self._drop_what_does_not_hold()

    def first(self) -> Instant | None:
        while self._heap:
            if _holds(self._heap[0]):
                return self._heap[0][0]
            heappop(self._heap)
        return None

    def _drop_what_does_not_hold(self) -> None:
        """Runs so rarely that it costs an entry little: next time when there are twice as many as are left."""
        self._heap = list({id(entry[2]): entry for entry in self._heap if _holds(entry)}.values())
        heapify(self._heap)
        self._room = 2 * len(self._heap) + _ROOM


_Entry = tuple[Instant, int, Clock]
_ROOM = 1_000


def _holds(entry: _Entry) -> bool:
    deadline, _, clock = entry
    return clock.deadline == deadline and clock.running and not clock.breached
