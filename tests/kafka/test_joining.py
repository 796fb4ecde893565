"""A worker joins the group once: each join makes all the others hand over what they read."""

from contextlib import AsyncExitStack

from aiokafka import AIOKafkaConsumer
from patience import until

from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import compat
from tocsin.streams.kafka.assignor import assignors


async def test_a_member_that_knows_two_ways_to_share_joins_once(settings: Settings) -> None:
    """Two members that join twice each can interrupt each other without end."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(_member(settings))
        await until(first.assignment, "the first member has been given partitions")
        assert compat.coordinator(first).generation == 1
        second = await stack.enter_async_context(_member(settings))
        pair = first, second
        await until(lambda: sorted(len(each.assignment()) for each in pair) == [1, 2], "they share the partitions")
        assert [compat.coordinator(each).generation for each in pair] == [2, 2]


def _member(settings: Settings) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        settings.topic(Topic.CALLS),
        bootstrap_servers=settings.bootstrap,
        group_id=settings.app_id,
        partition_assignment_strategy=assignors(settings),
        heartbeat_interval_ms=200,
    )
