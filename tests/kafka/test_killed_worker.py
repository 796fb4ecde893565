"""The whole pipeline under SIGKILL: what a `read_committed` consumer sees is what the fold alone says of the log."""

import asyncio
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from signal import SIGCONT, SIGSTOP, SIGTERM
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from workers import Worker, Workers, committed, until
from workload import workload

from tocsin.domain.instant import Instant
from tocsin.engine.shard import Shard
from tocsin.messages.inbox import TICK
from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings

SEED = 20
RECORDS = 50_000
KILLS = 20
RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")
WRITTEN = (Topic.INBOX, Topic.TICKET_EVENTS)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    started = Workers(tmp_path)
    yield started
    started.end()


@asynccontextmanager
async def watcher(settings: Settings, isolation: str) -> AsyncIterator[AIOKafkaConsumer]:
    async with AIOKafkaConsumer(bootstrap_servers=settings.bootstrap, isolation_level=isolation) as consumer:
        yield consumer


class Transactions:
    """Sees whether a transaction is open: then the last stable offset of what it writes lies before the end."""

    def __init__(self, settings: Settings, stable: AIOKafkaConsumer, latest: AIOKafkaConsumer) -> None:
        self._stable, self._latest = stable, latest
        self._tps = [TopicPartition(settings.topic(t), n) for t in WRITTEN for n in range(settings.partitions)]
        self._journal = [tp for tp in self._tps if tp.topic == settings.topic(Topic.TICKET_EVENTS)]

    async def open(self) -> list[TopicPartition]:
        stable = await self._stable.end_offsets(self._tps)
        latest = await self._latest.end_offsets(self._tps)
        return [tp for tp in self._tps if stable[tp] < latest[tp]]

    async def journalled(self) -> int:
        """How far the journal is committed."""
        return sum((await self._stable.end_offsets(self._journal)).values())


async def publish_all(settings: Settings, now: Instant) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, enable_idempotence=True) as producer:
        for number, message in enumerate(workload(SEED, RECORDS, now)):
            await producer.send(settings.topic(message.topic), message.value, message.key)
            if number % 500 == 0:
                await producer.flush()
                await asyncio.sleep(0.2)  # a stream, not a heap: it goes on while workers die
        await producer.flush()


async def kill_inside(worker: Worker, transactions: Transactions, *, inside: bool, rng: random.Random) -> bool:
    """Kill `worker`; whether it died inside an open transaction, as the log shows it after its death."""
    await asyncio.sleep(rng.uniform(0, 0.05))
    while inside:
        worker.signal(SIGSTOP)
        if await transactions.open():
            break
        worker.signal(SIGCONT)
        await asyncio.sleep(rng.uniform(0, 0.02))
    worker.kill()
    return bool(await transactions.open())


