"""What follows from one partition of an inbox that was laid out anew, written as an export of it."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from tocsin.domain.instant import Instant
from tocsin.engine.rules import FIRST_RULES, OtherRules
from tocsin.engine.shard import Shard
from tocsin.engine.shard_state import NoContract
from tocsin.messages.partitioning import partition_of
from tocsin.messages.record import Output, Record, Topic
from tocsin.recording.files import exported_records, records_in
from tocsin.recording.line_file import LineFile
from tocsin.recording.manifest import Manifest, RecordingError, Stretch
from tocsin.recording.outcome import Outcome
from tocsin.recording.processes import done
from tocsin.replay import line
from tocsin.streams.kafka.topics import STATE_TOPICS

TOLD = (Topic.TICKET_EVENTS, Topic.ALERTS)
"""The topics on which workers tell what they have decided."""

_BATCH = 1_000


class Work(NamedTuple):
    """Which export becomes which folder, on how many partitions, folded by which deduplication window."""

    old: Path
    manifest: Manifest
    new: Path
    partitions: int
    window: int

    def records(self, name: str, partition: int) -> Iterator[Record]:
        """The records of a partition of the export. Raises `RecordingError`."""
        return exported_records(self.old, name, partition, self.manifest.topics[name].partitions[partition])

    def compares(self, topic: Topic) -> bool:
        """True if the export has all that `topic` ever told; what was deleted by age nothing can be compared with."""
        return not any(stretch.begin for stretch in self.manifest.topics[topic].partitions.values())

    def file(self, name: str, partition: int) -> Path:
        """The file of a partition in the new folder."""
        return self.new / name / f"{partition}.jsonl{'.zst' if self.manifest.packed else ''}"


class Laid(NamedTuple):
    """A partition, old or new. `clocks` are those of the old ones; alerts stamped before `kept_since` are not kept."""

    work: Work
    clocks: dict[int, Instant]
    kept_since: Instant
    partition: int

    def clock_of(self, tenant: str) -> Instant:
        """How far the clock of the tenant's old partition had come."""
        old = self.work.manifest.topics[Topic.INBOX].partitions
        return self.clocks.get(partition_of(tenant.encode(), len(old)), -1)


class Refolded(NamedTuple):
    """What was written of a new partition, what it tells of tenants, and the offset of each alert by its id."""

    stretches: dict[Topic, Stretch]
    outcome: Outcome
    places: dict[str, int]


class _Named(msgspec.Struct):
    id: str


_name_of = msgspec.json.Decoder(_Named).decode


def refolded(task: Laid) -> Refolded:
    """Write journal, alerts and state of a new partition, whose inbox is written already. Raises `RecordingError`."""
    with ExitStack() as stack:
        files = {
            topic: stack.enter_context(LineFile(task.work.file(topic, task.partition)))
            for topic in (*TOLD, *STATE_TOPICS)
        }
        writing = _Writing(task, files)
        for output in _outputs(task):
            writing.take(output)
        writing.write_state()
    return Refolded({topic: stretch_of(file) for topic, file in files.items()}, writing.outcome, writing.places)


def stretch_of(file: LineFile) -> Stretch:
    """The stretch of a file whose partition begins with it."""
    return Stretch(begin=0, end=file.records, records=file.records, sha256=file.digest, last=file.last_digest)


class _Writing:
    """Writes the outputs of a partition as records of their topics."""

    def __init__(self, task: Laid, files: dict[Topic, LineFile]) -> None:
        self.outcome = Outcome()
        self.places: dict[str, int] = {}
        self._task = task
        self._files = files
        self._ends = dict.fromkeys(files, 0)
        self._state: dict[tuple[Topic, bytes], Output] = {}

    def take(self, output: Output) -> None:
        """Write what is told; keep what is state."""
        if output.topic in STATE_TOPICS:
            self._state.pop((output.topic, output.key or b""), None)
            if output.value is not None:
                self._state[output.topic, output.key or b""] = output
        elif output.topic in TOLD:
            self.outcome.take(output.topic, output.value or b"", self._task.clock_of)
            if output.topic is Topic.ALERTS:
                if output.timestamp < self._task.kept_since:
                    return
                self.places[_name_of(output.value or b"").id] = self._ends[output.topic]
            self._write(output)

    def write_state(self) -> None:
        """Write the last record of each key."""
        for output in self._state.values():
            self._write(output)

    def _write(self, it: Output) -> None:
        offset, self._ends[it.topic] = self._ends[it.topic], self._ends[it.topic] + 1
        record = Record(it.topic, self._task.partition, offset, it.timestamp, it.key, it.value, it.headers)
        self._files[it.topic].write(line.write_faithfully(record))


def _outputs(task: Laid) -> Iterator[Output]:
    shard = Shard(task.partition, task.work.window, FIRST_RULES, task.work.partitions)
    records = records_in(task.work.file(Topic.INBOX, task.partition))
    try:
        while batch := list(islice(records, _BATCH)):
            for chunk in shard.fold(batch):
                yield from chunk.outputs
            done(len(batch))
    except (OtherRules, NoContract, ValueError) as error:
        raise RecordingError(f"The inbox as it was laid out anew: {error}") from error
