"""Reads committed records from topics, without a consumer group: no committed offset of a worker changes."""

import heapq
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from tocsin.client.connection import connected, partitions_of
from tocsin.client.errors import UnavailableError
from tocsin.client.start import BEGINNING, NOW
from tocsin.domain.instant import Instant
from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options

_COMPACTED = (Topic.TICKETS, Topic.TENANTS)

_SILENCE_SECONDS = 15
"""The longest wait for records that the broker has and does not deliver."""

_POLL_MS = 1_000


class Reader:
    """Reads a topic, or some of its partitions, from an offset that is fixed when the reader is opened."""

    def __init__(
        self, consumer: AIOKafkaConsumer, topic: Topic, ends: dict[TopicPartition, int], own: str = ""
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._ends = ends
        self._own = own

    async def follow(self) -> AsyncIterator[Record]:
        """Every record, without an end."""
        while True:
            for fetched in (await self._consumer.getmany(timeout_ms=_POLL_MS)).values():
                for message in fetched:
                    yield self._record(message)

    async def extent(self) -> tuple[int, int]:
        """The first offset of its one partition that there is, and the end at the time the reader was opened."""
        [(tp, end)] = self._ends.items()
        return (await self._consumer.beginning_offsets([tp]))[tp], end

    async def to_end(self) -> AsyncIterator[Record]:
        """The records up to the end at the time the reader was opened."""
        async for batch in self.batches_to_end():
            for record in batch:
                yield record

    async def batches_to_end(self) -> AsyncIterator[list[Record]]:
        """The same, each fetch of a partition as one list."""
        heard_at = monotonic()
        while pending := [tp for tp, end in self._ends.items() if await self._consumer.position(tp) < end]:
            fetched = await self._consumer.getmany(*pending, timeout_ms=_POLL_MS)
            for tp, messages in fetched.items():
                yield [self._record(message) for message in messages if message.offset < self._ends[tp]]
            if fetched:
                heard_at = monotonic()
            elif monotonic() - heard_at > _SILENCE_SECONDS:
                raise UnavailableError("The broker does not deliver what it has.")

    def _record(self, message: ConsumerRecord) -> Record:
        place = self._topic, message.partition, message.offset
        return Record(*place, message.timestamp, message.key, message.value, tuple(message.headers), self._own)


@asynccontextmanager
async def opened(
    settings: Settings, topic: Topic, start: Instant, partitions: Iterable[int] | None = None, *, back: int = 0
) -> AsyncIterator[Reader]:
    """A reader of `partitions` (default: all) of `topic` that stands at the first record stamped `start` or later.

    `back` is the number of offsets before that record at which it begins.
    """
    if partitions is None:
        partitions = await partitions_of(settings, topic)
    async with _assigned(settings, topic, partitions) as (consumer, ends):
        found = await consumer.offsets_for_times(dict.fromkeys(ends, start))
        begins = await consumer.beginning_offsets(list(ends))
        for tp, place in found.items():
            known = None if place is None else place.offset
            consumer.seek(tp, max(0, first_from(topic, start, known, (begins[tp], ends[tp])) - back))
        yield Reader(consumer, topic, ends)


def first_from(topic: Topic, start: Instant, known: int | None, extent: tuple[int, int]) -> int:
    """The offset from which on all records stamped `start` or later stand; `known` is what the broker says.

    Of a compacted topic it may say that there is none although there are: it looks into the first segment alone that
    should have one, and compaction may have taken that one out. Then all of it is read.
    """
    begin, end = extent
    if start <= BEGINNING:
        return begin
    if known is not None:
        return known
    return begin if topic in _COMPACTED and start < NOW else end


@asynccontextmanager
async def opened_at(
    settings: Settings, topic: Topic, partition: int, start: int, own: str = ""
) -> AsyncIterator[Reader]:
    """A reader of one partition that stands at the offset `start`, or at the first that there is."""
    async with _assigned(settings, topic, [partition], own) as (consumer, ends):
        [tp] = ends
        begin = (await consumer.beginning_offsets([tp]))[tp]
        consumer.seek(tp, max(begin, min(start, ends[tp])))
        yield Reader(consumer, topic, ends, own)


@asynccontextmanager
async def _assigned(
    settings: Settings, topic: Topic, partitions: Iterable[int], own: str = ""
) -> AsyncIterator[tuple[AIOKafkaConsumer, dict[TopicPartition, int]]]:
    """A consumer of the partitions, and the end of each as it is now."""
    assigned = [TopicPartition(settings.topic(topic, own), partition) for partition in partitions]
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    async with connected(consumer, settings):
        consumer.assign(assigned)
        yield consumer, await consumer.end_offsets(assigned)


async def in_order(
    settings: Settings, topic: Topic, start: Instant, partitions: Iterable[int] | None = None
) -> AsyncIterator[Record]:
    """The records up to the present end of each partition, merged by their partitions' clocks.

    Within a partition the order is that of the offsets. A partition's clock is the greatest stamp so far.
    """
    if partitions is None:
        partitions = await partitions_of(settings, topic)
    async with AsyncExitStack() as stack:  # one consumer for each, since partitions are read at different speeds
        readers = [await stack.enter_async_context(opened(settings, topic, start, [each])) for each in partitions]
        async for record in merged([reader.to_end() for reader in readers]):
            yield record


async def merged(streams: Iterable[AsyncIterator[Record]]) -> AsyncIterator[Record]:
    """The records of `streams` by (greatest stamp so far in the stream, partition), each stream's order kept."""
    heads: list[tuple[Instant, int, Record, AsyncIterator[Record]]] = []
    for stream in streams:
        first = await anext(stream, None)
        if first is not None:
            heads.append((first.timestamp, first.partition, first, stream))
    heapq.heapify(heads)
    while heads:
        clock, partition, record, stream = heads[0]
        yield record
        following = await anext(stream, None)
        if following is None:
            heapq.heappop(heads)
        else:
            heapq.heapreplace(heads, (max(clock, following.timestamp), partition, following, stream))
