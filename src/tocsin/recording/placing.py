"""Writes records into a fresh partition, each at the offset that it has.

All goes over one connection, from which a broker takes one request after the other; so many are under way at a time,
and every answer must name the offset that was meant. Nothing is sent a second time: whatever goes wrong ends it.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import NodeNotReadyError, for_code
from aiokafka.protocol.offset import OffsetRequest, OffsetResetStrategy
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from tocsin.domain.instant import Instant
from tocsin.messages.record import Record
from tocsin.recording.fillers import Fillers, filler_batch
from tocsin.recording.manifest import RecordingError
from tocsin.recording.processes import done
from tocsin.recording.reading import Extent
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options

_BATCH_BYTES = 512 * 1024
_UNDER_WAY_MAX = 64
_BYTES_UNDER_WAY_MAX = 16 * 1024 * 1024
_FILLED_AT_ONCE = 10_000
_ABORT_AFTER_SECONDS = 120.0
_ANSWER_MS = 60_000
_ALL_COPIES = -1
_NOT_SERVED_YET = (3, 5, 6)  # topic not known, no leader, not the leader
_SERVED_WITHIN_SECONDS = 60.0
_WAIT_SECONDS = 0.02


class PlacingError(RecordingError):
    """A record did not get its offset. The message says which."""


async def place(settings: Settings, name: str, partition: int, records: Iterable[Record], extent: Extent) -> None:
    """Write `records`, in the order of their offsets, into a partition of the topic `name` that nothing stands in.

    The partition ends where `extent` does, or one offset later. What stands before its beginning is for the caller to
    delete. Raises `PlacingError`, or `KafkaError`.
    """
    client = AIOKafkaClient(**client_options(settings), request_timeout_ms=_ANSWER_MS)
    try:
        await client.bootstrap()
        await client.set_topics([name])
        pipeline = _Pipeline(client, name, partition)
        await pipeline.connect()
        fillers = Fillers(client, name, partition, f"{settings.app_id}-import-{name}-{partition}")
        await _Placing(pipeline, fillers).place(records, extent)
    finally:
        await client.close()


class _Pipeline:
    """The requests under way to one partition. `next` is the offset that the next record gets."""

    def __init__(self, client: AIOKafkaClient, name: str, partition: int) -> None:
        self.next = 0
        self._client = client
        self._name = name
        self._partition = partition
        self._under_way: deque[tuple[asyncio.Future[Any], int, int]] = deque()
        self._bytes = 0

    async def connect(self) -> None:
        """Connect to the leader, so that the first requests go out in their order.

        Brokers name a topic that has just been made before they serve it.
        """
        self._node = self._client.cluster.leader_for_partition(TopicPartition(self._name, self._partition))
        if not await self._client.ready(self._node):
            raise NodeNotReadyError(f"the broker of {self._name}/{self._partition}")
        async with asyncio.timeout(_SERVED_WITHIN_SECONDS):
            while not await self._is_served():  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(_WAIT_SECONDS)

    async def _is_served(self) -> bool:
        question = OffsetRequest(-1, 0, [(self._name, [(self._partition, OffsetResetStrategy.LATEST)])])
        [(_, [(_, code, _, end)])] = (await self._client.send(self._node, question)).topics
        if code in _NOT_SERVED_YET:
            return False
        if code or end:
            where = f"{self._name}/{self._partition}"
            raise for_code(code)(where) if code else PlacingError(f"{where} is not empty")
        return True

    async def put(self, batch: bytes, count: int, transactional_id: str | None = None) -> None:
        """Send a batch of `count` records; wait where too many are under way."""
        request = ProduceRequest(transactional_id, _ALL_COPIES, _ANSWER_MS, [(self._name, [(self._partition, batch)])])
        sent = asyncio.ensure_future(self._client.send(self._node, request))
        self._under_way.append((sent, self.next, len(batch)))
        self._bytes += len(batch)
        self.next += count
        while len(self._under_way) > _UNDER_WAY_MAX or self._bytes > _BYTES_UNDER_WAY_MAX:
            await self._heard()

    async def drain(self) -> None:
        """Wait for all answers."""
        while self._under_way:
            await self._heard()

    async def _heard(self) -> None:
        sent, meant, size = self._under_way.popleft()
        self._bytes -= size
        [(_, [(_, code, given, *_)])] = (await sent).topics
        where = f"{self._name}/{self._partition}"
        if code:
            raise for_code(code)(f"{where} at offset {meant}")
        if given != meant:
            raise PlacingError(f"{where}: what belongs at offset {meant} was given {given}. Who else writes there?")

    def marked(self) -> None:
        """A marker has been written."""
        self.next += 1


class _Placing:
    """Records and the gaps between them."""

    def __init__(self, pipeline: _Pipeline, fillers: Fillers) -> None:
        self._pipeline = pipeline
        self._fillers = fillers
        self._batch = _new_batch()
        self._count = 0
        self._stamp: Instant = 0  # of the record before

    async def place(self, records: Iterable[Record], extent: Extent) -> None:
        await self._pass_over(extent.begin)
        for record in records:
            self._stamp = self._stamp or record.timestamp
            if record.offset != self._next:
                await self._flush()
                await self._fill(record.offset - self._next)
            await self._append(record)
        await self._flush()
        await self._fill(extent.end - self._next, last=True)
        await self._pipeline.drain()

    @property
    def _next(self) -> int:
        return self._pipeline.next + self._count

    async def _append(self, record: Record) -> None:
        if not self._appended(record):
            await self._flush()
            self._appended(record)  # a batch takes its first record, whatever its size

    def _appended(self, record: Record) -> bool:
        content = (record.timestamp, record.key, record.value, list(record.headers))
        if self._batch.append(self._count, *content) is None:
            return False
        self._count += 1
        self._stamp = record.timestamp
        return True

    async def _flush(self) -> None:
        if self._count:
            await self._pipeline.put(bytes(self._batch.build()), self._count)
            done(self._count)
            self._batch, self._count = _new_batch(), 0

    async def _pass_over(self, count: int) -> None:
        """Records that are deleted afterwards, with all that stands before the first that is wanted."""
        for batch in _portions(count):
            await self._pipeline.put(filler_batch(batch, self._stamp), batch)

    async def _fill(self, gap: int, *, last: bool = False) -> None:
        """Fill a gap with records of a transaction that is aborted; the marker of its end takes an offset, too.

        So the transaction goes on over many gaps. It ends in one of them, at last at the end of the partition.
        """
        if gap < 0:
            raise PlacingError(f"the records are not in the order of their offsets at {self._next}")
        fillers = self._fillers
        if gap and not fillers.open:
            await fillers.begin()
        ends = fillers.open and (last or (gap > 0 and fillers.seconds_open > _ABORT_AFTER_SECONDS))
        for count in _portions(gap - 1 if ends else gap):
            await self._pipeline.put(fillers.batch(count, self._stamp), count, fillers.transactional_id)
        if ends:
            await self._pipeline.drain()
            await fillers.abort()
            self._pipeline.marked()


def _portions(count: int) -> Iterable[int]:
    while count > 0:
        yield min(count, _FILLED_AT_ONCE)
        count -= _FILLED_AT_ONCE


def _new_batch() -> DefaultRecordBatchBuilder:
    return DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, _BATCH_BYTES)
