"""Events a second from input to alert: one Tocsin worker, and beside it the same job written naively in Faust.

    python tests/benchmarks/throughput.py [--bootstrap HOST:PORT] [--events 60000] [--naive-events 15000]

Without --bootstrap a local Kafka is started. The input lies ready on `security-events`; a fifth of the events opens a
ticket and alerts, the others are repeats on a ticket. The clock runs from the first event applied to the last one,
the processor time is that of the worker's whole life. Both write inbox, journal, alerts and state.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from tocsin.dev.kafka import LocalKafka, install
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams import topics

HERE = Path(__file__).parent
TENANTS = 30
OPENING = 5  # every so many events open a ticket
LIMIT_SECONDS = 300

Applied = Callable[[], Awaitable[int]]


class Result(NamedTuple):
    """What one of the two did."""

    events: int
    seconds: float
    processor_seconds: float

    @property
    def a_second(self) -> float:
        """Events a second."""
        return self.events / self.seconds


def event(number: int, tickets: int) -> bytes:
    """A detection of about 350 bytes; there are `tickets` different ones."""
    kind = number % tickets
    data = {
        "signature": f"signature-{kind}",
        "severity": ("medium", "high", "critical")[kind % 3],
        "asset": f"host-{kind % 1000}.client.example",
        "title": "Outbound connection to an address on a block list, seen by the sensor at the perimeter",
    }
    envelope = {
        "specversion": "1.0",
        "id": f"event-{number}",
        "source": "benchmark",
        "type": "tocsin.detection",
        "tenant": f"client-{kind % TENANTS}",
        "time": "2026-03-01T09:00:00Z",
        "data": data,
    }
    return json.dumps(envelope).encode()


async def publish(settings: Settings, count: int) -> None:
    """Lay the input ready."""
    name = settings.topic(Topic.SECURITY_EVENTS)
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, max_batch_size=256 * 1024) as producer:
        for number in range(count):
            await producer.send(name, event(number, count // OPENING), str(number).encode())


def start(command: list[str], environment: dict[str, str], log: BinaryIO) -> subprocess.Popen[bytes]:
    """A worker in a process of its own."""
    return subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)


def end(worker: subprocess.Popen[bytes]) -> float:
    """Stop it; the processor seconds that it has used."""
    worker.terminate()
    _, _, used = os.wait4(worker.pid, 0)
    worker.returncode = 0  # it has been waited for
    return used.ru_utime + used.ru_stime


async def measure(command: list[str], environment: dict[str, str], log: Path, count: int, applied: Applied) -> Result:
    """Run a worker until it has applied `count` events."""
    with log.open("wb") as output:
        worker = start(command, environment, output)
    try:
        while not (first := await applied()):
            check(worker, log)
            await asyncio.sleep(0.02)
        began = time.monotonic()
        while await applied() < count:
            check(worker, log)
            if time.monotonic() - began > LIMIT_SECONDS:
                raise SystemExit(f"not done after {LIMIT_SECONDS} s")
            await asyncio.sleep(0.1)
        seconds = time.monotonic() - began
    finally:
        used = end(worker)
    return Result(count - first, seconds, used)


def check(worker: subprocess.Popen[bytes], log: Path) -> None:
    """End the benchmark when the worker has ended."""
    if worker.poll() is not None:
        raise SystemExit(f"the worker has ended:\n{log.read_text()[-4000:]}")


async def tocsin(settings: Settings, count: int, folder: Path) -> Result:
    """One worker, from `tocsin run`."""
    log = folder / "tocsin.log"
    await topics.create(settings)
    await publish(settings, count)
    environment = {
        "TOCSIN_BOOTSTRAP": settings.bootstrap,
        "TOCSIN_APP_ID": settings.app_id,
        "TOCSIN_TOPIC_PREFIX": settings.topic_prefix,
        "TOCSIN_WEB_PORT": "0",
    }

    async def applied() -> int:
        address = next((word[4:] for word in log.read_text().split() if word.startswith("web=")), None)
        return 0 if address is None else await asyncio.to_thread(_opened_and_joined, address)

    command = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main(['run'])"]
    result = await measure(command, environment, log, count, applied)
    await topics.delete(settings)
    return result


def _opened_and_joined(address: str) -> int:
    with urllib.request.urlopen(f"{address}/metrics") as answer:  # noqa: S310 - the worker's own address
        text = answer.read().decode()
    records = (f for f in text_string_to_metric_families(text) if f.name == "tocsin_records")
    return sum(int(s.value) for f in records for s in f.samples if s.labels["outcome"] in ("opened", "joined"))


async def naive(settings: Settings, count: int, folder: Path) -> Result:
    """The naive application under Faust's own worker command."""
    await topics.create(settings)
    await publish(settings, count)
    environment = {"BOOTSTRAP": settings.bootstrap, "PREFIX": settings.topic_prefix, "DATA": str(folder / "data")}
    async with AIOKafkaConsumer(bootstrap_servers=settings.bootstrap) as consumer:
        journal = [TopicPartition(settings.topic(Topic.TICKET_EVENTS), n) for n in range(settings.partitions)]

        async def applied() -> int:
            return sum((await consumer.end_offsets(journal)).values())

        command = [sys.executable, str(HERE / "naive_faust.py"), "worker", "--without-web", "-l", "warn"]
        result = await measure(command, environment, folder / "naive.log", count, applied)
    await topics.delete(settings)
    return result


def settings_for(bootstrap: str) -> Settings:
    """Names of this run's own."""
    name = f"benchmark-{uuid.uuid4().hex[:8]}"
    return Settings(bootstrap=bootstrap, app_id=name, topic_prefix=f"{name}.", partitions=3)


def report(name: str, result: Result) -> None:
    """One line."""
    sys.stdout.write(
        f"{name:<12} {result.events:>8,} events {result.seconds:>7.1f} s {result.a_second:>9,.0f} events/s "
        f"{result.processor_seconds:>7.1f} s of processor\n"
    )


def main() -> None:
    """Run both, one after the other, on the same broker."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", help="HOST:PORT of a Kafka; without it a local one is started")
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--naive-events", type=int, default=15_000)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bootstrap = options.bootstrap
        if bootstrap is None:
            bootstrap = stack.enter_context(LocalKafka(install(), folder / "kafka")).bootstrap
        ours = asyncio.run(tocsin(settings_for(bootstrap), options.events, folder))
        report("tocsin", ours)
        theirs = asyncio.run(naive(settings_for(bootstrap), options.naive_events, folder))
        report("naive Faust", theirs)
        sys.stdout.write(f"tocsin / naive Faust: {ours.a_second / theirs.a_second:.1f}\n")


if __name__ == "__main__":
    main()
