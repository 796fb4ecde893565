"""Points of `growth.py` on a broker: what partitions, workers and members of the group cost."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count, product
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError
from growing_fold import Figures
from stand import TOCSIN, check, end, event, settings_for, start

from tocsin.dev.kafka import LocalKafka
from tocsin.domain.instant import SECOND
from tocsin.messages.partitioning import partition_of
from tocsin.messages.record import INPUT_TOPICS, Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.assignor import assignors
from tocsin.streams.kafka.clients import admin_client

sys.path.insert(0, str(Path(__file__).parents[1] / "kafka"))

from workload import TENANTS, Message, workload

SEED = 11
LIMIT_SECONDS = 200
IDLE_SECONDS = 30  # so that each partition has one tick
APART, RATE = 600, 40.0  # inputs that come one by one, so many a second
AT_ONCE = 6_000  # inputs that lie ready
MORE_TENANTS = 10  # for each of the workload's
ALL_TENANTS = [f"{name}-{number}" for name in TENANTS for number in range(MORE_TENANTS)]
WORKER = (Topic.INBOX, Topic.TICKET_EVENTS, Topic.ALERTS, Topic.TICKETS, Topic.TENANTS)


class Reading(NamedTuple):
    """What has been used and written so far."""

    seconds: float
    workers: float  # processor seconds of all of them
    broker: float
    bytes: Counter[str]


class Stand(NamedTuple):
    """A broker of our own, its folder and the topics of this point."""

    kafka: LocalKafka
    data: Path
    settings: Settings
    crew: list[subprocess.Popen[bytes]]

    def read(self) -> Reading:
        """As it stands now."""
        return Reading(
            time.monotonic(),
            sum(processor(it.pid) for it in self.crew),
            processor(self.kafka.pid),
            self.sizes(),
        )

    def sizes(self) -> Counter[str]:
        """Bytes of the segments of each topic, by its default name."""
        found = Counter[str]()
        for file in (self.data / "logs").glob(f"{self.settings.topic_prefix}*/*.log"):
            name = file.parent.name.removeprefix(self.settings.topic_prefix).rpartition("-")[0]
            found[f"soc.{name}"] += file.stat().st_size
        return found


def processor(pid: int) -> float:
    """The processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def connections(pid: int) -> int:
    """Sockets that a process has open."""
    found = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed just now
            found += "socket" in str(link.readlink())
    return found


async def until(done: Callable[[], Awaitable[bool]], what: str) -> float:
    """The seconds until it is so."""
    began = time.monotonic()
    while not await done():
        if time.monotonic() - began > LIMIT_SECONDS:
            raise SystemExit(f"{what}: not after {LIMIT_SECONDS} s")
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def hire(settings: Settings, log: Path, stack: AsyncExitStack) -> subprocess.Popen[bytes]:
    """A worker that is ready."""
    process = start(TOCSIN, settings.environment(), stack.enter_context(log.open("wb")))
    stack.callback(end, process)
    await until_ready(process, log)
    return process


async def until_ready(process: subprocess.Popen[bytes], log: Path) -> float:
    """The seconds until the worker that logs there is ready."""

    async def ready() -> bool:
        check(process, log)
        address = address_in(log)
        return address is not None and await asyncio.to_thread(answers, f"{address}/readyz")

    return await until(ready, "ready")


def address_in(log: Path) -> str | None:
    """Where a worker serves its metrics, as it has logged it."""
    return next((word[4:] for word in log.read_text().split() if word.startswith("web=")), None)


def answers(address: str) -> bool:
    """Whether it answers with success."""
    try:
        with urllib.request.urlopen(address):  # noqa: S310 - the worker's own address
            return True
    except urllib.error.URLError:
        return False


