"""What hundreds of topics of clients cost one worker.

    python tests/benchmarks/own_topics.py [--bootstrap HOST:PORT] [--topics 500] [--rate 10] [--count 50000] [--each]

Without --bootstrap a local Kafka is started. Every topic belongs to a tenant of its own. Measured are: the start until
the worker has joined, what it holds open, publication to visible alert at `--rate` detections a second in turn on all
topics, the time to take in `--count` detections that lie ready on them, and the time until a topic that is made under
the running worker is read. With `--each` every topic has a writer of its own, to compare.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from latency import report
from stand import TOCSIN, arguments, broker, check, end, event, settings_for, start

from tocsin.domain.instant import SECOND
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

EACH = [
    *TOCSIN[:2],
    "import tocsin.cli, tocsin.streams.kafka.log as log; log.shared_by = lambda _: None; tocsin.cli.main(['run'])",
]
SECONDS = 30
WARM_UP = 5
IDLE = 8


def name(number: int) -> str:
    """The default name of the topic of a client."""
    return f"soc.security-events.client-{number}.edr"


def detection(number: int) -> bytes:
    """One that opens a ticket, and says nothing about whose it is."""
    document = json.loads(event(number, 10**9))
    del document["tenant"]
    document["data"]["title"] = document["data"]["signature"]
    return json.dumps(document).encode()


def write_tenants(settings: Settings, count: int, file: Path) -> Settings:
    """Settings with a tenants file, which has one client more than there are topics for."""
    text = "".join(f'[tenants.client-{n}.sources]\ntopics = ["{name(n)}"]\n' for n in range(count + 1))
    file.write_text(text)
    return settings.model_copy(update={"tenants_file": file})


@asynccontextmanager
async def worker(settings: Settings, command: list[str], folder: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A worker that has joined."""
    began, log = time.monotonic(), folder / "worker.log"
    with log.open("wb") as output:
        process = start(command, settings.environment(), output)
    try:
        while b" joined " not in log.read_bytes():
            check(process, log)
            await asyncio.sleep(0.05)
        say("start until joined", f"{time.monotonic() - began:.1f} s")
        yield process
        check(process, log)
    finally:
        end(process)


def say(what: str, figure: str) -> None:
    """One line."""
    sys.stdout.write(f"{what:<40} {figure}\n")
    sys.stdout.flush()


def say_held(process: subprocess.Popen[bytes]) -> None:
    """What the worker holds of the machine."""
    proc = Path(f"/proc/{process.pid}")
    links = [str(link.readlink()) for link in (proc / "fd").iterdir()]
    status = (proc / "status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]
    say("connections, memory", f"{sum('socket' in link for link in links)}, {int(resident) // 1024} MB")


def used(process: subprocess.Popen[bytes]) -> float:
    """The processor seconds that the worker has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def say_idle(process: subprocess.Popen[bytes]) -> None:
    """What the worker uses while nothing happens."""
    before = used(process)
    await asyncio.sleep(IDLE)
    say("processor time while nothing happens", f"{(used(process) - before) / IDLE:.0%} of a core")


async def latencies(settings: Settings, count: int, rate: float) -> list[float]:
    """Milliseconds from publication to alert, of the detections after the first seconds."""
    published: dict[str, float] = {}
    found: list[float] = []
    async with (
        AIOKafkaConsumer(
            settings.topic(Topic.ALERTS),
            bootstrap_servers=settings.bootstrap,
            isolation_level="read_committed",
            fetch_max_wait_ms=10,
        ) as consumer,
        AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer,
    ):
        watching = asyncio.create_task(_watch(consumer, published, found))
        began = time.time()
        wanted = round(rate * SECONDS)
        for number in range(wanted):
            await asyncio.sleep(max(0.0, began + number / rate - time.time()))
            published[f"signature-{number}"] = time.time() if number > rate * WARM_UP else 0.0
            await producer.send(settings.name_here(name(number % count)), detection(number))
        async with asyncio.timeout(60):
            while published:  # noqa: ASYNC110 - nobody tells of the last one
                await asyncio.sleep(0.1)
        watching.cancel()
    return found


async def _watch(consumer: AIOKafkaConsumer, published: dict[str, float], found: list[float]) -> None:
    async for record in consumer:
        data = json.loads(record.value)["data"]
        if data["kind"] == "detection" and (at := published.pop(data["title"], None)):
            found.append((time.time() - at) * SECOND)


async def until_taken_in(settings: Settings, wanted: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the inbox holds so many detections more than now."""
    async with AIOKafkaConsumer(
        settings.topic(Topic.INBOX),
        bootstrap_servers=settings.bootstrap,
        isolation_level="read_committed",
        fetch_max_wait_ms=10,
    ) as consumer:
        await consumer.seek_to_end()
        yielded = 0
        while yielded < wanted:
            check(process, log)
            for records in (await consumer.getmany(timeout_ms=500)).values():
                yielded += sum(b'"tocsin.detection"' in record.value for record in records)


async def _lay_ready(settings: Settings, count: int, first: int, wanted: int) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, max_batch_size=256 * 1024) as producer:
        for number in range(first, first + wanted):
            await producer.send(settings.name_here(name(number % count)), detection(number))


