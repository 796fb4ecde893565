"""The records of the journal in a file of recorded lines."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from tocsin.messages.record import Topic
from tocsin.replay import line
from tocsin.replay.line import LINE_BYTES_MAX, LineError


class RecordPlace(NamedTuple):
    """The place of a record. A line that names no partition belongs to partition 0, and has only its line number."""

    partition: int
    offset: int | None
    number: int | None = None

    def __str__(self) -> str:
        where = "" if self.number is None else f"line {self.number}"
        if self.offset is None:
            return where
        return f"{where}, partition {self.partition}, offset {self.offset}".removeprefix(", ")


def journal_lines(file: BinaryIO) -> Iterator[tuple[bytes | None, RecordPlace]]:
    """The records of the journal in `file`; lines of other topics, such as alerts, are skipped. Raises `LineError`."""
    number = 0
    while text := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        if text.strip():
            try:
                found = line.read(text)
            except LineError as error:
                raise LineError(f"line {number}: {error}") from error
            if found.topic is Topic.TICKET_EVENTS:
                yield found.value, RecordPlace(found.partition or 0, found.offset, number)
