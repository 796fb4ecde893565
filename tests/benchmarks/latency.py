"""From the inbox stamp to the alert that a `read_committed` consumer sees: median and 99th percentile.

    python tests/benchmarks/latency.py [--bootstrap HOST:PORT] [--alerts 300] [--gap 0.05]

Without --bootstrap a local Kafka is started. One detection is published every --gap seconds; each opens a ticket and
alerts. Broker and this script must share a clock, so run it on one machine.
"""

import asyncio
import statistics
import sys
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from stand import TOCSIN, arguments, broker, check, end, event, settings_for, start

from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

WARM_UP = 20


async def measure(settings: Settings, count: int, gap: float, folder: Path) -> tuple[list[float], list[float]]:
    """Milliseconds from the inbox stamp, and from the publication, to the alert."""
    await topics.create(settings)
    log = folder / "worker.log"
    with log.open("wb") as output:
        worker = start(TOCSIN, settings.environment(), output)
    try:
        while b" joined " not in log.read_bytes():
            check(worker, log)
            await asyncio.sleep(0.05)
        return await _stream(settings, count + WARM_UP, gap)
    finally:
        end(worker)
        await topics.delete(settings)


async def _stream(settings: Settings, count: int, gap: float) -> tuple[list[float], list[float]]:
    published: list[float] = []
    since_stamp: list[float] = []
    since_publication: list[float] = []
    consumer = AIOKafkaConsumer(
        settings.topic(Topic.ALERTS),
        bootstrap_servers=settings.bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=10,
    )
    async with consumer, AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:

        async def publish() -> None:
            for number in range(count):
                published.append(time.time())
                await producer.send_and_wait(
                    settings.topic(Topic.SECURITY_EVENTS), event(number, count), str(number).encode()
                )
                await asyncio.sleep(gap)

        publishing = asyncio.create_task(publish())
        while len(since_stamp) < count:
            record = await consumer.getone()
            now = time.time()
            since_stamp.append(now * 1000 - record.timestamp)
            since_publication.append((now - published[len(since_publication)]) * 1000)  # they come in order, nearly
        await publishing
    return since_stamp[WARM_UP:], since_publication[WARM_UP:]


def report(name: str, milliseconds: list[float]) -> None:
    """One line."""
    percentiles = statistics.quantiles(milliseconds, n=100)
    p50, p99, worst = percentiles[49], percentiles[98], max(milliseconds)
    sys.stdout.write(f"{name:<30} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   worst {worst:6.1f} ms\n")


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--alerts", type=int, default=300)
    parser.add_argument("--gap", type=float, default=0.05)
    options = parser.parse_args()
    with broker(options.bootstrap) as (bootstrap, folder):
        stamp, publication = asyncio.run(measure(settings_for(bootstrap), options.alerts, options.gap, folder))
    report("inbox stamp to visible alert", stamp)
    report("publication to visible alert", publication)


if __name__ == "__main__":
    main()
