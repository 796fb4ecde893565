"""The whole pipeline under SIGKILL: what a `read_committed` consumer sees is what the fold alone says of the log."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from signal import SIGCONT, SIGSTOP, SIGTERM

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from patience import until
from replayed import all_applied, assert_as_replayed, inbox_now
from workers import Worker, Workers, committed
from workload import workload

from tocsin.domain.instant import Instant
from tocsin.messages.record import Topic
from tocsin.settings import Settings

SEED = 20
RECORDS = 50_000
KILLS = 20
RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")
WRITTEN = (Topic.INBOX, Topic.TICKET_EVENTS)


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


@pytest.mark.timeout(1_800)  # under two minutes alone; eight beside six processes that take all cores
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
    await until(lambda: all_applied(worker), "everything is applied")
    worker.signal(SIGTERM)
    assert await worker.ended() == 0
    for partition in range(static.partitions):
        await assert_as_replayed(static, partition, tmp_path)
    assert await dead_letters(static) == expected_dead_letters()


async def progress(worker: Worker, transactions: Transactions, records: int) -> None:
    """Wait until `worker` has joined, which ends what its predecessor left open, and has journalled so many records."""
    await until(lambda: " joined " in worker.text, "the worker has joined")
    target = await transactions.journalled() + records
    await until(lambda: reached(transactions, target), f"{records} further records are journalled")


async def reached(transactions: Transactions, target: int) -> bool:
    return await transactions.journalled() >= target


async def dead_letters(settings: Settings) -> Counter[bytes]:
    return Counter(record.value for record in await committed(settings, Topic.DEAD_LETTERS))


def expected_dead_letters() -> Counter[bytes]:
    return Counter(m.value for m in workload(SEED, RECORDS, 0) if m.value.startswith(b'{"no":'))
