"""The pipeline without a broker: from recorded lines to the records that a worker would write.

A file holds either lines of input topics, which go through intake into one shard, or lines of `soc.inbox`, which go
to one shard for each partition, as they went to the worker.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from tocsin.domain.instant import HOUR, Instant
from tocsin.engine.counters import Counters
from tocsin.engine.rules import FIRST_RULES, RULES, OtherRules
from tocsin.engine.shard import Shard
from tocsin.engine.shard_state import NoContract
from tocsin.messages import inbox
from tocsin.messages.intake import Intake, Limits, is_adoption
from tocsin.messages.known_tenants import Tenants
from tocsin.messages.record import INPUT_TOPICS, Chunk, Output, Record, Topic
from tocsin.messages.sent import Sent
from tocsin.replay.line import Line, LineError

ENDLESS_HOURS = 24
"""The time after the last input until which an endless repetition is run."""

_BATCH = 1_000
_SHOWN = (Topic.TICKET_EVENTS, Topic.ALERTS)
_FAR = 2**62


class Unreplayable(ValueError):  # noqa: N818  # says what is the matter with the file
    """The fold cannot go on from a record of the inbox; the message names its partition and offset."""


@dataclass
class Summary:
    """The counts of a replay.

    `inputs` = `accepted` + `duplicates` + `dead_letters` + `ignored`;
    `accepted` = `tickets_opened` + `joined` + `noted`.
    """

    inputs: int = 0
    accepted: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    ignored: int = 0
    tickets_opened: int = 0
    joined: int = 0
    noted: int = 0
    alerts: dict[str, int] = field(default_factory=dict)


class Folding(Protocol):
    """The fold over one partition: a `Shard`, or what stands in its place."""

    @property
    def counters(self) -> Counters:
        """The counts of the records that it has folded."""
        ...

    @property
    def next_deadline(self) -> Instant | None:
        """The time at which the next timer is due."""
        ...

    def cut_repeats_after(self, horizon: Instant) -> None:
        """From here on steps that repeat without end are not repeated after `horizon`."""
        ...

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        """Apply `records` in order; see `PipelineStep`."""
        ...


MakeFolding = Callable[[int, int], Folding]
"""Makes the fold over the partition of that number, which begins by rules of that version."""


def shard_of(partition: int, rules: int) -> Folding:
    """The shard itself."""
    return Shard(partition, rules=rules)


class Replay(Protocol):
    """A fold over the lines of a file. The outputs of a line come in the order in which a worker would write them."""

    def feed(self, line: Line, number: int) -> Iterator[Output]:
        """Apply the line of that number. Raises `LineError`, or `Unreplayable`."""
        ...

    def finish(self) -> Iterator[Output]:
        """Apply what is pending, and run the clock to where it ends. Raises `Unreplayable`."""
        ...

    @property
    def cut(self) -> bool:
        """True if an endless repetition was cut off."""
        ...

    def summary(self) -> Summary:
        """The counts; complete after `finish`."""
        ...


class InputReplay:
    """Lines of input topics. The clock runs to `until`, or on until no deadline is left."""

    def __init__(self, tenants: Tenants, until: Instant | None = None, make: MakeFolding = shard_of) -> None:
        self.cut = False
        self._until = until
        sent = Sent.PROVEN if tenants.authserv_ids else Sent.AS_RECORDED
        self._intake = Intake(tenants, inbox_partitions=1, limits=Limits(sent=sent))
        self._shard = make(0, RULES)
        self._clock: Instant = 0
        self._offset = 0
        self._pending: list[Record] = []
        self._adopted: set[bytes | None] = set()
        self._inputs = 0
        self._dead_letters = 0
        self._additions = 0  # records that are no lines: adoptions by intake, and ticks

    def feed(self, line: Line, number: int) -> Iterator[Output]:
        """Apply the line; one that was recorded after `until` is left out."""
        if line.topic not in INPUT_TOPICS:
            raise LineError(f"{line.topic} in a file of input topics")
        self._clock = max(self._clock, line.recorded_at)
        if self._until is not None and self._clock > self._until:
            return
        for output in self._judged(_record(line, number)):
            if output.topic is Topic.INBOX:
                self._append(output.key, output.value)
            else:
                self._dead_letters += 1
                yield from self._flush()
                yield output
        if len(self._pending) >= _BATCH:
            yield from self._flush()

    def finish(self) -> Iterator[Output]:
        """Run the clock on; a step that repeats without end is cut off `ENDLESS_HOURS` after the last input."""
        yield from self._flush()
        if self._until is not None:
            yield from self._tick(self._until)
            return
        self._shard.cut_repeats_after(self._clock + ENDLESS_HOURS * HOUR)
        while (due := self._shard.next_deadline) is not None:
            yield from self._tick(due + HOUR)  # by the timer law any tick after `due` gives the same outputs
        self._shard.cut_repeats_after(_FAR)
        self.cut = self._shard.next_deadline is not None

    def summary(self) -> Summary:
        """The counts so far."""
        summary = _summary([self._shard.counters], self._additions)
        summary.inputs, summary.dead_letters = self._inputs, self._dead_letters
        summary.ignored = self._intake.ignored.total()
        summary.inputs += summary.ignored
        return summary

    def _judged(self, record: Record) -> Iterator[Output]:
        """The outputs of intake for a record: a record of the inbox or a dead letter for each input that it holds.

        Before a tenant's first one stands its adoption. An input that is ignored has none.
        """
        for output in (output for chunk in self._intake.fold([record]) for output in chunk.outputs):
            if not is_adoption(output):
                self._inputs += 1
            elif output.key in self._adopted:  # intake forgets tenants when there are very many
                continue
            else:
                self._adopted.add(output.key)
                self._additions += 1
            yield output

    def _append(self, key: bytes | None, value: bytes | None) -> None:
        self._pending.append(Record(Topic.INBOX, 0, self._offset, self._clock, key, value))
        self._offset += 1

    def _tick(self, at: Instant) -> Iterator[Output]:
        self._clock = at
        self._additions += 1
        self._append(None, inbox.TICK)
        yield from self._flush()

    def _flush(self) -> Iterator[Output]:
        pending, self._pending = self._pending, []
        yield from _said(self._shard, pending)


class InboxReplay:
    """Lines of `soc.inbox`. Each partition's clock stops at its last stamp, or at `until`."""

    cut = False

    def __init__(self, until: Instant | None = None, make: MakeFolding = shard_of) -> None:
        self._until = until
        self._make = make
        self._shards: dict[int, Folding] = {}
        self._next_offsets: Counter[int] = Counter()
        self._clocks: Counter[int] = Counter()
        self._pending: list[Record] = []
        self._inputs = 0
        self._additions = 0

    def feed(self, line: Line, number: int) -> Iterator[Output]:
        """Apply the line; one that was recorded after `until` is left out."""
        if line.topic is not Topic.INBOX:
            raise LineError(f"{line.topic} in a file of {Topic.INBOX}")
        partition = line.partition or 0
        self._clocks[partition] = max(self._clocks[partition], line.recorded_at)
        if self._until is not None and self._clocks[partition] > self._until:
            return
        if self._pending and (self._pending[0].partition != partition or len(self._pending) >= _BATCH):
            yield from self._flush()
        self._inputs += 1
        self._append(line, partition)

    def finish(self) -> Iterator[Output]:
        """Stop the clocks where they stand, or run each of them to `until`."""
        yield from self._flush()
        if self._until is None:
            return
        for partition in sorted(self._shards):
            self._additions += 1
            tick = Record(Topic.INBOX, partition, self._next_offsets[partition], self._until, None, inbox.TICK)
            yield from _said(self._shards[partition], [tick])

    def summary(self) -> Summary:
        """The counts so far."""
        summary = _summary([shard.counters for shard in self._shards.values()], self._additions)
        summary.inputs = self._inputs
        return summary

    def _append(self, line: Line, partition: int) -> None:
        offset = self._next_offsets[partition] if line.offset is None else line.offset
        self._next_offsets[partition] = offset + 1
        self._pending.append(
            Record(Topic.INBOX, partition, offset, line.recorded_at, line.key, line.value, line.headers)
        )

    def _flush(self) -> Iterator[Output]:
        pending, self._pending = self._pending, []
        if pending:
            partition = pending[0].partition
            if partition not in self._shards:
                self._shards[partition] = self._make(partition, FIRST_RULES)
            yield from _said(self._shards[partition], pending)


def _record(line: Line, number: int) -> Record:
    """The record of an input topic in `line`; without an offset in it, the line number is the offset."""
    offset = number if line.offset is None else line.offset
    partition = line.partition or 0
    return Record(line.topic, partition, offset, line.recorded_at, line.key, line.value, line.headers, line.own)


def _said(shard: Folding, records: list[Record]) -> Iterator[Output]:
    """The journal events and alerts that follow from `records`."""
    try:
        for chunk in shard.fold(records):
            yield from (output for output in chunk.outputs if output.topic in _SHOWN)
    except (NoContract, OtherRules, ValueError) as error:
        raise Unreplayable(str(error)) from error


def _summary(shards: Iterable[Counters], additions: int) -> Summary:
    """The counts of `shards` without the `additions`, which all count as noted."""
    summary, alerts = Summary(noted=-additions), Counter[str]()
    for counters in shards:
        summary.duplicates += counters.duplicates
        summary.tickets_opened += counters.tickets_opened
        summary.joined += counters.joined
        summary.noted += counters.noted
        alerts.update(counters.alerts)
    summary.accepted = summary.tickets_opened + summary.joined + summary.noted
    summary.alerts = {str(kind): alerts[kind] for kind in sorted(alerts)}
    return summary
