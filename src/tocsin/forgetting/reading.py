"""All records of a cluster or of a copy, partition by partition, in the order in which a search wants them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tocsin.forgetting.search import in_order
from tocsin.messages.record import Record, split_name
from tocsin.recording.files import records_in
from tocsin.recording.manifest import read_manifest
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec


class Stretch(NamedTuple):
    """One partition of a topic by its default name; a recorded file is one stretch without a name."""

    name: str
    partition: int


def names_in_copy(path: Path) -> list[str]:
    """The default names of the topics in an export; none for a recorded file, which does not say."""
    return list(read_manifest(path).topics) if path.is_dir() else []


def stretches(source: RecordSource, names: list[str]) -> Iterator[Stretch]:
    """The partitions of these topics, those first that tell the tickets of others."""
    for name in in_order(names):
        topic, own = split_name(name)
        yield from (Stretch(name, partition) for partition in source.partitions(topic, own))


def records_of(spec: Spec, source: RecordSource, stretch: Stretch) -> Iterator[Record]:
    """The records of one stretch."""
    if isinstance(spec, Path) and not spec.is_dir():
        return records_in(spec)
    topic, own = split_name(stretch.name)
    return source.records(topic, stretch.partition, own=own)


def size_of(source: RecordSource, stretch: Stretch) -> int:
    """The number of offsets in one stretch, which is about that of its records."""
    topic, own = split_name(stretch.name)
    extent = source.extent(topic, stretch.partition, own)
    return extent.end - extent.begin
