"""The state of a partition as it stands on its topics, compared with the one that the log gives."""

import time
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from tocsin.engine import snapshot
from tocsin.messages.record import Output, Record, Topic
from tocsin.recording.reading import RecordSource
from tocsin.verify.difference import Difference, Place, of_state

APPEARS_WITHIN_SECONDS = 20.0
"""Twice as long as a transaction may last."""

LOOK_SECONDS = 0.5

Key = tuple[Topic, bytes]
"""What a record of the state is found by."""


class StateCompared(msgspec.Struct, frozen=True, kw_only=True):
    """So many `records` of the state are the same, and so many are `differing`; the first one of these."""

    records: int
    differing: int = 0
    difference: Difference | None = None


class _PartitionState(msgspec.Struct):
    """What any release's state of a partition says of it."""

    position: int | None = None


_decoder = msgspec.json.Decoder(_PartitionState)


class Moment(NamedTuple):
    """How a comparison came to its end.

    `live`: a cluster was read, on which workers may write. `beyond`: more of the inbox was read than the state has
    seen. `told`: and what follows from that was told.
    """

    live: bool
    beyond: bool
    told: bool


class StateComparison:
    """The comparison of both topics. `soc.tenants` is read first, and is of one offset of the inbox.

    What stands on `soc.tickets` is of that offset or, beside a worker, of a later one.
    """

    def __init__(self, source: RecordSource, partition: int) -> None:
        self.position = 0
        """The offset of the inbox up to which the state goes."""
        self._settling: dict[bytes, bool] = {}
        self._source, self._partition = source, partition
        self._found: dict[Key, Record] = {}
        self._odd: set[Key] = set()
        self._next = {Topic.TENANTS: 0, Topic.TICKETS: 0}
        self._read()

    @classmethod
    def of(cls, source: RecordSource, partition: int) -> "StateComparison | None":
        """None where there is no state."""
        return cls(source, partition) if source.partitions(Topic.TENANTS) else None

    @property
    def settling(self) -> bool:
        """True while the tickets of a silence that begins or ends are judged, one after the other."""
        return any(self._settling.values())

    @property
    def owed(self) -> int:
        """The offset of the inbox before which all that follows must stand on the topics.

        A record by which a silence begins or ends is not done with when the state has seen it.
        """
        return self.position - 1 if self.position and self.settling else self.position

    @property
    def unsettled(self) -> bool:
        """True while a record differs that a later one of the log may explain."""
        return bool(self._odd)

    def compare(self, given: Mapping[Key, Output]) -> None:
        """Compare with the state at `position`."""
        keys = {*given, *self._found}
        self._odd = {key for key in keys if not _same(key[0], self._value(key), _value_in(given, key))}

    def expect(self, output: Output) -> None:
        """Take in what the log gives behind `position`: a worker may have written it meanwhile."""
        key = output.topic, output.key or b""
        if key in self._odd and _same(key[0], self._value(key), output.value):
            self._odd.remove(key)

    def finish(self, given: Mapping[Key, Output], moment: Moment) -> StateCompared:
        """What was found. `given` is what all that was read of the log gives."""
        if moment.told and not (moment.live and self._moves({self._of_partition})):
            self.compare(given)
        if self._odd and moment.beyond and moment.live:
            self._moves(self._odd.copy())
        same = len({*given, *self._found}) - len(self._odd)
        if not self._odd:
            return StateCompared(records=same)
        first = min(self._odd)
        difference = of_state(Place(first[0], self._partition), given.get(first), self._found.get(first))
        return StateCompared(records=same, differing=len(self._odd), difference=difference)

    def _moves(self, keys: set[Key]) -> bool:
        """Returns whether all `keys` are written anew within the time of a transaction."""
        limit = time.monotonic() + APPEARS_WITHIN_SECONDS
        left = keys
        while left := left - self._read():
            if time.monotonic() > limit:
                return False
            time.sleep(LOOK_SECONDS)
        return True

    @property
    def _of_partition(self) -> Key:
        return Topic.TENANTS, b"partition/%d" % self._partition

    def _value(self, key: Key) -> bytes | None:
        record = self._found.get(key)
        return None if record is None else record.value

    def _read(self) -> set[Key]:
        """Read what is new; returns what was written. That is of a later moment, so it differs no longer."""
        written = set()
        for topic, start in self._next.items():
            if self._partition in self._source.partitions(topic):
                for record in self._source.records(topic, self._partition, start):
                    self._next[topic] = record.offset + 1
                    written.add(self._take(record))
        self._odd -= written
        return written

    def _take(self, record: Record) -> Key:
        key = record.topic, record.key or b""
        self._found.pop(key, None)
        if record.value is not None:
            self._found[key] = record
        if key == self._of_partition:
            self.position = _position_in(record.value) or self.position
        elif key[1].startswith(b"tenant/"):
            self._settling[key[1]] = b'"settles_at":' in (record.value or b"")
        return key


def _position_in(value: bytes | None) -> int | None:
    """None where it is damaged: the comparison tells that."""
    try:
        return _decoder.decode(value or b"{}").position
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _same(topic: Topic, found: bytes | None, given: bytes | None) -> bool:
    """Returns whether two values mean the same: releases before 0.3 wrote of a ticket also what is at its default."""
    if found == given or topic is not Topic.TICKETS or found is None or given is None:
        return found == given
    try:
        return snapshot.encode(snapshot.decode_ticket(found)) == given
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False


def _value_in(given: Mapping[Key, Output], key: Key) -> bytes | None:
    return given[key].value if key in given else None
