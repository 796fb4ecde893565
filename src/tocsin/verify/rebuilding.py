"""The state of a partition as the inbox gives it, as far as what follows from it was told."""

from typing import NamedTuple

from tocsin.recording.processes import done
from tocsin.recording.source import opened_source
from tocsin.verify.beginning import Unreadable
from tocsin.verify.recomputation import Advance, Recomputation, Task
from tocsin.verify.report import PartitionReport


class Rebuilding(NamedTuple):
    """A partition whose state is to be made anew, for another process. The group has read to `committed`."""

    task: Task
    committed: int


def rebuilt(work: Rebuilding) -> PartitionReport:
    """As `rebuild_partition`, in a process of `in_processes`."""
    return rebuild_partition(work, done)


def rebuild_partition(work: Rebuilding, advance: Advance) -> PartitionReport:
    """Fold the inbox, and keep the state where journal and alerts are what that gives. No worker may run meanwhile.

    Raises as `opened_source`, or `CheckpointError`.
    """
    with opened_source(work.task.spec) as source:
        log = Recomputation(work.task, source)
        try:
            _fold(log, work.committed, advance)
        except Unreadable as error:
            log.unjudged.append(str(error))
        kept = None if work.task.keep is None or log.unjudged else log.kept(work.task.keep)
    return log.report(work.committed, None, kept)


def _fold(log: Recomputation, committed: int, advance: Advance) -> None:
    """Go as far as what was told, and past records from which nothing follows: state and it are committed together."""
    for outputs, owed in log.folding.fold(log.records(advance), committed, singly=True):
        before = log.said
        log.expect(outputs, owed=owed)
        if log.silent:
            if not owed and log.said > before:
                log.unjudged.append(_IN_THE_MIDST)
            break
        for _ in log.give(outputs):
            pass
    log.finish()


_IN_THE_MIDST = (
    "A worker has ended in the midst of a record from which very much follows, so no offset fits what was told. Import "
    "an export (docs/export.md)."
)