async def measure(settings: Settings, options: argparse.Namespace, folder: Path) -> None:
    """All of it."""
    count, log = options.topics, folder / "worker.log"
    settings = write_tenants(settings, count, folder / "tenants.toml")
    await topics.create(settings, [name(number) for number in range(count)])
    command = EACH if options.each else TOCSIN
    async with worker(settings, command, folder) as process:
        say_held(process)
        await say_idle(process)
        before = used(process)
        report("publication to visible alert", await latencies(settings, count, options.rate))
        say("processor time of each", f"{(used(process) - before) / options.rate / SECONDS * 1000:.0f} ms")
        began = time.monotonic()
        await topics.create(settings, [name(count)])
        async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
            taken_in = asyncio.create_task(until_taken_in(settings, 1, process, log))
            await asyncio.sleep(1)
            await producer.send_and_wait(settings.name_here(name(count)), detection(10**6))
            await taken_in
        say("a new topic, made until read", f"{time.monotonic() - began:.1f} s")
    await _lay_ready(settings, count, 2 * 10**6, options.count)
    async with worker(settings, command, folder) as process:
        began, before = time.monotonic(), used(process)
        await until_drained(settings, count, process, log)
        say(f"{options.count} detections taken in", f"{options.count / (time.monotonic() - began):.0f} a second")
        say("processor time of each", f"{(used(process) - before) / options.count * 1000:.2f} ms")


async def until_drained(settings: Settings, count: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the group has read all topics of the clients to their ends."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    tps = [TopicPartition(settings.name_here(name(number)), 0) for number in range(count)]
    async with AIOKafkaConsumer(bootstrap_servers=settings.bootstrap) as consumer:
        consumer.assign(tps)  # so that the consumer asks for all topics at once
        ends = await consumer.end_offsets(tps)
    while True:
        check(process, log)
        committed = await admin.list_consumer_group_offsets(settings.app_id)
        if all(tp in committed and committed[tp].offset >= ends[tp] for tp in tps):
            break
        await asyncio.sleep(0.2)
    await admin.close()


def main() -> None:
    """Measure and report, with the conditions."""
    parser = arguments(__doc__)
    parser.add_argument("--topics", type=int, default=500, help="topics of clients  [500]")
    parser.add_argument("--rate", type=float, default=10, help="detections a second  [10]")
    parser.add_argument("--count", type=int, default=50_000, help="detections that lie ready  [50000]")
    parser.add_argument("--each", action="store_true", help="a writer for each topic, to compare")
    options = parser.parse_args()
    before = os.getloadavg()[0]
    with broker(options.bootstrap) as (bootstrap, folder):
        asyncio.run(measure(settings_for(bootstrap), options, folder))
    sys.stdout.write(
        f"one worker, {options.topics} topics of clients, {os.cpu_count()} cores, "
        f"load average {before:.1f} before and {os.getloadavg()[0]:.1f} after\n"
    )


if __name__ == "__main__":
    main()
