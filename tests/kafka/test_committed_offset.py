"""How far the group has read: asked of a coordinator that dies, comes back and loads; and after two transactions."""

import asyncio
import contextlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from patience import until
from tests.conftest import UsesBroker

from tocsin.dev.jars import OLDER_PIN, PIN
from tocsin.dev.kafka import LocalKafka, install
from tocsin.streams.kafka import offset_fetch

TP = TopicPartition("inputs", 0)
GROUP = "readers"


async def create_topic(kafka: LocalKafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TP.topic, 1, 1)])
    await admin.close()


async def commit(kafka: LocalKafka, position: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id="reader")
    async with producer, producer.transaction():
        await producer.send(TP.topic, b"v", partition=TP.partition)
        await producer.send_offsets_to_transaction({TP: position}, GROUP)


class Asking:
    """A reader who remembers its coordinator, as a member of the group does, and asks all the time."""

    def __init__(self, kafka: LocalKafka) -> None:
        self._kafka = kafka
        self.answers: Counter[int | None] = Counter()

    async def run(self) -> None:
        """Ask until cancelled, whatever becomes of the broker."""
        while True:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                async with AIOKafkaConsumer(
                    bootstrap_servers=self._kafka.bootstrap, group_id=GROUP, enable_auto_commit=False
                ) as consumer:
                    await self._ask(consumer._coordinator)  # noqa: SLF001 - as the worker does
            await asyncio.sleep(0.01)

    async def _ask(self, coordinator: Any) -> None:
        while True:
            coordinator.coordinator_id = 1
            async with asyncio.timeout(2):
                self.answers[await offset_fetch.committed(coordinator, TP)] += 1
            await asyncio.sleep(0.002)

    async def told(self, answers: int) -> None:
        """Wait for so many further answers."""
        wanted = self.answers.total() + answers
        await until(lambda: self.answers.total() >= wanted, f"{answers} answers")


@pytest.mark.parametrize("pin", [PIN, OLDER_PIN])
async def test_a_group_that_is_being_loaded_never_seems_to_have_committed_nothing(
    tmp_path: Path, pin: str, uses_broker: UsesBroker
) -> None:
    with LocalKafka(install(pin=pin), tmp_path / "kafka") as kafka:
        uses_broker(kafka.version)
        await create_topic(kafka)
        await commit(kafka, 20)
        asking = Asking(kafka)
        task = asyncio.create_task(asking.run())
        await asking.told(10)
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        await asking.told(50)  # the first of them while it loads the group
        task.cancel()
        assert set(asking.answers) == {20}


@pytest.mark.parametrize("pin", [PIN, OLDER_PIN])
async def test_of_two_transactions_the_offset_that_was_written_later_holds_though_the_other_one_ends_last(
    tmp_path: Path, pin: str, uses_broker: UsesBroker
) -> None:
    """A source is written for by two ids, one after the other: the markers of the first may come late."""
    with LocalKafka(install(pin=pin), tmp_path / "kafka") as kafka:
        uses_broker(kafka.version)
        await create_topic(kafka)
        await two_transactions(kafka, first=12, second=16)
        assert await group_offset(kafka) == 16
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        assert await group_offset(kafka) == 16  # as it was loaded


async def two_transactions(kafka: LocalKafka, first: int, second: int) -> None:
    """Write the offset `first`, then `second`; end the transaction of the second before that of the first."""
    ids = ("own", "joint")
    one, two = (AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=each) for each in ids)
    async with one, two:
        for producer, position in ((one, first), (two, second)):
            await producer.begin_transaction()
            await producer.send_offsets_to_transaction({TP: position}, GROUP)
        await two.commit_transaction()
        await one.commit_transaction()


async def group_offset(kafka: LocalKafka) -> int | None:
    async with AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, group_id=GROUP, enable_auto_commit=False
    ) as consumer:
        async with asyncio.timeout(60):
            return await offset_fetch.committed(consumer._coordinator, TP)  # noqa: SLF001 - as the worker does
