"""The port's log on Kafka. The group's consumer lives in Faust's consumer thread; all else is here."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import CorruptRecordException, ProducerClosed

from tocsin.messages.inbox import TICK
from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings
from tocsin.streams.core.port import Acknowledged, Cursor, DamagedError, Extent, IndefiniteError, Source, Writer
from tocsin.streams.kafka.clients import client_options
from tocsin.streams.kafka.compat import discard
from tocsin.streams.kafka.errors import kafka_errors
from tocsin.streams.kafka.joint_writers import JointWriters, NamedWriter
from tocsin.streams.kafka.shared_writers import SharedWriters, shared_by
from tocsin.streams.kafka.transactions import RETRY_BACKOFF_MS, Stamp, Transactions

_HISTORY_RECORDS_MAX = 5_000  # at a time: the loop must breathe while a million tickets are restored
_HISTORY_WAIT_MS = 200
_HISTORY_QUIET_SECONDS = 30.0
_REQUEST_MS = 10_000
_TICK_SECONDS = 5.0


class GroupReader(Protocol):
    """Questions to the group's consumer, which runs in a thread of its own (`tocsin.streams.faust.consumer_thread`)."""

    async def extent(self, tp: TopicPartition) -> Extent:
        """Offsets of `tp`, and the group's committed one."""

    async def metadata(self, tp: TopicPartition, *, stable: bool) -> str:
        """What was committed beside the group's offset of `tp`."""

    async def place(self, source: Source, tp: TopicPartition, position: int) -> Cursor:
        """Seek, and begin a new reading."""

    async def is_member(self) -> bool:
        """Returns whether this worker is still a member of the group."""


