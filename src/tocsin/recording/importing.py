"""Makes a cluster of an export again: every record at its offset with its stamp, the state proven by the inbox."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from tocsin.client.errors import ClientError
from tocsin.engine.snapshot import SnapshotTooNew
from tocsin.messages.record import Record, Topic, split_name
from tocsin.recording.files import exported_records
from tocsin.recording.manifest import Manifest, RecordingError, Stretch, read_manifest
from tocsin.recording.placing import place
from tocsin.recording.processes import in_processes
from tocsin.recording.reading import Extent
from tocsin.recording.rebuilding import (
    NotFoldedError,
    Shape,
    State,
    difference,
    fold,
    last_of_each,
    position_in,
)
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.clients import admin_client, listed
from tocsin.streams.kafka.topics import STATE_TOPICS, TOGETHER, TopicSpec


class StateDiffersError(RecordingError):
    """The state that the inbox gives is not the exported one. The message names the first difference."""


class Restored(NamedTuple):
    """The state of a partition as it was imported. `copied` says why it was not folded; empty where it was."""

    partition: int
    records: int
    copied: str


class _Place(NamedTuple):
    settings: Settings
    folder: Path
    name: str
    partition: int
    stretch: Stretch


class _Shard(NamedTuple):
    settings: Settings
    folder: Path
    manifest: Manifest
    partition: int
    as_exported: bool


def complete(folder: Path) -> Manifest:
    """The manifest of an export that a cluster can be made of. Raises `RecordingError` where it cannot."""
    manifest = read_manifest(folder)
    missing = sorted(topic for topic in Topic if topic.by_worker and topic not in manifest.topics)
    if not manifest.whole or missing:
        what = f"it lacks {', '.join(missing)}" if missing else "some topics or times were left out"
        raise RecordingError(f"{folder} is no export of a whole cluster: {what}. It can be read, not imported")
    if not manifest.at_rest:
        raise RecordingError(
            f"{folder} was exported while workers wrote, so inbox, journal and state may not go equally far. Take the "
            "export before it; or where the cluster still stands, export again with the workers stopped"
        )
    counts = {len(manifest.topics[topic].partitions) for topic in TOGETHER}
    if len(counts) > 1:
        raise RecordingError(f"{folder}: the topics of the workers have different numbers of partitions")
    return manifest


async def prepare(settings: Settings, manifest: Manifest) -> None:
    """Make the topics, in which nothing is deleted yet and writers give the stamps: no worker starts on them.

    Raises `ClientError` where there are some, or as Kafka.
    """
    specs = _specifications(settings, manifest)
    async with admin_client(settings) as admin:
        present = sorted({spec.name for spec in specs} & await listed(admin))
        configs = await topics.configs(admin, present) if present else {}
    if present:
        inbox = configs.get(settings.topic(Topic.INBOX), {})
        unfinished = inbox.get("message.timestamp.type") == "CreateTime"
        raise ClientError(
            f"An import makes its topics itself, and {', '.join(present)} exist at {settings.bootstrap}. "
            + (_UNFINISHED if unfinished else "Name another --topic-prefix, or other brokers.")
        )
    await topics.create_as(settings, [topics.for_import(spec) for spec in specs])


_UNFINISHED = (
    "The stamps of that inbox are given by its writers: it is of an import that did not end, or of `tocsin dev`. To "
    "begin again delete these topics (kafka-topics.sh --delete --topic NAME), and say the same."
)


def fill(settings: Settings, folder: Path, manifest: Manifest, advance: Callable[[int], None]) -> None:
    """Write every record but those of the state. Raises `RecordingError`, or as Kafka."""
    places = [
        _Place(settings, folder, name, number, stretch)
        for name, topic in manifest.topics.items()
        if name not in STATE_TOPICS
        for number, stretch in topic.partitions.items()
    ]
    places.sort(key=lambda it: it.stretch.begin - it.stretch.end)
    in_processes(_fill, places, advance)
    asyncio.run(_delete_before(settings, places))


def _fill(task: _Place) -> None:
    extent = Extent(task.stretch.begin, task.stretch.end)
    records = exported_records(task.folder, task.name, task.partition, task.stretch)
    asyncio.run(place(task.settings, task.settings.name_here(task.name), task.partition, records, extent))


async def _delete_before(settings: Settings, places: list[_Place]) -> None:
    begun = {
        TopicPartition(settings.name_here(it.name), it.partition): RecordsToDelete(it.stretch.begin)
        for it in places
        if it.stretch.begin
    }
    if begun:
        async with admin_client(settings) as admin:
            await admin.delete_records(begun)


def restore(
    settings: Settings, folder: Path, manifest: Manifest, *, as_exported: bool, advance: Callable[[int], None]
) -> list[Restored]:
    """Write the state of each partition: what its inbox gives, equal to what was exported; or as it was exported.

    Raises `StateDiffersError`, `RecordingError`, or as Kafka.
    """
    inbox = manifest.topics[Topic.INBOX].partitions
    shards = [_Shard(settings, folder, manifest, number, as_exported) for number in sorted(inbox)]
    return in_processes(_restore, shards, advance)


def _restore(task: _Shard) -> Restored:
    exported = last_of_each(record for topic in STATE_TOPICS for record in _records(task, topic))
    try:
        position = position_in(exported, task.partition)
    except SnapshotTooNew as error:
        raise RecordingError(f"{Topic.TENANTS}/{task.partition}: {error}") from None
    copied = ""
    if task.as_exported:
        copied = "asked for"
    elif position is not None:
        copied = _check(task, exported, position)
    for topic in STATE_TOPICS:
        records = [it for it in exported.values() if it.topic is topic]
        numbered = [record._replace(offset=number) for number, record in enumerate(records)]
        name = task.settings.topic(topic)
        asyncio.run(place(task.settings, name, task.partition, numbered, Extent(0, len(numbered))))
    return Restored(task.partition, len(exported), copied)


def _check(task: _Shard, exported: State, position: int) -> str:
    """Why the state cannot be folded, empty where it was. Raises `StateDiffersError` where the fold gives another."""
    inbox = task.manifest.topics[Topic.INBOX].partitions
    if inbox[task.partition].begin:
        return f"the inbox begins at offset {inbox[task.partition].begin}: what stood before was deleted by age"
    shape = Shape(task.partition, len(inbox), task.settings.deduplication_window)
    try:
        folded = fold(shape, _records(task, Topic.INBOX), position)
    except NotFoldedError as error:
        return str(error)
    if (found := difference(exported, folded)) is not None:
        raise StateDiffersError(f"The state of partition {task.partition} is not what its inbox gives. {found}")
    return ""


def _records(task: _Shard, topic: Topic) -> Iterator[Record]:
    return exported_records(task.folder, topic, task.partition, task.manifest.topics[topic].partitions[task.partition])


async def open_for_workers(settings: Settings, manifest: Manifest) -> None:
    """Give the topics what is set for good: the broker stamps the inbox, and deletes by age. Raises as Kafka."""
    await topics.configure(settings, _specifications(settings, manifest))


def _specifications(settings: Settings, manifest: Manifest) -> list[TopicSpec]:
    own = [name for name in manifest.topics if split_name(name)[1]]
    exported: Mapping[str, TopicSpec] = {
        settings.default_name(spec.name): spec
        for spec in topics.specifications(settings.model_copy(update={"sent_topic": True}), own)
    }
    return [
        exported[name]._replace(partitions=len(topic.partitions), config=exported[name].config | topic.config)
        for name, topic in manifest.topics.items()
    ]
