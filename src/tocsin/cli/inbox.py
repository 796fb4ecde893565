"""`tocsin inbox`: exports the log."""

import sys

import click

from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.cli._types import TIME
from tocsin.client.reading import in_order
from tocsin.client.start import BEGINNING, NOW
from tocsin.domain.instant import Instant
from tocsin.messages.record import Topic
from tocsin.render.text import safe_json
from tocsin.replay import line
from tocsin.settings import Settings


@click.group("inbox")
def command() -> None:
    """The inbox: the ordered log that everything follows from."""


@command.command("export")
@click.option("--partition", type=click.IntRange(min=0), help="Only this partition.")
@click.option("--from", "start", type=TIME, default=BEGINNING, help="Leave out what was stamped earlier.")
@click.option("--until", type=TIME, default=NOW, help="Leave out what was stamped later.")
@settings_options()
def export(partition: int | None, start: Instant, until: Instant, settings: Settings) -> None:
    """Print the inbox as `tocsin replay file` reads it, up to its present end.

    Each line is a record with its partition, offset and stamp. Lines come in the order of their stamps; within a
    partition always in the order of their offsets. An export that begins later than the inbox lacks history, and is
    not replayed.

    \b
    Example:
      tocsin inbox export > inbox.jsonl && tocsin replay file inbox.jsonl --json
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    run(_export(settings, start, until, None if partition is None else [partition]))


async def _export(settings: Settings, start: Instant, until: Instant, partitions: list[int] | None) -> None:
    exported = 0
    async for record in in_order(settings, Topic.INBOX, start, partitions):
        if record.timestamp <= until:
            sys.stdout.write(safe_json(line.write(record).decode()) + "\n")
            exported += 1
    click.echo(f"{exported} records", err=True)
