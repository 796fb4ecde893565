"""Two workers: what one drops the other takes over, with the counts and the clocks that belong to it."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from patience import until
from shell_checks import assert_counted_exactly_once, fired, inbox_time, journalled, numbered
from workers import PARTITIONS_READ, Worker, Workers, committed, contents, publish

from tocsin.messages.record import Topic
from tocsin.settings import Settings


def owned(worker: Worker) -> int:
    lines = [line for line in worker.get("/metrics")[1].splitlines() if line.startswith("tocsin_owned_partitions{")]
    return sum(int(float(line.split()[-1])) for line in lines)


async def share(settings: Settings, workers: Workers) -> tuple[Worker, Worker]:
    """Two workers that have shared all partitions between them."""
    pair = workers.start(settings), workers.start(settings)
    await until(
        lambda: min(map(owned, pair)) > 0 and sum(map(owned, pair)) == PARTITIONS_READ, "they share the partitions"
    )
    for worker in pair:
        await worker.ready()
    return pair


async def owner_of_inbox(settings: Settings, partition: int, pair: tuple[Worker, Worker]) -> tuple[Worker, Worker]:
    """The one that applies this partition of the inbox, and the other one."""
    await publish(settings, Topic.INBOX, [(b"who", b"?")], partition=partition)
    said = await until(lambda: journal_of(settings, partition), "somebody has applied it")
    return pair if said[-1]["pid"] == pair[0].pid else (pair[1], pair[0])


async def journal_of(settings: Settings, partition: int) -> list[dict[str, Any]]:
    return contents(await committed(settings, Topic.TICKET_EVENTS, partition))


@asynccontextmanager
async def stream(settings: Settings, count: int) -> AsyncIterator[None]:
    """Publishes while the context is open, and to its end before it closes."""

    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, enable_idempotence=True) as producer:
            for key, value in numbered(count):
                await producer.send_and_wait(settings.topic(Topic.CALLS), value, key)

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        await sending


async def test_a_worker_that_stops_hands_over_its_partitions_with_their_clocks(
    settings: Settings, workers: Workers
) -> None:
    """No tick but the timer's own comes while anybody waits here."""
    quiet = settings.model_copy(update={"heartbeat_tick": 300.0})
    leaving, staying = await owner_of_inbox(settings, 0, await share(quiet, workers))
    due = await inbox_time(settings) + 3_000
    await publish(settings, Topic.INBOX, [(b"k", b"due:%d" % due)], partition=0)
    async with stream(settings, 1_000):
        leaving.signal(signal.SIGTERM)
        assert await leaving.ended() == 0
        await until(lambda: owned(staying) == PARTITIONS_READ, "the other one has them all")
    said = await until(lambda: fired(settings), "the timer has fired")
    assert [alert["due"] for alert in said] == [due]
    assert due < said[0]["fired_by"]
    await until(lambda: journalled(settings, 1_002), "all is journalled")
    await assert_counted_exactly_once(settings, 1_002)


async def test_when_a_worker_is_killed_the_other_one_goes_on_after_the_session_timeout(
    settings: Settings, workers: Workers
) -> None:
    dying, staying = await owner_of_inbox(settings, 0, await share(settings, workers))
    due = await inbox_time(settings) + 1_000
    await publish(settings, Topic.INBOX, [(b"k", b"due:%d" % due)], partition=0)
    await until(lambda: journal_says(settings, 0, 2), "the timer is set")
    async with stream(settings, 1_000):
        dying.kill()
        await publish(settings, Topic.INBOX, [(b"after", b"the kill")], partition=0)
        await until(lambda: journal_says(settings, 0, 3), "the partition is applied again")
    said = await until(lambda: fired(settings), "the timer has fired")
    assert [alert["due"] for alert in said] == [due]
    await until(lambda: journalled(settings, 1_003), "all is journalled")
    await assert_counted_exactly_once(settings, 1_003)
    assert owned(staying) == PARTITIONS_READ


async def journal_says(settings: Settings, partition: int, count: int) -> bool:
    return len(await journal_of(settings, partition)) >= count


async def test_a_static_member_that_is_restarted_at_once_goes_on_without_waiting_for_its_session_to_end(
    settings: Settings, workers: Workers
) -> None:
    """The others are not disturbed: they keep their partitions all the while."""
    patient = settings.model_copy(update={"session_timeout": 60.0})
    names = [patient.model_copy(update={"group_instance_id": f"{settings.app_id}-{n}"}) for n in range(2)]
    pair = workers.start(names[0]), workers.start(names[1])
    await until(
        lambda: min(map(owned, pair)) > 0 and sum(map(owned, pair)) == PARTITIONS_READ, "they share the partitions"
    )
    before = pair[1].text.count("joined")
    async with stream(settings, 1_000):
        pair[0].kill()
        again = workers.start(names[0])
        await again.ready()
    await until(lambda: journalled(settings, 1_000), "all is journalled")
    await assert_counted_exactly_once(settings, 1_000)
    assert pair[1].text.count("joined") == before


async def test_a_worker_that_slept_through_its_session_changes_nothing_when_it_wakes_and_ends(
    settings: Settings, workers: Workers
) -> None:
    quick = settings.model_copy(update={"session_timeout": 6.0})
    pair = await share(quick, workers)
    sleeper, other = await owner_of_inbox(quick, 0, pair)
    async with stream(quick, 3_000):
        await until(lambda: journalled(quick, 300), "the work is under way")
        sleeper.signal(signal.SIGSTOP)
        await until(lambda: owned(other) == PARTITIONS_READ, "the other one has taken over")
        sleeper.signal(signal.SIGCONT)
    await until(lambda: journalled(quick, 3_001), "all is journalled")
    await assert_counted_exactly_once(quick, 3_001)
    assert other.process.poll() is None
    assert await sleeper.ended() == 70
    assert "stood still" in sleeper.text or "FencedError" in sleeper.text  # whichever it learns first


async def test_partitions_that_come_back_to_a_worker_are_restored_anew(settings: Settings, workers: Workers) -> None:
    """State is dropped with the partition: what another one has done meanwhile counts."""
    first = workers.start(settings)
    await first.ready()
    await publish(settings, Topic.CALLS, numbered(500))
    await until(lambda: journalled(settings, 500), "the first are journalled")
    second = workers.start(settings)
    await until(lambda: owned(first) + owned(second) == PARTITIONS_READ and owned(second), "they share the partitions")
    await publish(settings, Topic.CALLS, numbered(500))
    await until(lambda: journalled(settings, 1_000), "the second are journalled")
    second.signal(signal.SIGTERM)
    await second.ended()
    await publish(settings, Topic.CALLS, numbered(500))
    await until(lambda: journalled(settings, 1_500), "the third are journalled")
    await assert_counted_exactly_once(settings, 1_500)
    assert {said["pid"] for said in contents(await committed(settings, Topic.TICKET_EVENTS))} == {
        first.pid,
        second.pid,
    }
    assert json.loads(first.get("/readyz")[1])["ready"]
