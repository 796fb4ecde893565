"""A fold over the inbox of a partition, beside a reading of what was said of it."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tocsin.engine.rules import FIRST_RULES
from tocsin.engine.shard import Shard
from tocsin.engine.snapshot import decode_partition
from tocsin.messages.record import Output, Record, Topic
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec
from tocsin.settings import Settings
from tocsin.verify.beginning import all_records, load, records_behind
from tocsin.verify.checkpoint import Kept, read_checkpoint, write_state
from tocsin.verify.comparison import Comparison, LookAgain, nothing_more
from tocsin.verify.difference import Place
from tocsin.verify.folding import Folding
from tocsin.verify.report import Compared, PartitionReport
from tocsin.verify.state import APPEARS_WITHIN_SECONDS, LOOK_SECONDS, Key, StateCompared

_COMPARED = (Topic.TICKET_EVENTS, Topic.ALERTS)
_SAID_EVERY = 500  # offsets

Advance = Callable[[int], None]
"""Is told of offsets of the inbox that were read."""


class Task(NamedTuple):
    """A partition to be recomputed, for another process.

    `window` is the deduplication window of the workers. `since` is the checkpoint to go on from; into `keep` the state
    is written, unless something differs.
    """

    spec: Spec
    partition: int
    window: int
    since: Path | None = None
    keep: Path | None = None


class Recomputation:
    """The fold, what it gives, and the comparison of what it says with what was said."""

    def __init__(self, task: Task, source: RecordSource) -> None:
        self.given: dict[Key, Output] = {}
        """The state that the log gives so far."""
        self.unjudged: list[str] = []
        """The reasons why not all was judged."""
        self.live = isinstance(task.spec, Settings)
        """True if a cluster is read, and not what was exported of one."""
        self._task, self._source = task, source
        self._shard = Shard(task.partition, task.window, FIRST_RULES)
        self._since, loaded = (None, {}) if task.since is None else load(self._shard, task.since)
        for (topic, key), value in loaded.items():
            self.given[topic, key] = Output(topic, task.partition, key, value, 0)
        self._comparisons = {topic: it for topic in _COMPARED if (it := self._comparison(topic))}
        self.folding = Folding(self._shard, self._since.rules if self._since else FIRST_RULES)

    def records(self, advance: Advance) -> Iterator[Record]:
        """The records of the inbox. Raises `Unreadable`."""
        if self._task.partition not in self._source.partitions(Topic.INBOX):
            return iter(())
        if self._since is None:
            return _watched(all_records(self._source, self._task.partition), advance)
        return _watched(records_behind(self._source, self._shard, self._since), advance)

    def expect(self, outputs: Sequence[Output], *, owed: bool) -> None:
        """Compare what is said in `outputs`; unless it is `owed`, it may not be there yet."""
        for output in outputs:
            if output.topic in self._comparisons:
                self._comparisons[output.topic].expect(output, owed=owed)

    def give(self, outputs: Sequence[Output]) -> Iterator[Output]:
        """Take in what `outputs` are of the state; yields these."""
        for output in outputs:
            if output.topic not in _COMPARED:
                key = output.topic, output.key or b""
                self.given.pop(key, None)
                if output.value is not None:
                    self.given[key] = output
                yield output

    @property
    def said(self) -> int:
        """The number of records that were said as the fold says them."""
        return sum(each.compared for each in self._comparisons.values())

    @property
    def silent(self) -> bool:
        """True if one of the topics has come to its end, or to a difference."""
        return any(each.done for each in self._comparisons.values())

    @property
    def done(self) -> bool:
        """True if nothing more can be compared."""
        return all(each.done for each in self._comparisons.values())

    def finish(self) -> bool:
        """Judge what is left; returns whether the log could be folded to its end."""
        if self.folding.unjudged:
            self.unjudged.append(self.folding.unjudged)
        whole = not self.folding.unjudged and not self.folding.fault
        for each in self._comparisons.values():
            each.finish(whole=whole, complete=self.live)
        return whole

    def kept(self, folder: Path) -> Kept | None:
        """Write the state down, if so far all is as it must be."""
        if len(self._comparisons) < len(_COMPARED) or self.folding.unjudged or self.folding.fault:
            return None
        own = self.given.get((Topic.TENANTS, b"partition/%d" % self._task.partition))
        if own is None or not all(it.holds for it in self._comparisons.values()):
            return None
        state = decode_partition(own.value or b"")
        values = {key: output.value or b"" for key, output in self.given.items()}
        return Kept(
            position=state.position or 0,
            rules=state.rules,
            journal=self._comparisons[Topic.TICKET_EVENTS].next,
            alerts=self._comparisons[Topic.ALERTS].next,
            records=len(values),
            sha256=write_state(folder, self._task.partition, values),
        )

    def report(self, applied: int | None, state: StateCompared | None, kept: Kept | None) -> PartitionReport:
        """What was found."""
        topics = tuple(self._compared(topic, it) for topic, it in self._comparisons.items())
        return PartitionReport(
            partition=self._task.partition,
            since=self._since.position if self._since else None,
            proven=read_checkpoint(self._task.since).proven if self._task.since and self._since else None,
            applied=applied,
            stretches=tuple(self.folding.stretches),
            topics=topics,
            fault=self.folding.fault,
            unjudged=tuple(self.unjudged),
            state=state,
            kept=kept,
        )

    def _comparison(self, topic: Topic) -> Comparison | None:
        partition, partitions = self._task.partition, self._source.partitions(topic)
        if not partitions:
            self.unjudged.append(f"{topic} is not there to be compared.")
            return None
        start = 0
        if self._since is not None:
            start = self._since.journal if topic is Topic.TICKET_EVENTS else self._since.alerts
        place = Place(topic, partition)
        if partition not in partitions:
            return Comparison(place, iter(()), start)
        begin = self._source.extent(topic, partition).begin
        found = self._source.records(topic, partition, start)
        look = self._looking_again(topic) if self.live else nothing_more
        return Comparison(place, found, max(begin, start), begins_later=begin > start, look_again=look)

    def _looking_again(self, topic: Topic) -> LookAgain:
        def look(start: int) -> Iterator[Record]:
            limit = time.monotonic() + APPEARS_WITHIN_SECONDS
            while time.monotonic() < limit:
                found = self._source.records(topic, self._task.partition, start)
                if (first := next(found, None)) is not None:
                    return chain([first], found)
                time.sleep(LOOK_SECONDS)
            return iter(())

        return look

    def _compared(self, topic: Topic, it: Comparison) -> Compared:
        if it.beyond is not None:
            self.unjudged.append(
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
