"""Makes the next heads of a partition from its records, and none of a log that does not go on from the former head."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from tocsin.audit.head import TAG_BYTES, Head
from tocsin.audit.leaf import covered_of, leaf_of
from tocsin.audit.merkle import Tree, leaf_hash
from tocsin.domain.instant import Instant, parse, show
from tocsin.messages.record import Record, Topic

STRETCH_MAX = 65_536
"""The most leaves between two heads, so that a head with its tags is a message that every broker takes."""


class DoesNotGoOn(ValueError):  # noqa: N818 - says what is the matter with the log
    """The log does not go on from what was signed before. The message names the partition."""


class Partition(NamedTuple):
    """A partition as it is now: [`begin`, `end`) are its offsets."""

    topic: Topic
    number: int
    begin: int
    end: int


class MadeHead(NamedTuple):
    """A head that is not signed yet, and its tags."""

    head: Head
    tags: bytes


class Start(NamedTuple):
    """The place from which a partition is read: behind `base`, or at its beginning; `last` is checked on the way."""

    base: Head | None
    last: Head | None

    @property
    def offset(self) -> int:
        """The first offset that is read."""
        return self.base.end if self.base else 0


def start_of(partition: Partition, heads: Sequence[Head]) -> Start:
    """The place to start from, by the heads of the partition so far. Raises `DoesNotGoOn`.

    What stands between the last two heads is read again where it is still there, to see that it is what was signed.
    """
    if not heads:
        return Start(None, None)
    place, last = f"{partition.topic}/{partition.number}", heads[-1]
    if partition.end < last.end:
        raise DoesNotGoOn(f"{place} ends at offset {partition.end}; it was signed up to offset {last.end}")
    if partition.begin > last.end:
        gone = f"offsets {last.end} to {partition.begin - 1}"
        raise DoesNotGoOn(f"{place} begins at offset {partition.begin}: {gone} have gone and were never signed")
    base = heads[-2] if len(heads) > 1 else None
    is_there = partition.begin <= (base.end if base else last.first)
    return Start(base if is_there else last, last)


def heads_of(
    partition: Partition, start: Start, records: Iterable[Record], release: str, key: str
) -> Iterator[MadeHead]:
    """The heads behind the last one, up to the end of `records`, which begin at `start`. Raises `DoesNotGoOn`."""
    growing = _Growing(partition, start, release, key)
    for record in records:
        yield from growing.take(record)
    yield from growing.finish()


class _Growing:
    def __init__(self, partition: Partition, start: Start, release: str, key: str) -> None:
        self._partition, self._release, self._key = partition, release, key
        base = start.base
        self._unchecked = None if start.last == base else start.last
        self._tree = base.tree() if base else Tree()
        self._first = base.first if base else None
        self._end = base.end if base else 0
        self._clock: Instant = parse(base.time) if base else 0
        self._value: bytes | None = None
        self._begin_stretch(base)

    def _begin_stretch(self, former: Head | None) -> None:
        self._former = former
        self._tags = bytearray()
        self._peak = self._tree.frontier[-1] if self._tree.size else b""
        self._tree.follow_last_peak()

    def take(self, record: Record) -> Iterator[MadeHead]:
        if self._unchecked and record.offset >= self._unchecked.end:
            self._check(self._unchecked)
        leaf = leaf_hash(leaf_of(record))
        self._tree.append(leaf)
        self._tags += leaf[:TAG_BYTES]
        self._first = record.offset if self._first is None else self._first
        self._end = record.offset + 1
        self._clock = max(self._clock, record.timestamp)
        self._value = record.value
        if not self._unchecked and self._tree.size - self._former_size == STRETCH_MAX:
            yield self._head()

    def finish(self) -> Iterator[MadeHead]:
        if self._unchecked:
            self._check(self._unchecked)
        has_new = self._tree.size > self._former_size
        has_gone = self._former is not None and self._former.begin != self._partition.begin
        if has_new or has_gone:  # what goes by retention is signed too, so that nobody takes it for a theft
            yield self._head()

    @property
    def _former_size(self) -> int:
        return self._former.size if self._former else 0

    def _check(self, last: Head) -> None:
        """Compare what was read again with what was signed."""
        if (self._tree.size, self._tree.root().hex()) != (last.size, last.root):
            raise DoesNotGoOn(
                f"{last.place} is not what was signed up to offset {last.end} ({last.time}): something before it was "
                "changed, removed or put in; `tocsin audit verify` names it"
            )
        self._unchecked = None
        self._begin_stretch(last)

    def _head(self) -> MadeHead:
        former, tree, tags = self._former, self._tree, bytes(self._tags)
        head = Head(
            begin=self._partition.begin,
            chain=self._chain(),
            end=self._end,
            first=self._first or 0,
            frontier=tuple(each.hex() for each in tree.frontier),
            growth=tuple(each.hex() for each in tree.growth(self._former_size, self._peak)),
            key=self._key,
            partition=self._partition.number,
            previous=former.digest() if former else "",
            previous_size=self._former_size,
            release=self._release,
            root=tree.root().hex(),
            size=tree.size,
            tags=sha256(tags).hexdigest(),
            time=show(self._clock),
            topic=self._partition.topic,
        )
        self._begin_stretch(head)
        return MadeHead(head, tags)

    def _chain(self) -> str | None:
        """The hash of the last record of the journal."""
        if self._partition.topic is not Topic.TICKET_EVENTS or self._value is None:
            return None
        return sha256(covered_of(self._partition.topic, self._value)).hexdigest()
