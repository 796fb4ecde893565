"""`tocsin dead-letters`: what was refused, why, what mends it, and how it is published again."""

import heapq
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click
from rich.table import Table

from tocsin.cli._dead_letters import PLACE, filter_options
from tocsin.cli._exit import CommandError
from tocsin.cli._redrive import redrive
from tocsin.cli._source import source_argument
from tocsin.domain.instant import Instant, show
from tocsin.messages.mending import mending
from tocsin.messages.record import Topic
from tocsin.messages.refused import DeadLetter, Place, Wanted, letters
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec, opened_source
from tocsin.render.dead_letter import as_document, as_text
from tocsin.render.progress import progress
from tocsin.render.table import cell, print_table
from tocsin.render.text import safe, safe_json
from tocsin.settings import Settings

_ROWS_MAX = 200
"""Rows of a table: whoever wants more wants them by reason, or as JSON."""

_KEYS: dict[str, Callable[[DeadLetter], str | None]] = {
    "reason": lambda letter: letter.reason,
    "topic": lambda letter: letter.topic,
    "day": lambda letter: show(letter.at)[:10],
    "tenant": lambda letter: letter.tenant,
}


@click.group("dead-letters")
def command() -> None:
    """Inputs that were refused: look at them, and publish them again once the cause is mended.

    This is about what came in. What could not be delivered to people is another thing: `tocsin notify failed`.

    \b
    Examples:
      tocsin dead-letters list --count-by reason
      tocsin dead-letters show 0/17
      tocsin dead-letters redrive --reason no_tenant --reason-why "acme's PBX is in the tenants file now"
    """  # noqa: D301 - click reads the backspace as: do not rewrap


command.add_command(redrive)


@command.command("list")
@source_argument()
@filter_options
@click.option("--count-by", type=click.Choice(list(_KEYS)), help="Count them instead, by this.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, all of them.")
def list_(spec: Spec, settings: Settings, wanted: Wanted, count_by: str | None, *, as_json: bool) -> None:
    """List dead letters with their places, the latest first; of very many the latest 200.

    FILE is a recorded file or the folder of an export; without it they are read from the cluster. A tenant is the one
    that the message or its header names; nobody has checked it.

    \b
    Examples:
      tocsin dead-letters list --reason no_tenant --from 2026-03-01T00:00:00Z
      tocsin dead-letters list --count-by topic
      tocsin dead-letters list --topic calls --json | jq -r .place
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    with opened_source(spec) as source:
        found = (letter for letter in _all(source) if wanted.has(letter))
        if count_by:
            _print_counts(found, count_by, as_json=as_json)
        elif as_json:
            for letter in found:
                click.echo(safe_json(json.dumps(_row(letter))))
        else:
            _print_table(found)


@command.command("show")
@click.argument("place", type=PLACE)
@source_argument()
@click.option("--raw", is_flag=True, help="Write the bytes of its value alone, unchanged, to a file or a pipe.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_(place: Place, spec: Spec, settings: Settings, *, raw: bool, as_json: bool) -> None:
    """Show the dead letter at PLACE (partition/offset, as `list` prints it) whole, and what is known to mend it.

    \b
    Examples:
      tocsin dead-letters show 0/17
      tocsin dead-letters show 0/17 --raw > value.json
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    with opened_source(spec) as source:
        letter = _at(source, place)
    if raw:
        if sys.stdout.isatty():
            raise CommandError("Bytes of strangers may steer a terminal: send them to a file or a pipe.")
        sys.stdout.buffer.write(letter.value or b"")
    elif as_json:
        click.echo(safe_json(json.dumps(as_document(letter) | {"mending": mending(letter.reason)})))
    else:
        click.echo(as_text(letter, mending(letter.reason)))


def _all(source: RecordSource) -> Iterator[DeadLetter]:
    partitions = source.partitions(Topic.DEAD_LETTERS)
    total = sum(end - begin for begin, end in (source.extent(Topic.DEAD_LETTERS, each) for each in partitions))
    with progress("Reading dead letters", total) as advance:
        for partition in partitions:
            for letter in letters(source.records(Topic.DEAD_LETTERS, partition)):
                advance(1)
                yield letter


def _at(source: RecordSource, place: Place) -> DeadLetter:
    partition, offset = place
    if partition in source.partitions(Topic.DEAD_LETTERS):
        first = next(iter(letters(source.records(Topic.DEAD_LETTERS, partition, offset))), None)
        if first is not None and first.offset == offset:
            return first
    raise CommandError(f"There is no dead letter {partition}/{offset}; `tocsin dead-letters list` shows their places.")


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {
        "place": letter.place,
        "refused": show(letter.at),
        "reason": letter.reason,
        "origin": letter.origin,
        "first": letter.root if letter.redriven_from else None,
        "tenant": letter.tenant,
        "detail": letter.detail,
    }


def _print_table(found: Iterable[DeadLetter]) -> None:
    count = 0

    def counted() -> Iterator[tuple[Instant, int, int, dict[str, Any]]]:
        nonlocal count
        for letter in found:
            count += 1
            yield letter.at, letter.partition, letter.offset, _row(letter)

    rows = heapq.nlargest(_ROWS_MAX, counted(), key=lambda row: row[:3])
    table = Table("place", "refused", "reason", "origin", "first at", "tenant", "detail")
    for *_, row in rows:
        table.add_row(*map(cell, row.values()))
    if rows:
        print_table(table)
    shown = (
        f" The latest {_ROWS_MAX} are shown; --count-by sums them up, --json prints all." if count > len(rows) else ""
    )
    click.echo(f"{count} dead letters.{shown}", err=True)


def _print_counts(found: Iterable[DeadLetter], count_by: str, *, as_json: bool) -> None:
    counts: dict[str, dict[str, Any]] = {}
    for letter in found:
        key = _KEYS[count_by](letter) or ""
        first = {"count": 0, "first": letter.at, "last": letter.at, "latest": letter.place}
        entry = counts.setdefault(key, first)
        entry["count"] += 1
        entry["first"] = min(entry["first"], letter.at)
        if letter.at >= entry["last"]:
            entry |= {"last": letter.at, "latest": letter.place}
    rows = [
        {count_by: key, **entry, "first": show(entry["first"]), "last": show(entry["last"])}
        for key, entry in sorted(counts.items(), key=lambda it: (-it[1]["count"], it[0]))
    ]
    if as_json:
        for row in rows:
            click.echo(safe_json(json.dumps(row)))
    elif rows:
        table = Table(*rows[0])
        for row in rows:
            table.add_row(*(cell(safe(str(each))) for each in row.values()))
        print_table(table)
