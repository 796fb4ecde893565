"""Where a lane begins to read a partition, and how far back the receipts are read."""

import time

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from tocsin.client.connection import connected, partitions_of
from tocsin.domain.instant import DAY, SECOND, Instant
from tocsin.messages.record import Topic
from tocsin.notify.memory import Memory
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options

_log = structlog.get_logger()


def remembered_since(settings: Settings) -> Instant:
    """The stamp of the oldest receipts that are read, those of the days that alerts are kept.

    Of what is older nothing could be sent again.
    """
    return int(time.time() * SECOND) - settings.alert_days * DAY


async def first_offset(consumer: AIOKafkaConsumer, tp: TopicPartition, lane: str, memory: Memory) -> int:
    """The offset at which `lane` goes on in `tp`; `consumer` stands there then.

    A new lane begins with what comes from now on, and commits that. Kafka forgets how far a group was that did not run
    for a week; then it goes on with the first alert that a receipt names, and the receipts say what was done.
    """
    committed: int | None = await consumer.committed(tp)
    beginning: int = (await consumer.beginning_offsets([tp]))[tp]
    if committed is None and (known := memory.first_known(lane, tp.partition)) is not None:
        _log.warning("offsets_were_forgotten", lane=lane, partition=tp.partition, goes_on_at=known)
        committed = known
    if committed is None:
        await consumer.seek_to_end(tp)
        offset: int = await consumer.position(tp)
        await consumer.commit({tp: offset})
        return offset
    if committed < beginning:
        _log.error("alerts_were_deleted_before_they_were_sent", lane=lane, count=beginning - committed)
    offset = max(committed, beginning)
    consumer.seek(tp, offset)
    return offset


async def committed_offsets(settings: Settings, group: str) -> dict[TopicPartition, int]:
    """How far `group` is on `soc.alerts`, where Kafka knows that. Raises `ClientError`."""
    topic = settings.topic(Topic.ALERTS)
    tps = [TopicPartition(topic, partition) for partition in await partitions_of(settings, Topic.ALERTS)]
    consumer = AIOKafkaConsumer(**client_options(settings), group_id=group, enable_auto_commit=False)
    async with connected(consumer, settings):
        consumer.assign(tps)
        found = {tp: await consumer.committed(tp) for tp in tps}
    return {tp: offset for tp, offset in found.items() if offset is not None}
