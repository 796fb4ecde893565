"""Writes messages to an input topic."""

from asyncio import Future
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, UnknownTopicOrPartitionError
from aiokafka.structs import RecordMetadata

from tocsin.client.connection import connected, partitions_of
from tocsin.client.errors import ClientError, UnavailableError
from tocsin.messages.record import Headers, Topic
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options
from tocsin.streams.kafka.refusals import lacking_rights

_IN_FLIGHT_MAX = 10_000
_DELIVERY_MS = 10_000
_REQUEST_BYTES_MAX = 16 * 1024 * 1024  # the broker's own limit decides

Sent = Future[RecordMetadata] | None
"""A message on its way; None for one that is too large to go."""


class NewRecord(NamedTuple):
    """A message to publish; its bytes reach the topic unchanged."""

    value: bytes
    key: bytes | None = None
    headers: Headers = ()


class Position(NamedTuple):
    """The partition and offset of a published message."""

    partition: int
    offset: int


async def publish(settings: Settings, topic: Topic, messages: Iterable[NewRecord]) -> list[Position]:
    """Send `messages` and return the position of each, once the broker has confirmed all of them.

    Raises `ClientError` when the broker cannot be reached, the topic is missing or a message is too large.
    """
    positions = []
    async for outcome in deliver(settings, topic, _each(messages)):
        if outcome is None:
            raise ClientError(f"A message is larger than the topic {settings.topic(topic)} takes.")
        positions.append(outcome)
    return positions


async def deliver(
    settings: Settings, topic: Topic, messages: AsyncIterable[NewRecord]
) -> AsyncIterator[Position | None]:
    """Send `messages` as they come; yield the position of each in their order, None for one that is too large."""
    await partitions_of(settings, topic)
    async with producing(settings) as producer:
        name, waiting = settings.topic(topic), deque[Sent]()
        async for message in messages:
            waiting.append(await producer.send(name, message))
            if len(waiting) > _IN_FLIGHT_MAX:
                yield await producer.confirmed(waiting.popleft())
        while waiting:
            yield await producer.confirmed(waiting.popleft())


class Producer:
    """Sends messages to topics by their names on the cluster; `producing` makes one."""

    def __init__(self, producer: AIOKafkaProducer, settings: Settings) -> None:
        self._producer = producer
        self._settings = settings

    async def send(self, name: str, message: NewRecord, partition: int | None = None) -> Sent:
        """Send `message`; what is returned is to be `confirmed`. Raises `ClientError` where there is no such topic.

        It goes to `partition` where there is that one, else to the one that its key chooses.
        """
        try:
            if partition is not None and partition not in await self._producer.partitions_for(name):
                partition = None
            sent: Future[RecordMetadata] = await self._producer.send(
                name, message.value, message.key, partition, headers=list(message.headers)
            )
        except MessageSizeTooLargeError:
            return None
        except UnknownTopicOrPartitionError as error:
            raise ClientError(f"There is no topic {name}; `tocsin topics create` makes it.") from error
        sent.add_done_callback(lambda done: done.exception())  # only the first failure is reported
        return sent

    async def confirmed(self, sent: Sent) -> Position | None:
        """The position of what was sent, once the broker has it; None where it is too large. Raises `ClientError`."""
        if sent is None:
            return None
        try:
            metadata = await sent
        except MessageSizeTooLargeError:
            return None
        except KafkaError as error:
            if lacking_rights(error) is not None:
                raise
            raise UnavailableError(
                f"The broker at {self._settings.bootstrap} stopped confirming messages ({error}). What was not "
                "confirmed may be sent again: a repeat changes nothing."
            ) from error
        return Position(metadata.partition, metadata.offset)


@asynccontextmanager
async def producing(settings: Settings) -> AsyncIterator[Producer]:
    """A producer that is connected."""
    producer = AIOKafkaProducer(
        **client_options(settings),
        acks="all",  # an idempotent producer fails for good at a message that is too large for the broker
        request_timeout_ms=_DELIVERY_MS,
        max_request_size=_REQUEST_BYTES_MAX,
        max_batch_size=128 * 1024,
    )
    async with connected(producer, settings):
        yield Producer(producer, settings)


async def _each(messages: Iterable[NewRecord]) -> AsyncIterator[NewRecord]:
    for message in messages:
        yield message
