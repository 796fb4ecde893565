"""Taking a partition over: writer, committed offset, restore, seek. The order is what makes it exact."""

import asyncio
from typing import NamedTuple, cast

import structlog

from tocsin.messages.record import Record, Stage, Topic
from tocsin.streams.port import Cursor, Log, Source, Timed, Writer

_log = structlog.get_logger()


class Taken(NamedTuple):
    """A partition that is ours: its writer, its state, and the reading that belongs to both.

    `position` is where the reading begins. The cursor may be further on already: records are fetched in another thread.
    """

    writer: Writer
    stage: Stage
    cursor: Cursor
    position: int


async def take_over(log: Log, source: Source, stage: Stage) -> Taken:
    """Make `source` ours. `stage` is new and empty.

    1. Opening the writer fences the previous owner and ends its transaction. 2. Only now is the committed offset
    true. 3. The state that stands beside it belongs to it. 4. Reading begins there.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    writer = await log.open_writer(source)
    try:
        position = await log.committed(source)
        restored = await _restore(log, source, cast("Timed", stage), position) if source.topic is Topic.INBOX else 0
        cursor = await log.place(source, position)
    except BaseException:
        await writer.close()
        raise
    milliseconds = round((loop.time() - began) * 1000)
    say = _log.info if source.topic is Topic.INBOX else _log.debug
    say("taken_over", source=str(source), position=position, restored=restored, milliseconds=milliseconds)
    return Taken(writer, stage, cursor, position)


async def _restore(log: Log, source: Source, shard: Timed, position: int) -> int:
    """Give `shard` back what stood when `position` was committed; the number of records read."""
    count = 0
    for topic in (Topic.TICKETS, Topic.TENANTS):
        async for records in log.history(Source(topic, source.partition), None, None):
            for record in records:
                _load(shard, topic, record)
            count += len(records)
    start = shard.deduplication_start
    if start is not None and start < position:
        async for records in log.history(source, start, position):
            for record in records:
                shard.remember(record)
            count += len(records)
    return count


def _load(shard: Timed, topic: Topic, record: Record) -> None:
    if record.key is None:
        raise ValueError(f"{topic}/{record.partition}/{record.offset} has no key: it is no state record")
    shard.load(topic, record.key, record.value)
