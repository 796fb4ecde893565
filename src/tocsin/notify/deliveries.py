"""Follows `soc.deliveries` and keeps the memory up to date."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Self

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from tocsin.client.connection import connected, partitions_of
from tocsin.domain.instant import Instant
from tocsin.messages.record import Topic
from tocsin.notify.beginning import remembered_since
from tocsin.notify.receipts import Receipt, read_receipt
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options

_POLL_MS = 500
_RECORDS_MAX = 5_000
_TELL_SECONDS = 5.0

_log = structlog.get_logger()


Learn = Callable[[Receipt, Instant], None]
"""Takes a receipt and the stamp with which it stands on the topic."""


class Deliveries:
    """Reads all receipts of the days that alerts are kept, and then those that others write; `learn` hears of each.

    Those of `source` are our own: whoever writes one learns of it at once, and is not told again.
    """

    def __init__(
        self, consumer: AIOKafkaConsumer, tps: list[TopicPartition], learn: Sequence[Learn], source: str
    ) -> None:
        self._consumer = consumer
        self._tps = tps
        self._learn = learn
        self._source = source
        self._moved = asyncio.Condition()

    @classmethod
    @asynccontextmanager
    async def connected(cls, settings: Settings, learn: Sequence[Learn], source: str) -> AsyncIterator[Self]:
        """One that stands at the first receipt of the days that alerts are kept. Raises `ClientError`."""
        name = settings.topic(Topic.DELIVERIES)
        tps = [TopicPartition(name, partition) for partition in await partitions_of(settings, Topic.DELIVERIES)]
        consumer = AIOKafkaConsumer(
            **client_options(settings), enable_auto_commit=False, auto_offset_reset="earliest", group_id=None
        )
        async with connected(consumer, settings):
            consumer.assign(tps)
            await consumer.seek_to_end(*tps)
            for tp, place in (await consumer.offsets_for_times(dict.fromkeys(tps, remembered_since(settings)))).items():
                if place is not None:
                    consumer.seek(tp, place.offset)
            yield cls(consumer, tps, learn, source)

    async def follow(self) -> None:
        """Read without an end."""
        while True:
            fetched = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS_MAX)
            for record in (each for records in fetched.values() for each in records):
                receipt = read_receipt(record.value)
                if receipt is not None and receipt.source != self._source:
                    for learn in self._learn:
                        learn(receipt, record.timestamp)
            async with self._moved:
                self._moved.notify_all()
            await asyncio.sleep(0)

    async def caught_up(self) -> None:
        """Wait until everything has been read that stands there now; tells how far it is where that takes long."""
        ends = await self._consumer.end_offsets(self._tps)
        told = time.monotonic()
        while left := sum([max(0, end - await self._consumer.position(tp)) for tp, end in ends.items()]):
            if time.monotonic() - told > _TELL_SECONDS:
                _log.info("reading_receipts", left=left, of=sum(ends.values()))
                told = time.monotonic()
            async with self._moved:
                await self._moved.wait()
