"""From the start of a worker that was killed to its first fresh alert, as a `read_committed` consumer sees it.

    python tests/benchmarks/restart.py [--bootstrap HOST:PORT] [--tickets 20000] [--times 5]

Without --bootstrap a local Kafka is started. The worker has so many open tickets, each with four repeats, and nothing
left to do, when it is killed (SIGKILL) and started again at once; an event that opens one more is published meanwhile.
Measured with a `group_instance_id`, under which it gets its partitions back at once, and without: then the group first
waits for the dead one's session to end.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from growing_workers import applied, until
from stand import OPENING, TENANTS, TOCSIN, arguments, broker, check, event, publish, settings_for, start

from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

LIMIT_SECONDS = 120


@contextmanager
def worker(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker, killed at the end."""
    with log.open("wb") as output:
        process = start(TOCSIN, settings.environment(), output)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def measure(settings: Settings, tickets: int, times: int, folder: Path) -> list[float]:
    """Seconds from each start to the first fresh alert."""
    await topics.create(settings)
    await publish(settings, tickets * OPENING)
    log = folder / f"{settings.app_id}.log"
    found = []
    async with (
        AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer,
        AIOKafkaConsumer(
            settings.topic(Topic.ALERTS),
            bootstrap_servers=settings.bootstrap,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            fetch_max_wait_ms=10,
        ) as consumer,
    ):
        with worker(settings, log) as first:
            await alerts(consumer, tickets, first, log)
            await until(partial(applied, settings), "what repeats is applied")
        for number in range(tickets * OPENING, tickets * OPENING + times):
            fresh = event(number * TENANTS, (number + 1) * TENANTS)  # another ticket of one tenant
            await producer.send_and_wait(settings.topic(Topic.SECURITY_EVENTS), fresh, b"fresh")
            began = time.monotonic()
            with worker(settings, log) as again:
                await alerts(consumer, 1, again, log)
                found.append(time.monotonic() - began)
    await topics.delete(settings)
    return found


async def alerts(consumer: AIOKafkaConsumer, count: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until so many more are seen; end the benchmark where the worker has ended."""
    limit = time.monotonic() + LIMIT_SECONDS
    while count > 0:
        count -= sum(map(len, (await consumer.getmany(timeout_ms=200)).values()))
        check(process, log)
        if time.monotonic() > limit:
            raise SystemExit(f"{count} alerts are missing after {LIMIT_SECONDS} s")


def report(name: str, seconds: list[float]) -> None:
    """One line."""
    sys.stdout.write(f"{name:<26} median {statistics.median(seconds):5.1f} s   worst {max(seconds):5.1f} s\n")


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with broker(options.bootstrap) as (bootstrap, folder):
        for name, instance in (("with a group_instance_id", "benchmark"), ("without", None)):
            settings = settings_for(bootstrap).model_copy(update={"group_instance_id": instance})
            report(name, asyncio.run(measure(settings, options.tickets, options.times, folder)))


if __name__ == "__main__":
    main()
