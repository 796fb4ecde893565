"""The shell with a real broker and counting stages: what it does with batches, transactions and accidents."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from patience import HANG_SECONDS, until
from shell_checks import (
    assert_counted_exactly_once,
    enough_fired,
    fired,
    inbox_time,
    journalled,
    numbered,
    passed,
)
from workers import Worker, Workers, committed, publish

from tocsin.dev.kafka import LocalKafka, install
from tocsin.messages.inbox import TICK
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics


async def test_every_record_is_applied_once_and_in_order(settings: Settings, workers: Workers) -> None:
    workers.start(settings)
    await publish(settings, Topic.CALLS, numbered(3_000))
    await until(lambda: journalled(settings, 3_000), "all is journalled")
    await assert_counted_exactly_once(settings, 3_000)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_that_is_asked_to_stop_leaves_with_0_within_10_s(
    settings: Settings, workers: Workers, number: signal.Signals
) -> None:
    worker = workers.start(settings)
    await worker.ready()
    worker.signal(number)
    assert await worker.ended() == 0
    assert "Traceback" not in worker.text


async def test_a_worker_that_is_asked_to_stop_while_it_starts_leaves_with_0(
    settings: Settings, workers: Workers
) -> None:
    worker = workers.start(settings)
    await until(lambda: "worker_started" in worker.text, "it is starting")
    worker.signal(signal.SIGTERM)
    assert await worker.ended() == 0


async def test_a_deadline_fires_right_after_it_has_come_though_nothing_else_happens(
    settings: Settings, workers: Workers
) -> None:
    worker = workers.start(settings.model_copy(update={"heartbeat_tick": 300.0}))
    await worker.ready()
    due = await inbox_time(settings) + 1_500
    await publish(settings, Topic.INBOX, [(b"k", b"due:%d" % due)], partition=0)
    said = await until(lambda: fired(settings), "the timer has fired")
    assert [alert["due"] for alert in said] == [due]
    assert due < said[0]["fired_by"]


async def test_an_earlier_deadline_that_arrives_later_fires_in_time(settings: Settings, workers: Workers) -> None:
    worker = workers.start(settings.model_copy(update={"heartbeat_tick": 300.0}))
    await worker.ready()
    now = await inbox_time(settings)
    for due in (now + 600_000, now + 1_500):
        await publish(settings, Topic.INBOX, [(b"k", b"due:%d" % due)], partition=0)
    said = await until(lambda: fired(settings), "the earlier timer has fired")
    assert [alert["due"] for alert in said] == [now + 1_500]
    assert now + 1_500 < said[0]["fired_by"]


async def test_deadlines_that_came_while_nobody_watched_fire_at_the_start_in_order(
    settings: Settings, workers: Workers
) -> None:
    first = workers.start(settings)
    await first.ready()
    due = await inbox_time(settings) + 4_000
    records = [(b"k", b"due:%d" % (due - n)) for n in range(1_200)]
    await publish(settings, Topic.INBOX, [*records, (b"k", b"due:%d" % (due + 3_600_000))], partition=0)
    await until(lambda: journalled(settings, 1_201), "the timers are set")
    first.kill()
    await until(lambda: passed(settings, due), "the deadlines have passed")

    workers.start(settings)
    said = await until(lambda: enough_fired(settings, 1_200), "all have fired")
    assert [alert["due"] for alert in said] == sorted(due - n for n in range(1_200))


async def test_an_idle_partition_gets_a_tick_at_every_heartbeat(settings: Settings, workers: Workers) -> None:
    often = settings.model_copy(update={"heartbeat_tick": 0.3})
    workers.start(often)
    await until(lambda: ticks_everywhere(often, 4), "four ticks on every partition")


async def ticks_everywhere(settings: Settings, count: int) -> bool:
    ticks = Counter(record.partition for record in await committed(settings, Topic.INBOX) if record.key is None)
    return all(ticks[partition] >= count for partition in range(settings.partitions))


async def test_a_partition_has_at_most_one_tick_outstanding(settings: Settings, workers: Workers) -> None:
    """However many deadlines lie close together: ticks are not poured into the log."""
    worker = workers.start(settings)
    await worker.ready()
    now = await inbox_time(settings)
    timers = [(b"k", b"due:%d" % (now + 1_000 + n)) for n in range(500)]
    await publish(settings, Topic.INBOX, timers, partition=0)
    await until(lambda: enough_fired(settings, 500), "all have fired")
    ticks = [r for r in await committed(settings, Topic.INBOX, 0) if r.value == TICK and r.timestamp > now]
    assert len(ticks) <= 200  # half a second of deadlines, one a millisecond


async def test_what_nobody_expected_ends_the_worker_with_70_and_changes_nothing(
    settings: Settings, workers: Workers
) -> None:
    worker = workers.start(settings)
    await worker.ready()
    await publish(settings, Topic.CALLS, [(b"k0", b"poison")])
    assert await worker.ended() == 70
    assert "ValueError" in worker.text
    assert not re.search(r"^this", worker.text, re.MULTILINE)  # the message's second line forges no entry
    assert [r for r in await committed(settings, Topic.INBOX) if r.key is not None] == []


async def test_a_worker_that_ends_so_leaves_the_group_so_that_another_need_not_wait(
    settings: Settings, workers: Workers
) -> None:
    patient = settings.model_copy(update={"session_timeout": 2.5 * HANG_SECONDS})
    first = workers.start(patient)
    await first.ready()
    await publish(patient, Topic.CALLS, [(b"k0", b"poison")])
    assert await first.ended() == 70
    await delete_records(patient, Topic.CALLS)
    second = workers.start(patient)
    await second.ready()  # before the session of the first would have ended


async def delete_records(settings: Settings, topic: Topic) -> None:
    """As retention would: all that the topic holds is gone, its offsets go on."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        tps = [TopicPartition(settings.topic(topic), number) for number in range(settings.partitions)]
        await admin.delete_records({tp: RecordsToDelete(before_offset=-1) for tp in tps})
    finally:
        await admin.close()


