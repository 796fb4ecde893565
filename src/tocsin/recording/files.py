"""Reads recorded files: one of lines of any topics, or a folder of an export."""

import io
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import zstandard

from tocsin.messages.record import Record, Topic, name_of
from tocsin.recording.manifest import MANIFEST, RecordingError, Stretch, file_of, read_manifest
from tocsin.recording.reading import Extent
from tocsin.replay import line
from tocsin.replay.line import LINE_BYTES_MAX, LineError

_BUFFER_BYTES = 1024 * 1024


def opened_lines(path: Path) -> BinaryIO:
    """The file of lines, unpacked where its name ends with `.zst`."""
    file = path.open("rb")
    if path.suffix != ".zst":
        return file
    unpacked = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True, closefd=True)
    return io.BufferedReader(unpacked, _BUFFER_BYTES)


def records_in(path: Path, see: Callable[[bytes], None] = lambda _text: None) -> Iterator[Record]:
    """The records of a file, in the order of its lines. Raises `RecordingError`.

    A line that names no offset has the one behind the line before it of its partition. `see` is shown each line.
    """
    following = Counter[tuple[str, int]]()
    number = 0
    with opened_lines(path) as file:
        while text := file.readline(LINE_BYTES_MAX + 1):
            number += 1
            see(text)
            if not text.strip():
                continue
            try:
                found = line.read(text)
            except LineError as error:
                raise RecordingError(f"{path}, line {number}: {error}") from error
            partition = found.partition or 0
            place = (f"{found.topic}{found.own}", partition)
            offset = following[place] if found.offset is None else found.offset
            following[place] = offset + 1
            yield Record(
                found.topic, partition, offset, found.recorded_at, found.key, found.value, found.headers, found.own
            )


def exported_records(folder: Path, name: str, partition: int, stretch: Stretch) -> Iterator[Record]:
    """The records of a partition of an export. Raises `RecordingError` at the end where they are not what was exported.

    `name` is the default name of the topic.
    """
    lines, count = sha256(), 0
    path = file_of(folder, name, partition)
    for record in records_in(path, lines.update):
        if (record.name, record.partition) != (name, partition):
            raise RecordingError(f"{path} holds a record of {record.name}/{record.partition}")
        count += 1
        yield record
    if (count, lines.hexdigest()) != (stretch.records, stretch.sha256):
        raise RecordingError(f"{path} is not what was exported: the {MANIFEST} has another SHA-256 of its lines")


class FileSource:
    """A file of recorded lines of any topics and partitions. Each reading goes through all of it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def partitions(self, topic: Topic, own: str = "") -> list[int]:
        """The partitions of `topic` that the file has records of."""
        return sorted(partition for name, partition in self._extents if name == name_of(topic, own))

    def extent(self, topic: Topic, partition: int, own: str = "") -> Extent:
        """The offsets of the first and behind the last record."""
        return self._extents.get((name_of(topic, own), partition), Extent(0, 0))

    def records(self, topic: Topic, partition: int, start: int = 0, own: str = "") -> Iterator[Record]:
        """The records of the partition, in the order of their lines."""
        for record in records_in(self._path):
            if (record.topic, record.partition, record.own) == (topic, partition, own) and record.offset >= start:
                yield record

    @cached_property
    def _extents(self) -> dict[tuple[str, int], Extent]:
        found: dict[tuple[str, int], Extent] = {}
        for record in records_in(self._path):
            place = (record.name, record.partition)
            begin, end = found.get(place, (record.offset, 0))
            found[place] = Extent(min(begin, record.offset), max(end, record.offset + 1))
        return found


class FolderSource:
    """The folder of an export."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._topics = read_manifest(folder).topics

    def partitions(self, topic: Topic, own: str = "") -> list[int]:
        """The partitions of `topic` that were exported."""
        exported = self._topics.get(name_of(topic, own))
        return sorted(exported.partitions) if exported else []

    def extent(self, topic: Topic, partition: int, own: str = "") -> Extent:
        """The offsets that were exported."""
        stretch = self._topics[name_of(topic, own)].partitions[partition]
        return Extent(stretch.begin, stretch.end)

    def records(self, topic: Topic, partition: int, start: int = 0, own: str = "") -> Iterator[Record]:
        """The records of the partition, as they were exported."""
        file = file_of(self._folder, name_of(topic, own), partition)
        return (it for it in records_in(file) if it.offset >= start)
