"""What `tocsin ticket timeline` reads, and how it is printed."""

import json
from collections.abc import Collection
from pathlib import Path

import click

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._told_records import told_records
from tocsin.recording.source import Spec
from tocsin.render.story import arithmetic, document, headlines, promise_table, story_table, terms
from tocsin.render.story_svg import picture
from tocsin.render.table import print_table
from tocsin.render.text import safe, safe_json
from tocsin.story.gathering import READ, NotOneTicket, gathered
from tocsin.story.timeline import Timeline, timeline


def read_timeline(spec: Spec, name: str, tenant: str | None) -> Timeline:
    """The timeline of the ticket of that id or number. Raises `CommandError`."""
    with told_records(spec, READ) as records:
        try:
            return timeline(gathered(records, name, tenant))
        except NotOneTicket as error:
            raise CommandError(safe(f"{error}.")) from None


def with_promises(told: Timeline, objectives: Collection[str]) -> Timeline:
    """`told` with the promises of these objectives alone. Raises `CommandError` where the ticket has none of one."""
    had = {promise.objective for promise in told.promises}
    for objective in objectives:
        if objective not in had:
            others = ", ".join(sorted(had)) or "none"
            raise CommandError(f"{safe(told.number)} has no promise of {objective}; it has: {others}.")
    return told._replace(promises=tuple(it for it in told.promises if it.objective in objectives))


def print_timeline(told: Timeline, *, explain: bool, as_json: bool) -> None:
    """Print the story; with `explain` the arithmetic of its promises too, which machines get in any case."""
    if as_json:
        click.echo(safe_json(json.dumps(document(told))))
        return
    for line in headlines(told):
        click.echo(line)
    print_table(story_table(told))
    for promise in told.promises if explain else ():
        click.echo()
        for line in terms(promise, told):
            click.echo(line)
        if promise.spans:
            print_table(promise_table(promise, told))
        for line in arithmetic(promise, told):
            click.echo(line)


def write_picture(told: Timeline, path: Path) -> None:
    """Write the picture. Raises `CommandError`."""
    try:
        path.write_text(picture(told), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The picture cannot be written: {error}", Exit.USAGE) from None
