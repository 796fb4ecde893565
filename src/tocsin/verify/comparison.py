"""Compares what must stand on a partition of a topic with what stands there, record by record, in order."""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, islice

from tocsin.messages.record import Output, Record, Topic
from tocsin.verify.difference import Difference, Place, named, persons_forgotten, same

LOOKED_AT = 1_000
"""The number of records behind a difference on both sides by which it is told what it is."""

_SEARCHED = 5_000
_HASH_BYTES = len('"hash":""}') + 64

LookAgain = Callable[[int], Iterator[Record]]
"""Gives the records from an offset on that have appeared meanwhile."""


def nothing_more(_start: int) -> Iterator[Record]:
    """Of a file: nothing appears in it."""
    return iter(())


class Comparison:
    """The comparison of one topic. Only a bounded part of either side is held at a time.

    `found` are its records from the offset `start` on. Where it `begins_later`, its first ones are not there any more:
    what the log gives is compared from the first record on that stands among those that are there.
    """

    def __init__(
        self,
        place: Place,
        found: Iterator[Record],
        start: int = 0,
        *,
        begins_later: bool = False,
        look_again: LookAgain = nothing_more,
    ) -> None:
        self.compared = 0
        """The number of records that are the same."""
        self.forgotten = 0
        """Those of them in which persons were forgotten."""
        self.begin: int | None = None
        """The offset of the first of them."""
        self.next = start
        """The offset behind the last of them; `start` before the first."""
        self.beyond: int | None = None
        """The offset of the first record that follows from nothing that was read of the log."""
        self.difference: Difference | None = None
        self.done = False
        """True if nothing more can be compared."""
        self._place = place
        self._look_again = look_again
        self._looked_again = False
        first = list(islice(found, _SEARCHED if begins_later else 1))  # opens what it is read from
        self._found: Iterator[Record] = chain(first, found)
        self._search = _Search(first) if begins_later else None
        self._odd: tuple[list[Output], list[Record]] | None = None

    @property
    def holds(self) -> bool:
        """True if nothing differs so far."""
        return self._odd is None and self.difference is None

    def expect(self, output: Output, *, owed: bool = True) -> None:
        """Take in what the log gives next. Unless it is `owed`, it may not be there yet."""
        if self.done:
            return
        if self._odd is not None:
            self._odd[0].append(output)
            if len(self._odd[0]) > LOOKED_AT:
                self._name(*self._odd)
        elif self._search is None:
            self._compare(output, owed=owed)
        elif (at := self._search.place_of(output)) is not None:
            self._align(at, owed=owed)

    def finish(self, *, whole: bool, complete: bool) -> None:
        """Judge what is left, when the log gives nothing more.

        `whole`: all of the log was folded. `complete`: what stands on the topic cannot be younger than the log.
        """
        if self._odd is not None and not self.done:
            self._name(*self._odd)
        elif not self.done and whole:
            left = next(self._found, None)
            if left is not None and complete and not self._looked_again:
                self._name([], [left])
            elif left is not None:
                self.beyond = left.offset
        self.done = True

    def _align(self, at: int, *, owed: bool) -> None:
        """Begin to compare: the record number `at` is the one that the log gives now."""
        if self._search is None:
            raise RuntimeError("it is aligned already")
        before, self._search = list(self._search.recent), None
        if at >= len(before):  # nothing in the log gives its first records
            self._name([], list(islice(self._found, LOOKED_AT)))
        for output in before[-at - 1 :]:
            self.expect(output, owed=owed)

    def _compare(self, output: Output, *, owed: bool) -> None:
        found = next(self._found, None)
        if found is None and owed:
            found = self._seen_again()
        if found is None:
            self.done = True
            if owed:
                self._name([output], [])
        elif same(output, found):
            self._count(found)
        elif persons_forgotten(output, found):
            self.forgotten += 1
            self._count(found)
        else:
            self._odd = [output], [found, *islice(self._found, LOOKED_AT)]

    def _seen_again(self) -> Record | None:
        """The next record, where it has appeared by now: a transaction appears on one topic after the other."""
        self._looked_again = True
        self._found = self._look_again(self.next)
        return next(self._found, None)

    def _count(self, found: Record) -> None:
        self.compared += 1
        self.next = found.offset + 1
        if self.begin is None:
            self.begin = found.offset

    def _name(self, expected: list[Output], found: list[Record]) -> None:
        self.difference = named(self._place, expected, found)
        self.done = True


class _Search:
    """Finds the first records of a topic in what the log gives."""

    def __init__(self, first: list[Record]) -> None:
        self._places = {_mark(record): at for at, record in reversed(list(enumerate(first)))}
        self.recent: deque[Output] = deque(maxlen=len(first) + 1)
        """What the log has given last, the last one included."""

    def place_of(self, output: Output) -> int | None:
        """Take in the next output; its place among the first records."""
        self.recent.append(output)
        return self._places.get(_mark(output))


def _mark(it: Output | Record) -> tuple[bytes | None, bytes]:
    """What no other record of the topic has: of the journal the hash, which stands though persons be forgotten."""
    value = it.value or b""
    return it.key, value[-_HASH_BYTES:] if it.topic is Topic.TICKET_EVENTS else value
