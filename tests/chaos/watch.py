"""What an outsider sees of a run while it goes on: outputs as they become visible, and committed offsets."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tocsin.messages.record import Topic
from tocsin.settings import Settings

PASSING = (KafkaError, OSError, TimeoutError, AssertionError)
"""What a client says while brokers come and go; aiokafka asserts that a cluster has brokers."""


@dataclass
class Seen:
    """The first sight of what a `read_committed` consumer is given, by the machine's clock and a monotonic one."""

    alerts: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Partition, offset, effective time of the record, wall clock (ms) when it was seen."""
    latest: dict[TopicPartition, tuple[int, float]] = field(default_factory=dict)
    """The last offset that was seen of each partition, and when on the monotonic clock."""
    went_back: list[str] = field(default_factory=list)
    """Committed offsets that were lower than before. Must stay empty."""
    offset_readings: int = 0


class Outputs:
    """Reads journal and alerts as they appear."""

    def __init__(self, settings: Settings, seen: Seen) -> None:
        self._settings, self._seen = settings, seen
        self._alerts = settings.topic(Topic.ALERTS)
        self.journal = [
            TopicPartition(settings.topic(Topic.TICKET_EVENTS), number) for number in range(settings.partitions)
        ]
        self._awaited: list[tuple[TopicPartition, int, asyncio.Future[float]]] = []

    async def run(self) -> None:
        """Read until cancelled."""
        alerts = [TopicPartition(self._alerts, number) for number in range(self._settings.partitions)]
        async with watching(self._settings, "read_committed") as consumer:
            consumer.assign([*self.journal, *alerts])
            await consumer.seek_to_beginning()
            while True:
                for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                    self._see(tp, records)

    def _see(self, tp: TopicPartition, records: list[ConsumerRecord]) -> None:
        now, wall = time.monotonic(), time.time_ns() // 1_000_000
        self._seen.latest[tp] = records[-1].offset, now
        if tp.topic == self._alerts:
            self._seen.alerts += [(tp.partition, r.offset, r.timestamp, wall) for r in records]
        for awaited, offset, future in self._awaited:
            if awaited == tp and records[-1].offset >= offset and not future.done():
                future.set_result(now)

    async def fresh(self, ends: dict[TopicPartition, int], seconds: float) -> float:
        """Wait until each of these partitions shows a record from its offset on; when the last one did."""
        loop = asyncio.get_running_loop()
        awaited: list[tuple[TopicPartition, int, asyncio.Future[float]]] = [
            (tp, offset, loop.create_future()) for tp, offset in ends.items()
        ]
        for tp, offset, future in awaited:
            last = self._seen.latest.get(tp)
            if last and last[0] >= offset:
                future.set_result(last[1])
        self._awaited += awaited
        try:
            async with asyncio.timeout(seconds):
                return max([await future for _, _, future in awaited])
        finally:
            for entry in awaited:
                self._awaited.remove(entry)


@asynccontextmanager
async def watching(settings: Settings, isolation: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of no group."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        metadata_max_age_ms=5_000,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        with contextlib.suppress(*PASSING):
            await asyncio.wait_for(consumer.stop(), 5)


class Offsets:
    """Reads the group's committed offsets ten times a second and compares each with the one before."""

    def __init__(self, settings: Settings, seen: Seen) -> None:
        self._settings, self._seen = settings, seen
        self.last: dict[TopicPartition, int] = {}

    async def run(self) -> None:
        """Read until cancelled; a broker that is not there is no fault of the worker."""
        while True:
            with contextlib.suppress(*PASSING):
                async with asyncio.timeout(10), admin(self._settings) as client:
                    while True:
                        await self.read(client)
                        await asyncio.sleep(0.1)

    async def read(self, client: AIOKafkaAdminClient) -> dict[TopicPartition, int]:
        """The committed offsets of now."""
        async with asyncio.timeout(3):
            found = await client.list_consumer_group_offsets(self._settings.app_id)
        now = {tp: committed.offset for tp, committed in found.items()}
        for tp, offset in now.items():
            if offset < self.last.get(tp, 0):
                self._seen.went_back.append(f"{tp.topic}/{tp.partition}: {self.last[tp]} -> {offset}")
        self.last.update(now)
        self._seen.offset_readings += 1
        return now


@asynccontextmanager
async def admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client."""
    client = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap, request_timeout_ms=5_000)
    try:
        await client.start()
        yield client
    finally:
        with contextlib.suppress(*PASSING):
            await asyncio.wait_for(client.close(), 5)
