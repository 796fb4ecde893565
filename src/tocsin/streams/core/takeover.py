"""Taking a partition over: writer, committed offset, restore, seek. The order is what makes it exact."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import NamedTuple, cast

import structlog

from tocsin.engine.damage import Damage
from tocsin.messages.record import PipelineStep, Record, Topic
from tocsin.streams.core.port import Cursor, DamagedError, Log, Source, Timed, Writer
from tocsin.streams.core.position import TakenIn, inbox_position, input_position

_RECORDS_SAID = 250_000
_AT_ONCE = 200  # records that are taken back in one turn of the event loop: the other lanes and the web server wait

_KEYS_AT_ONCE = 10_000
"""Of so many keys the latest record is awaited before any is loaded: 12 MB of tickets, and most of their changes."""

_log = structlog.get_logger()


class Taken(NamedTuple):
    """A partition that is ours: its writer, its state, and the reading that belongs to both.

    `position` is where the reading begins. The cursor may be further on already: records are fetched in another thread.
    """

    writer: Writer
    step: PipelineStep
    cursor: Cursor
    position: int


async def take_over(log: Log, source: Source, step: PipelineStep, taken_in: TakenIn) -> Taken:
    """Make `source` ours. `step` is new and empty.

    1. Opening the writer fences the previous owner and ends its transaction. 2. Only now are the state and the group's
    offset true; they must agree. 3. Reading begins there. Raises `DamagedError` where they do not, or where a
    record of the state cannot be read.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    writer = await log.open_writer(source)
    try:
        if source.topic is Topic.INBOX:
            position, restored = await _restore(log, source, cast("Timed", step))
        else:
            position, restored = await _begin(log, source, writer, taken_in), 0
        cursor = await log.place(source, position)
    except BaseException:
        await writer.close()
        raise
    milliseconds = round((loop.time() - began) * 1000)
    say = _log.info if source.topic is Topic.INBOX else _log.debug
    say("taken_over", source=str(source), position=position, restored=restored, milliseconds=milliseconds)
    return Taken(writer, step, cursor, position)


async def _begin(log: Log, source: Source, writer: Writer, taken_in: TakenIn) -> int:
    """Offset at which an input continues. It is committed where the group had none, since finding it out takes long."""
    extent = await log.extent(source)
    position = await input_position(taken_in, source, extent)
    if extent.committed is None:
        await writer.commit([], position)
    return position


async def _restore(log: Log, source: Source, shard: Timed) -> tuple[int, int]:
    """Give `shard` its state back; where the inbox goes on, and the number of records taken back."""
    # the offset is read before the state, the log's end after it: should this worker have stood still, and another one
    # go on meanwhile, then the state is newer than the offset and not older, and nothing seems to be missing
    committed = (await log.extent(source)).committed
    back, damage = _TakenBack(source), Damage()
    for topic in (Topic.TICKETS, Topic.TENANTS):
        state = log.history(Source(topic, source.partition), None, None)
        await back.each(_latest(state), partial(_load, shard, topic, damage))
    if damage.sentence:
        raise DamagedError(damage.sentence)
    extent = (await log.extent(source))._replace(committed=committed)
    position = await inbox_position(log, source, extent, shard.position)
    start = shard.deduplication_start
    if start is not None and start < position:
        await back.each(log.history(source, start, position), shard.remember)
    shard.finish_restore()
    return position, back.count


class _TakenBack:
    """Counts the records that are taken back. It says so now and then: millions of them take minutes."""

    def __init__(self, source: Source) -> None:
        self.count = 0
        self._source = source

    async def each(self, history: AsyncIterator[Sequence[Record]], take: Callable[[Record], None]) -> None:
        async for records in history:
            for record in records:
                take(record)
                self.count += 1
                if self.count % _AT_ONCE == 0:
                    await asyncio.sleep(0)
                if self.count % _RECORDS_SAID == 0:
                    _log.info("restoring", source=str(self._source), records=self.count)


async def _latest(history: AsyncIterator[Sequence[Record]]) -> AsyncIterator[Sequence[Record]]:
    """Leave out most of what a later record of its key replaces. Kafka compacts it late; to load it takes longest."""
    latest: dict[bytes | None, Record] = {}
    async for records in history:
        for record in records:
            latest.pop(record.key, None)  # so that it stands where the later one stood
            latest[record.key] = record
        if len(latest) >= _KEYS_AT_ONCE:
            yield tuple(latest.values())
            latest.clear()
    yield tuple(latest.values())


def _load(shard: Timed, topic: Topic, damage: Damage, record: Record) -> None:
    with damage.seen(topic, record.key or b"", f"{record.partition}/{record.offset}"):
        if record.key is None:
            raise ValueError("it has no key")
        shard.load(topic, record.key, record.value)