@asynccontextmanager
async def stand(kafka: LocalKafka, data: Path, partitions: int) -> AsyncIterator[Stand]:
    """Topics with so many partitions, and no worker yet."""
    patient = {"session_timeout": 60.0}  # a machine that is busy must not end a worker that would have gone on
    settings = settings_for(kafka.bootstrap).model_copy(update={"partitions": partitions, **patient})
    await topics.create(settings)
    try:
        yield Stand(kafka, data, settings, [])
    finally:
        await topics.delete(settings)


def messages(count: int) -> list[Message]:
    """The workload of the tests, by ten times as many tenants."""
    return [_of_one_of_many(number, it) for number, it in enumerate(workload(SEED, count, int(time.time() * SECOND)))]


def firsts(wanted: Iterable[int], partitions: int) -> Iterator[Message]:
    """For each tenant a detection on each of the `wanted` partitions: a worker adopts its contract before the first."""
    for place, tenant in product(wanted, ALL_TENANTS):
        key = next(key for key in map(b"%d".__mod__, count()) if partition_of(key, partitions) == place)
        document = json.loads(event(0, 1)) | {"tenant": tenant, "id": f"first-{place}"}
        yield Message(Topic.SECURITY_EVENTS, key, json.dumps(document).encode())


def _of_one_of_many(number: int, message: Message) -> Message:
    try:
        document = json.loads(message.value)
    except ValueError:
        return message  # some are no messages
    before = document["tenant"]
    document["tenant"] = after = f"{before}-{zlib.crc32(message.key) % MORE_TENANTS}"
    if "ticket" in document["data"]:
        document["data"]["ticket"] = document["data"]["ticket"].replace(before.upper(), after.upper())
    return message._replace(value=json.dumps(document).encode())


async def publish(settings: Settings, wanted: Iterable[Message], rate: float | None) -> None:
    """Publish so many a second, or all at once."""
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, max_batch_size=256 * 1024) as producer:
        began = time.monotonic()
        for number, it in enumerate(wanted):
            if rate is not None:
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            await producer.send(settings.topic(it.topic), it.value, it.key)


async def applied_by(at: Stand) -> bool:
    """Whether its workers, which are still there, have applied everything."""
    for number, process in enumerate(at.crew):
        check(process, log_of(at, number))
    return await applied(at.settings)


async def applied(settings: Settings) -> bool:
    """Whether all that stands on inputs and inbox has been applied."""
    read = [topic for topic in (*INPUT_TOPICS, Topic.INBOX) if topic in settings.topics]
    tps = [TopicPartition(settings.topic(topic), number) for topic in read for number in range(settings.partitions)]
    if not await coordinated(settings):
        return False
    async with admin_client(settings) as admin:
        committed = await admin.list_consumer_group_offsets(settings.app_id)
    async with AIOKafkaConsumer(bootstrap_servers=settings.bootstrap, isolation_level="read_committed") as consumer:
        ends = await consumer.end_offsets(tps)
    return all(not ends[tp] or (tp in committed and committed[tp].offset >= ends[tp]) for tp in tps)


def log_of(at: Stand, number: int) -> Path:
    """Where a worker logs."""
    return at.data.parent / f"{at.settings.app_id}-{number}.log"


async def crew_of(at: Stand, workers: int, stack: AsyncExitStack) -> Figures:
    """Hire so many, one after the other; the seconds until the last one was ready, and what one holds."""
    seconds = 0.0
    for number in range(workers):
        began = time.monotonic()
        at.crew.append(await hire(at.settings, log_of(at, number), stack))
        seconds = time.monotonic() - began
    held = [it.pid for it in at.crew]
    return {
        "ready_s": seconds,
        "worker_bytes": sum(map(resident, held)) / len(held),
        "connections": sum(map(connections, held)) / len(held),
    }


def per(count: int, before: Reading, after: Reading, name: str) -> Figures:
    """What each of `count` cost between two readings."""
    grown = after.bytes - before.bytes
    return {
        f"{name}_worker_us": (after.workers - before.workers) / count * 1e6,
        f"{name}_broker_us": (after.broker - before.broker) / count * 1e6,
        **{f"{name} {topic} bytes": grown[topic] / count for topic in WORKER},
    }


