"""Who of the group gets which partition: in turn, and what shares a writer goes to one worker."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from tocsin.messages.record import split_name
from tocsin.settings import Settings
from tocsin.streams.core.port import Source
from tocsin.streams.kafka.shared_writers import shared_by

Members = Mapping[str, Any]
"""What each member of the group says of itself; `subscription` are the topics that it reads."""


def source_of(settings: Settings, tp: Any) -> Source:
    """The source that the partition `tp` of the cluster is."""
    topic, own = split_name(settings.default_name(tp.topic))
    return Source(topic, tp.partition, own)


def assignors(settings: Settings) -> list[type[RoundRobinPartitionAssignor]]:
    """Ours, and the one of release 0.2: the group takes that while a worker of it is a member."""

    class ByWriter(RoundRobinPartitionAssignor):  # type: ignore[misc]  # aiokafka ships no types
        name = "tocsin"

        @classmethod
        def assign(cls, cluster: Any, members: Members) -> dict[str, ConsumerProtocolMemberAssignment]:
            """Called by aiokafka where this worker leads the group."""
            topics = sorted({topic for member in members.values() for topic in member.subscription})
            partitions_of = {name: sorted(cluster.partitions_for_topic(name) or ()) for name in topics}
            tps = [TopicPartition(name, number) for name, numbers in partitions_of.items() for number in numbers]
            assigned: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in members}
            for name, tp in in_turn(settings, tps, members):
                assigned[name][tp.topic].append(tp.partition)
            return {
                name: ConsumerProtocolMemberAssignment(cls.version, sorted(partitions.items()), b"")
                for name, partitions in assigned.items()
            }

    return [ByWriter, RoundRobinPartitionAssignor]


def in_turn(settings: Settings, tps: list[TopicPartition], members: Members) -> Iterator[tuple[str, TopicPartition]]:
    """The member for each of `tps`.

    What shares a writer goes to one of the members that read the most of it. What that one does not read is left: one
    worker has not seen a new topic yet, and will subscribe anew when it has.
    """
    together: dict[object, list[TopicPartition]] = defaultdict(list)
    for tp in tps:
        number = shared_by(source_of(settings, tp))
        together[tp if number is None else number].append(tp)
    turn = itertools.cycle(sorted(members))
    for unit in together.values():
        read = {name: [tp for tp in unit if tp.topic in members[name].subscription] for name in members}
        most = max(map(len, read.values()))
        chosen = next(name for name in turn if len(read[name]) == most)
        yield from ((chosen, tp) for tp in read[chosen])
