"""The rules of each partition of the inbox, and the switch of all of them to those of this release."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import ProducerFenced

from tocsin.client.connection import connected, partitions_of
from tocsin.client.errors import ClientError, UnavailableError
from tocsin.engine.rules import RULES
from tocsin.messages import inbox
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.core.port import IndefiniteError, LogError, Source
from tocsin.streams.kafka.clients import admin_client, client_options
from tocsin.streams.kafka.log import KafkaLog
from tocsin.streams.kafka.placement import require_unmoved
from tocsin.streams.kafka.preflight import PreflightError
from tocsin.streams.kafka.rules import Standing, Status, standing

DRAINED_WITHIN_MAX = 600.0
"""Seconds; brokers end a transaction that is open for longer than 15 minutes."""

_POLL_SECONDS = 0.2
_SPARE_SECONDS = 30.0  # to commit in


async def standings(settings: Settings) -> list[Standing]:
    """The standing of each partition of the inbox. Raises `ClientError` where it cannot be read."""
    partitions = await partitions_of(settings, Topic.INBOX)
    log = _log(settings, partitions)
    with said_to_a_client():
        states = await require_unmoved(log, len(partitions))
        return [await standing(log, partition, state) for partition, state in enumerate(states)]


async def switch(settings: Settings, partitions: Sequence[int], seconds: float) -> None:
    """Switch these partitions, all or none, behind what the workers of the earlier release have applied.

    The switches are written in a transaction. While it is open nobody sees them, nor what stands behind them: the
    workers apply what stands before, and only then is it committed. A batch that held a switch among other records
    they could never apply. Raises `ClientError` where they have not applied it in so many seconds.
    """
    producer = AIOKafkaProducer(
        **client_options(settings),
        transactional_id=f"{settings.app_id}-rules",
        transaction_timeout_ms=round((seconds + _SPARE_SECONDS) * 1000),
        acks="all",
    )
    with said_to_a_client():
        async with connected(producer, settings), admin_client(settings) as admin, producer.transaction():
            switches = {each: await _append(producer, settings, each) for each in partitions}
            await _drained(admin, settings, switches, seconds)


async def _append(producer: AIOKafkaProducer, settings: Settings, partition: int) -> int:
    value = inbox.switch(RULES, first=False)
    sent = await producer.send_and_wait(settings.topic(Topic.INBOX), value, partition=partition)
    return int(sent.offset)


async def _drained(admin: AIOKafkaAdminClient, settings: Settings, switches: Mapping[int, int], seconds: float) -> None:
    """Returns when everything before the `switches`, by partition, was applied. Raises `ClientError`."""
    log, left = _log(settings, switches), dict(switches)
    loop = asyncio.get_running_loop()
    limit = loop.time() + seconds
    while True:
        committed = await _committed(admin, settings)
        for partition, offset in list(left.items()):
            if not await _any_between(log, partition, committed.get(partition), offset):
                del left[partition]
        if not left:
            return
        if loop.time() > limit:
            raise ClientError(
                f"Nothing was switched: in {seconds:g} s the workers of release 0.2 have not applied what stands in "
                f"partition {', '.join(map(str, left))} of {settings.topic(Topic.INBOX)}. Run them, as many as usual, "
                "while this command runs."
            )
        await asyncio.sleep(_POLL_SECONDS)


async def _committed(admin: AIOKafkaAdminClient, settings: Settings) -> dict[int, int]:
    """The offset up to which each partition of the inbox was applied, where there is one."""
    offsets = await admin.list_consumer_group_offsets(settings.app_id)
    name = settings.topic(Topic.INBOX)
    return {tp.partition: found.offset for tp, found in offsets.items() if tp.topic == name and found.offset >= 0}


async def _any_between(log: KafkaLog, partition: int, start: int | None, end: int) -> bool:
    """True if a record, not only markers of transactions, stands between these offsets."""
    if start == end:
        return False
    async with aclosing(log.history(Source(Topic.INBOX, partition), start, end)) as history:
        async for records in history:
            if records:
                return True
    return False


def _log(settings: Settings, partitions: Sequence[int] | Mapping[int, int]) -> KafkaLog:
    return KafkaLog(settings, {Topic.INBOX: len(partitions)})


@contextmanager
def said_to_a_client() -> Iterator[None]:
    """Turn what is wrong with the log into a `ClientError`."""
    try:
        yield
    except ProducerFenced as error:
        raise ClientError("Another `tocsin rules switch` runs; nothing was switched by this one.") from error
    except IndefiniteError as error:
        raise UnavailableError(f"Kafka does not answer: {error}. `tocsin rules show` says how things stand.") from error
    except (LogError, PreflightError) as error:
        raise ClientError(str(error)) from error


def ready(found: Sequence[Standing]) -> bool:
    """True if workers of this release can start."""
    return all(each.status in (Status.READY, Status.EMPTY) for each in found)