class KafkaLog:
    """See `tocsin.streams.core.port.Log`."""

    def __init__(
        self,
        settings: Settings,
        partitions: Mapping[Topic, int],
        stamp: Stamp | None = None,
        named: NamedWriter | None = None,
    ) -> None:
        """`partitions`: how many each topic has. `stamp` dates inbox records where the broker does not.

        `named` is for who writes without being a worker; a worker asks by the group's consumer.
        """
        self._settings = settings
        self._partitions = partitions
        self._stamp = stamp
        self._ticker: AIOKafkaProducer | None = None
        self._ticker_lock = asyncio.Lock()
        # no topic has a "/" in its name: a transactional id is of one source, of one number, or of one worker
        self._shared = SharedWriters(lambda number: self._transactions(f"{settings.app_id}-shared/{number}"))
        self._joint = JointWriters(f"{settings.app_id}-worker/", self._transactions, named or self._named_writer)
        self.reader: GroupReader | None = None

    async def open_writer(self, source: Source) -> Writer:
        """See `tocsin.streams.core.port.Log`."""
        number = shared_by(source)
        if number is not None:
            return await self._shared.open(number, source)
        tp = self._tp(source)
        return await self._joint.open(f"{self._settings.app_id}-{tp.topic}-{tp.partition}", source)

    def _transactions(self, transactional_id: str) -> Transactions:
        return Transactions(self._settings, transactional_id, self._partitions, self._stamp)

    async def _named_writer(self, source: Source, *, stable: bool) -> str:
        return await self._reader.metadata(self._tp(source), stable=stable)

    def partitions(self, topic: Topic) -> int:
        """See `tocsin.streams.core.port.Log`."""
        return self._partitions[topic]

    async def extent(self, source: Source) -> Extent:
        """See `tocsin.streams.core.port.Log`."""
        return await self._reader.extent(self._tp(source))

    async def place(self, source: Source, position: int) -> Cursor:
        """See `tocsin.streams.core.port.Log`."""
        return await self._reader.place(source, self._tp(source), position)

    async def is_member(self) -> bool:
        """See `tocsin.streams.core.port.Log`."""
        return await self._reader.is_member()

    async def history(
        self, source: Source, start: int | None, end: int | None
    ) -> AsyncGenerator[Sequence[Record], None]:
        """See `tocsin.streams.core.port.Log`."""
        tp = self._tp(source)
        consumer = AIOKafkaConsumer(
            **client_options(self._settings),
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=_HISTORY_RECORDS_MAX,
            request_timeout_ms=_REQUEST_MS,
        )
        try:
            with kafka_errors():
                await consumer.start()
                consumer.assign([tp])
                first = (await consumer.beginning_offsets([tp]))[tp]
                end = (await consumer.end_offsets([tp]))[tp] if end is None else end
                consumer.seek(tp, first if start is None else max(start, first))
                async for fetched in _fetched(consumer, tp, end):
                    yield [record(source, r) for r in fetched if r.offset < end]
        except CorruptRecordException as error:
            raise DamagedError(
                f"{tp.topic}/{tp.partition} holds a record whose checksum is wrong: the broker's disk has damaged it. "
                "Nothing is guessed from what is left. Let the broker fetch the partition from an intact replica: stop "
                "it, remove its folder of this partition, start it. Without one, restore the disk from a backup."
            ) from error
        finally:
            await consumer.stop()

    async def tick(self, partition: int) -> Acknowledged:
        """See `tocsin.streams.core.port.Log`."""
        return await self.append(partition, TICK)

    async def append(self, partition: int, value: bytes) -> Acknowledged:
        """Append a record to this partition of the inbox that may be repeated. Raises `IndefiniteError`."""
        stamp = None if self._stamp is None else self._stamp()
        inbox = self._settings.topic(Topic.INBOX)
        try:
            with kafka_errors():
                async with asyncio.timeout(_TICK_SECONDS):
                    producer = await self._started_ticker()
                    sent = await producer.send_and_wait(inbox, value, partition=partition, timestamp_ms=stamp)
        except ProducerClosed as error:  # another partition's tick has found it in doubt
            raise IndefiniteError(repr(error)) from error
        except IndefiniteError:
            await self.close()  # the next tick begins afresh; one that landed all the same changes nothing
            raise
        return Acknowledged(sent.offset, sent.timestamp)

    async def _started_ticker(self) -> AIOKafkaProducer:
        async with self._ticker_lock:
            if self._ticker is None:
                ticker = AIOKafkaProducer(
                    **client_options(self._settings),
                    enable_idempotence=True,
                    retry_backoff_ms=RETRY_BACKOFF_MS,
                    request_timeout_ms=_REQUEST_MS,
                )
                try:
                    await ticker.start()
                except BaseException:
                    await discard(ticker)
                    raise
                self._ticker = ticker
            return self._ticker

    async def close(self) -> None:
        """Let go of the producer of the ticks."""
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            await discard(ticker)

    @property
    def _reader(self) -> GroupReader:
        if self.reader is None:
            raise RuntimeError("the group's consumer has not been started")
        return self.reader

    def _tp(self, source: Source) -> TopicPartition:
        return TopicPartition(self._settings.topic(source.topic, source.own), source.partition)


async def _fetched(consumer: AIOKafkaConsumer, tp: TopicPartition, end: int) -> AsyncIterator[Sequence[Any]]:
    """Yields the records of `consumer` up to `end`. Raises `IndefiniteError` where nothing more comes."""
    loop = asyncio.get_running_loop()
    limit = loop.time() + _HISTORY_QUIET_SECONDS
    position = await consumer.position(tp)
    while position < end:
        yield (await consumer.getmany(tp, timeout_ms=_HISTORY_WAIT_MS)).get(tp, ())
        before, position = position, await consumer.position(tp)
        if position > before:
            limit = loop.time() + _HISTORY_QUIET_SECONDS
        elif loop.time() > limit:
            raise IndefiniteError(f"{tp.topic}/{tp.partition} gives nothing beyond {position}, and should up to {end}")


def record(source: Source, consumed: Any) -> Record:
    """The record as the steps know it, of what aiokafka has consumed."""
    return Record(
        source.topic,
        source.partition,
        consumed.offset,
        consumed.timestamp,
        consumed.key,
        consumed.value,
        consumed.headers,
        source.own,
    )
