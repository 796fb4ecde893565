"""Checks the records of a partition against signed heads: nothing before the last one can change or vanish."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from tocsin.audit.chain import Chain, Fault
from tocsin.audit.head import TAG_BYTES, Head
from tocsin.audit.leaf import leaf_of
from tocsin.audit.merkle import Tree, leaf_hash
from tocsin.messages.record import Record, Topic

_NAMED_MAX = 5
"""The most changed records of one stretch that are named one by one."""


class Beginning(NamedTuple):
    """The head from which a log that begins at some offset can be checked; None: from its first record."""

    head: Head | None

    @property
    def offset(self) -> int:
        """The first offset that counts."""
        return self.head.end if self.head else 0


def beginning(heads: Sequence[Head], begin: int) -> Beginning:
    """The place from which records that begin at offset `begin` can be checked by `heads`, of which there is one."""
    if begin <= heads[0].first:
        return Beginning(None)
    return Beginning(next((head for head in heads if head.end >= begin), heads[-1]))


class Check:
    """Takes the records of one partition in their order; `faults` are those that it has found.

    `heads` are those of the partition by size, at least one, and `tags_of` gives theirs; `begin` is the first
    offset of the records.
    """

    def __init__(self, heads: Sequence[Head], tags_of: Callable[[Head], bytes], begin: int) -> None:
        self._heads, self._tags_of = heads, tags_of
        self._start = beginning(heads, begin)
        self._place = heads[0].place
        self.faults: list[Fault] = []
        self.signed = 0
        self.unsigned = 0
        self._behind = self._start.head
        self._ahead = self._first_ahead()
        self._last_offset = -1
        self._begin_stretch()
        is_journal = heads[0].topic == Topic.TICKET_EVENTS
        self._chain = Chain(from_beginning=begin == 0) if is_journal else None
        self._told_of_chain = False
        if begin > heads[-1].begin and begin > heads[0].first:
            self._tell(f"offsets {max(heads[-1].begin, heads[0].first)} to {begin - 1} are missing at the beginning")

    def _begin_stretch(self) -> None:
        self._tree = self._behind.tree() if self._behind else Tree()
        self._found = bytearray()
        self._offsets = array("q")

    def take(self, record: Record) -> None:
        """Check the next record."""
        self._check_chain(record)
        if record.offset <= self._last_offset:
            self._tell(f"offset {record.offset} stands behind offset {self._last_offset}: reordered, or twice")
        self._last_offset = max(record.offset, self._last_offset)
        if record.offset < (self._behind.end if self._behind else 0):
            return
        while self._ahead and record.offset >= self._ahead.end:
            self._end_stretch(self._ahead)
        if not self._ahead:
            self.unsigned += 1
            return
        leaf = leaf_hash(leaf_of(record))
        self._tree.append(leaf)
        self._found += leaf[:TAG_BYTES]
        self._offsets.append(record.offset)

    def finish(self) -> None:
        """Check that nothing is missing at the end."""
        while self._ahead and (self._offsets or self._is_empty(self._ahead)):
            self._end_stretch(self._ahead)
        if self._ahead:
            before, last = self._behind.size if self._behind else 0, self._heads[-1]
            since = self._behind.end if self._behind else last.first
            self._tell(f"offsets {since} to {last.end - 1} are missing: {last.size - before} signed records")

    def document(self) -> dict[str, Any]:
        """The check for machines."""
        head = self._heads[-1]
        return {
            "topic": head.topic,
            "partition": head.partition,
            "signed_records": self.signed,
            "unsigned_records": self.unsigned,
            "checked_from": self._start.offset,
            "signed_to": head.end,
            "signed_at": head.time,
            "faults": [f"{it.place}: {it.why}" for it in self.faults],
        }

    def _check_chain(self, record: Record) -> None:
        if self._chain is None or self._told_of_chain:
            return
        self._chain.take(record.value, f"offset {record.offset}")
        if self._chain.fault:
            self._tell(f"{self._chain.fault.place} {self._chain.fault.why} (hash chain)")
            self._told_of_chain = True

    def _first_ahead(self) -> Head | None:
        """The first head behind the place from which the log is checked, as `_at` counts them."""
        size = self._behind.size if self._behind else 0
        self._at = next((at for at, head in enumerate(self._heads) if head.size > size), len(self._heads))
        return self._heads[self._at] if self._at < len(self._heads) else None

    def _end_stretch(self, head: Head) -> None:
        """Compare what stands before the next head with it, and go on behind it."""
        if (self._tree.size, self._tree.root().hex()) == (head.size, head.root):
            self.signed += len(self._offsets)
        else:
            since = self._behind.end if self._behind else head.first
            between = f"between the heads at offsets {since} and {head.end} ({head.time})"
            for why in self._differences(head):
                self._tell(f"{why}, {between}")
        self._behind = head
        self._at += 1
        self._ahead = self._heads[self._at] if self._at < len(self._heads) else None
        self._begin_stretch()

    def _differences(self, head: Head) -> Iterator[str]:
        """The records of the stretch before `head` that differ from what was signed, as near as its tags tell."""
        then, now = _cut(self._tags_of(head)), _cut(bytes(self._found))
        if then == now or len(then) != head.size - (self._behind.size if self._behind else 0):
            yield "something has been changed, removed, put in or reordered"
            return
        before = _common(then, now)
        after = _common(then[before:][::-1], now[before:][::-1])
        was, found = then[before : len(then) - after], now[before : len(now) - after]
        offsets = self._offsets[before : len(now) - after]
        if not found:
            yield f"{_counted(len(was))} missing {self._neighbours(before)}"
        elif not was:
            yield f"{_counted(len(found))} put in, {_span(offsets)}"
        elif sorted(was) == sorted(found):
            yield f"{_counted(len(found))} reordered, offsets {min(offsets)} to {max(offsets)}"
        elif len(was) == len(found):
            changed = [offset for offset, one, other in zip(offsets, was, found, strict=True) if one != other]
            yield from (f"the record at offset {it} has been changed" for it in changed[:_NAMED_MAX])
            if len(changed) > _NAMED_MAX:
                yield f"{len(changed) - _NAMED_MAX} more have been changed, {_span(changed[_NAMED_MAX:])}"
        else:
            yield f"{_counted(len(found))} in the place of {len(was)}, {_span(offsets)}"

    def _neighbours(self, index: int) -> str:
        """The offsets between which a record should stand."""
        since = self._behind.end - 1 if self._behind else -1
        before = self._offsets[index - 1] if index else since
        behind = f" and before offset {self._offsets[index]}" if index < len(self._offsets) else ""
        return f"behind offset {before}{behind}" if before >= 0 else behind.removeprefix(" and ")

    def _is_empty(self, head: Head) -> bool:
        """True if nothing stands between the last head and this one: it tells of retention."""
        return self._behind is not None and head.size == self._behind.size

    def _tell(self, why: str) -> None:
        self.faults.append(Fault(self._place, why))


def _cut(tags: bytes) -> list[bytes]:
    return [tags[at : at + TAG_BYTES] for at in range(0, len(tags), TAG_BYTES)]


def _common(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """How many are the same at the beginning of both."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def _counted(count: int) -> str:
    return "one record" if count == 1 else f"{count} records"


def _span(offsets: Sequence[int]) -> str:
    return f"at offset {offsets[0]}" if len(offsets) == 1 else f"from offset {offsets[0]} to {offsets[-1]}"
