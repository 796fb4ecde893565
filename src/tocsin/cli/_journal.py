"""The journal as the source of a command: a file, the folder of an export, or the topic."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import click

from tocsin.audit.journal import JournalUnreadable
from tocsin.audit.journal_file import RecordPlace, journal_lines
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import in_a_sentence, run
from tocsin.client.reading import in_order
from tocsin.client.start import BEGINNING
from tocsin.messages.record import Topic
from tocsin.recording.files import opened_lines
from tocsin.recording.source import opened_source
from tocsin.render.text import safe
from tocsin.replay.line import LineError
from tocsin.settings import Settings

Take = Callable[[bytes | None, RecordPlace], None]

JOURNAL_FILE = click.argument(
    "file", required=False, metavar="[FILE]", type=click.Path(exists=True, allow_dash=True, path_type=Path)
)


def each_record(file: Path | None, settings: Settings, take: Take) -> None:
    """Give every record of the journal to `take`, each partition in its order. Raises `CommandError`."""
    if file is None:
        run(_each_on_topic(settings, take))
    elif file.is_dir():
        _each_in_folder(file, take)
    elif str(file) == "-":
        _each_in_lines(sys.stdin.buffer, take)
    else:
        with opened_lines(file) as lines:
            _each_in_lines(lines, take)


def _each_in_lines(lines: BinaryIO, take: Take) -> None:
    try:
        for value, place in journal_lines(lines):
            _give(take, value, place, Exit.USAGE)
    except LineError as error:
        raise CommandError(safe(str(error)), Exit.USAGE) from error


def _each_in_folder(folder: Path, take: Take) -> None:
    with in_a_sentence(), opened_source(folder) as source:
        for partition in source.partitions(Topic.TICKET_EVENTS):
            for record in source.records(Topic.TICKET_EVENTS, partition):
                _give(take, record.value, RecordPlace(partition, record.offset), Exit.USAGE)


async def _each_on_topic(settings: Settings, take: Take) -> None:
    async for record in in_order(settings, Topic.TICKET_EVENTS, BEGINNING):
        _give(take, record.value, RecordPlace(record.partition, record.offset), Exit.FAILED)


def _give(take: Take, value: bytes | None, place: RecordPlace, code: Exit) -> None:
    try:
        take(value, place)
    except (JournalUnreadable, KeyError, TypeError, ValueError) as error:
        raise CommandError(f"{place}: {safe(str(error))}", code) from error
