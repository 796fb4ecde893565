"""Reads alerts again whose places are known."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from tocsin.client.connection import connected
from tocsin.messages.record import Topic
from tocsin.notify.alert import Place, Received, read_alert
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options

_POLL_MS = 1_000
_NEAR = 1_000
"""Alerts that lie closer to each other than this are read in one go."""


class Rereader:
    """Reads `soc.alerts` at given places. What is no longer there is left out."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def connected(cls, settings: Settings) -> AsyncIterator[Self]:
        """One that is connected. Raises `ClientError`."""
        consumer = AIOKafkaConsumer(
            **client_options(settings),
            group_id=None,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        async with connected(consumer, settings):
            yield cls(consumer, settings.topic(Topic.ALERTS))

    async def read(self, places: Collection[Place]) -> list[Received]:
        """The alerts at `places` that are still there, in the order of their partitions and offsets."""
        by_partition: dict[int, list[int]] = defaultdict(list)
        for place in sorted(set(places)):
            by_partition[place.partition].append(place.offset)
        found: list[Received] = []
        async with self._one_at_a_time:
            for partition, offsets in by_partition.items():
                found += await self._of_partition(TopicPartition(self._topic, partition), offsets)
        return found

    async def onward(self, place: Place) -> list[Received]:
        """Every alert of the partition from `place` on, up to its present end."""
        tp = TopicPartition(self._topic, place.partition)
        async with self._one_at_a_time:
            self._consumer.assign([tp])
            end = (await self._consumer.end_offsets([tp]))[tp]
            return await self._between(tp, place.offset, end)

    async def _of_partition(self, tp: TopicPartition, offsets: list[int]) -> list[Received]:
        self._consumer.assign([tp])
        end = (await self._consumer.end_offsets([tp]))[tp]
        wanted, found = set(offsets), list[Received]()
        begins = offsets[0]
        for offset, following in zip(offsets, [*offsets[1:], end + 2 * _NEAR], strict=True):
            if following - offset > _NEAR:
                found += await self._between(tp, begins, min(offset + 1, end))
                begins = following
        return [each for each in found if each.place.offset in wanted]

    async def _between(self, tp: TopicPartition, start: int, end: int) -> list[Received]:
        first = (await self._consumer.beginning_offsets([tp]))[tp]
        self._consumer.seek(tp, max(start, first))
        found: list[Received] = []
        while await self._consumer.position(tp) < end:
            for record in (await self._consumer.getmany(tp, timeout_ms=_POLL_MS)).get(tp, ()):
                received = read_alert(record.value, Place(tp.partition, record.offset), record.timestamp)
                if received is not None and record.offset < end:
                    found.append(received)
        return found
