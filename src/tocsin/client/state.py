"""Writes the state of the partitions of the inbox anew, while no worker runs."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from tocsin.client.connection import connected, partitions_of
from tocsin.client.errors import ClientError
from tocsin.client.reading import opened_at
from tocsin.client.rules import said_to_a_client
from tocsin.domain.instant import Instant
from tocsin.messages.record import Output, Record, Topic
from tocsin.settings import Settings
from tocsin.streams.core.port import Source, Writer
from tocsin.streams.kafka import compat, offset_fetch
from tocsin.streams.kafka.clients import admin_client, client_options
from tocsin.streams.kafka.errors import kafka_errors
from tocsin.streams.kafka.group import members
from tocsin.streams.kafka.log import KafkaLog

_AT_ONCE = 1_000
_ANSWER_SECONDS = 10.0
_POLL_SECONDS = 0.2
_SPARE_SECONDS = 2.0

State = Mapping[tuple[Topic, bytes], bytes]
"""The value of each record by topic and key."""


class Restated(NamedTuple):
    """A partition whose state was written anew: of its `records` so many were `wrong`, `missing`, or `too_many`."""

    partition: int
    records: int
    wrong: int
    missing: int
    too_many: int


async def positions(settings: Settings) -> dict[int, int]:
    """How far each partition of the inbox was applied, once no worker runs and no transaction of one is open.

    Raises `ClientError` where one runs.
    """
    partitions = await partitions_of(settings, Topic.INBOX)
    await _require_nobody(settings)
    with said_to_a_client():
        async with _group(settings) as group:
            for partition in partitions:
                await (await group.writer(partition)).close()
            return {partition: await group.committed(partition) for partition in partitions}


async def restate(settings: Settings, partition: int, state: State, position: int) -> Restated:
    """Write what differs from `state`, which goes up to `position`. Raises `ClientError` where a worker runs."""
    await _require_nobody(settings)
    with said_to_a_client():
        async with _group(settings) as group:
            writer = await group.writer(partition)
            try:
                stands = await _standing(settings, partition)
                changes = list(_changes(partition, state, stands))
                for part in _parts(changes):
                    await writer.commit(part, position)
            finally:
                await writer.close()
    missing = sum(key not in stands for key in state)
    too_many = sum(output.value is None for output in changes)
    return Restated(partition, len(state), len(changes) - missing - too_many, missing, too_many)


async def _require_nobody(settings: Settings) -> None:
    """A worker with a `group_instance_id` is a member until its session ends."""
    limit = asyncio.get_running_loop().time() + settings.session_timeout + _SPARE_SECONDS
    async with admin_client(settings) as admin:
        while count := await members(admin, settings.app_id):
            if asyncio.get_running_loop().time() > limit:
                raise ClientError(
                    f"{count} workers of the group {settings.app_id} run. Stop all of them, and say it again."
                )
            await asyncio.sleep(_POLL_SECONDS)


class _Group:
    """What the group of the workers has committed, and who may write in their place."""

    def __init__(self, settings: Settings, coordinator: Any) -> None:
        self._name = settings.topic(Topic.INBOX)
        self._coordinator = coordinator
        self._log = KafkaLog(settings, {}, named=self._named)

    async def writer(self, partition: int) -> Writer:
        """The only one who may write for it; it ends the transaction of whoever wrote before."""
        return await self._log.open_writer(Source(Topic.INBOX, partition))

    async def committed(self, partition: int) -> int:
        """The offset up to which it was applied; 0 where the group has none."""
        with kafka_errors():
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await offset_fetch.committed(self._coordinator, TopicPartition(self._name, partition)) or 0

    async def _named(self, source: Source, *, stable: bool) -> str:
        tp = TopicPartition(self._name, source.partition)
        with kafka_errors():
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await offset_fetch.metadata(self._coordinator, tp, stable=stable)


@asynccontextmanager
async def _group(settings: Settings) -> AsyncIterator[_Group]:
    """It is asked by a consumer that reads nothing, and so joins no group."""
    consumer = AIOKafkaConsumer(**client_options(settings), group_id=settings.app_id, enable_auto_commit=False)
    async with connected(consumer, settings):
        yield _Group(settings, compat.coordinator(consumer))


async def _standing(settings: Settings, partition: int) -> dict[tuple[Topic, bytes], Record]:
    found: dict[tuple[Topic, bytes], Record] = {}
    for topic in (Topic.TICKETS, Topic.TENANTS):
        async with opened_at(settings, topic, partition, 0) as reader:
            async for record in reader.to_end():
                found[topic, record.key or b""] = record
    return {key: record for key, record in found.items() if record.value is not None}


def _changes(partition: int, state: State, stands: Mapping[tuple[Topic, bytes], Record]) -> Iterator[Output]:
    """The state of the partition comes last: without it no worker starts on the rest."""
    own = Topic.TENANTS, b"partition/%d" % partition
    stamp: Instant = max((record.timestamp for record in stands.values()), default=0)
    for topic, key in stands.keys() - state.keys():
        yield Output(topic, partition, key, None, stamp)
    for (topic, key), value in sorted(state.items(), key=lambda each: each[0] == own):
        record = stands.get((topic, key))
        if record is None or record.value != value:
            yield Output(topic, partition, key, value, stamp)


def _parts(outputs: Iterable[Output]) -> Iterator[list[Output]]:
    left = iter(outputs)
    while part := list(islice(left, _AT_ONCE)):
        yield part
