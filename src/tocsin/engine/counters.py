"""What a shard counts, for metrics and for the summary of a replay."""

from collections import Counter
from dataclasses import dataclass, field
from heapq import heappop, heappush

from tocsin.domain.instant import Instant
from tocsin.domain.ticket import Clock, Ticket
from tocsin.domain.vocabulary import AlertKind, Objective, Priority, Stage


@dataclass(slots=True)
class Counters:
    """Records by what became of them. Every accepted one opened a ticket, joined one, or was noted."""

    accepted: int = 0
    duplicates: int = 0
    tickets_opened: int = 0
    joined: int = 0
    noted: int = 0
    alerts: Counter[AlertKind] = field(default_factory=Counter)

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
    """How many tickets there are that are not closed, by tenant, priority and stage."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, Priority, Stage]] = Counter()
        self._counted: dict[str, tuple[str, Priority, Stage]] = {}

    def count(self, ticket: Ticket) -> None:
        """Take in what `ticket` is now."""
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
        self._heaps: dict[Objective, list[tuple[Instant, int, Clock]]] = {}
        self._pushed = 0

    def put(self, clock: Clock) -> None:
        """Take in the deadline that `clock` has now."""
        if clock.deadline is not None:
            self._pushed += 1  # no two entries compare their clocks
            heappush(self._heaps.setdefault(clock.objective, []), (clock.deadline, self._pushed, clock))

    def next_deadlines(self) -> dict[Objective, Instant]:
        """Objective by objective the first deadline that is still to come."""
        return {objective: heap[0][0] for objective, heap in self._heaps.items() if self._first_holds(heap)}

    @staticmethod
    def _first_holds(heap: list[tuple[Instant, int, Clock]]) -> bool:
        while heap:
            deadline, _, clock = heap[0]
            if clock.running and not clock.breached and clock.deadline == deadline:
                return True
            heappop(heap)
        return False
