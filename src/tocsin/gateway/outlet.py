"""The way out of the gateway: a message counts as taken when Kafka has confirmed it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from tocsin.client.connection import connected, partitions_of
from tocsin.client.publishing import NewRecord, Position
from tocsin.gateway.counts import Counts
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options

_CONFIRMED_SECONDS = 8.0  # below the time in which the web server must have answered
_WAITING_MAX = 2_000
_WAITING_BYTES_MAX = 64 * 1024 * 1024
_REQUEST_BYTES_MAX = 16 * 1024 * 1024  # the broker's own limit decides


class Busy(Exception):  # noqa: N818 - says how it is
    """So much waits for Kafka that nothing more is taken: whoever sends should try again in a moment."""


class Unconfirmed(Exception):  # noqa: N818 - says what happened
    """Kafka has not confirmed the message. It may have it all the same; sent again, it counts once."""


class TooLarge(Exception):  # noqa: N818 - says how it is
    """The topic never takes a message of that size: whoever sends it again is refused again."""


class Outlet:
    """Puts messages on topics. `counts` hears of each."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer, counts: Counts) -> None:
        self._settings = settings
        self._producer = producer
        self._counts = counts
        self._waiting = 0
        self._waiting_bytes = 0

    @classmethod
    @asynccontextmanager
    async def connected(cls, settings: Settings, counts: Counts) -> AsyncIterator[Self]:
        """One that is connected. Raises `ClientError` where no broker answers or a topic is missing."""
        for topic in settings.gateway_topics:
            await partitions_of(settings, topic)
        producer = AIOKafkaProducer(
            **client_options(settings),
            acks="all",
            request_timeout_ms=int(_CONFIRMED_SECONDS * 1_000),
            max_request_size=_REQUEST_BYTES_MAX,
        )
        async with connected(producer, settings):
            yield cls(settings, producer, counts)

    async def put(self, topic: Topic, message: NewRecord) -> Position:
        """Send `message` and wait until Kafka has it. Raises `Busy`, `TooLarge` or `Unconfirmed`."""
        size = len(message.value)
        if self._waiting >= _WAITING_MAX or self._waiting_bytes + size > _WAITING_BYTES_MAX:
            self._counts.refused(topic, "busy")
            raise Busy
        self._waiting += 1
        self._waiting_bytes += size
        try:
            return await self._confirmed(topic, message)
        finally:
            self._waiting -= 1
            self._waiting_bytes -= size

    async def _confirmed(self, topic: Topic, message: NewRecord) -> Position:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(_CONFIRMED_SECONDS):
                metadata = await self._producer.send_and_wait(
                    self._settings.topic(topic), message.value, message.key, headers=list(message.headers)
                )
        except MessageSizeTooLargeError as error:
            self._counts.refused(topic, "too_large")
            raise TooLarge from error
        except (KafkaError, TimeoutError) as error:
            self._counts.refused(topic, "unconfirmed")
            raise Unconfirmed(f"Kafka has not confirmed it ({type(error).__name__})") from error
        self._counts.taken(topic, time.monotonic() - begun)
        return Position(metadata.partition, metadata.offset)

    @property
    def waiting(self) -> int:
        """The messages that Kafka has not confirmed yet."""
        return self._waiting
