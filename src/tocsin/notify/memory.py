"""What is known from receipts: alerts that are done in a lane, and incidents that are open at its sink. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import PagingAction
from tocsin.notify.alert import Place
from tocsin.notify.model import PAGES
from tocsin.notify.receipts import ACCEPTED, FAILED, Receipt, ReceiptData, may_have_been_taken

_TRIGGERS_MAX = 16
"""Of one incident; the oldest are forgotten."""


class Memory:
    """The memory of all lanes. Bounded: by what lanes have in hand, and by the incidents that are open."""

    def __init__(self) -> None:
        self._done: dict[str, dict[Place, str]] = defaultdict(dict)
        self._finished: dict[tuple[str, int], int] = {}
        self._open: dict[str, dict[str, list[ReceiptData]]] = defaultdict(dict)
        self._strange: dict[str, set[str]] = defaultdict(set)
        self._ended: dict[str, set[str]] = {}

    def keep_ended(self, lane: str) -> None:
        """Somebody asks again and again for what others have ended in that lane."""
        self._ended[lane] = set()

    def finished(self, lane: str, partition: int, offset: int) -> None:
        """Everything before `offset` is done in that lane, and need not be remembered one by one."""
        self._finished[lane, partition] = offset
        done = self._done[lane]
        for place in [each for each in done if each.partition == partition and each.offset < offset]:
            del done[place]

    def learn(self, receipt: Receipt, _stamp: Instant) -> None:
        """Learn from a receipt that another process has written."""
        self._apply(receipt, strange=True)

    def note(self, receipt: Receipt) -> None:
        """Learn from a receipt of our own."""
        self._apply(receipt, strange=False)

    def _apply(self, receipt: Receipt, *, strange: bool) -> None:
        data = receipt.data
        if receipt.type not in (ACCEPTED, FAILED) or data.lane == PAGES:
            return  # of pages to people more is known than this: see `tocsin.notify.pages.memory`
        if data.offset >= self._finished.get((data.lane, data.partition), 0):
            self._done[data.lane][data.place] = data.alert
        if receipt.type == ACCEPTED or (may_have_been_taken(receipt) and data.action == PagingAction.TRIGGER):
            self._incident(data, strange=strange)

    def _incident(self, data: ReceiptData, *, strange: bool) -> None:
        incidents = self._open[data.lane]
        if data.action == PagingAction.RESOLVE:
            incidents.pop(data.dedup_key, None)
            self._strange[data.lane].discard(data.dedup_key)
            if strange and data.lane in self._ended:
                self._ended[data.lane].add(data.dedup_key)
        elif data.action == PagingAction.TRIGGER:
            triggers = incidents.setdefault(data.dedup_key, [])
            triggers[:] = [*(each for each in triggers if each.alert != data.alert), data][-_TRIGGERS_MAX:]
            if strange:
                self._strange[data.lane].add(data.dedup_key)

    def is_done(self, lane: str, place: Place, alert: str) -> bool:
        """Returns whether that lane has finished with the alert."""
        return self._done[lane].get(place) == alert

    def is_open(self, lane: str, dedup_key: str) -> bool:
        """Returns whether a trigger of the incident was accepted there, or may have been, and no resolve since."""
        return dedup_key in self._open[lane]

    def open_triggers(self, lane: str, partition: int) -> Iterator[Place]:
        """The places of the triggers of open incidents whose alerts stand on `partition`."""
        for triggers in self._open[lane].values():
            yield from (each.place for each in triggers if each.partition == partition)

    def take_strange(self, lane: str) -> list[Place]:
        """The places of triggers of incidents that other processes have opened since this was asked last."""
        keys = self._strange.pop(lane, set())
        return [each.place for key in sorted(keys) for each in self._open[lane].get(key, ())]

    def take_ended(self, lane: str) -> list[str]:
        """The incidents that other processes have ended since this was asked last, and that are not open again."""
        ended = sorted(self._ended[lane])
        self._ended[lane].clear()
        return [key for key in ended if key not in self._open[lane]]

    def first_known(self, lane: str, partition: int) -> int | None:
        """The offset of the first alert of `partition` that is known to be done in that lane; None where none is."""
        return min((place.offset for place in self._done[lane] if place.partition == partition), default=None)

    def open_incidents(self, lane: str) -> Iterator[str]:
        """The incidents that are open there."""
        yield from self._open[lane]

    def triggers(self, lane: str, dedup_key: str) -> Sequence[ReceiptData]:
        """The receipts of the triggers of that incident, if it is open there; the last one last."""
        return self._open[lane].get(dedup_key, ())

    def open_count(self, lane: str) -> int:
        """How many incidents are open there."""
        return len(self._open[lane])
