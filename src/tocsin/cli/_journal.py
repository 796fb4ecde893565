"""The records of the journal, from a file or from the topic."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from tocsin.audit.journal import JournalUnreadable
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._output import safe
from tocsin.cli._reading import BEGINNING, in_order
from tocsin.messages.record import Topic
from tocsin.replay import line
from tocsin.replay.line import LINE_BYTES_MAX, LineError
from tocsin.settings import Settings


class Place(NamedTuple):
    """Where a record stands. A line that does not say it is of partition 0, and known by its number alone."""

    partition: int
    offset: int | None
    number: int | None = None

    def __str__(self) -> str:
        where = "" if self.number is None else f"line {self.number}"
        if self.offset is None:
            return where
        return f"{where}, partition {self.partition}, offset {self.offset}".removeprefix(", ")


Take = Callable[[bytes | None, Place], None]


def each_record(file: BinaryIO | None, settings: Settings, take: Take) -> None:
    """Give every record of the journal to `take`, each partition in its order; what is none ends the command."""
    if file is None:
        run(_each_on_topic(settings, take))
        return
    for value, place in _lines(file):
        _give(take, value, place)


async def _each_on_topic(settings: Settings, take: Take) -> None:
    async for record in in_order(settings, Topic.TICKET_EVENTS, BEGINNING):
        _give(take, record.value, Place(record.partition, record.offset))


def _give(take: Take, value: bytes | None, place: Place) -> None:
    try:
        take(value, place)
    except (JournalUnreadable, KeyError, TypeError, ValueError) as error:
        code = Exit.FAILED if place.number is None else Exit.USAGE  # the topic is as it is; a file can be the wrong one
        raise CommandError(f"{place}: {safe(str(error))}", code) from error


def _lines(file: BinaryIO) -> Iterator[tuple[bytes | None, Place]]:
    """The lines that are of the journal; others, such as alerts, are passed over."""
    number = 0
    while text := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        if text.strip():
            try:
                found = line.read(text)
            except LineError as error:
                raise CommandError(f"line {number}: {safe(str(error))}", Exit.USAGE) from error
            if found.topic is Topic.TICKET_EVENTS:
                yield found.value, Place(found.partition or 0, found.offset, number)
