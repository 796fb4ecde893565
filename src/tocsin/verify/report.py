"""What a verification has found."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from tocsin.messages.record import Topic
from tocsin.verify.checkpoint import Kept
from tocsin.verify.difference import Difference
from tocsin.verify.state import StateCompared


class Verdict(StrEnum):
    """The result for a partition."""

    VERIFIED = "verified"
    """All of it was judged, and is the same."""

    DIFFERS = "differs"
    """Something is not what the log gives, or the log cannot be folded."""

    UNJUDGED = "unjudged"
    """What was judged is the same; not all could be."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Offsets of the inbox, [`begin`, `end`), that one version of the rules judges; `release` has it."""

    rules: int
    release: str
    begin: int
    end: int
    records: int
    judged: bool


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A topic: `records` are the same, from the offset `begin` on; None where there was nothing to compare.

    At `beyond` stands a record that follows from nothing that was read: the log that was read ends before it.
    """

    topic: Topic
    records: int
    begin: int | None
    forgotten: int = 0
    beyond: int | None = None
    difference: Difference | None = None


class PartitionReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a partition.

    `since` is the position of the checkpoint that it began with, None at the beginning of the log, and `proven` is what
    that says of itself. `applied` is the position up to which everything that follows must be there. `fault`: the log
    itself cannot be folded. `unjudged`: why not all was judged, a sentence each. `state` is None where it was not
    compared.
    """

    partition: int
    since: int | None
    proven: bool | None
    applied: int | None
    stretches: tuple[Stretch, ...]
    topics: tuple[Compared, ...]
    fault: str | None
    unjudged: tuple[str, ...]
    state: StateCompared | None = None
    kept: Kept | None = None
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """The result."""
        if self.fault or any(each.difference for each in self.topics) or (self.state and self.state.differing):
            return Verdict.DIFFERS
        return Verdict.UNJUDGED if self.unjudged else Verdict.VERIFIED

    @property
    def records(self) -> int:
        """The number of records of the inbox that were judged."""
        return sum(each.records for each in self.stretches if each.judged)


def overall(reports: Sequence[PartitionReport]) -> Verdict:
    """The result for all partitions: the worst one."""
    found = {report.verdict for report in reports}
    for verdict in (Verdict.DIFFERS, Verdict.UNJUDGED):
        if verdict in found:
            return verdict
    return Verdict.VERIFIED
