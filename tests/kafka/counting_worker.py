"""A worker whose stages do nothing but count, so that what the shell did can be read off the topics.

Intake passes every record on to the inbox. The fold over an inbox partition numbers the records of each key, says so
in the journal, keeps the number in the state topic, and has timers: the value `due:<instant>` sets one, whose firing
is an alert. Settings come from the environment.
"""

import asyncio
import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

from aiokafka.partitioner import DefaultPartitioner

from tocsin.domain.instant import Instant
from tocsin.logs import configure
from tocsin.messages.record import Chunk, Output, PipelineStep, Record, Topic
from tocsin.settings import Settings
from tocsin.streams.core.pipeline import Pipeline
from tocsin.streams.core.port import Source
from tocsin.streams.faust.worker import work
from tocsin.web.server import serve

CHUNK_RECORDS = 500


class HaltedError(Exception):
    """The counting intake stops at the value `halt`."""


class PassOn:
    """Intake: every record goes to the inbox, unchanged. The value `halt` halts, `poison` is an accident."""

    def __init__(self, inbox_partitions: int) -> None:
        self._partitions = list(range(inbox_partitions))

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        outputs: list[Output] = []
        position = 0
        for record in records:
            sent = record.value or b""
            if sent == b"halt":
                raise HaltedError("told to")
            if sent == b"poison":
                raise ValueError("nobody expected\nthis")
            size = int(sent.removeprefix(b"large:")) if sent.startswith(b"large:") else 0
            partition = DefaultPartitioner()(record.key, self._partitions, self._partitions)
            value = b"x" * size if size else sent
            outputs.append(Output(Topic.INBOX, partition, record.key, value, record.timestamp))
            position = record.offset + 1
            if len(outputs) >= CHUNK_RECORDS:
                yield Chunk(outputs, position)
                outputs = []
        if outputs:
            yield Chunk(outputs, position)


class Count:
    """The fold: counts by key, and timers. The clock is the greatest stamp seen."""

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.counts: dict[bytes, int] = {}
        self.clock: Instant = 0
        self.due: list[Instant] = []
        self.remembered: list[int] = []
        self.position: int | None = None
        self.deduplication_start: int | None = None

    def load(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        if topic is Topic.TENANTS:
            state = json.loads(value or b"{}")
            self.clock, self.due, self.deduplication_start = state["clock"], state["due"], state["from"]
            self.position = state["position"]
        elif value is None:
            self.counts.pop(key, None)
        else:
            self.counts[key] = int(value)

    def remember(self, record: Record) -> None:
        self.remembered.append(record.offset)

    def finish_restore(self) -> None: ...

    @property
    def next_deadline(self) -> Instant | None:
        return min(self.due, default=None)

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        outputs: list[Output] = []
        for record in records:
            self.clock = max(self.clock, record.timestamp)
            for due in sorted(due for due in self.due if due < self.clock):
                self.due.remove(due)
                outputs.append(self._say(Topic.ALERTS, b"timer", {"due": due, "fired_by": record.timestamp}))
                if len(outputs) >= CHUNK_RECORDS:
                    yield self._chunk(outputs, record.offset)
                    outputs = []
            if record.key is not None:
                outputs += self._count(record, record.key, record.value or b"")
            if len(outputs) >= CHUNK_RECORDS:
                yield self._chunk(outputs, record.offset + 1)
                outputs = []
        yield self._chunk(outputs, record.offset + 1)

    def _count(self, record: Record, key: bytes, value: bytes) -> list[Output]:
        self.deduplication_start = record.offset
        number = self.counts[key] = self.counts.get(key, 0) + 1
        if value.startswith(b"due:"):
            self.due.append(int(value.removeprefix(b"due:")))
        said = {"id": f"{self.partition}:{record.offset}", "n": number, "pid": os.getpid()}
        journal = self._say(Topic.TICKET_EVENTS, key, said)
        return [journal, self._output(Topic.TICKETS, key, b"%d" % number)]

    def _chunk(self, outputs: list[Output], position: int) -> Chunk:
        self.position = position
        state = {"clock": self.clock, "due": self.due, "from": self.deduplication_start, "position": position}
        return Chunk([*outputs, self._say(Topic.TENANTS, b"partition", state)], position)

    def _say(self, topic: Topic, key: bytes, content: dict[str, Any]) -> Output:
        return self._output(topic, key, json.dumps(content).encode())

    def _output(self, topic: Topic, key: bytes, value: bytes) -> Output:
        return Output(topic, self.partition, key, value, self.clock)


def make(source: Source, inbox_partitions: int) -> PipelineStep:
    return Count(source.partition) if source.topic is Topic.INBOX else PassOn(inbox_partitions)


if __name__ == "__main__":
    settings = Settings()
    configure(settings.log_format)
    asyncio.run(work(settings, Pipeline(make, halts=(HaltedError,)), serve))
