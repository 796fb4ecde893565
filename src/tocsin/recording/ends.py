"""The topics of a cluster and their ends, taken at a moment at which nothing is being written."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from tocsin.client.connection import connected
from tocsin.domain.instant import Instant
from tocsin.messages.record import Topic, split_name
from tocsin.recording.reading import Extent
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.clients import admin_client, client_options, described, listed

_LOOK_SECONDS = 0.02


class FoundTopic(NamedTuple):
    """The extent of each partition of a topic, and its configuration as far as Tocsin sets it."""

    extents: dict[int, Extent]
    config: Mapping[str, str]


class Found(NamedTuple):
    """The topics by their default names.

    `at_rest`: at one moment no transaction was open, and every topic that workers write ended where it does here. So
    what stands on one of them goes as far as what stands on the others.
    """

    topics: dict[str, FoundTopic]
    at_rest: bool

    @property
    def offsets(self) -> int:
        """The number of offsets of all partitions."""
        return sum(end - begin for topic in self.topics.values() for begin, end in topic.extents.values())


async def find(settings: Settings, wanted: Collection[Topic], since: Instant | None, patience: float) -> Found:
    """The topics of ours that there are, own ones of tenants too. Those not among `wanted` are left out.

    Waits `patience` seconds at most for a moment of rest. Raises as Kafka.
    """
    async with admin_client(settings) as admin:
        names = [settings.default_name(it) for it in await listed(admin) if it.startswith(settings.topic_prefix)]
        names = sorted(name for name in names if _topic(name) in wanted)
        partitions = await described(admin, [settings.name_here(name) for name in names])
        configs = await topics.configs(admin, list(partitions))
    by_name = {name: sorted(it["partition"] for it in partitions[settings.name_here(name)]) for name in names}
    places = {TopicPartition(settings.name_here(name), n): name for name in names for n in by_name[name]}
    extents, at_rest = await _extents(settings, places, since, patience)
    return Found(
        {
            name: FoundTopic(
                {n: extents[TopicPartition(settings.name_here(name), n)] for n in by_name[name]},
                topics.ours(configs[settings.name_here(name)], name, settings),
            )
            for name in names
        },
        at_rest,
    )


def _topic(name: str) -> Topic | None:
    try:
        return split_name(name)[0]
    except ValueError:
        return None  # somebody else's, whose name begins as ours


async def _extents(
    settings: Settings, places: Mapping[TopicPartition, str], since: Instant | None, patience: float
) -> tuple[dict[TopicPartition, Extent], bool]:
    of_workers = [tp for tp, name in places.items() if split_name(name)[0].by_worker]
    consumers = [_consumer(settings, level) for level in ("read_committed", "read_uncommitted")]
    async with connected(consumers[0], settings) as committed, connected(consumers[1], settings) as everything:
        ends, at_rest = await _ends(committed, everything, of_workers, patience)
        # what was taken in up to then stands before these ends
        ends |= await committed.end_offsets([tp for tp in places if tp not in ends])
        begins = await committed.beginning_offsets(list(places))
        if since is not None:
            found = await committed.offsets_for_times(dict.fromkeys(places, max(since, 0)))
            begins = {tp: ends[tp] if place is None else min(place.offset, ends[tp]) for tp, place in found.items()}
    return {tp: Extent(min(begins[tp], end), end) for tp, end in ends.items()}, at_rest


async def _ends(
    committed: AIOKafkaConsumer, everything: AIOKafkaConsumer, tps: list[TopicPartition], patience: float
) -> tuple[dict[TopicPartition, int], bool]:
    """The ends of committed records; true where nothing stood behind them a moment later.

    Neither end ever goes back, and the first is never behind the second. Where a later look at the second gives what
    an earlier look at the first has given, both were the same for all partitions in between.
    """
    loop = asyncio.get_running_loop()
    limit = loop.time() + patience
    while True:
        ends: dict[TopicPartition, Any] = dict(await committed.end_offsets(tps))
        if dict(await everything.end_offsets(tps)) == ends:
            return ends, True
        if loop.time() > limit:
            return ends, False
        await asyncio.sleep(_LOOK_SECONDS)


def _consumer(settings: Settings, level: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(**client_options(settings), isolation_level=level, enable_auto_commit=False)
