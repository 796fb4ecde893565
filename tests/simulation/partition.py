"""A simulated partition: records in the order of their offsets, some of them in transactions that are not decided."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tests.simulation.loop import HOUR, MILLISECOND

from tocsin.domain.instant import Instant
from tocsin.messages.record import Output, Record
from tocsin.streams.core.port import Source

TOMBSTONE_KEPT = 24 * HOUR


class Piece:
    """What one transaction has written to one partition; `committed` is None until its marker stands there."""

    __slots__ = ("committed", "first")

    def __init__(self, first: int) -> None:
        self.first = first
        self.committed: bool | None = None


class Entry(NamedTuple):
    """A record in its place, and the transaction that it hangs on, if any."""

    record: Record
    piece: Piece | None


class Partition:
    """One partition: entries in the order of their offsets, with holes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.end = 0
        self.entries: list[Entry] = []
        self._offsets: list[int] = []
        self._open: dict[Piece, None] = {}
        self._waiting: list[Callable[[], object]] = []

    @property
    def stable_end(self) -> int:
        """What lies before it is decided."""
        return next((piece.first for piece in self._open), self.end)

    def append(self, output: Output, stamp: Instant, piece: Piece | None = None) -> Record:
        """Write a record; in a transaction, nobody sees it before that is committed."""
        topic, number, own = self.source
        record = Record(topic, number, self.end, stamp, output.key, output.value, output.headers, own)
        self.entries.append(Entry(record, piece))
        self._offsets.append(self.end)
        self.end += 1
        if piece is None:
            self.wake()
        return record

    def begin(self) -> Piece:
        """A transaction begins to write here."""
        piece = Piece(self.end)
        self._open[piece] = None
        return piece

    def mark(self, piece: Piece, *, committed: bool) -> None:
        """Write the marker that decides `piece`; it takes an offset."""
        piece.committed = committed
        del self._open[piece]
        self.end += 1
        self.wake()

    def read(self, start: int, records_max: int) -> tuple[list[Record], int]:
        """What stands committed from `start` on, and the position after it."""
        records: list[Record] = []
        stable = self.stable_end
        for index in range(bisect_left(self._offsets, start), len(self.entries)):
            record, piece = self.entries[index]
            if record.offset >= stable:
                break
            if piece is None or piece.committed:
                records.append(record)
                if len(records) == records_max:
                    return records, record.offset + 1
        return records, max(stable, start)

    def is_done(self, position: int) -> bool:
        """Whether who stands at `position` has nothing left to read: markers may follow, but no record."""
        return self.stable_end == self.end and not self.read(position, 1)[0]

    def when_more(self, wake: Callable[[], object]) -> None:
        """Call `wake` once, when there may be more to read."""
        self._waiting.append(wake)

    def wake(self) -> None:
        """There may be more to read."""
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            wake()

    def compact(self, below: int, now: Instant) -> None:
        """Keep the last committed record of each key below `below`; tombstones only for a while."""
        below = min(below, self.stable_end)
        latest = {entry.record.key: entry.record.offset for entry in self._committed(below)}
        oldest = now - TOMBSTONE_KEPT // MILLISECOND
        self.entries = [
            entry
            for entry in self.entries
            if entry.record.offset >= below
            or (
                latest.get(entry.record.key) == entry.record.offset
                and (entry.record.value is not None or entry.record.timestamp >= oldest)
            )
        ]
        self._offsets = [entry.record.offset for entry in self.entries]

    def _committed(self, below: int) -> Iterable[Entry]:
        return (e for e in self.entries if e.record.offset < below and (e.piece is None or e.piece.committed))
