"""`tocsin replay rebuild`."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import in_a_sentence, run
from tocsin.cli._operation import operation_options
from tocsin.cli._replay_verify import extent, processes_option, said, say, since_option
from tocsin.cli._settings import settings_options
from tocsin.client.operations import record_operation
from tocsin.client.state import Restated, positions, restate
from tocsin.domain.commands.operation import RecordOperation
from tocsin.recording.processes import in_processes
from tocsin.render.progress import progress
from tocsin.settings import Settings
from tocsin.verify.checkpoint import Kept, read_state
from tocsin.verify.rebuilding import Rebuilding, rebuilt
from tocsin.verify.recomputation import Task
from tocsin.verify.report import PartitionReport, Verdict, overall


@click.command("rebuild")
@since_option
@processes_option
@operation_options
@settings_options("app_id", "deduplication_window")
def rebuild(*, since: Path | None, processes: int | None, reason: str, operator: str, settings: Settings) -> None:
    """Write the state of all tickets anew from the inbox: where `soc.tickets` or `soc.tenants` is damaged or lost.

    Stop all workers before; the command refuses while one runs. The inbox is folded as far as what was told, and
    journal and alerts must be what that gives: nothing is written where they differ. What stands on the two topics and
    differs is replaced; what belongs to no ticket is deleted. The topics must be there: where they were lost, `tocsin
    topics create` makes them. Workers started afterwards go on where those before have stopped, with the deadlines that
    there were. Said again it changes nothing.

    Where the beginning of the inbox was deleted by age, go on from a checkpoint (--since).

    \b
    Example:
      tocsin replay rebuild --reason "soc.tickets was deleted" && tocsin replay verify && tocsin run

    Exit status: 0; 1 when workers run, when journal or alerts are not what the inbox gives, or when the inbox cannot be
    folded; 69 when the broker cannot be reached, 77 when it does not trust or permit us.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    with in_a_sentence(), said(), tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
        applied = run(positions(settings))
        partitions, offsets = extent(settings, since)
        tasks = [
            Rebuilding(Task(settings, each, settings.deduplication_window, since, Path(folder)), applied[each])
            for each in partitions
        ]
        with progress("rebuild", offsets) as advance:
            reports = in_processes(rebuilt, tasks, advance, processes)
        _require_told(reports)
        for report in reports:
            if report.kept:  # else nothing was ever applied
                click.echo(_sentence(_restated(settings, Path(folder), report.partition, report.kept)))
        about = RecordOperation(operation="replay rebuild", about="state", reason=reason, operator=operator)
        run(record_operation(settings, about))


def _require_told(reports: Sequence[PartitionReport]) -> None:
    if overall(reports) is not Verdict.VERIFIED:
        say(reports, as_json=False)
        raise CommandError("The state was not written: what was told is not what the inbox gives.", Exit.FAILED)


def _restated(settings: Settings, folder: Path, partition: int, kept: Kept) -> Restated:
    state = {(it.topic, it.key or b""): it.value or b"" for it in read_state(folder, partition, kept)}
    return run(restate(settings, partition, state, kept.position))


def _sentence(it: Restated) -> str:
    changed = f"{it.wrong} were wrong, {it.missing} missing, {it.too_many} too many"
    return f"partition {it.partition}: the state has {it.records} records; {changed}"
