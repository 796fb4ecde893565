"""Exports topics into a folder: what was written there before is gone on with."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import msgspec

from tocsin.domain.instant import Instant
from tocsin.messages.record import Record, split_name
from tocsin.recording.cluster import ClusterSource
from tocsin.recording.ends import Found
from tocsin.recording.line_file import LineFile
from tocsin.recording.manifest import (
    FRESH,
    MANIFEST,
    ExportedTopic,
    Manifest,
    RecordingError,
    Stretch,
    read_plan,
    write_manifest,
)
from tocsin.recording.processes import done, in_processes
from tocsin.replay import line
from tocsin.settings import Settings
from tocsin.streams.kafka.topics import STATE_TOPICS

_DONE_RECORDS = 1_000
_EARLIEST, _LATEST = -(2**63), 2**63


class Wanted(NamedTuple):
    """What of a cluster is exported: stamps from `since` to `until`, of some topics or all; and how it is written."""

    all_topics: bool
    since: Instant | None
    until: Instant | None
    packed: bool

    @property
    def whole(self) -> bool:
        """True if no record is left out."""
        return self.all_topics and self.since is None and self.until is None


class _Task(NamedTuple):
    settings: Settings
    file: Path
    name: str
    partition: int
    begin: int
    end: int
    since: Instant
    until: Instant


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder, and keep other exports out of it. Raises `RecordingError` where one is at work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise RecordingError(f"{folder} cannot be written to: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RecordingError(f"Another export writes to {folder}.") from None
    finally:
        os.close(handle)


def before(folder: Path, wanted: Wanted) -> Manifest | None:
    """The manifest of an earlier export into `folder`. Raises `RecordingError` where this one cannot go on from it."""
    if not (folder / MANIFEST).exists():
        if any(it.name != FRESH for it in folder.iterdir()):  # that is left where the disk was full at once
            raise RecordingError(f"{folder} is not empty, and holds no export: name another folder")
        return None
    manifest = read_plan(folder)
    if wanted != (manifest.all_topics, manifest.since, manifest.until, manifest.packed):
        raise RecordingError(f"{folder} holds an export with other options: say the same again, or name another folder")
    return manifest


class Work(NamedTuple):
    """An export: of which cluster, into which folder, of what, and when it was asked for (RFC 3339)."""

    settings: Settings
    folder: Path
    wanted: Wanted
    at: str


def export(work: Work, found: Found, earlier: Manifest | None, advance: Callable[[int], None]) -> Manifest:
    """Bring the folder up to the ends that were `found`; its manifest. Raises `RecordingError`, or as Kafka.

    The state topics are written anew each time: what was deleted meanwhile, and forgotten since, must not live on.
    """
    plan = _plan(work, found, earlier)
    for name in STATE_TOPICS:
        for file in (work.folder / name).glob("*"):
            file.unlink()
    write_manifest(work.folder, plan)
    tasks = list(_tasks(work, plan))
    places = [(task.name, task.partition) for task in tasks]
    stretches = dict(zip(places, in_processes(_export, tasks, advance), strict=True))
    topics = {
        name: ExportedTopic(partitions={n: stretches[name, n] for n in topic.partitions}, config=topic.config)
        for name, topic in plan.topics.items()
    }
    manifest = msgspec.structs.replace(plan, finished=True, topics=topics)
    write_manifest(work.folder, manifest)
    return manifest


def _plan(work: Work, found: Found, earlier: Manifest | None) -> Manifest:
    """What the folder will hold. Raises `RecordingError` where what it holds is of another log."""
    topics = {}
    for name in earlier.topics if earlier else ():
        if name not in found.topics:
            raise RecordingError(f"{work.folder} holds {name} as well: ask for it, too, or name another folder")
    for name, topic in found.topics.items():
        known = earlier.topics.get(name) if earlier and split_name(name)[0] not in STATE_TOPICS else None
        partitions = {}
        for number, (begin, end) in topic.extents.items():
            held = known.partitions.get(number) if known else None
            if held and end < held.end:
                raise RecordingError(
                    f"{name}/{number} ends at offset {end}, and the folder has records up to {held.end}: it is of "
                    "another log. Name another folder"
                )
            partitions[number] = Stretch(begin=held.begin if held else begin, end=end, records=0)
        topics[name] = ExportedTopic(partitions=partitions, config=dict(topic.config))
    return Manifest(
        **work.wanted._asdict(),
        release=version("tocsin"),
        at=work.at,
        finished=False,
        at_rest=found.at_rest,
        topics=topics,
    )


def _tasks(work: Work, plan: Manifest) -> Iterator[_Task]:
    """State first, before it changes; then the longest stretches."""
    end = ".jsonl.zst" if plan.packed else ".jsonl"
    since = _EARLIEST if plan.since is None else plan.since
    until = _LATEST if plan.until is None else plan.until
    places = [(name, number, it) for name, topic in plan.topics.items() for number, it in topic.partitions.items()]
    places.sort(key=lambda it: (split_name(it[0])[0] not in STATE_TOPICS, it[2].begin - it[2].end))
    for name, number, stretch in places:
        file = work.folder / name / f"{number}{end}"
        yield _Task(work.settings, file, name, number, stretch.begin, stretch.end, since, until)


def _export(task: _Task) -> Stretch:
    with LineFile(task.file) as file, ClusterSource(task.settings) as source:
        start = task.begin
        if file.last:
            start = _gone_on_with(task, file.last, source)
        _require(task, start, source)
        counted = task.begin
        for record in _records(task, start, source):
            if task.since <= record.timestamp <= task.until:
                file.write(line.write_faithfully(record))
            if record.offset - counted >= _DONE_RECORDS:
                done(record.offset - counted)
                counted = record.offset
        done(task.end - counted)
    return Stretch(begin=task.begin, end=task.end, records=file.records, sha256=file.digest, last=file.last_digest)


def _records(task: _Task, start: int, source: ClusterSource) -> Iterator[Record]:
    if start >= task.end:
        return
    topic, own = split_name(task.name)
    for record in source.records(topic, task.partition, start, own):
        if record.offset >= task.end:
            return
        yield record


def _require(task: _Task, start: int, source: ClusterSource) -> None:
    """Raise `RecordingError` where records from `start` on are gone."""
    topic, own = split_name(task.name)
    begin = source.extent(topic, task.partition, own).begin
    if start < min(begin, task.end) and topic not in STATE_TOPICS:
        raise RecordingError(
            f"{task.name}/{task.partition} begins at offset {begin}, the folder has it up to {start}: what "
            "stands between is gone. Begin another folder, and keep this one"
        )


def _gone_on_with(task: _Task, last: bytes, source: ClusterSource) -> int:
    """The offset behind the last line of the file. Raises `RecordingError` where the log holds another record there."""
    held = line.read(last)
    offset = held.offset or 0
    topic, own = split_name(task.name)
    same = next(source.records(topic, task.partition, offset, own), None)
    if same is not None and same.offset == offset and line.write_faithfully(same) != last:
        raise RecordingError(
            f"{task.file} holds records of another log: offset {offset} is not the same. Name another folder"
        )
    return offset + 1
