"""Lane, takeover and timekeeper over a log in memory: moments that a real broker cannot be made to have."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
from patience import HANG_SECONDS

from tocsin.domain.instant import Instant
from tocsin.messages.record import Chunk, Output, PipelineStep, Record, Topic
from tocsin.streams.core.lane import GapError, Lane
from tocsin.streams.core.port import Acknowledged, Batch, Cursor, Extent, FencedError, IndefiniteError, Source
from tocsin.streams.core.shell import Parts, Shell
from tocsin.streams.core.timekeeper import Timekeeper

INBOX = Source(Topic.INBOX, 0)


class MemoryLog:
    """The port's log for one inbox partition. `faults` are raised by the commits and ticks to come, in turn.

    A fault may be an error, which loses the transaction, or `lost_answer`, which lands it all the same.
    """

    def __init__(self) -> None:
        self.inbox: list[Record] = []
        self.written: list[Output] = []
        self.position = 0
        self.owner: MemoryWriter | None = None
        self.faults: list[BaseException | None] = []
        self.member = True
        self.unanswered = 0  # how often nobody says who is a member
        self.commits: list[int] = []
        self.takeovers = 0
        self.stamp: Callable[[], Instant] = lambda: 0
        self.gate = asyncio.Event()  # commits wait for it
        self.gate.set()

    async def open_writer(self, source: Source) -> "MemoryWriter":
        self.takeovers += 1
        self.owner = MemoryWriter(self)
        return self.owner

    def partitions(self, topic: Topic) -> int:
        return 1

    async def extent(self, source: Source) -> Extent:
        return Extent(0, len(self.inbox), self.position)

    async def history(
        self, source: Source, start: int | None, end: int | None
    ) -> AsyncGenerator[Sequence[Record], None]:
        if source.topic is Topic.INBOX:
            yield [r for r in self.inbox if (start or 0) <= r.offset < (len(self.inbox) if end is None else end)]
        else:
            yield [
                Record(o.topic, 0, n, 0, o.key, o.value) for n, o in enumerate(self.written) if o.topic is source.topic
            ]

    async def place(self, source: Source, position: int) -> Cursor:
        self.cursor = Cursor(position)
        return self.cursor

    async def is_member(self) -> bool:
        if self.unanswered:
            self.unanswered -= 1
            raise IndefiniteError("the group's coordinator does not answer")
        return self.member

    async def tick(self, partition: int) -> Acknowledged:
        await asyncio.sleep(0)
        if self.faults:
            raise self.faults.pop(0) or AssertionError("a tick that fails by nothing")
        return Acknowledged(self.append(None, self.stamp()), self.inbox[-1].timestamp)

    def append(self, key: bytes | None, stamp: Instant = 0) -> int:
        self.inbox.append(Record(Topic.INBOX, 0, len(self.inbox), stamp, key, b""))
        return len(self.inbox) - 1

    def batch(self) -> Batch:
        """All that the cursor has not handed over yet."""
        start, self.cursor.position = self.cursor.position, len(self.inbox)
        return Batch(INBOX, self.cursor, start, len(self.inbox), self.inbox[start:])


class LostAnswerError(IndefiniteError):
    """The transaction has landed, but nobody heard of it."""


class MemoryWriter:
    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def commit(self, outputs: Sequence[Output], position: int) -> None:
        await self._log.gate.wait()
        await asyncio.sleep(0)
        if self._log.owner is not self:
            raise FencedError("another one has it")
        fault = self._log.faults.pop(0) if self._log.faults else None
        if fault is None or isinstance(fault, LostAnswerError):
            self._log.written += outputs
            self._log.position = position
            self._log.commits.append(position)
        if fault is not None:
            raise fault

    async def close(self) -> None: ...


class Tally:
    """Counts records with a key; its state is one number. `parts` chunks a batch."""

    def __init__(self, parts: int = 1) -> None:
        self.count = 0
        self.position: int | None = None
        self.next_deadline: Instant | None = None
        self.deduplication_start: int | None = None
        self._parts = parts

    def load(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        self.count, self.position = map(int, (value or b"0 0").split())

    def remember(self, record: Record) -> None: ...

    def finish_restore(self) -> None: ...

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        records = list(records)
        size = -(-len(records) // self._parts)
        for start in range(0, len(records), size):
            part = records[start : start + size]
            self.count += sum(record.key is not None for record in part)
            self.position = part[-1].offset + 1
            value = b"%d %d" % (self.count, self.position)
            yield Chunk([Output(Topic.TICKETS, 0, b"count", value, 0)], self.position)


@asynccontextmanager
async def running(
    log: MemoryLog, make: Callable[[Source], PipelineStep] = lambda _source: Tally()
) -> AsyncIterator[Lane]:
    lane = Lane(log, INBOX, make, halts=(ValueError,))
    await lane.take()
    task = asyncio.create_task(lane.run())
    try:
        yield lane
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.wait([task])


def tally(lane: Lane) -> Tally:
    assert isinstance(lane.step, Tally)
    return lane.step


async def applied(lane: Lane, log: MemoryLog) -> None:
    """Feed the lane as the consumer would, until it has applied all."""
    async with asyncio.timeout(HANG_SECONDS):
        while lane.next < len(log.inbox) or not lane.ready:
            if lane.ready and log.cursor.position < len(log.inbox):
                lane.offer(log.batch())
            await asyncio.sleep(0)


async def test_a_batch_is_one_transaction_with_its_end_past_the_markers() -> None:
    log = MemoryLog()
    for _ in range(3):
        log.append(b"k")
    async with running(log) as lane:
        batch = log.batch()
        past = Batch(INBOX, batch.cursor, 0, 5, batch.records)  # two markers follow
        lane.offer(past)
        await turns()
    assert log.commits == [5]


class HastyLog(MemoryLog):
    """Fetches before the takeover's caller goes on, as the consumer's thread may."""

    async def place(self, source: Source, position: int) -> Cursor:
        cursor = await super().place(source, position)
        self.fetched = self.batch()
        return cursor


async def test_a_batch_that_is_fetched_while_the_takeover_still_returns_is_applied() -> None:
    log = HastyLog()
    log.append(b"k")
    async with running(log) as lane:
        lane.offer(log.fetched)
        await turns()
    assert log.commits == [1]


async def test_a_batch_that_is_handed_over_while_a_retake_still_returns_is_applied() -> None:
    """A worker that is short of time gets there: the next batch would begin behind it, and end the worker."""
    log = HastyLog()
    log.append(b"k")
    async with running(log) as lane:
        place = log.place

        async def hand_over_at_once(source: Source, position: int) -> Cursor:
            cursor = await place(source, position)
            lane.offer(log.fetched)
            return cursor

        log.place = hand_over_at_once  # type: ignore[method-assign]  # a moment that this log alone has
        log.faults = [IndefiniteError("it is lost")]
        lane.offer(log.fetched)
        await applied(lane, log)
        log.append(b"k")
        await applied(lane, log)
        assert tally(lane).count == 2
    assert log.takeovers == 2


async def test_a_chunk_that_ends_within_the_batch_commits_its_own_position() -> None:
    log = MemoryLog()
    for _ in range(6):
        log.append(b"k")
    async with running(log, lambda _source: Tally(parts=3)) as lane:
        await applied(lane, log)
    assert log.commits == [2, 4, 6]


class Owing(Tally):
    """Begins with what still follows from the first record."""

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        if self.position is not None:
            yield Chunk([], 1)
        yield from super().fold(records)


async def test_what_still_follows_from_a_record_before_commits_no_offset_behind_its_markers() -> None:
    log = MemoryLog()
    log.append(b"k")
    async with running(log, lambda _source: Owing()) as lane:
        batch = log.batch()
        cursor, [first] = batch.cursor, batch.records
        lane.offer(Batch(INBOX, cursor, 0, 5, [first]))  # four markers follow
        await turns()
        lane.offer(Batch(INBOX, cursor, 5, 6, [first._replace(offset=5)]))
        await turns()
    assert log.commits == [5, 5, 6]


@pytest.mark.parametrize("fault", [IndefiniteError("it is lost"), LostAnswerError("it has landed")])
@pytest.mark.parametrize("at", range(3))
async def test_after_a_transaction_in_doubt_everything_is_counted_once(fault: Exception, at: int) -> None:
    log = MemoryLog()
    for _ in range(30):
        log.append(b"k")
    async with running(log, lambda _source: Tally(parts=3)) as lane:
        log.faults = [*[None] * at, fault]
        await applied(lane, log)
        for _ in range(10):
            log.append(b"k")
        await applied(lane, log)
        assert tally(lane).count == 40
    assert log.written[-1].value == b"40 40"
    assert log.takeovers == 2


async def test_batches_read_before_a_takeover_are_void_after_it() -> None:
    log = MemoryLog()
    log.append(b"k")
    async with running(log) as lane:
        log.faults = [IndefiniteError("it is lost")]
        first = log.batch()
        lane.offer(first)
        log.append(b"k")
        lane.offer(log.batch())  # under the old cursor
        await applied(lane, log)
        assert tally(lane).count == 2


async def test_a_lane_whose_commit_hangs_says_that_it_is_full_and_lets_nobody_wait() -> None:
    log = MemoryLog()
    async with running(log) as lane:
        log.gate.clear()
        for _ in range(3):
            log.append(b"k")
            lane.offer(log.batch())
            await turns()
        assert lane.full
        log.gate.set()
        await applied(lane, log)
        assert not lane.full
        assert tally(lane).count == 3


async def test_a_batch_that_does_not_begin_where_the_stage_stopped_is_refused() -> None:
    log = MemoryLog()
    for _ in range(4):
        log.append(b"k")

    async def skip_two() -> None:
        async with running(log) as lane:
            batch = log.batch()
            lane.offer(Batch(INBOX, batch.cursor, 2, 4, batch.records[2:]))
            await turns()

    with pytest.raises(GapError, match="begins at 2, expected was 0"):
        await skip_two()


async def test_a_lane_that_was_fenced_says_so_and_writes_nothing() -> None:
    log = MemoryLog()
    log.append(b"k")

    async def be_fenced() -> None:
        async with running(log) as lane:
            batch = log.batch()
            await log.open_writer(INBOX)  # by another worker
            lane.offer(batch)
            await turns()

    with pytest.raises(FencedError):
        await be_fenced()
    assert log.written == []


async def test_one_who_is_no_member_any_more_does_not_fence_the_one_who_replaced_him() -> None:
    log = MemoryLog()
    log.append(b"k")
    async with running(log) as lane:
        log.faults, log.member = [IndefiniteError("asleep meanwhile")], False
        lane.offer(log.batch())
        await turns()
        assert not lane.ready
    assert log.takeovers == 1


@pytest.mark.parametrize("member", [True, False])
async def test_while_nobody_says_who_is_a_member_nobody_is_fenced(
    monkeypatch: pytest.MonkeyPatch, *, member: bool
) -> None:
    """The writers' coordinator may answer one who is cut off from the group's."""
    monkeypatch.setattr("tocsin.streams.core.lane._RETRY_SECONDS", 0)
    monkeypatch.setattr("tocsin.streams.core.lane._REVOCATION_SECONDS", 3_600)
    log = MemoryLog()
    log.append(b"k")
    async with running(log) as lane:
        log.faults, log.member, log.unanswered = [IndefiniteError("it is lost")], member, 1_000_000
        lane.offer(log.batch())
        await turns()
        assert log.takeovers == 1
        log.unanswered = 0
        await turns()
        assert log.takeovers == (2 if member else 1)


async def test_a_stage_that_halts_stands_still_with_what_it_had_committed() -> None:
    class Refuses(Tally):
        def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
            yield Chunk([], next(iter(records)).offset + 1)
            raise ValueError("enough")

    log = MemoryLog()
    for _ in range(3):
        log.append(b"k")
    async with running(log, lambda _source: Refuses()) as lane:
        lane.offer(log.batch())
        await turns()
        assert (lane.halted, lane.next, log.commits) == ("enough", 1, [1])


async def test_closing_waits_for_the_running_batch_but_not_longer_than_it_may() -> None:
    log = MemoryLog()
    log.append(b"k")
    async with running(log) as lane:
        log.gate.clear()
        lane.offer(log.batch())
        await turns()
        await lane.close(0.01)  # gives up: whoever takes over next aborts it
        closing = asyncio.create_task(lane.close(5))
        log.gate.set()
        await closing
    assert log.commits == [1]


class Clock:
    """An inbox clock that stands where it is put."""

    def __init__(self) -> None:
        self.time: Instant = 0

    def now(self) -> Instant:
        return self.time

    def seconds_until(self, instant: Instant) -> float:
        return (instant - self.time) / 1_000

    def learn(self, stamp: Instant, seconds: float) -> None: ...


@asynccontextmanager
async def timekeeping(log: MemoryLog, lane: Lane, clock: Clock, heartbeat: float = 3_600) -> AsyncIterator[Timekeeper]:
    keeper = Timekeeper(log, lane, clock, heartbeat)
    task = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        task.cancel()
        await asyncio.wait([task])


async def turns(count: int = 50) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_no_second_tick_is_appended_before_the_first_is_applied() -> None:
    log, clock = MemoryLog(), Clock()
    async with running(log) as lane, timekeeping(log, lane, clock):
        tally(lane).next_deadline = -1  # long overdue
        await turns()
        assert len(log.inbox) == 1
        await applied(lane, log)
        await turns()
        assert len(log.inbox) == 2


async def test_a_tick_that_was_stamped_at_its_deadline_is_followed_by_one_after_it() -> None:
    log, clock = MemoryLog(), Clock()
    async with running(log) as lane, timekeeping(log, lane, clock):
        await turns()
        await applied(lane, log)
        tally(lane).next_deadline, clock.time, log.stamp = 1_000, 1_001, lambda: 1_000
        log.append(b"wakes the timekeeper")
        await applied(lane, log)
        await turns()
        ticks = len(log.inbox)
        assert log.inbox[-1].timestamp == 1_000  # not later than the deadline: it has not fired
        log.stamp = lambda: 1_001
        await applied(lane, log)
        await turns()
        assert len(log.inbox) == ticks + 1
        assert log.inbox[-1].timestamp == 1_001


async def test_a_tick_in_doubt_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.streams.core.timekeeper._RETRY_SECONDS", 0)
    log, clock = MemoryLog(), Clock()
    log.faults = [IndefiniteError("who knows")]
    async with running(log) as lane, timekeeping(log, lane, clock):
        await turns()
        assert [record.key for record in log.inbox] == [None]


async def test_the_clock_stands_still_from_a_tick_in_doubt_to_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.streams.core.timekeeper._RETRY_SECONDS", 0.01)
    log, clock = MemoryLog(), Clock()
    log.faults = [IndefiniteError("who knows")]
    async with running(log) as lane, timekeeping(log, lane, clock) as keeper, asyncio.timeout(HANG_SECONDS):
        assert not keeper.stands_still
        while not keeper.stands_still:
            await turns(1)
        while keeper.stands_still:
            await turns(1)
        assert [record.key for record in log.inbox] == [None]


async def test_a_tick_that_was_acknowledged_and_lost_with_its_broker_is_followed_by_another() -> None:
    log, clock = MemoryLog(), Clock()
    async with running(log) as lane, timekeeping(log, lane, clock, heartbeat=0.01):
        await turns()
        log.inbox.clear()
        async with asyncio.timeout(HANG_SECONDS):
            while not log.inbox:
                await turns()


async def test_what_is_overdue_is_told_in_seconds_of_the_inbox() -> None:
    log, clock = MemoryLog(), Clock()
    async with running(log) as lane, timekeeping(log, lane, clock) as keeper:
        assert keeper.overdue == 0
        await turns()
        await applied(lane, log)
        tally(lane).next_deadline, clock.time = 1_000, 3_500
        assert keeper.overdue == 2.5


async def test_a_lane_whose_work_is_cancelled_by_nobody_of_ours_ends_the_worker() -> None:
    """A client that gives up a request of its own cancels what waits for it."""
    log, ends = MemoryLog(), asyncio.get_running_loop().create_future()
    log.append(b"k")
    shell = Shell(Parts(log=log, make_step=lambda _source: Tally(), make_clock=Clock, heartbeat=3_600), ends.set_result)
    await shell.take_over([INBOX])
    log.faults = [asyncio.CancelledError()]
    shell.offer(log.batch())
    assert isinstance(await asyncio.wait_for(ends, HANG_SECONDS), asyncio.CancelledError)
    await shell.release()
