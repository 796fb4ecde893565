"""The shell: the lanes of the partitions that this worker owns, from assignment to revocation."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import structlog

from tocsin.messages.record import PipelineStep, Topic
from tocsin.streams.core.broker_clock import InboxClock
from tocsin.streams.core.lane import Lane
from tocsin.streams.core.port import Batch, Log, Source
from tocsin.streams.core.position import TakenIn
from tocsin.streams.core.timekeeper import Timekeeper
from tocsin.streams.core.timings import Timings

_CLOSING_SECONDS = 2.5

_log = structlog.get_logger()


class RevokedError(Exception):
    """The partitions were taken away during their takeover; another assignment follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Parts of a shell."""

    log: Log
    make_step: Callable[[Source], PipelineStep]
    make_clock: Callable[[], InboxClock]
    heartbeat: float  # seconds between two ticks on an idle inbox partition
    halts: tuple[type[Exception], ...] = ()  # by which a step says that its partition must stand still
    retire: Callable[[PipelineStep], None] = field(default=lambda _step: None)  # sees each step that is let go
    joined: Callable[[], None] = field(default=lambda: None)  # told whenever partitions were taken over
    timings: Timings = field(default_factory=Timings)


def _first(error: BaseException) -> BaseException:
    """The first error of a group: the end of the process is judged by what it is."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


class Shell:
    """Owns lanes between `take_over` and `release`. `die` is called with whatever nobody expected."""

    def __init__(self, parts: Parts, die: Callable[[BaseException], None]) -> None:
        self.lanes: dict[Source, Lane] = {}
        self.timekeepers: dict[Source, Timekeeper] = {}
        self.joined = False
        self.log = parts.log
        self._parts = parts
        self._die = die
        self._tasks: list[asyncio.Task[None]] = []
        self._taking: asyncio.Task[None] | None = None
        self._assignment = 0

    async def take_over(self, sources: Iterable[Source]) -> dict[Source, int]:
        """Take over those of `sources` that are not ours yet; where each is then read from.

        Raises `RevokedError` when a revocation comes in between. Anything else that goes wrong is unexpected.
        """
        assignment = self._assignment
        self._taking = asyncio.ensure_future(self._take([s for s in sources if s not in self.lanes]))
        try:
            await self._taking
        except asyncio.CancelledError:
            if assignment != self._assignment:
                raise RevokedError from None
            raise
        except BaseException as error:
            self._die(error)
            raise
        self.joined = True
        _log.info("joined", sources=sorted(map(str, self.lanes)))
        self._parts.joined()
        return {source: lane.next for source, lane in self.lanes.items()}

    async def _take(self, sources: Iterable[Source]) -> None:
        parts = self._parts
        taken_in = TakenIn(parts.log)
        lanes = [Lane(parts.log, source, parts.make_step, parts.halts, parts.retire) for source in sources]
        for lane in lanes:
            lane.timings = parts.timings
        failed: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for lane in lanes:
                    group.create_task(lane.take(taken_in))
        except BaseException as error:  # noqa: BLE001 - raised below: here its group would become its context
            failed = error
        if failed is not None:
            await asyncio.gather(*(lane.drop() for lane in lanes))
            raise _first(failed)
        for lane in lanes:
            self._start(lane)

    def _start(self, lane: Lane) -> None:
        self.lanes[lane.source] = lane
        self._guard(lane.run())
        if lane.source.topic is Topic.INBOX:
            parts = self._parts
            keeper = Timekeeper(parts.log, lane, parts.make_clock(), parts.heartbeat, parts.timings)
            lane.published = keeper.note_published
            self.timekeepers[lane.source] = keeper
            self._guard(keeper.run())

    def _guard(self, work: Awaitable[None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except BaseException as error:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                self._die(error)  # also what was cancelled by nobody of ours: a lane must not end in silence

        self._tasks.append(asyncio.ensure_future(guarded()))

    def is_full(self, source: Source) -> bool:
        """Returns whether reading `source` should pause. For any thread."""
        lane = self.lanes.get(source)
        return lane is not None and lane.full

    def offer(self, batch: Batch) -> None:
        """Hand a batch to its lane. One whose lane has gone is read again by whoever has the partition now."""
        lane = self.lanes.get(batch.source)
        if lane is not None:
            lane.offer(batch)

    async def release(self) -> None:
        """Revoked or stopping: let running chunks end, then drop writers and state. Takes seconds at most."""
        self._assignment += 1
        self.joined = False
        if self._taking is not None and not self._taking.done():
            self._taking.cancel()
            await asyncio.wait([self._taking])
        lanes, self.lanes, self.timekeepers = list(self.lanes.values()), {}, {}
        await asyncio.gather(*(lane.close(_CLOSING_SECONDS) for lane in lanes))
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await asyncio.gather(*(lane.drop() for lane in lanes))
        if lanes:
            _log.info("released", sources=sorted(str(lane.source) for lane in lanes))
