"""`tocsin replay verify` and `tocsin replay checkpoint`."""

from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._operation import operation_options
from tocsin.cli._source import source_argument
from tocsin.client.operations import record_operation
from tocsin.domain.commands.operation import RecordOperation
from tocsin.messages.record import Topic
from tocsin.recording.processes import in_processes
from tocsin.recording.source import Spec, opened_source
from tocsin.render.progress import progress
from tocsin.render.table import print_table
from tocsin.render.text import safe, safe_json
from tocsin.render.verify import conclusion, sentences, verification_table
from tocsin.settings import Settings
from tocsin.verify.checkpoint import (
    Checkpoint,
    CheckpointError,
    discard,
    make_folder,
    read_checkpoint,
    write_checkpoint,
)
from tocsin.verify.partition import verified
from tocsin.verify.recomputation import Task
from tocsin.verify.report import PartitionReport, Verdict, overall
from tocsin.verify.state_topics import keep_state

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
since_option = click.option("--since", type=_FOLDER, help="Go on from this checkpoint (`tocsin replay checkpoint`).")
processes_option = click.option(
    "--processes",
    type=click.IntRange(min=1),
    help="How many partitions at a time, a process each.  [default: one a core]",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each partition.")


@click.command("verify")
@source_argument("deduplication_window")
@since_option
@processes_option
@_json
def verify(spec: Spec, settings: Settings, since: Path | None, processes: int | None, *, as_json: bool) -> None:
    """Recompute journal and alerts from the inbox, and compare them with what stands on the topics, byte for byte.

    FILE is an exported file or folder; without it the topics of the cluster are read. Of each partition and topic the
    first record that differs is named: changed (with the field and both values), missing, added or reordered. Each
    stretch of the inbox is judged by the rules that the log names for it; where those are of another release, the
    output says which one judges it, and that this was not done here.

    \b
    Example:
      tocsin replay verify                         the whole log of the cluster
      tocsin replay verify --since /var/tocsin/c1  what came after a checkpoint
      tocsin replay verify exported --json         an export, for machines

    Exit status: 0 if all was judged and nothing differs; 1 if something differs; 4 if nothing differs, and not all
    could be judged.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    reports = _verified(spec, settings, since, None, processes)
    say(reports, as_json=as_json)
    end(reports)


@click.command("checkpoint")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@source_argument("deduplication_window")
@since_option
@click.option("--unproven", is_flag=True, help="Keep the state as it stands on the topics; nothing is recomputed.")
@processes_option
@operation_options
def checkpoint(folder: Path, spec: Spec, settings: Settings, *, reason: str, operator: str, **how: Any) -> None:
    """Keep in DIR the state at the present end of the log, from which `verify --since DIR` goes on.

    The log is verified first, as `tocsin replay verify` does, and the state is the one that this gives: nothing is kept
    unless all was judged and nothing differs. Where the beginning of the log cannot be judged any more (it was
    deleted, or another release judges it), --unproven keeps the state of the topics, for whoever trusts it.

    DIR holds persons' names and addresses, as the log does. Its digest is printed: keep it elsewhere.

    \b
    Example:
      tocsin replay checkpoint /var/tocsin/2026-12 --reason "monthly checkpoint"

    Exit status: as of `tocsin replay verify`.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    if how["unproven"] and not isinstance(spec, Settings):
        raise CommandError("--unproven is about the topics of a cluster, not about a file.", Exit.USAGE)
    with said():
        make_folder(folder)
    if isinstance(spec, Settings):
        about = RecordOperation(operation="replay checkpoint", about="state", reason=reason, operator=operator)
        run(record_operation(spec, about))
    try:
        _keep(folder, spec, settings, **how)
    except BaseException:
        discard(folder)
        raise


def _keep(  # noqa: PLR0913  # the options of the command
    folder: Path, spec: Spec, settings: Settings, *, since: Path | None, processes: int | None, unproven: bool
) -> None:
    if unproven:
        with said():
            kept = keep_state(spec, folder)
    else:
        reports = _verified(spec, settings, since, folder, processes)
        say(reports, as_json=False)
        end(reports)
        kept = {each.partition: each.kept for each in reports if each.kept}
    digest = write_checkpoint(folder, Checkpoint(proven=not unproven, partitions=kept))
    click.echo(f"{safe(str(folder))}: {len(kept)} partitions, digest {digest}")


@contextmanager
def said() -> Iterator[None]:
    """Turn what is wrong with a checkpoint, or with its folder, into a `CommandError`."""
    try:
        yield
    except (CheckpointError, OSError) as error:
        raise CommandError(safe(str(error)), Exit.USAGE) from error


def _verified(
    spec: Spec, settings: Settings, since: Path | None, keep: Path | None, processes: int | None
) -> list[PartitionReport]:
    with said():
        partitions, offsets = extent(spec, since)
        tasks = [Task(spec, each, settings.deduplication_window, since, keep) for each in partitions]
        try:
            with progress("verify", offsets) as advance:
                return in_processes(verified, tasks, advance, processes)
        except BrokenProcessPool as error:
            raise CommandError("A process was ended from outside; is there enough memory? See --processes.") from error


def extent(spec: Spec, since: Path | None) -> tuple[Sequence[int], int]:
    """The partitions of the inbox, and the number of offsets to be read."""
    kept = read_checkpoint(since).partitions if since else {}
    with opened_source(spec) as source:
        partitions = source.partitions(Topic.INBOX)
        extents = {each: source.extent(Topic.INBOX, each) for each in partitions}
    if not partitions:
        raise CommandError(f"There is no record of {Topic.INBOX} in {safe(str(spec))}.", Exit.USAGE)
    begins = {each: kept[each].position if each in kept else extents[each].begin for each in partitions}
    return partitions, sum(max(0, extents[each].end - begins[each]) for each in partitions)


def say(reports: Sequence[PartitionReport], *, as_json: bool) -> None:
    if as_json:
        for report in reports:
            click.echo(safe_json(msgspec.json.encode(_document(report)).decode()))
        return
    print_table(verification_table(reports))
    for report in reports:
        for sentence in sentences(report):
            click.echo(sentence)
    click.echo(conclusion(reports, overall(reports)))


def _document(report: PartitionReport) -> dict[str, Any]:
    return {"verdict": report.verdict, **msgspec.structs.asdict(report)}


def end(reports: Sequence[PartitionReport]) -> None:
    match overall(reports):
        case Verdict.DIFFERS:
            raise CommandError("Something differs.", Exit.FAILED)
        case Verdict.UNJUDGED:
            raise CommandError("Not all could be judged.", Exit.UNJUDGED)
