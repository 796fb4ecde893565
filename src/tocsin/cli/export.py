"""`tocsin export`: topics as files, byte by byte, to keep and to recover a cluster from."""

import time
from pathlib import Path

import click
import msgspec
from aiokafka.errors import KafkaError
from rich.table import Table

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import in_a_sentence, run
from tocsin.cli._operation import operation_options
from tocsin.cli._settings import settings_options
from tocsin.cli._types import ANY_TOPIC, TIME
from tocsin.client.errors import ClientError
from tocsin.client.operations import record_operation
from tocsin.domain.commands.operation import RecordOperation
from tocsin.domain.instant import Instant, show
from tocsin.messages.record import Topic
from tocsin.recording import ends
from tocsin.recording.exporting import Wanted, Work, before, export, held
from tocsin.recording.manifest import Manifest
from tocsin.render.progress import progress
from tocsin.render.table import cell, print_table
from tocsin.settings import Settings
from tocsin.streams.kafka.refusals import RefusedError


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--topic", "topics", type=ANY_TOPIC, multiple=True, help="Only this topic; may be said several times.")
@click.option("--from", "since", type=TIME, help="Leave out what was stamped earlier.")
@click.option("--until", type=TIME, help="Leave out what was stamped later.")
@click.option("--zstd/--no-zstd", "packed", default=True, show_default=True, help="Pack the lines with zstd.")
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="Seconds to wait for a moment at which no worker writes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a topic for machines.")
@operation_options
@settings_options()
def command(  # noqa: PLR0913 - its options
    *,
    folder: Path,
    topics: tuple[Topic, ...],
    since: Instant | None,
    until: Instant | None,
    patience: float,
    reason: str,
    operator: str,
    settings: Settings,
    packed: bool,
    as_json: bool,
) -> None:
    """Export topics into DIR: a file of JSON lines a partition, and manifest.json, which says what is there.

    A line has a record with its very bytes, headers, stamp and offset; `tocsin import` makes a cluster of it again.

    Said again, it goes on: behind the last whole line of each file where it was killed, and up to the present end where
    it was finished before. So a job at night adds what is new.

    An export of everything is taken at a moment at which no worker writes: only then inbox, journal and state go
    equally far. Where there is none within --patience, stop the workers for it; what comes in waits.

    \b
    Examples:
      tocsin export /backup/soc --reason "nightly backup"
      tocsin export ./night --topic inbox --from 2026-03-14T20:00:00Z --until 2026-03-15T06:00:00Z --reason CASE-7

    Exit status: 0; 1 when there was no such moment; 2 when DIR holds something else; 69 no broker, 77 no right.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    wanted = Wanted(not topics, since, until, packed)
    at = show(time.time_ns() // 1_000_000)
    with in_a_sentence(), held(folder):
        earlier = before(folder, wanted)
        _record(settings, _operation(wanted, topics, reason, operator))
        found = run(ends.find(settings, topics or tuple(Topic), since, patience if wanted.whole else 0))
        with progress("export", found.offsets) as advance:
            manifest = export(Work(settings, folder, wanted, at), found, earlier, advance)
    _say(manifest, as_json=as_json)
    _require_rest(manifest)


def _require_rest(manifest: Manifest) -> None:
    if manifest.whole and not manifest.at_rest:
        raise CommandError(
            "The records are all there, but workers wrote without a pause, so inbox, journal and "
            "state may not go equally far: `tocsin import` does not take this export. Say it again with more "
            "--patience, at a quieter hour, or with the workers stopped; it goes on with what is there.",
            Exit.FAILED,
        )


def _operation(wanted: Wanted, topics: tuple[Topic, ...], reason: str, operator: str) -> RecordOperation:
    since = "the beginning" if wanted.since is None else show(wanted.since)
    until = "the end" if wanted.until is None else show(wanted.until)
    about = f"{', '.join(sorted(set(topics))) or 'all topics'} from {since} to {until}"
    return RecordOperation(operation="export", about=about, reason=reason, operator=operator)


def _record(settings: Settings, operation: RecordOperation) -> None:
    """Record it in the log; a log that takes nothing any more can be exported all the same."""
    try:
        run(record_operation(settings, operation))
    except (CommandError, ClientError, KafkaError, RefusedError) as error:
        click.echo(f"Warning: this export is not recorded in the log, which takes no record: {error}", err=True)


def _say(manifest: Manifest, *, as_json: bool) -> None:
    table = Table("topic", "partitions", "records")
    for name, topic in manifest.topics.items():
        records = sum(stretch.records for stretch in topic.partitions.values())
        if as_json:
            counts = {"topic": name, "partitions": len(topic.partitions), "records": records}
            click.echo(msgspec.json.encode(counts | {"at_rest": manifest.at_rest}))
        table.add_row(cell(name), cell(len(topic.partitions)), cell(records))
    if not as_json:
        print_table(table)
