"""Which ticket's timer is due next, in the order (deadline, ticket)."""

from heapq import heapify, heappop, heappush
from typing import NamedTuple

from tocsin.domain.instant import Instant


class Due(NamedTuple):
    """Whose timer it is."""

    ticket: str
    tenant: str


class TimerQueue:
    """One entry a ticket: the earliest of its timers. An entry that has been replaced is skipped when it comes up."""

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, str, str]] = []
        self._due: dict[str, Instant] = {}

    def arm(self, ticket: str, tenant: str, at: Instant | None) -> None:
        """The next timer of `ticket` is due at `at`; None: it has none."""
        if self._due.get(ticket) == at:
            return
        if at is None:
            self._due.pop(ticket, None)
        else:
            self._due[ticket] = at
            heappush(self._heap, (at, ticket, tenant))
        if len(self._heap) > 2 * len(self._due) + 1_000:
            self._drop_replaced()

    @property
    def next_due(self) -> Instant | None:
        """When the first timer is due."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_before(self, stamp: Instant) -> Due | None:
        """Ticket and tenant of the first timer due strictly before `stamp`; it is disarmed."""
        due = self.next_due
        if due is None or due >= stamp:
            return None
        _, ticket, tenant = heappop(self._heap)
        del self._due[ticket]
        return Due(ticket, tenant)

    def _drop_replaced(self) -> None:
        self._heap = [entry for entry in self._heap if self._due.get(entry[1]) == entry[0]]
        heapify(self._heap)
