"""How far the group has read, asked of a coordinator that dies, comes back and loads."""

import asyncio
import contextlib
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from tocsin.dev.jars import OLDER_PIN, PIN
from tocsin.dev.kafka import LocalKafka, install
from tocsin.streams.kafka import offset_fetch

TP = TopicPartition("inputs", 0)
GROUP = "readers"


async def commit(kafka: LocalKafka, position: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id="reader")
    async with producer, producer.transaction():
        await producer.send(TP.topic, b"v", partition=TP.partition)
        await producer.send_offsets_to_transaction({TP: position}, GROUP)


async def ask_for(seconds: float, kafka: LocalKafka) -> set[int | None]:
    """Every answer that a reader gets who remembers its coordinator, as a member of the group does."""
    answers: set[int | None] = set()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            async with AIOKafkaConsumer(
                bootstrap_servers=kafka.bootstrap, group_id=GROUP, enable_auto_commit=False
            ) as consumer:
                coordinator = consumer._coordinator  # noqa: SLF001 - as the worker does
                while time.monotonic() < end:
                    coordinator.coordinator_id = 1
                    async with asyncio.timeout(2):
                        answers.add(await offset_fetch.committed(coordinator, TP))
                    await asyncio.sleep(0.002)
        await asyncio.sleep(0.01)
    return answers


@pytest.mark.parametrize("pin", [PIN, OLDER_PIN])
async def test_a_group_that_is_being_loaded_never_seems_to_have_committed_nothing(
    tmp_path: Path, pin: str, uses_broker
) -> None:
    kafka = LocalKafka(install(pin=pin), tmp_path / "kafka")
    uses_broker(kafka.version)
    await asyncio.to_thread(kafka.start)
    try:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(TP.topic, 1, 1)])
        await admin.close()
        await commit(kafka, 20)
        assert await ask_for(0.2, kafka) == {20}
        await asyncio.to_thread(kafka.kill)
        asking = asyncio.create_task(ask_for(8, kafka))
        await asyncio.to_thread(kafka.start)
        assert await asking == {20}
    finally:
        await asyncio.to_thread(kafka.stop)
