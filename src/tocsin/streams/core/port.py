"""The port between the steps of the worker and the log. Kafka implements it, and a simulation."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tocsin.domain.instant import Instant
from tocsin.messages.record import Output, PipelineStep, Record, Topic, name_of


class Source(NamedTuple):
    """A partition that the worker reads. `own` is the rest of the name of an own topic of a tenant; see `name_of`."""

    topic: Topic
    partition: int
    own: str = ""

    def __str__(self) -> str:
        return f"{name_of(self.topic, self.own)}/{self.partition}"


class Cursor:
    """One reading of a partition from where a takeover has placed it; batches name the reading that they belong to."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position


@dataclass(frozen=True, slots=True)
class Batch:
    """A stretch of a partition, [start, end) in offsets, past any markers and aborted records that it holds."""

    source: Source
    cursor: Cursor
    start: int
    end: int
    records: Sequence[Record]


class Extent(NamedTuple):
    """Offsets of a source: it holds [`first`, `end`). `committed` is None where the group has committed nothing."""

    first: int
    end: int
    committed: int | None


class Acknowledged(NamedTuple):
    """Offset and stamp that a tick was given."""

    offset: int
    stamp: Instant


class LogError(Exception):
    """Something is wrong with the log, or with what was asked of it."""


class IndefiniteError(LogError):
    """It is not known whether the transaction has landed: take the partition over again and look."""


class DamagedError(LogError):
    """What is stored is not what was written, cannot be read, or is missing. The message says what to do."""


class PackedError(LogError):
    """Records are stored packed, in a way that is not unpacked here. The message says what to do."""


class FencedError(LogError):
    """Another worker has taken the partition over: this one must leave."""


class Writer(Protocol):
    """The only one who may write for a source; opening it fences the one before."""

    async def commit(self, outputs: Sequence[Output], position: int) -> None:
        """Write `outputs` and the source's `position`, together or not at all.

        Raises `FencedError`, or `IndefiniteError` where the outcome is unknown; then only `close` may follow.
        """

    async def close(self) -> None:
        """Let go of it; an open transaction is left to whoever opens the next writer."""


class Log(Protocol):
    """The log as the steps of the shell see it. Anything but a writer's two errors is unexpected."""

    def partitions(self, topic: Topic) -> int:
        """Number of partitions of `topic`."""

    async def open_writer(self, source: Source) -> Writer:
        """Fence the previous writer of `source` and end its transaction; returns when that is complete."""

    async def extent(self, source: Source) -> Extent:
        """Present offsets of `source`. Only right after its writer was opened."""

    def history(self, source: Source, start: int | None, end: int | None) -> AsyncGenerator[Sequence[Record], None]:
        """Committed records in [`start`, `end`); None stands for the present bounds of the partition."""

    async def place(self, source: Source, position: int) -> Cursor:
        """Read `source` from `position` on; batches of older cursors are void."""

    async def is_member(self) -> bool:
        """Returns whether the group still has this worker. One that was replaced must not fence its successor."""

    async def tick(self, partition: int) -> Acknowledged:
        """Append a tick to this partition of the inbox, on its own. Raises `IndefiniteError` where it may be lost."""


class Timed(PipelineStep, Protocol):
    """The fold over an inbox partition, as the shell restores and times it (`tocsin.engine.shard.Shard`)."""

    def load(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        """Take back a state record."""

    @property
    def position(self) -> int | None:
        """The offset behind what the state has seen; None where it has seen nothing."""

    @property
    def deduplication_start(self) -> int | None:
        """The oldest offset to be remembered; None for none."""

    def remember(self, record: Record) -> None:
        """Take back an inbox record into the deduplication window."""

    def finish_restore(self) -> None:
        """Make what was loaded ready."""

    @property
    def next_deadline(self) -> Instant | None:
        """Instant at which the next timer is due."""
