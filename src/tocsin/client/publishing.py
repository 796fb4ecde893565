"""Writes messages to an input topic."""

from asyncio import Future
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
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
    producer = AIOKafkaProducer(
        **client_options(settings),
        acks="all",  # an idempotent producer fails for good at a message that is too large for the broker
        request_timeout_ms=_DELIVERY_MS,
        max_request_size=_REQUEST_BYTES_MAX,
        max_batch_size=128 * 1024,
    )
    async with connected(producer, settings):
        name, waiting = settings.topic(topic), deque[Future[RecordMetadata] | None]()
        async for message in messages:
            waiting.append(await _send(producer, name, message))
            if len(waiting) > _IN_FLIGHT_MAX:
                yield await _outcome(waiting.popleft(), settings)
        while waiting:
            yield await _outcome(waiting.popleft(), settings)


async def _each(messages: Iterable[NewRecord]) -> AsyncIterator[NewRecord]:
    for message in messages:
        yield message


async def _send(producer: AIOKafkaProducer, name: str, message: NewRecord) -> Future[RecordMetadata] | None:
    try:
        sent: Future[RecordMetadata] = await producer.send(
            name, message.value, message.key, headers=list(message.headers)
        )
    except MessageSizeTooLargeError:
        return None
    sent.add_done_callback(lambda done: done.exception())  # only the first failure is reported
    return sent


async def _outcome(sent: Future[RecordMetadata] | None, settings: Settings) -> Position | None:
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
            f"The broker at {settings.bootstrap} stopped confirming messages ({error}). What was not confirmed may be "
            "sent again: a repeat changes nothing."
        ) from error
    return Position(metadata.partition, metadata.offset)
