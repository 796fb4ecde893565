"""A topic that another party keeps: what Tocsin hands over there, and reads again."""

from collections.abc import AsyncIterator, Iterable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from tocsin.client.connection import connected, partitions_named
from tocsin.client.errors import ClientError, UnavailableError
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options
from tocsin.streams.kafka.refusals import lacking_rights

_REQUEST_BYTES_MAX = 16 * 1024 * 1024  # the broker's own limit decides


async def values_of(settings: Settings, name: str) -> AsyncIterator[bytes]:
    """The values of the topic `name`, each partition in its order, up to its present end. Raises `ClientError`."""
    assigned = [TopicPartition(name, partition) for partition in await _partitions(settings, name)]
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",  # by the default, "latest", it stands at the end at times
    )
    async with connected(consumer, settings):
        consumer.assign(assigned)
        ends = await consumer.end_offsets(assigned)
        for tp, begin in (await consumer.beginning_offsets(assigned)).items():
            consumer.seek(tp, begin)
        while pending := [tp for tp, end in ends.items() if await consumer.position(tp) < end]:
            for messages in (await consumer.getmany(*pending, timeout_ms=1_000)).values():
                for message in messages:
                    yield message.value or b""


async def hand_over(settings: Settings, name: str, messages: Iterable[tuple[bytes, bytes]]) -> None:
    """Write each key and value to the topic `name`; returns when all copies have them. Raises `ClientError`."""
    await _partitions(settings, name)
    producer = AIOKafkaProducer(**client_options(settings), acks="all", max_request_size=_REQUEST_BYTES_MAX)
    async with connected(producer, settings):
        try:
            for key, value in messages:
                await producer.send_and_wait(name, value, key)
        except MessageSizeTooLargeError:
            raise ClientError(f"The topic {name} takes no message of this size; raise its max.message.bytes.") from None
        except KafkaError as error:
            if lacking_rights(error) is not None:
                raise
            raise UnavailableError(f"{settings.bootstrap} did not confirm a message ({error}).") from error


async def _partitions(settings: Settings, name: str) -> list[int]:
    found = await partitions_named(settings, name)
    if not found:
        raise ClientError(f"There is no topic {name} at {settings.bootstrap}; whoever keeps it makes it.")
    return found
