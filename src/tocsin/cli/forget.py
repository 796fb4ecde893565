"""`tocsin forget`: shows where a person still stands."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.table import Table

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import in_a_sentence, run
from tocsin.cli._settings import settings_options
from tocsin.client.topic_names import topic_names
from tocsin.forgetting.files import Line, lines_with
from tocsin.forgetting.person import Person, person
from tocsin.forgetting.reading import Stretch, names_in_copy, records_of, size_of, stretches
from tocsin.forgetting.search import Place, Search, searchable
from tocsin.forgetting.words import Summary, document, line
from tocsin.recording.source import opened_source
from tocsin.render.progress import progress
from tocsin.render.table import cell, print_table
from tocsin.render.text import safe, safe_json
from tocsin.settings import Settings

_LINE_MAX = 2_000
_WHOLE_FILE = [Stretch("", 0)]
_BLIND = (
    "Not found by this: a nickname, a slip of spelling, who is meant by a description; pictures, sound, and what is "
    "packed or encrypted (zip, PDF). Not looked at: what was sent to people and paging systems, log files, backups."
)


@click.command("forget")
@click.argument("named", metavar="PERSON...", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Only show where the person stands. Without it the command refuses.")
@click.option(
    "--in",
    "copy",
    type=click.Path(exists=True, path_type=Path),
    help="Look in a recorded file, or in the folder of an export, in place of the cluster.",
)
@click.option("--region", help="Country (ISO 3166) of numbers that are given without one, such as CA.")
@settings_options("tenants_file", "roster_file", "notify_file", "board_access_file")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(  # noqa: PLR0913 - its options
    named: tuple[str, ...],
    copy: Path | None,
    region: str | None,
    settings: Settings,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Show every place where a PERSON still stands: by number, address or name, as many as the person has.

    It reads all topics of the cluster, also those of tenants, and the files that the settings name. Encodings of mail,
    JSON and forms are undone first. For each place: topic, partition and offset, the field, the ticket, until when the
    cluster keeps it, and what could remove it sooner. It shows too much rather than too little, and changes nothing.

    A PERSON on the command line stands in the history of a shell; `-` reads them from standard input, one a line.

    \b
    Examples:
      tocsin forget --dry-run +14165550100 jane.roe@acme.example 'Jane Roe'
      tocsin forget --dry-run --in export/ --json - < persons.txt

    Exit status: 0 when the person stands nowhere, 1 when there is a place.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    if not dry_run:
        raise click.UsageError(
            "Nothing can forget a person by itself yet: say --dry-run to see where one stands, until when, and what "
            "could remove it sooner. docs/forgetting.md says what to do about each place."
        )
    persons, summary = _persons(named, region), Summary()
    with in_a_sentence():
        for found in _found(persons, copy, settings):
            summary.note(found)
            click.echo(safe_json(json.dumps(document(found))) if as_json else safe(line(found), _LINE_MAX))
    if not as_json:
        _conclude(summary)
    if summary:
        raise SystemExit(Exit.FAILED)


def _found(persons: Sequence[Person], copy: Path | None, settings: Settings) -> Iterator[Place | Line]:
    """The places in the topics, then those in files of this machine."""
    search = Search(persons, None if copy else settings)
    known, unknown = searchable(names_in_copy(copy) if copy else run(topic_names(settings)))
    with opened_source(copy or settings) as source:
        parts = _WHOLE_FILE if copy and not copy.is_dir() else list(stretches(source, known))
        counted = sys.stderr.isatty() and parts is not _WHOLE_FILE
        total = sum(size_of(source, each) for each in parts) if counted else None
        with progress("Read", total) as read:
            for each in parts:
                yield from search.places(records_of(copy or settings, source, each), read)
    for path in (settings.tenants_file, settings.roster_file, settings.notify_file, settings.board_access_file):
        if path and not copy:
            yield from _lines(path, persons)
    for name in unknown:
        click.echo(safe(f"Warning: {name} is no topic of Tocsin; nobody has looked there."), err=True)
    if search.others:
        others = ", ".join(search.others)
        click.echo(safe(f"The same contacts have {others}: look for these, too.", _LINE_MAX), err=True)


def _lines(path: Path, persons: Sequence[Person]) -> Iterator[Line]:
    try:
        yield from lines_with(path, persons)
    except OSError as error:
        click.echo(safe(f"Warning: {path.name} cannot be read: {error.strerror}."), err=True)


def _conclude(summary: Summary) -> None:
    if summary:
        table = Table("where", "places", "the last is kept until", "what could remove it sooner")
        for row in summary.rows():
            table.add_row(*map(cell, row))
        print_table(table)
    else:
        click.echo("The person stands nowhere.")
    click.echo(_BLIND, err=True)


def _persons(named: Sequence[str], region: str | None) -> list[Person]:
    if "-" in named:
        named = [*(each for each in named if each != "-"), *filter(None, map(str.strip, sys.stdin))]
    try:
        return [person(each, region) for each in named]
    except ValueError as error:
        raise CommandError(safe(f"{error}."), Exit.USAGE) from None
