"""The inbox of an export, laid out on another number of partitions. Pure.

Each tenant's records keep their order, their stamps and the clock by which they were judged, so that the fold decides
what it decided before. Offsets are new.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tocsin.domain.commands.inbound import SwitchRules, Tick
from tocsin.domain.instant import Instant
from tocsin.engine.rules import RULES
from tocsin.messages import inbox
from tocsin.messages.partitioning import partition_of
from tocsin.messages.record import Record, Topic
from tocsin.recording.rebuilding import NotFoldedError


class _Clocked(NamedTuple):
    """A record with the clock of its partition when it was judged: the greatest stamp so far."""

    clock: Instant
    record: Record


class Relaying:
    """Lays out `partitions`, the records of each by its number, on `count` partitions."""

    def __init__(self, partitions: Mapping[int, Iterable[Record]], count: int) -> None:
        self.clocks: dict[int, Instant] = {}
        """How far the clock of each old partition has come."""
        self._partitions = partitions
        self._new: list[Instant] = [0] * count
        self._offsets = [0] * count
        self._begun = False

    def records(self) -> Iterator[Record]:
        """The records of the new partitions. Raises `NotFoldedError` where other rules have judged some of them."""
        streams = [self._clocked(number, records) for number, records in sorted(self._partitions.items())]
        clock = 0
        for clock, record in heapq.merge(*streams, key=lambda it: (it.clock, it.record.partition)):
            yield from self._laid(clock, record)
        for number, stands_at in enumerate(self._new):
            if stands_at < clock:
                yield self._tick(number, clock)

    def _clocked(self, number: int, records: Iterable[Record]) -> Iterator[_Clocked]:
        for record in records:
            self.clocks[number] = max(self.clocks.get(number, 0), record.timestamp)
            yield _Clocked(self.clocks[number], record)

    def _laid(self, clock: Instant, record: Record) -> Iterator[Record]:
        if record.key is None:
            yield from self._of_nobody(record)
            return
        number = partition_of(record.key, len(self._new))
        if max(self._new[number], record.timestamp) < clock:  # a stamp that jumped back was judged by the clock before
            yield self._tick(number, clock)
        yield self._placed(number, record)

    def _of_nobody(self, record: Record) -> Iterator[Record]:
        """A tick is left out, since any number of them changes nothing; the first switch stands on all partitions."""
        match inbox.decode(record).body:
            case Tick():
                return
            case SwitchRules(version=version, first=True) if version == RULES:
                if not self._begun:
                    self._begun = True
                    yield from (self._placed(number, record) for number in range(len(self._new)))
            case _:
                raise NotFoldedError(
                    f"{record.name}/{record.partition}/{record.offset} switches from the rules of an earlier release: "
                    "what stands before it only that release could lay out anew"
                )

    def _tick(self, number: int, clock: Instant) -> Record:
        return self._placed(number, Record(Topic.INBOX, number, 0, clock, None, inbox.TICK))

    def _placed(self, number: int, record: Record) -> Record:
        offset, self._offsets[number] = self._offsets[number], self._offsets[number] + 1
        self._new[number] = max(self._new[number], record.timestamp)
        return record._replace(partition=number, offset=offset)