async def test_a_topic_trimmed_before_the_first_start_is_read_from_what_is_left(
    settings: Settings, workers: Workers
) -> None:
    await publish(settings, Topic.CALLS, numbered(300))
    await delete_records(settings, Topic.CALLS)
    await publish(settings, Topic.CALLS, numbered(200, 300))
    workers.start(settings)
    await until(lambda: journalled(settings, 200), "what is left is journalled")
    await assert_counted_exactly_once(settings, 200)


async def test_records_that_were_deleted_before_they_were_read_are_said_aloud(
    settings: Settings, workers: Workers
) -> None:
    first = workers.start(settings)
    await publish(settings, Topic.CALLS, numbered(100))
    await until(lambda: journalled(settings, 100), "the first hundred is journalled")
    first.signal(signal.SIGTERM)
    await first.ended()
    await publish(settings, Topic.CALLS, numbered(100, 100))
    await delete_records(settings, Topic.CALLS)
    await publish(settings, Topic.CALLS, numbered(100, 200))
    second = workers.start(settings)
    await until(lambda: journalled(settings, 200), "what is left is journalled")
    assert "records_deleted_before_they_were_read" in second.text


async def test_a_send_that_fails_commits_nothing_of_its_chunk(settings: Settings, workers: Workers) -> None:
    """A record that the broker refuses stands among others that it would take."""
    worker = workers.start(settings)
    await worker.ready()
    await publish(settings, Topic.CALLS, [(b"k0", b"1"), (b"k0", b"large:3000000"), (b"k0", b"2")])
    assert await worker.ended() == 70
    assert "MessageSizeTooLarge" in worker.text
    assert [r for r in await committed(settings, Topic.INBOX) if r.key is not None] == []


async def test_a_stage_that_halts_stops_its_partition_alone_and_says_so(settings: Settings, workers: Workers) -> None:
    worker = workers.start(settings)
    await worker.ready()
    await publish(settings, Topic.CALLS, [(b"k", b"halt")], partition=1)
    await until(lambda: worker.get("/readyz")[0] == 503, "the worker says that it is not ready")
    problems = json.loads(worker.get("/readyz")[1])["problems"]
    assert problems == ["soc.calls/1 is halted: told to"]
    assert (
        f'tocsin_halted_partitions{{partition="1",topic="{settings.topic(Topic.CALLS)}"}} 1.0'
        in (worker.get("/metrics")[1])
    )
    await publish(settings, Topic.CALLS, numbered(10), partition=0)
    await publish(settings, Topic.CALLS, numbered(10), partition=1)
    await until(lambda: journalled(settings, 10), "the other partition goes on")
    assert worker.get("/healthz")[0] == 200
    assert len(await committed(settings, Topic.TICKET_EVENTS)) == 10


