"""A lane: one partition that the worker owns, its step, and the only writer that may write for it."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import structlog

from tocsin.messages.record import Output, PipelineStep, Topic
from tocsin.streams.core.port import Batch, FencedError, IndefiniteError, Log, LogError, Source
from tocsin.streams.core.position import TakenIn
from tocsin.streams.core.takeover import Taken, take_over
from tocsin.streams.core.timings import Timings

_WAITING_BATCHES_MAX = 2  # each is a whole fetch
_RETRY_SECONDS = 0.5
_REVOCATION_SECONDS = 30.0

_log = structlog.get_logger()


class GapError(LogError):
    """A batch does not begin where the step stopped: something between broker and lane lost or repeated records."""


class Lane:
    """Applies the batches of one partition, a commit for each chunk; those of several lanes may share a transaction.

    Lanes run side by side: one waits for its commit while another folds. `halts` are the errors by which a step
    says that this partition must stand still until somebody has looked; the other lanes go on.
    """

    def __init__(
        self,
        log: Log,
        source: Source,
        make_step: Callable[[Source], PipelineStep],
        halts: tuple[type[Exception], ...] = (),
        retire: Callable[[PipelineStep], None] = lambda _step: None,
    ) -> None:
        """`retire` sees each step that is let go: its counts would be lost."""
        self.source = source
        self.halted: str | None = None
        self.applied = asyncio.Event()
        self.published: Callable[[Sequence[Output]], None] = lambda _outputs: None
        """Called with what has just been committed."""
        self.timings = Timings()
        """Takes in how long work takes."""
        self._log = log
        self._make_step = make_step
        self._halts = halts
        self._retire = retire
        self._taken: Taken | None = None
        self._next = 0
        self._waiting: asyncio.Queue[Batch] = asyncio.Queue()
        self._applying = asyncio.Lock()
        self._closed = False

    @property
    def ready(self) -> bool:
        """Returns whether the partition has been taken over."""
        return self._taken is not None

    @property
    def step(self) -> PipelineStep:
        """The state; another one after each takeover."""
        if self._taken is None:
            raise RuntimeError(f"{self.source} has not been taken over")
        return self._taken.step

    @property
    def next(self) -> int:
        """The offset of the next record to be applied."""
        return self._next

    @property
    def waiting(self) -> int:
        """Number of offsets that were read and not yet applied."""
        return 0 if self._taken is None else max(self._taken.cursor.position - self._next, 0)

    async def take(self, taken_in: TakenIn | None = None) -> None:
        """Take the partition over, however often and long it takes: each step gives up where nothing moves.

        `taken_in` may serve several lanes. Raises `FencedError` when the partition is not ours any more.
        """
        taken_in = TakenIn(self._log) if taken_in is None else taken_in
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            tried = loop.time()
            try:
                taken = await take_over(self._log, self.source, self._make_step(self.source), taken_in)
            except IndefiniteError as error:
                seconds = round(loop.time() - began)
                _log.warning("takeover_failed", source=str(self.source), error=str(error), tried_for_seconds=seconds)
                await asyncio.sleep(_RETRY_SECONDS)
                await self._await_membership()
            else:
                self._taken, self._next = taken, taken.position
                if self.source.topic is Topic.INBOX:
                    self.timings.restores.observe(loop.time() - tried)
                self._announce()
                return

    async def _await_membership(self) -> None:
        """Opening a writer fences the one before: only a member of the group may, not one that was replaced.

        While the group's coordinator does not answer nobody knows, though the writers' one may.
        """
        while True:
            with contextlib.suppress(IndefiniteError):
                if await self._log.is_member():
                    return
                break
            await asyncio.sleep(_RETRY_SECONDS)
        _log.warning("no_longer_a_member", source=str(self.source))
        await asyncio.sleep(_REVOCATION_SECONDS)  # the group takes the partition away, and ends this
        raise FencedError(f"{self.source}: this worker is no longer a member of the group")

    @property
    def full(self) -> bool:
        """Returns whether reading should pause, since enough batches wait. For any thread."""
        return self._waiting.qsize() >= _WAITING_BATCHES_MAX

    def offer(self, batch: Batch) -> None:
        """Hand a batch over. It does not wait, since the other lanes must not wait for this one.

        While the partition is being taken over again nobody knows yet of which reading the batch is: `run` judges.
        """
        if self._taken is None or not self._is_void(batch):
            self._waiting.put_nowait(batch)

    async def run(self) -> None:
        """Apply batches until cancelled. Raises what is unexpected."""
        while True:
            batch = await self._waiting.get()
            async with self._applying:
                if not self._is_void(batch):
                    await self._apply(batch)
            self._announce()

    def _is_void(self, batch: Batch) -> bool:
        taken = self._taken
        return self._closed or self.halted is not None or taken is None or batch.cursor is not taken.cursor

    async def _apply(self, batch: Batch) -> None:
        if batch.start != self._next:
            raise GapError(f"{batch.source}: a batch begins at {batch.start}, expected was {self._next}")
        in_doubt = False
        try:
            await self._fold(batch)
        except IndefiniteError as error:
            _log.warning("transaction_in_doubt", source=str(self.source), error=str(error))
            in_doubt = True
        except self._halts as error:
            self.halted = str(error)
            _log.error("halted", source=str(self.source), next=self._next, reason=str(error))
        if in_doubt:  # only here: the error holds the state until it is forgotten, and there would be two
            await self._retake()

    async def _fold(self, batch: Batch) -> None:
        taken = self._taken
        if taken is None:
            raise RuntimeError("a lane applies only what it has taken over")
        last = batch.records[-1].offset + 1
        loop = asyncio.get_running_loop()
        began = loop.time()
        for chunk in taken.step.fold(batch.records):
            # past the markers that follow, also where a chunk still belongs to what stands before them
            position = batch.end if chunk.position == last else max(chunk.position, self._next)
            folded = loop.time()
            await taken.writer.commit(chunk.outputs, position)
            committed = loop.time()
            self.timings.note_chunk(self.source.topic, folded - began, committed - folded, chunk.outputs)
            began = committed
            self._next = position
            self.published(chunk.outputs)
            if self._closed:
                return  # the rest is for whoever takes over next
        if self._next != batch.end:
            await taken.writer.commit([], batch.end)
            self._next = batch.end

    async def _retake(self) -> None:
        """Drop the state, which has seen the batch, and take the partition over again from what was committed."""
        await self.drop()
        await self._await_membership()
        await self.take()

    def _announce(self) -> None:
        self.applied.set()
        self.applied.clear()

    async def close(self, patience: float) -> None:
        """Let the running chunk be committed, but no longer than `patience` seconds, then let go.

        A transaction that is still open then is left to whoever takes the partition over: that aborts it.
        """
        self._closed = True
        if self._taken is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience), self._applying:
                    pass

    async def drop(self) -> None:
        """Let go of writer and state; `run` must not be applying a batch meanwhile."""
        taken, self._taken = self._taken, None
        if taken is not None:
            self._retire(taken.step)
            await taken.writer.close()
