"""What `tocsin ticket timeline` reads, and how it is printed."""

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import click

from tocsin.cli._exit import CommandError, Exit
from tocsin.messages.record import Record, Topic
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec, opened_source
from tocsin.render.progress import progress
from tocsin.render.story import arithmetic, document, headlines, promise_table, story_table, terms
from tocsin.render.story_svg import picture
from tocsin.render.table import print_table
from tocsin.render.text import safe, safe_json
from tocsin.replay.fold import Unreplayable
from tocsin.replay.refolding import Refold
from tocsin.story.gathering import READ, NotOneTicket, gathered
from tocsin.story.timeline import Timeline, timeline

_AT_ONCE = 1_000


def read_timeline(spec: Spec, name: str, tenant: str | None) -> Timeline:
    """The timeline of the ticket of that id or number. Raises `CommandError`."""
    with opened_source(spec) as source:
        topics = READ if source.partitions(Topic.TICKET_EVENTS) else (Topic.INBOX,)
        places = [(topic, partition) for topic in topics for partition in source.partitions(topic)]
        if not places:
            raise CommandError("There is neither a journal nor an inbox in it.", Exit.USAGE)
        total = sum(end - begin for begin, end in (source.extent(*place) for place in places))
        with progress("reading the log", total) as advance:
            try:
                return timeline(gathered(lambda: _outputs(source, places, advance), name, tenant))
            except NotOneTicket as error:
                raise CommandError(safe(f"{error}.")) from None
            except Unreplayable as error:
                raise CommandError(safe(str(error)), Exit.USAGE) from None


def _outputs(
    source: RecordSource, places: Collection[tuple[Topic, int]], advance: Callable[[int], None]
) -> Iterator[Record]:
    """The records of the topics; where there is only the inbox, what follows from it."""
    for topic, partition in places:
        records = _counted(source.records(topic, partition), advance)
        yield from Refold(partition).fold(records) if topic is Topic.INBOX else records


def _counted(records: Iterator[Record], advance: Callable[[int], None]) -> Iterator[Record]:
    for number, record in enumerate(records, start=1):
        if number % _AT_ONCE == 0:
            advance(_AT_ONCE)
        yield record


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
