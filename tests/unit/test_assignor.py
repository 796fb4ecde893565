"""Who of the group gets which partition."""

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from hypothesis import given
from hypothesis import strategies as st

from tocsin.messages.record import INPUT_TOPICS, Topic
from tocsin.settings import Settings
from tocsin.streams.kafka.assignor import assignors, source_of
from tocsin.streams.kafka.shared_writers import shared_by

SETTINGS = Settings(topic_prefix="test.")
COMMON = [SETTINGS.topic(topic) for topic in (*INPUT_TOPICS, Topic.INBOX)]
OWN = [SETTINGS.topic(Topic.CALLS, f"client-{number}") for number in range(60)]


class Cluster:
    def __init__(self, partitions: dict[str, int]) -> None:
        self._partitions = partitions

    def partitions_for_topic(self, name: str) -> set[int] | None:
        return set(range(self._partitions[name])) if name in self._partitions else None


def assigned(assignor: type[Any], members: dict[str, list[str]], partitions: dict[str, int]) -> dict[str, set[Any]]:
    told = {name: SimpleNamespace(subscription=topics) for name, topics in members.items()}
    given = assignor.assign(Cluster(partitions), told)
    return {
        name: {TopicPartition(topic, number) for topic, numbers in each.assignment for number in numbers}
        for name, each in given.items()
    }


def test_without_topics_of_clients_it_is_the_assignment_of_the_release_before() -> None:
    members = {"a": COMMON, "b": COMMON, "c": COMMON}
    partitions = dict.fromkeys(COMMON, 3)
    ours, before = assignors(SETTINGS)
    assert before is RoundRobinPartitionAssignor
    assert assigned(ours, members, partitions) == assigned(before, members, partitions)


@given(st.lists(st.sets(st.sampled_from(OWN)), min_size=1, max_size=6), st.integers(1, 3))
def test_what_shares_a_writer_goes_to_one_worker_and_nobody_gets_what_they_do_not_read(
    seen: list[set[str]], each: int
) -> None:
    members = {f"worker-{number}": [*COMMON, *own] for number, own in enumerate(seen)}
    partitions = dict.fromkeys(COMMON, 3) | dict.fromkeys(OWN, each)
    found = assigned(assignors(SETTINGS)[0], members, partitions)
    owners: dict[int, set[str]] = defaultdict(set)
    everything = [tp for tps in found.values() for tp in tps]
    for name, tps in found.items():
        for tp in tps:
            assert tp.topic in members[name]
            if (number := shared_by(source_of(SETTINGS, tp))) is not None:
                owners[number].add(name)
    assert len(everything) == len(set(everything))
    assert all(len(names) == 1 for names in owners.values())
    assert {tp for tp in everything if tp.topic in COMMON} == {TopicPartition(n, at) for n in COMMON for at in range(3)}
    if len(set(map(frozenset, seen))) == 1:
        assert len(everything) == len(COMMON) * 3 + len(seen[0]) * each


def test_a_topic_that_nobody_knows_is_left() -> None:
    found = assigned(assignors(SETTINGS)[0], {"a": [*COMMON, *OWN[:1]]}, dict.fromkeys(COMMON, 1))
    assert {tp.topic for tp in found["a"]} == set(COMMON)
