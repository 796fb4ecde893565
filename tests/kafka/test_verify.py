"""`tocsin replay verify` on a cluster: beside a worker under load, after it, and where something was changed."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from patience import HANG_SECONDS, until
from replayed import all_applied
from tests.unit.said import said_of
from workers import Worker, Workers, committed, publish
from workload import workload

from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.verify.partition import verify_partition
from tocsin.verify.recomputation import Task
from tocsin.verify.report import PartitionReport, Verdict

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")
MESSAGES = 3_000


def tocsin(settings: Settings, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", *map(str, arguments)]
    environment = {**os.environ, **settings.environment(), "PYTHONPATH": ":".join(sys.path)}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=5 * HANG_SECONDS
    )


async def verified(settings: Settings) -> list[PartitionReport]:
    tasks = [Task(settings, each, settings.deduplication_window) for each in range(settings.partitions)]
    return [await asyncio.to_thread(verify_partition, task, lambda _offsets: None) for task in tasks]


@asynccontextmanager
async def traffic(settings: Settings, seed: int) -> AsyncIterator[asyncio.Task[None]]:
    """Messages that come while the context is open, and all of which have come at its end."""

    async def send() -> None:
        messages = workload(seed, MESSAGES, time.time_ns() // 1_000_000)
        async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, enable_idempotence=True) as producer:
            for number, message in enumerate(messages):
                await producer.send(settings.topic(message.topic), message.value, message.key)
                if number % 100 == 0:
                    await producer.flush()

    task = asyncio.create_task(send())
    try:
        yield task
    finally:
        await task


async def ended(worker: Worker) -> None:
    await until(lambda: all_applied(worker), "all is applied")
    worker.process.terminate()
    await worker.ended()


@pytest.fixture
async def busy(settings: Settings, workers: Workers) -> Settings:
    """A cluster after some traffic, which no worker reads any more."""
    worker = workers.start(settings, *RUN)
    async with traffic(settings, seed=1):
        pass
    await ended(worker)
    return settings


async def test_beside_a_worker_under_load_nothing_is_taken_for_a_difference(
    settings: Settings, workers: Workers
) -> None:
    worker = workers.start(settings, *RUN)
    rounds = judged = 0
    async with traffic(settings, seed=2) as task:
        while not task.done():
            reports = await verified(settings)
            assert [it.verdict for it in reports] == [Verdict.VERIFIED] * settings.partitions, reports
            rounds, judged = rounds + 1, sum(it.records for it in reports)
    reports = await verified(settings)
    assert [it.verdict for it in reports] == [Verdict.VERIFIED] * settings.partitions, reports
    await ended(worker)
    reports = await verified(settings)
    assert sum(it.records for it in reports) > judged
    assert sum(topic.records for it in reports for topic in it.topics) > MESSAGES
    assert rounds, "the traffic was over before anything was verified: the test shows nothing"


async def test_the_command_verifies_a_cluster_and_finds_what_was_added_to_it(busy: Settings) -> None:
    done = tocsin(busy, "replay", "verify", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [json.loads(text)["verdict"] for text in done.stdout.splitlines()] == ["verified"] * busy.partitions
    await publish(busy, Topic.ALERTS, [(b"forged", b'{"id": "forged"}')], partition=1)
    forged = (await committed(busy, Topic.ALERTS, 1))[-1].offset
    done = tocsin(busy, "replay", "verify")
    assert done.returncode == 1
    assert f"soc.alerts/1/{forged}: a record was added (ticket forged" in done.stdout


async def test_one_changed_record_of_a_cluster_is_found(busy: Settings) -> None:
    """On topics that were written with it, since what stands on a topic cannot be changed."""
    other = busy.model_copy(update={"topic_prefix": f"other-{busy.topic_prefix}", "app_id": f"other-{busy.app_id}"})
    await topics.create(other, dev=True)  # there stamps are those of the writer
    for partition in range(busy.partitions):
        log = [without_markers(it, at) for at, it in enumerate(await committed(busy, Topic.INBOX, partition))]
        said = said_of(log)
        journal = said[Topic.TICKET_EVENTS]
        if partition == 1:
            numbers = {at: number for at, it in enumerate(journal) if (number := json.loads(it.value or b"")["number"])}
            at, ticket = list(numbers.items())[len(numbers) // 2]
            journal[at] = journal[at]._replace(timestamp=journal[at].timestamp + 1)
        await written(other, [record for records in said.values() for record in records])
    done = tocsin(other, "replay", "verify", "--json")
    await topics.delete(other)
    assert done.returncode == 1, done.stdout + done.stderr
    found = {it["partition"]: it for it in map(json.loads, done.stdout.splitlines())}
    assert [found[each]["verdict"] for each in sorted(found)] == ["verified", "differs", "verified"]
    [told] = [it["difference"] for it in found[1]["topics"] if it["difference"]]
    assert (told["kind"], told["field"], told["ticket"]) == ("changed", "timestamp", ticket)


def without_markers(record: ConsumerRecord, offset: int) -> Record:
    """The record at that offset: without transactions there are no markers between records."""
    return Record(Topic.INBOX, record.partition, offset, record.timestamp, record.key, record.value)


async def written(settings: Settings, records: Iterable[Record]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, enable_idempotence=True) as producer:
        for it in records:
            where = {"partition": it.partition, "timestamp_ms": it.timestamp}
            await producer.send(settings.topic(it.topic), it.value, it.key, **where)


async def test_a_checkpoint_of_the_fold_and_one_of_the_topics_are_both_gone_on_from(
    busy: Settings, workers: Workers, tmp_path: Path
) -> None:
    why = ("--reason", "the test", "--operator", "mia")
    proven, unproven = tmp_path / "proven", tmp_path / "unproven"
    done = tocsin(busy, "replay", "checkpoint", proven, *why)
    assert done.returncode == 0, done.stdout + done.stderr
    done = tocsin(busy, "replay", "checkpoint", unproven, "--unproven", *why)
    assert done.returncode == 0, done.stdout + done.stderr
    worker = workers.start(busy, *RUN)
    async with traffic(busy, seed=3):
        pass
    await ended(worker)
    whole = records(tocsin(busy, "replay", "verify", "--json"))
    for checkpoint in (proven, unproven):
        rest = records(tocsin(busy, "replay", "verify", "--json", "--since", checkpoint))
        found = [(it["verdict"], it["proven"]) for it in rest]
        assert found == [("verified", checkpoint is proven)] * busy.partitions
        assert 0 < judged(rest) < judged(whole)


def records(done: subprocess.CompletedProcess[str]) -> Sequence[dict[str, Any]]:
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(text) for text in done.stdout.splitlines()]


def judged(reports: Sequence[dict[str, Any]]) -> int:
    return sum(stretch["records"] for report in reports for stretch in report["stretches"])


def test_without_a_broker_a_sentence_says_what_to_do() -> None:
    done = tocsin(Settings(bootstrap="127.0.0.1:9"), "replay", "verify")
    assert (done.returncode, "No Kafka broker answers" in done.stderr) == (69, True)
