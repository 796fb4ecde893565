"""The verification of one partition: a fold over its inbox, beside a reading of what was said of it."""

import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from tocsin.engine.rules import FIRST_RULES
from tocsin.engine.shard import Shard
from tocsin.engine.snapshot import decode_partition
from tocsin.messages.record import Output, Record, Topic
from tocsin.recording.processes import done
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec, opened_source
from tocsin.settings import Settings
from tocsin.verify.applied import owed_up_to
from tocsin.verify.beginning import Unreadable, all_records, load, records_behind
from tocsin.verify.checkpoint import Kept, read_checkpoint, write_state
from tocsin.verify.comparison import Comparison, LookAgain, nothing_more
from tocsin.verify.difference import Place
from tocsin.verify.folding import Folding
from tocsin.verify.report import Compared, PartitionReport

_COMPARED = (Topic.TICKET_EVENTS, Topic.ALERTS)
_EVERYTHING = 2**63 - 1
_SAID_EVERY = 500  # offsets
_APPEARS_WITHIN_SECONDS = 20.0  # twice as long as a transaction may last
_LOOK_SECONDS = 0.5

Advance = Callable[[int], None]
"""Is told of offsets of the inbox that were read."""


class Task(NamedTuple):
    """A partition to be verified, for another process.

    `window` is the deduplication window of the workers. `since` is the checkpoint to go on from; into `keep` the state
    is written, unless something differs.
    """

    spec: Spec
    partition: int
    window: int
    since: Path | None = None
    keep: Path | None = None


def verify_partition(task: Task, advance: Advance) -> PartitionReport:
    """Verify a partition. Raises as `opened_source`, or `CheckpointError`."""
    began = time.monotonic()
    with opened_source(task.spec) as source:
        report = _Verification(task, source).run(advance)
    return msgspec.structs.replace(report, seconds=round(time.monotonic() - began, 3))


def verified(task: Task) -> PartitionReport:
    """As `verify_partition`, in a process of `in_processes`."""
    return verify_partition(task, done)


class _Verification:
    """Reads in an order in which each reading holds all that the one before it follows from.

    What the state has seen was said on the topics, and what was said follows from the inbox.
    """

    def __init__(self, task: Task, source: RecordSource) -> None:
        self._task, self._source = task, source
        self._owed = owed_up_to(source, task.partition)
        self._shard = Shard(task.partition, task.window, FIRST_RULES)
        self._since, self._state = (None, {}) if task.since is None else load(self._shard, task.since)
        self._unjudged: list[str] = []
        self._kept: Kept | None = None
        self._comparisons = {topic: it for topic in _COMPARED if (it := self._comparison(topic))}
        self._folding = Folding(self._shard, self._since.rules if self._since else FIRST_RULES)

    def run(self, advance: Advance) -> PartitionReport:
        try:
            self._compare(_watched(self._records(), advance))
        except Unreadable as error:
            self._unjudged.append(str(error))
        topics = tuple(self._compared(topic, it) for topic, it in self._comparisons.items())
        return PartitionReport(
            partition=self._task.partition,
            since=self._since.position if self._since else None,
            proven=read_checkpoint(self._task.since).proven if self._task.since and self._since else None,
            applied=self._owed,
            stretches=tuple(self._folding.stretches),
            topics=topics,
            fault=self._folding.fault,
            unjudged=tuple(self._unjudged),
            kept=self._kept,
        )

    def _records(self) -> Iterator[Record]:
        if self._task.partition not in self._source.partitions(Topic.INBOX):
            return iter(())
        if self._since is None:
            return all_records(self._source, self._task.partition)
        return records_behind(self._source, self._shard, self._since)

    def _compare(self, records: Iterator[Record]) -> None:
        border = _EVERYTHING if self._owed is None else self._owed
        past = False
        for outputs, owed in self._folding.fold(records, border):
            if not owed and not past:
                past = self._keep()
            for output in outputs:
                self._take(output, owed=owed)
            if all(each.done for each in self._comparisons.values()):
                break
        if not past:
            self._keep()
        if self._folding.unjudged:
            self._unjudged.append(self._folding.unjudged)
        whole = not self._folding.unjudged and not self._folding.fault
        for each in self._comparisons.values():
            each.finish(whole=whole, complete=isinstance(self._task.spec, Settings))

    def _take(self, output: Output, *, owed: bool) -> None:
        comparison = self._comparisons.get(output.topic)
        if comparison is not None:
            comparison.expect(output, owed=owed)
        elif output.topic not in _COMPARED and self._task.keep is not None:
            place = output.topic, output.key or b""
            if output.value is None:
                self._state.pop(place, None)
            else:
                self._state[place] = output.value

    def _keep(self) -> bool:
        """Write the state down, if so far all is as it must be; returns True."""
        if self._task.keep is None or len(self._comparisons) < len(_COMPARED):
            return True
        if self._folding.unjudged or self._folding.fault or not all(it.holds for it in self._comparisons.values()):
            return True
        number = self._task.partition
        value = self._state.get((Topic.TENANTS, b"partition/%d" % number))
        if value is None:
            return True  # nothing was folded
        state = decode_partition(value)
        self._kept = Kept(
            position=state.position or 0,
            rules=state.rules,
            journal=self._comparisons[Topic.TICKET_EVENTS].next,
            alerts=self._comparisons[Topic.ALERTS].next,
            records=len(self._state),
            sha256=write_state(self._task.keep, number, self._state),
        )
        return True

    def _comparison(self, topic: Topic) -> Comparison | None:
        partition, partitions = self._task.partition, self._source.partitions(topic)
        if not partitions:
            self._unjudged.append(f"{topic} is not there to be compared.")
            return None
        start = 0
        if self._since is not None:
            start = self._since.journal if topic is Topic.TICKET_EVENTS else self._since.alerts
        place = Place(topic, partition)
        if partition not in partitions:
            return Comparison(place, iter(()), start)
        begin = self._source.extent(topic, partition).begin
        found = self._source.records(topic, partition, start)
        look = self._looking_again(topic) if isinstance(self._task.spec, Settings) else nothing_more
        return Comparison(place, found, max(begin, start), begins_later=begin > start, look_again=look)

    def _looking_again(self, topic: Topic) -> LookAgain:
        def look(start: int) -> Iterator[Record]:
            limit = time.monotonic() + _APPEARS_WITHIN_SECONDS
            while time.monotonic() < limit:
                found = self._source.records(topic, self._task.partition, start)
                if (first := next(found, None)) is not None:
                    return chain([first], found)
                time.sleep(_LOOK_SECONDS)
            return iter(())

        return look

    def _compared(self, topic: Topic, it: Comparison) -> Compared:
        if it.beyond is not None:
            self._unjudged.append(
                f"{topic} goes on at offset {it.beyond} with what follows from nothing in {Topic.INBOX} as it was read "
                "here: either that was exported earlier, or this was added."
            )
        return Compared(
            topic=topic,
            records=it.compared,
            begin=it.begin,
            forgotten=it.forgotten,
            beyond=it.beyond,
            difference=it.difference,
        )


def _watched(records: Iterator[Record], advance: Advance) -> Iterator[Record]:
    """The same records, said to whoever watches."""
    said = None
    for record in records:
        if said is None:
            said = record.offset
        if record.offset - said >= _SAID_EVERY:
            advance(record.offset - said)
            said = record.offset
        yield record
