"""A queue of timers, in the order (deadline, ticket)."""

from heapq import heapify, heappop, heappush
from typing import NamedTuple

from tocsin.domain.instant import Instant


class Owner(NamedTuple):
    """The owner of a timer: a ticket, or the tenant itself where `ticket` is empty."""

    ticket: str
    tenant: str


class TimerQueue:
    """One entry an owner: the earliest of its timers. An entry that has been replaced is skipped when it comes up."""

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, Owner]] = []
        self._due: dict[Owner, Instant] = {}

    def arm(self, owner: Owner, at: Instant | None) -> None:
        """The next timer of `owner` is due at `at`; None: it has none."""
        if self._due.get(owner) == at:
            return
        if at is None:
            del self._due[owner]
        else:
            self._due[owner] = at
            heappush(self._heap, (at, owner))
        if len(self._heap) > 2 * len(self._due) + 1_000:
            self._drop_replaced()

    @property
    def next_due(self) -> Instant | None:
        """The time at which the first timer is due."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_before(self, stamp: Instant) -> Owner | None:
        """Disarms the first timer that is due strictly before `stamp`, and returns its owner; None if there is none."""
        if not self._heap or self._heap[0][0] >= stamp:
            return None  # nearly always; whether that entry has been replaced does not matter
        due = self.next_due
        if due is None or due >= stamp:
            return None
        _, owner = heappop(self._heap)
        del self._due[owner]
        return owner

    def _drop_replaced(self) -> None:
        self._heap = [entry for entry in self._heap if self._due.get(entry[1]) == entry[0]]
        heapify(self._heap)
