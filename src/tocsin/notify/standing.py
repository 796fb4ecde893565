"""How far the lanes are, as Kafka has it."""

from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from tocsin.client.connection import connected, partitions_of
from tocsin.messages.record import Topic
from tocsin.notify.beginning import committed_offsets
from tocsin.notify.lane import group_of
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options


class Standing(NamedTuple):
    """A lane, its group, and the alerts that it has not finished with; None where the group has never begun."""

    lane: str
    group: str
    waiting: int | None


async def standings(settings: Settings, groups: Sequence[str]) -> list[Standing]:
    """How far each of `groups` is. Raises `ClientError`."""
    topic = settings.topic(Topic.ALERTS)
    tps = [TopicPartition(topic, partition) for partition in await partitions_of(settings, Topic.ALERTS)]
    consumer = AIOKafkaConsumer(**client_options(settings), enable_auto_commit=False, isolation_level="read_committed")
    async with connected(consumer, settings):
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
    found = []
    for group in groups:
        committed = await committed_offsets(settings, group)
        left = [ends[tp] - offset for tp, offset in committed.items()]
        found.append(Standing(group.removeprefix(group_of(settings, "")), group, sum(left) if left else None))
    return found
