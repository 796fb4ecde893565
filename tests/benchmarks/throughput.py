"""Events a second from input to alert: one Tocsin worker, and beside it the same job written naively in Faust.

    python tests/benchmarks/throughput.py [--bootstrap HOST:PORT] [--events 60000] [--naive-events 15000]

Without --bootstrap a local Kafka is started. The input lies ready on `security-events`; a fifth of the events opens a
ticket and alerts, the others are repeats on a ticket. The clock runs from the first event applied to the last one,
the processor time is that of the worker's whole life. Both write inbox, journal, alerts and state.
"""

import asyncio
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families
from stand import TOCSIN, arguments, broker, check, end, publish, settings_for, start

from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

HERE = Path(__file__).parent
LIMIT_SECONDS = 300

Applied = Callable[[], Awaitable[int]]


class Result(NamedTuple):
    """What one of the two did."""

    events: int
    timed: int  # of them, those applied while the clock ran
    seconds: float
    processor_seconds: float

    @property
    def a_second(self) -> float:
        """Events a second."""
        return self.timed / self.seconds

    @property
    def a_processor_second(self) -> float:
        """Events for each second of processor time."""
        return self.events / self.processor_seconds


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
    return Result(count, count - first, seconds, used)


async def tocsin(settings: Settings, count: int, folder: Path) -> Result:
    """One worker, from `tocsin run`."""
    log = folder / "tocsin.log"
    await topics.create(settings)
    await publish(settings, count)

    async def applied() -> int:
        address = next((word[4:] for word in log.read_text().split() if word.startswith("web=")), None)
        return 0 if address is None else await asyncio.to_thread(opened_and_joined, address)

    result = await measure(TOCSIN, settings.environment(), log, count, applied)
    await topics.delete(settings)
    return result


def opened_and_joined(address: str) -> int:
    """The events that a worker has applied, by its metrics."""
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


def report(name: str, result: Result) -> None:
    """One line."""
    sys.stdout.write(
        f"{name:<12} {result.events:>8,} events {result.seconds:>7.1f} s {result.a_second:>9,.0f} events/s "
        f"{result.processor_seconds:>7.1f} s of processor {result.a_processor_second:>9,.0f} events/s of processor\n"
    )


def main() -> None:
    """Run both, one after the other, on the same broker."""
    parser = arguments(__doc__)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--naive-events", type=int, default=15_000)
    options = parser.parse_args()
    with broker(options.bootstrap) as (bootstrap, folder):
        ours = asyncio.run(tocsin(settings_for(bootstrap), options.events, folder))
        report("tocsin", ours)
        theirs = asyncio.run(naive(settings_for(bootstrap), options.naive_events, folder))
        report("naive Faust", theirs)
    real, processor = ours.a_second / theirs.a_second, ours.a_processor_second / theirs.a_processor_second
    sys.stdout.write(f"tocsin / naive Faust: {real:.1f} in real time, {processor:.1f} in processor time\n")


if __name__ == "__main__":
    main()
