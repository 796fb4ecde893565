"""Folds an inbox up to a time, and on from there: what workers had written by then."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from tocsin.domain.instant import Instant
from tocsin.messages.record import Record
from tocsin.replay.refolding import Refold


class Player:
    """The fold over some partitions of the inbox, each from its beginning."""

    def __init__(self, inboxes: Mapping[int, Iterable[Record]]) -> None:
        """`inboxes`: the records of each partition, in their order."""
        self._lanes = [_Lane(partition, iter(records)) for partition, records in sorted(inboxes.items())]

    @property
    def partitions(self) -> int:
        """The number of partitions."""
        return len(self._lanes)

    @property
    def next_at(self) -> Instant | None:
        """When the next record was stamped; None at the end of the log."""
        return min((at for lane in self._lanes if (at := lane.next_at) is not None), default=None)

    @property
    def clock(self) -> Instant:
        """The greatest stamp so far."""
        return max((lane.clock for lane in self._lanes), default=0)

    def to(self, at: Instant, read: Callable[[int], None] = lambda _: None) -> Iterator[Record]:
        """What follows from the records stamped up to `at`, partition by partition. Raises `Unreplayable`.

        `read` is told how many records more were read.
        """
        for lane in self._lanes:
            yield from lane.to(at, read)


class _Lane:
    """One partition. It looks one record ahead."""

    def __init__(self, partition: int, records: Iterator[Record]) -> None:
        self._refold = Refold(partition)
        self._records = records
        self._ahead = next(records, None)
        self.clock: Instant = 0

    @property
    def next_at(self) -> Instant | None:
        """The time of the partition's clock at the next record."""
        return None if self._ahead is None else max(self.clock, self._ahead.timestamp)

    def to(self, at: Instant, read: Callable[[int], None]) -> Iterator[Record]:
        yield from self._refold.fold(self._until(at, read))

    def _until(self, at: Instant, read: Callable[[int], None]) -> Iterator[Record]:
        while self._ahead is not None and self._ahead.timestamp <= at:
            record, self._ahead = self._ahead, next(self._records, None)
            self.clock = max(self.clock, record.timestamp)
            read(1)
            yield record
