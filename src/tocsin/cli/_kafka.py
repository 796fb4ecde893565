"""Connecting to Kafka: within seconds, or with a sentence that says what to do."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tocsin.cli._exit import CommandError, Exit
from tocsin.messages.record import Topic
from tocsin.settings import Settings

CONNECT_SECONDS = 5

_Result = TypeVar("_Result")
_Client = TypeVar("_Client", AIOKafkaConsumer, AIOKafkaProducer)


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a command's coroutine; what Kafka fails with becomes one sentence."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # says in many lines what the sentence says in one
    try:
        return asyncio.run(main)
    except KafkaError as error:
        raise CommandError(f"Kafka failed: {error}", Exit.UNAVAILABLE) from error


@asynccontextmanager
async def connected(client: _Client, settings: Settings) -> AsyncIterator[_Client]:
    """Start `client`, and stop it at the end."""
    try:
        await _within_seconds(client.start(), settings)
        yield client
    finally:
        await client.stop()


async def partitions_of(settings: Settings, topic: Topic) -> list[int]:
    """The partitions of `topic`; a topic that does not exist ends the command."""
    name = settings.topic(topic)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    try:
        await _within_seconds(admin.start(), settings)
        topics = await admin.describe_topics()  # of all: asking for one may create it
    finally:
        await admin.close()
    for found in topics:
        if found["topic"] == name:
            return sorted(partition["partition"] for partition in found["partitions"])
    raise CommandError(f"There is no topic {name} at {settings.bootstrap}; `tocsin topics create` makes it.")


async def _within_seconds(start: Coroutine[Any, Any, None], settings: Settings) -> None:
    try:
        await asyncio.wait_for(start, CONNECT_SECONDS)
    except (KafkaError, TimeoutError, OSError, OverflowError) as error:  # the last one: no such port
        raise CommandError(
            f"No Kafka broker answers at {settings.bootstrap}. Is it running? `tocsin dev` starts one here; "
            "--bootstrap HOST:PORT names another.",
            Exit.UNAVAILABLE,
        ) from error
