"""A queue of timers, in the order (deadline, ticket)."""

from collections import defaultdict
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from tocsin.domain.instant import Instant


class Owner(NamedTuple):
    """The owner of a timer: a ticket, or the tenant itself where `ticket` is empty."""

    ticket: str
    tenant: str


class TimerQueue:
    """One entry an owner: the earliest of its timers. An entry that has been replaced is skipped when it comes up.

    There may be a million: entries are plain tuples of plain values, which the garbage collector does not look at.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, str, str]] = []
        self._due: defaultdict[str, dict[str, Instant]] = defaultdict(dict)  # by tenant and ticket
        self._armed = 0

    def arm(self, owner: Owner, at: Instant | None) -> None:
        """The next timer of `owner` is due at `at`; None: it has none."""
        ticket, tenant = owner
        due = self._due[tenant]
        before = due.get(ticket)
        if before == at:
            return
        self._armed += (before is None) - (at is None)
        if at is None:
            del due[ticket]
        else:
            due[ticket] = at
            heappush(self._heap, (at, ticket, tenant))
        if len(self._heap) > 2 * self._armed + 1_000:
            self._drop_replaced()

    @property
    def next_due(self) -> Instant | None:
        """The time at which the first timer is due."""
        while self._heap and not self._holds(self._heap[0]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_before(self, stamp: Instant) -> Owner | None:
        """Disarms the first timer that is due strictly before `stamp`, and returns its owner; None if there is none."""
        if not self._heap or self._heap[0][0] >= stamp:
            return None  # nearly always; whether that entry has been replaced does not matter
        due = self.next_due
        if due is None or due >= stamp:
            return None
        _, ticket, tenant = heappop(self._heap)
        del self._due[tenant][ticket]
        self._armed -= 1
        return Owner(ticket, tenant)

    def _holds(self, entry: tuple[Instant, str, str]) -> bool:
        at, ticket, tenant = entry
        return self._due[tenant].get(ticket) == at

    def _drop_replaced(self) -> None:
        self._heap = [entry for entry in self._heap if self._holds(entry)]
        heapify(self._heap)
