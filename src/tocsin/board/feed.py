"""Reads the topics for the board: the compacted ones to their end, then all of them as they grow."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from tocsin.board.acting.deeds import Deeds
from tocsin.board.model import ALERTS_KEPT, Model
from tocsin.board.pulse import Pulse
from tocsin.client.connection import connected, partitions_of
from tocsin.client.errors import ClientError
from tocsin.engine.snapshot import SnapshotTooNew
from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options

_POLL_MS = 500
_RECORDS_MAX = 2_000  # at a time: whoever looks at the board is answered in between
_BACK = {Topic.TICKET_EVENTS: 0, Topic.DEAD_LETTERS: 0, Topic.ALERTS: ALERTS_KEPT}
"""So many records before its end a topic is read; the state from the beginning."""

_FOLLOWED = (Topic.TENANTS, Topic.TICKETS, Topic.ALERTS, Topic.TICKET_EVENTS)


class Fed(NamedTuple):
    """What is told of the records. `deeds` where somebody may act: what became of it."""

    model: Model
    pulse: Pulse
    deeds: Deeds | None = None

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics that are read. What is not accepted is read only where somebody acts."""
        return _FOLLOWED if self.deeds is None else (*_FOLLOWED, Topic.DEAD_LETTERS)


class Feed:
    """Reads into what is fed. It belongs to no consumer group, and commits nothing."""

    def __init__(self, settings: Settings, consumer: AIOKafkaConsumer, parts: Fed) -> None:
        self._consumer = consumer
        self._model, self._pulse, self._deeds = parts
        self._topics = {settings.topic(topic): topic for topic in parts.topics}
        self._partitions: dict[Topic, list[TopicPartition]] = {}

    async def run(self) -> None:
        """Read until cancelled. Raises `ClientError` where the state is of a release that this one cannot read."""
        await self._restore(Topic.TENANTS)  # contracts and contacts, by which tickets are told
        await self._restore(Topic.TICKETS)
        await self._restore(Topic.ALERTS)
        self._pulse.begin()
        while True:
            fetched = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS_MAX)
            self._take(fetched, live=True)
            await asyncio.sleep(0)

    async def assign(self, partitions: Mapping[Topic, list[int]]) -> None:
        """Stand at the beginning of the state, near the end of the alerts, at the end of the journal."""
        for name, topic in self._topics.items():
            self._partitions[topic] = [TopicPartition(name, number) for number in partitions[topic]]
        everything = [tp for tps in self._partitions.values() for tp in tps]
        self._consumer.assign(everything)
        ends = await self._consumer.end_offsets(everything)
        first = await self._consumer.beginning_offsets(everything)
        for topic, tps in self._partitions.items():
            for tp in tps:
                back = _BACK.get(topic, ends[tp])
                begin = max(first[tp], ends[tp] - back)
                if topic is Topic.ALERTS:
                    self._model.alerts_from[tp.partition] = begin
                self._consumer.seek(tp, begin)

    async def _restore(self, topic: Topic) -> None:
        tps = self._partitions[topic]
        ends = await self._consumer.end_offsets(tps)
        while any([await self._consumer.position(tp) < ends[tp] for tp in tps]):
            fetched = await self._consumer.getmany(*tps, timeout_ms=_POLL_MS, max_records=_RECORDS_MAX)
            self._take(fetched, live=False)
            await asyncio.sleep(0)
        self._require_readable()

    def _take(self, fetched: Mapping[TopicPartition, list[Any]], *, live: bool) -> None:
        for tp, messages in fetched.items():
            topic = self._topics[tp.topic]
            for message in messages:
                self._take_record(topic, message, live=live)
        self._model.refresh()
        if live:
            self._require_readable()

    def _require_readable(self) -> None:
        if self._model.damage.sentence:
            raise ClientError(self._model.damage.sentence)

    def _take_record(self, topic: Topic, message: Any, *, live: bool) -> None:
        headers = tuple((name, value or b"") for name, value in message.headers)
        place = topic, message.partition, message.offset
        record = Record(*place, message.timestamp, message.key, message.value, headers)
        if self._deeds is not None and topic in (Topic.TICKET_EVENTS, Topic.DEAD_LETTERS):
            self._deeds.hear(record)
        try:
            partition = self._model.take(record)
        except SnapshotTooNew as error:
            raise ClientError(f"The board cannot go on: {error}") from error
        except msgspec.MsgspecError as error:
            raise ClientError(f"{topic} was written by another version of Tocsin: {error}") from error
        if partition is not None:
            self._pulse.heard(partition, self._model.partition_clocks[partition], live=live)


@asynccontextmanager
async def connected_feed(settings: Settings, parts: Fed) -> AsyncIterator[Feed]:
    """A feed that stands where it begins. Raises `ClientError` where a topic is missing or no broker answers."""
    partitions = {topic: await partitions_of(settings, topic) for topic in parts.topics}
    parts.pulse.partitions = len(partitions[Topic.TENANTS])
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    async with connected(consumer, settings):
        feed = Feed(settings, consumer, parts)
        await feed.assign(partitions)
        yield feed