@pytest.mark.timeout(600)
async def test_a_worker_killed_twenty_times_says_everything_once(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    static = settings.model_copy(
        update={
            "group_instance_id": settings.app_id,  # restarted at once, it need not wait for its own session
            "tenants_file": Path(str(files("tocsin.tenants") / "tenants.example.toml")),
        }
    )
    rng = random.Random(SEED)
    worker = workers.start(static, *RUN)
    publishing = asyncio.create_task(publish_all(static, await inbox_now(static)))
    async with watcher(static, "read_committed") as stable, watcher(static, "read_uncommitted") as latest:
        transactions = Transactions(static, stable, latest)
        inside = []
        for number in range(KILLS):
            await progress(worker, transactions, rng.randrange(1, 2_000))
            inside.append(await kill_inside(worker, transactions, inside=number % 3 > 0, rng=rng))
            worker = workers.start(static, *RUN)
    assert sum(inside) >= KILLS / 2, inside
    await publishing
    await until(lambda: all_applied(worker), "everything is applied", 120)
    worker.signal(SIGTERM)
    assert await worker.ended() == 0
    for partition in range(static.partitions):
        await assert_as_replayed(static, partition, tmp_path)
    assert await dead_letters(static) == expected_dead_letters()


async def inbox_now(settings: Settings) -> Instant:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        stamped = await producer.send_and_wait(settings.topic(Topic.INBOX), TICK, partition=0)
    return stamped.timestamp


async def progress(worker: Worker, transactions: Transactions, records: int) -> None:
    """Wait until `worker` has joined, which ends what its predecessor left open, and has journalled so many records."""
    await until(lambda: " joined " in worker.text, "the worker has joined", 60)
    target = await transactions.journalled() + records
    await until(lambda: reached(transactions, target), f"{records} further records are journalled", 60)


async def reached(transactions: Transactions, target: int) -> bool:
    return await transactions.journalled() >= target


def all_applied(worker: Worker) -> bool:
    lags = [line for line in worker.get("/metrics")[1].splitlines() if line.startswith("tocsin_consumer_lag{")]
    return len(lags) == 15 and all(float(line.split()[-1]) == 0 for line in lags)


async def assert_as_replayed(settings: Settings, partition: int, folder: Path) -> None:
    """Alerts and journal of the partition, one after the other and whole, and its final state.

    A tick may stand in the log that the worker appended as it was stopped, and has not applied.
    """
    applied = await applied_up_to(settings, partition)
    log = run_tocsin(settings, "inbox", "export", "--partition", str(partition)).splitlines(keepends=True)
    exported = folder / f"inbox-{partition}.jsonl"
    exported.write_bytes(b"".join(line for line in log if json.loads(line)["offset"] < applied))
    replayed = [
        json.loads(line) for line in run_tocsin(settings, "replay", "file", str(exported), "--json").splitlines()
    ]
    for topic in (Topic.TICKET_EVENTS, Topic.ALERTS):
        said = [(r.key.decode(), json.loads(r.value)) for r in await committed(settings, topic, partition)]
        assert said == [(line["key"], line["value"]) for line in replayed if line["topic"] == topic]
        assert said, f"nothing on {topic}/{partition}: the test shows nothing"
    assert await state(settings, partition) == await folded_state(settings, partition, applied)


def run_tocsin(settings: Settings, *arguments: str) -> bytes:
    values = {"BOOTSTRAP": settings.bootstrap, "TOPIC_PREFIX": settings.topic_prefix}
    command = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", *arguments]
    environment = {f"TOCSIN_{name}": value for name, value in values.items()}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


async def state(settings: Settings, partition: int) -> dict[bytes, Any]:
    """The last value of each key of the state topic."""
    last = {record.key: record.value for record in await committed(settings, Topic.TICKETS, partition)}
    return {key: json.loads(value) for key, value in last.items() if value is not None}


async def applied_up_to(settings: Settings, partition: int) -> int:
    """The inbox offset that the group has committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(settings.app_id)
    finally:
        await admin.close()
    return offsets[TopicPartition(settings.topic(Topic.INBOX), partition)].offset


async def folded_state(settings: Settings, partition: int, applied: int) -> dict[bytes, Any]:
    """The same by one fold over the whole log, in one process that nobody killed."""
    log = [r for r in await committed(settings, Topic.INBOX, partition) if r.offset < applied]
    records = [Record(Topic.INBOX, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers) for r in log]
    outputs = [output for chunk in Shard(partition).fold(records) for output in chunk.outputs]
    last = {output.key: output.value for output in outputs if output.topic is Topic.TICKETS}
    return {key: json.loads(value) for key, value in last.items() if value is not None}


async def dead_letters(settings: Settings) -> Counter[bytes]:
    return Counter(record.value for record in await committed(settings, Topic.DEAD_LETTERS))


def expected_dead_letters() -> Counter[bytes]:
    return Counter(m.value for m in workload(SEED, RECORDS, 0) if m.value.startswith(b'{"no":'))
