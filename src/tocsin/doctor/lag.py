"""The records that wait to be read, and whether anybody reads."""

from collections.abc import Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from tocsin.client.connection import connected
from tocsin.doctor.finding import Finding, Level
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import admin_client, client_options, described
from tocsin.streams.kafka.group import members

NAME = "lag"
_BEHIND = 10_000
"""Records of a topic, as in the alert FallingBehind."""


class Group(NamedTuple):
    """The group of the workers: its members, and the records of each topic that wait."""

    members: int
    waiting: Mapping[str, int]


async def check(settings: Settings) -> list[Finding]:
    """Findings about the group of the workers."""
    async with admin_client(settings) as admin:
        names = [settings.topic(topic) for topic in (*settings.input_topics, Topic.INBOX)]
        there = await described(admin, names)
        tps = [TopicPartition(name, each["partition"]) for name, partitions in there.items() for each in partitions]
        found = await admin.list_consumer_group_offsets(settings.app_id)
        count = await members(admin, settings.app_id)
    consumer = AIOKafkaConsumer(**client_options(settings), isolation_level="read_committed")
    async with connected(consumer, settings):
        begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
    waiting = dict.fromkeys(there, 0)
    for tp in tps:
        committed = found[tp].offset if tp in found else -1
        waiting[tp.topic] += ends[tp] - max(committed, begins[tp])
    return judge(settings.app_id, Group(count, waiting))


def judge(name: str, group: Group) -> list[Finding]:
    """A fault where nobody reads, a warning for each topic of which too much waits."""
    total = sum(group.waiting.values())
    if not group.members:
        sentence = f"No worker is a member of the group {name}; {total} records wait."
        return [Finding(NAME, Level.FAULT, sentence, "tocsin run")]
    behind = [
        Finding(NAME, Level.WARNING, f"{count} records of {topic} wait to be read.", "tocsin run, on one more machine")
        for topic, count in group.waiting.items()
        if count > _BEHIND
    ]
    who = "One worker reads" if group.members == 1 else f"{group.members} workers read"
    most = max(group.waiting.values(), default=0)
    return behind or [Finding(NAME, Level.OK, f"{who}; at most {most} records of a topic wait.")]
