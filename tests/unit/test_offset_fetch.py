"""A group whose coordinator moves or is loading has not committed "nothing": to believe that would read all again."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from tocsin.streams.kafka import offset_fetch

TP = TopicPartition("soc.inbox", 2)
LOADING, NOT_AVAILABLE, MOVED, UNSTABLE, TOPIC_REFUSED, GROUP_REFUSED = 14, 15, 16, 88, 29, 30


def of_group(code: int) -> Any:
    """What a coordinator says of itself: no partitions, as brokers do."""
    return SimpleNamespace(error_code=code, topics=[])


def of_partition(offset: int, code: int = 0) -> Any:
    return SimpleNamespace(error_code=0, topics=[(TP.topic, [(TP.partition, offset, -1, "", code, {})], {})])


class Coordinator:
    """Answers as it was told to, in turn."""

    group_id = "tocsin"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.looked_for = 0
        self.given_up = 0

    async def ensure_coordinator_known(self) -> None:
        self.looked_for += 1

    def coordinator_dead(self) -> None:
        self.given_up += 1

    async def _send_req(self, request: Any) -> Any:
        request.prepare({9: (0, 9)}).encode()
        return self.answers.pop(0)


@pytest.mark.parametrize(
    "passing",
    [
        of_group(LOADING),
        of_group(NOT_AVAILABLE),
        of_group(MOVED),
        of_partition(-1, LOADING),
        of_partition(-1, UNSTABLE),
    ],
    ids=["loading", "not available", "moved", "partition is loading", "transaction is not visible yet"],
)
async def test_what_passes_is_waited_for(passing: Any) -> None:
    coordinator = Coordinator(passing, passing, of_partition(20))
    assert await offset_fetch.committed(coordinator, TP) == 20
    assert coordinator.looked_for == 3


async def test_a_coordinator_that_has_moved_is_looked_for_again() -> None:
    coordinator = Coordinator(of_group(MOVED), of_group(NOT_AVAILABLE), of_group(LOADING), of_partition(1))
    await offset_fetch.committed(coordinator, TP)
    assert coordinator.given_up == 2


async def test_only_a_coordinator_that_says_so_has_committed_nothing() -> None:
    assert await offset_fetch.committed(Coordinator(of_partition(-1)), TP) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (of_group(GROUP_REFUSED), GroupAuthorizationFailedError("tocsin")),
        (of_partition(-1, TOPIC_REFUSED), TopicAuthorizationFailedError(TP.topic)),
    ],
)
async def test_a_right_that_is_missing_is_named(answer: Any, error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        await offset_fetch.committed(Coordinator(answer), TP)
    assert raised.value.args == error.args


async def test_one_that_is_loading_for_ever_is_left_to_the_callers_limit() -> None:
    coordinator = Coordinator(*[of_group(LOADING)] * 100)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await offset_fetch.committed(coordinator, TP)
