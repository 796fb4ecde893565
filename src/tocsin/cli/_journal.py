"""The journal as the source of a command: a file, or the topic."""

from collections.abc import Callable
from typing import BinaryIO

from tocsin.audit.journal import JournalUnreadable
from tocsin.audit.journal_file import RecordPlace, journal_lines
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.client.reading import in_order
from tocsin.client.start import BEGINNING
from tocsin.messages.record import Topic
from tocsin.render.text import safe
from tocsin.replay.line import LineError
from tocsin.settings import Settings

Take = Callable[[bytes | None, RecordPlace], None]


def each_record(file: BinaryIO | None, settings: Settings, take: Take) -> None:
    """Give every record of the journal to `take`, each partition in its order. Raises `CommandError`."""
    if file is None:
        run(_each_on_topic(settings, take))
        return
    try:
        for value, place in journal_lines(file):
            _give(take, value, place, Exit.USAGE)
    except LineError as error:
        raise CommandError(safe(str(error)), Exit.USAGE) from error


async def _each_on_topic(settings: Settings, take: Take) -> None:
    async for record in in_order(settings, Topic.TICKET_EVENTS, BEGINNING):
        _give(take, record.value, RecordPlace(record.partition, record.offset), Exit.FAILED)


def _give(take: Take, value: bytes | None, place: RecordPlace, code: Exit) -> None:
    try:
        take(value, place)
    except (JournalUnreadable, KeyError, TypeError, ValueError) as error:
        raise CommandError(f"{place}: {safe(str(error))}", code) from error
