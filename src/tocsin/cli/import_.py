"""`tocsin import`: makes a cluster of an export again."""

from pathlib import Path

import click
import msgspec
from rich.table import Table

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import in_a_sentence, run
from tocsin.cli._operation import operation_options
from tocsin.cli._settings import settings_options
from tocsin.client.operations import record_operation
from tocsin.domain.commands.operation import RecordOperation
from tocsin.recording import importing
from tocsin.recording.importing import Restored, StateDiffersError
from tocsin.recording.manifest import Manifest
from tocsin.render.progress import progress
from tocsin.render.table import cell, print_table
from tocsin.render.text import safe
from tocsin.settings import Settings


@click.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--state",
    type=click.Choice(["proven", "as-exported"]),
    default="proven",
    show_default=True,
    help="Whether the state must be what the inbox gives.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a partition for machines.")
@operation_options
@settings_options("app_id", "replication_factor", "deduplication_window")
def command(  # noqa: PLR0913 - its options
    *, folder: Path, state: str, as_json: bool, reason: str, operator: str, settings: Settings
) -> None:
    """Make a cluster of the export in DIR again, on brokers that have none of its topics.

    The topics are made as they were. Every record gets the bytes, key, headers, stamp and offset that it had: hashes,
    causes and dead letters name offsets. Offsets at which no record stood stay empty. While it runs no worker starts on
    these topics. The state of the tickets is folded anew from the inbox and must be the exported one; where this
    release cannot fold the inbox (its beginning is gone, or an earlier release has judged it) the state is imported as
    it is, and the command says so.

    Workers started afterwards go on where those before have stopped: nothing is taken in, told or numbered twice.

    \b
    Example:
      tocsin import /backup/soc --reason "the cluster of Monday is lost" && tocsin audit verify && tocsin run

    Exit status: 0; 1 when topics are there already, or when the state differs (the first difference is named); 2 when
    DIR cannot be imported; 69 when the broker cannot be reached, 77 when it does not trust or permit us.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    with in_a_sentence():
        manifest = importing.complete(folder)
        run(importing.prepare(settings, manifest))
        total = sum(it.records for topic in manifest.topics.values() for it in topic.partitions.values())
        with progress("import", total) as advance:
            importing.fill(settings, folder, manifest, advance)
            try:
                restored = importing.restore(
                    settings, folder, manifest, as_exported=state == "as-exported", advance=advance
                )
            except StateDiffersError as error:
                raise CommandError(f"{safe(str(error))}. {_REMEDY}", Exit.FAILED) from error
        run(importing.open_for_workers(settings, manifest))
        about = f"the export of {manifest.at}, {total} records"
        run(
            record_operation(
                settings, RecordOperation(operation="import", about=about, reason=reason, operator=operator)
            )
        )
    _say(manifest, restored, as_json=as_json)


_REMEDY = (
    "No worker starts on these topics as they are. Is the setting deduplication_window that of the old cluster? Where "
    "the exported state shall count all the same, delete the topics and say it again with --state as-exported."
)


def _say(manifest: Manifest, restored: list[Restored], *, as_json: bool) -> None:
    if as_json:
        for each in restored:
            click.echo(msgspec.json.encode(each._asdict()))
        return
    table = Table("topic", "partitions", "records")
    for name, topic in manifest.topics.items():
        records = sum(stretch.records for stretch in topic.partitions.values())
        table.add_row(cell(name), cell(len(topic.partitions)), cell(records))
    print_table(table)
    for each in restored:
        how = f"imported as exported ({safe(each.copied)})" if each.copied else "is what the inbox gives"
        click.echo(f"partition {each.partition}: the state ({each.records} records) {how}")
