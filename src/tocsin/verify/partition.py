"""The verification of one partition."""

import time

import msgspec

from tocsin.recording.manifest import read_manifest
from tocsin.recording.processes import done
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec, opened_source
from tocsin.settings import Settings
from tocsin.verify.beginning import Unreadable
from tocsin.verify.checkpoint import Kept
from tocsin.verify.recomputation import Advance, Recomputation, Task
from tocsin.verify.report import PartitionReport
from tocsin.verify.state import Moment, StateCompared, StateComparison

_EVERYTHING = 2**63 - 1


def verify_partition(task: Task, advance: Advance) -> PartitionReport:
    """Verify a partition. Raises as `opened_source`, or `CheckpointError`."""
    began = time.monotonic()
    with opened_source(task.spec) as source:
        report = _Verification(task, source).run(advance)
    return msgspec.structs.replace(report, seconds=round(time.monotonic() - began, 3))


def verified(task: Task) -> PartitionReport:
    """As `verify_partition`, in a process of `in_processes`."""
    return verify_partition(task, done)


class _Verification:
    """Reads in an order in which each reading holds all that the one before it follows from.

    What the state has seen was said on the topics, and what was said follows from the inbox.
    """

    def __init__(self, task: Task, source: RecordSource) -> None:
        self._task = task
        self._state = StateComparison.of(source, task.partition)
        self._owed = None if self._state is None else self._state.owed
        self._log = Recomputation(task, source)
        self._kept: Kept | None = None
        self._compared = False

    def run(self, advance: Advance) -> PartitionReport:
        state = None
        try:
            state = self._compare(advance)
        except Unreadable as error:
            self._log.unjudged.append(str(error))
        return self._log.report(self._owed, state, self._kept)

    def _compare(self, advance: Advance) -> StateCompared | None:
        log, beyond, said = self._log, False, 0
        border = _EVERYTHING if self._owed is None else self._owed
        for outputs, owed in log.folding.fold(log.records(advance), border):
            if not owed and not beyond:
                beyond, said = True, log.said
                self._reach()
            log.expect(outputs, owed=owed)
            for output in log.give(outputs):
                if beyond and self._state:
                    self._state.expect(output)
            if log.done and not (beyond and self._state and self._state.unsettled):
                break
        else:
            if not beyond:
                self._reach()
        whole = log.finish()
        if self._state is None or not whole or not self._compared:
            return None
        return self._state.finish(log.given, Moment(live=log.live, beyond=beyond, told=beyond and log.said > said))

    def _reach(self) -> None:
        """Look at the state that the log gives where the one on the topics is."""
        if self._task.keep is not None:
            self._kept = self._log.kept(self._task.keep)
        if self._state is None or not _of_one_moment(self._task.spec):
            return
        if self._state.settling:
            self._log.unjudged.append("The state is in the midst of a silence that begins or ends: say it again.")
        else:
            self._state.compare(self._log.given)
            self._compared = True


def _of_one_moment(spec: Spec) -> bool:
    """True where state and inbox go equally far, or the difference will be seen."""
    return isinstance(spec, Settings) or (spec.is_dir() and read_manifest(spec).at_rest)
