"""Connections to Kafka: made within seconds, or refused with a sentence that says what to do."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from tocsin.client.errors import ClientError, UnavailableError
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import admin_client, described

CONNECT_SECONDS = 5

_Result = TypeVar("_Result")
_Client = TypeVar("_Client", AIOKafkaConsumer, AIOKafkaProducer)


@asynccontextmanager
async def connected(client: _Client, settings: Settings) -> AsyncIterator[_Client]:
    """Start `client`, and stop it at the end."""
    try:
        await _within_seconds(client.start(), settings)
        yield client
    finally:
        await client.stop()


async def partitions_of(settings: Settings, topic: Topic, own: str = "") -> list[int]:
    """The partitions of `topic`. Raises `ClientError` if there is no such topic."""
    name = settings.topic(topic, own)
    found = await partitions_named(settings, name)
    if not found:
        raise ClientError(f"There is no topic {name} at {settings.bootstrap}; `tocsin topics create` makes it.")
    return found


async def partitions_named(settings: Settings, name: str) -> list[int]:
    """The partitions of the topic of that name on the cluster, whoever it belongs to; none if there is none."""
    found = await _within_seconds(_described(settings, name), settings)
    return sorted(partition["partition"] for partition in found.get(name, ()))


async def _described(settings: Settings, name: str) -> dict[str, Any]:
    async with admin_client(settings) as admin:
        return await described(admin, [name])


async def _within_seconds(start: Coroutine[Any, Any, _Result], settings: Settings) -> _Result:
    try:
        return await asyncio.wait_for(start, CONNECT_SECONDS)
    except TopicAuthorizationFailedError:
        raise  # the brokers answer
    except (KafkaError, TimeoutError, OSError, OverflowError) as error:  # the last one: no such port
        raise UnavailableError(
            f"No Kafka broker answers at {settings.bootstrap}. Is it running? `tocsin dev` starts one here; "
            "--bootstrap HOST:PORT names another."
        ) from error