async def test_without_a_broker_a_worker_does_not_start_and_says_so(bare_settings: Settings, workers: Workers) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = bare_settings.model_copy(update={"bootstrap": f"127.0.0.1:{free.getsockname()[1]}"})
    worker = run_command(workers, nobody)
    assert await worker.ended() == 69
    assert f"No Kafka broker answers at {nobody.bootstrap}" in worker.text
    assert "Traceback" not in worker.text


async def test_without_its_topics_a_worker_does_not_start_and_says_what_to_do(
    bare_settings: Settings, workers: Workers
) -> None:
    worker = run_command(workers, bare_settings)
    assert await worker.ended() == 78
    assert "`tocsin topics create`" in worker.text
    assert "Traceback" not in worker.text


async def test_with_partition_counts_that_differ_a_worker_does_not_start(
    bare_settings: Settings, workers: Workers
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bare_settings.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(bare_settings.topic(Topic.TICKETS), 2, 1)])
        await topics.create(bare_settings)
    finally:
        await admin.close()
    worker = run_command(workers, bare_settings)
    assert await worker.ended() == 78
    assert "they must be equal" in worker.text
    await topics.delete(bare_settings)


async def test_a_web_port_that_is_taken_is_said_in_a_sentence(settings: Settings, workers: Workers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        worker = run_command(workers, settings.model_copy(update={"web_port": taken.getsockname()[1]}))
        assert await worker.ended() == 2
    assert "cannot be served" in worker.text
    assert "Traceback" not in worker.text


def run_command(workers: Workers, settings: Settings) -> Worker:
    return workers.start(settings, "-c", "import tocsin.cli; tocsin.cli.main(['run'])")


@pytest.fixture
async def own_broker(tmp_path: Path) -> AsyncIterator[tuple[LocalKafka, Settings]]:
    """A broker that the test may freeze and kill."""
    with LocalKafka(install(), tmp_path / "kafka") as kafka:
        settings = Settings(bootstrap=kafka.bootstrap, partitions=3, web_port=0)
        await topics.create(settings)
        yield kafka, settings


async def test_a_broker_that_stands_still_and_one_that_is_killed_cost_nothing_but_time(
    own_broker: tuple[LocalKafka, Settings], workers: Workers
) -> None:
    """Transactions are left in doubt: each partition is taken over again, and read from what has landed."""
    kafka, settings = own_broker
    worker = workers.start(settings)
    await worker.ready()
    publishing = asyncio.create_task(publish_slowly(settings, 2_000))
    await until(lambda: journalled(settings, 100), "the work is under way")
    broker = Frozen(kafka.pid)
    with broker:
        await until(lambda: "in_doubt" in worker.text, "transactions are in doubt")
        await until(lambda: worker.get("/readyz")[0] == 503, "the worker says that it is not ready")
    await until(lambda: worker.get("/readyz")[0] == 200, "the worker is ready again")
    kafka.kill()
    kafka.start()
    await publishing
    await until(lambda: journalled(settings, 2_000), "all is journalled")
    await assert_counted_exactly_once(settings, 2_000)
    assert worker.process.poll() is None


@pytest.mark.parametrize("trouble", ["frozen", "gone"])
async def test_a_worker_that_is_asked_to_stop_leaves_within_10_s_though_its_broker_does_not_answer(
    own_broker: tuple[LocalKafka, Settings], workers: Workers, trouble: str
) -> None:
    kafka, settings = own_broker
    worker = workers.start(settings)
    await worker.ready()
    publishing = asyncio.create_task(publish_slowly(settings, 2_000))
    await until(lambda: journalled(settings, 100), "the work is under way")
    publishing.cancel()
    with Frozen(kafka.pid):
        if trouble == "gone":
            kafka.kill()
        worker.signal(signal.SIGTERM)
        assert await worker.ended() == 0


class Frozen:
    """A process that stands still within the context."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def __enter__(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGCONT)


async def publish_slowly(settings: Settings, count: int) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, enable_idempotence=True) as producer:
        for key, value in numbered(count):
            await producer.send_and_wait(settings.topic(Topic.CALLS), value, key)