async def running(kafka: LocalKafka, data: Path, partitions: int, workers: int) -> Figures:
    """What so many workers with so many partitions cost: idle, with inputs one by one, with inputs that lie ready."""
    wanted = messages(APART + AT_ONCE)
    async with stand(kafka, data, partitions) as at, AsyncExitStack() as stack:
        figures = await crew_of(at, workers, stack)
        empty = at.read()
        await publish(at.settings, firsts([0], partitions), None)
        await until(lambda: applied_by(at), "applied")
        figures["adoption_bytes"] = (at.read().bytes - empty.bytes)[Topic.INBOX] / len(ALL_TENANTS)
        await publish(at.settings, firsts(range(1, partitions), partitions), None)  # by the other workers, too
        await until(lambda: applied_by(at), "applied")
        before = at.read()
        await asyncio.sleep(IDLE_SECONDS)
        idle = at.read()
        figures |= {
            "idle_worker_share": (idle.workers - before.workers) / (idle.seconds - before.seconds) / workers,
            "idle_broker_share": (idle.broker - before.broker) / (idle.seconds - before.seconds),
            **{f"idle {topic} bytes": (idle.bytes - before.bytes)[topic] / partitions for topic in WORKER},
        }
        await publish(at.settings, wanted[:APART], RATE)
        await until(lambda: applied_by(at), "applied")
        apart = at.read()
        figures |= per(APART, idle, apart, "apart")
        await publish(at.settings, wanted[APART:], None)
        await until(lambda: applied_by(at), "applied")
        ready = at.read()
        figures |= per(AT_ONCE, apart, ready, "ready")
        figures["ready_a_second"] = AT_ONCE / (ready.seconds - apart.seconds)
        return figures


async def grouped(kafka: LocalKafka, data: Path, members: int, partitions: int) -> Figures:
    """Seconds until so many members of a group, which hold no state, have their partitions; and when one more comes."""
    async with stand(kafka, data, partitions) as at, AsyncExitStack() as stack:
        names = [at.settings.topic(topic) for topic in (*INPUT_TOPICS, Topic.INBOX) if topic in at.settings.topics]
        group: list[AIOKafkaConsumer] = []

        async def join() -> None:
            group.append(await stack.enter_async_context(member(at.settings, names)))

        async def settled() -> bool:
            held = [len(it.assignment()) for it in group]
            return sum(held) == partitions * len(names) and min(held) > 0

        await until(lambda: coordinated(at.settings), "coordinated")
        began = time.monotonic()
        await asyncio.gather(*(join() for _ in range(members)))
        await until(settled, "assigned")
        all_joined, used = time.monotonic() - began, processor(kafka.pid)
        began = time.monotonic()
        await join()
        await until(settled, "assigned")
        return {
            "join_s": all_joined,
            "one_more_s": time.monotonic() - began,
            "one_more_broker_s": processor(kafka.pid) - used,
        }


async def coordinated(settings: Settings) -> bool:
    """Whether the broker looks after groups yet, for which it makes a topic when it is first asked."""
    async with admin_client(settings) as admin:
        try:
            await admin.list_consumer_group_offsets(settings.app_id)
        except GroupCoordinatorNotAvailableError:
            return False
        return True


def member(settings: Settings, names: list[str]) -> AIOKafkaConsumer:
    """A member as a worker is one, which reads nothing."""
    return AIOKafkaConsumer(
        *names,
        bootstrap_servers=settings.bootstrap,
        group_id=settings.app_id,
        partition_assignment_strategy=assignors(settings),
        enable_auto_commit=False,
        session_timeout_ms=round(settings.session_timeout * 1000),
        heartbeat_interval_ms=1_000,
        rebalance_timeout_ms=60_000,
    )
