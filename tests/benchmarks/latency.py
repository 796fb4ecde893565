"""From the inbox stamp, and from the publication, to the alert that a foreign `read_committed` consumer sees.

    python tests/benchmarks/latency.py [--bootstrap HOST:PORT] [--rate 20] [--seconds 20]
    python tests/benchmarks/latency.py --mix [--rate 120] [--seconds 60]

Without --bootstrap a local Kafka is started. Without --mix each message is a detection that opens a ticket and alerts:
one input topic, one message at a time. With --mix they are detections, calls, callbacks, mails, desk work and repeats,
on all input topics, and so on all partitions. Worker, publisher and client are processes of their own. A message has a
time at which it has to be published, and its latency counts from then, though the publisher be late (an open loop).
Broker and client must share a clock, so run it on one machine; the load average is part of the result.
`latency_curve.py` beside it measures several rates, numbers of partitions, and two versions of the code.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from stand import TOCSIN, arguments, broker, check, end, event, settings_for, start

from tocsin.domain.instant import SECOND, Instant
from tocsin.messages.inbox import TICK
from tocsin.messages.origin import origin
from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

sys.path.insert(0, str(Path(__file__).parents[1] / "kafka"))

from workload import Message, workload

WARM_UP_SECONDS = 5.0
QUIET_SECONDS = 3.0
BEHIND_SECONDS = 20.0  # whoever is not done so long after the last message does not keep up
SEED = 10

Place = tuple[str, int, int]


class Seen(NamedTuple):
    """What the client has seen: alerts with the second of their arrival, and of inbox records stamp and origin."""

    alerts: list[tuple[float, ConsumerRecord]]
    inbox: dict[tuple[int, int], tuple[Instant, Place | None]]


class Latencies(NamedTuple):
    """In milliseconds."""

    since_stamp: list[float]
    since_publication: list[float]  # of the alerts that a message has caused, not the time


class Load(NamedTuple):
    """Messages, how many of them are published a second, and for how many seconds their latencies do not count yet."""

    messages: list[Message]
    rate: float
    warm_up: float = WARM_UP_SECONDS


class BehindError(Exception):
    """The worker does not keep up with so many messages a second."""


@asynccontextmanager
async def one_worker(settings: Settings, folder: Path, environment: Mapping[str, str]) -> AsyncIterator[None]:
    """A worker that has joined."""
    await topics.create(settings)
    log = folder / "worker.log"
    with log.open("wb") as output:
        worker = start(TOCSIN, settings.environment() | dict(environment), output)
    try:
        while b" joined " not in log.read_bytes():
            check(worker, log)
            await asyncio.sleep(0.05)
        yield
    finally:
        end(worker)
        await topics.delete(settings)


async def measure(
    settings: Settings, load: Load, folder: Path, environment: Mapping[str, str] | None = None
) -> Latencies:
    """What an alert took. `environment` is added to the worker's. Raises `BehindError`."""
    async with one_worker(settings, folder, environment or {}):
        return await under(load, settings)


async def under(load: Load, settings: Settings) -> Latencies:
    """What an alert of the workers that run took. Raises `BehindError`."""
    seen = Seen([], {})
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1, get_context("spawn")) as publisher:
        await loop.run_in_executor(publisher, time.time)  # it has started
        async with foreign_client(settings) as consumer:
            watching = asyncio.create_task(_watch(settings, consumer, seen))
            began = time.time()
            published = await loop.run_in_executor(publisher, _publish, settings, load)
            await _until_done(seen)
            watching.cancel()
    counted = [(arrival, alert) for arrival, alert in seen.alerts if alert.timestamp / SECOND > began + load.warm_up]
    since_stamp = [(arrival * SECOND - alert.timestamp) for arrival, alert in counted]
    return Latencies(since_stamp, list(_since_publication(counted, seen, published)))


async def _until_done(seen: Seen) -> None:
    """Until no message causes anything any more. Raises `BehindError`."""
    limit = time.time() + BEHIND_SECONDS
    known = looked_at = 0
    quiet_since = time.time()
    while time.time() - quiet_since < QUIET_SECONDS:
        if time.time() > limit:
            raise BehindError
        await asyncio.sleep(0.1)
        fresh, looked_at = seen.alerts[looked_at:], len(seen.alerts)
        if len(seen.inbox) > known or any(_causes(alert, seen) for _, alert in fresh):
            known, quiet_since = len(seen.inbox), time.time()


@asynccontextmanager
async def foreign_client(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """Reads what is committed from now on, without a group."""
    async with AIOKafkaConsumer(
        settings.topic(Topic.ALERTS),
        settings.topic(Topic.INBOX),
        bootstrap_servers=settings.bootstrap,
        isolation_level="read_committed",
        fetch_max_wait_ms=10,
    ) as consumer:
        await consumer.seek_to_end()
        yield consumer


async def _watch(settings: Settings, consumer: AIOKafkaConsumer, seen: Seen) -> None:
    async for record in consumer:
        if record.topic == settings.topic(Topic.ALERTS):
            seen.alerts.append((time.time(), record))
        elif record.value != TICK:
            known = Record(
                Topic.INBOX, record.partition, record.offset, record.timestamp, record.key, record.value, record.headers
            )
            came = origin(known)
            place = None if came is None else (settings.topic(came.topic), came.partition, came.offset)
            seen.inbox[record.partition, record.offset] = record.timestamp, place


def _publish(settings: Settings, load: Load) -> Mapping[Place, float]:
    """The second at which each had to be published, by the place that it was given."""
    return asyncio.run(_publish_all(settings, load))


async def _publish_all(settings: Settings, load: Load) -> Mapping[Place, float]:
    published: dict[Place, float] = {}
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        began = time.time()
        sent = []
        for number, message in enumerate(load.messages):
            due = began + number / load.rate
            if (early := due - time.time()) > 0:
                await asyncio.sleep(early)
            sent.append((due, await producer.send(settings.topic(message.topic), message.value, message.key)))
        for due, sending in sent:
            place = await sending
            published[place.topic, place.partition, place.offset] = due
    return published


def _since_publication(
    alerts: list[tuple[float, ConsumerRecord]], seen: Seen, published: Mapping[Place, float]
) -> Iterator[float]:
    for arrival, alert in alerts:
        causes = _causes(alert, seen)
        if causes and causes[-1] in published:
            yield (arrival - published[causes[-1]]) * SECOND


def _causes(alert: ConsumerRecord, seen: Seen) -> list[Place]:
    """Where the messages stand that have caused it: the alert has the stamp of their inbox records. Else time has."""
    named = [seen.inbox.get((alert.partition, offset)) for offset in json.loads(alert.value)["data"]["offsets"]]
    return [place for stamp, place in filter(None, named) if stamp == alert.timestamp and place is not None]


def detections(count: int) -> list[Message]:
    """Each opens a ticket."""
    return [Message(Topic.SECURITY_EVENTS, str(number).encode(), event(number, count)) for number in range(count)]


def report(name: str, milliseconds: list[float]) -> None:
    """One line."""
    percentiles = statistics.quantiles(milliseconds, n=100)
    p50, p99, worst = percentiles[49], percentiles[98], max(milliseconds)
    count = len(milliseconds)
    sys.stdout.write(f"{name:<30} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   worst {worst:6.1f} ms   ({count} alerts)\n")


def main() -> None:
    """Measure and report, with the conditions."""
    parser = arguments(__doc__)
    parser.add_argument("--mix", action="store_true", help="all kinds of messages on all input topics")
    parser.add_argument("--rate", type=float, help="messages a second  [20, with --mix 120]")
    parser.add_argument("--seconds", type=float, help="for how long  [20, with --mix 60]")
    options = parser.parse_args()
    rate = options.rate or (120 if options.mix else 20)
    count = round(rate * (options.seconds or (60 if options.mix else 20)))
    messages = workload(SEED, count, int(time.time() * SECOND)) if options.mix else detections(count)
    before = os.getloadavg()[0]
    with broker(options.bootstrap) as (bootstrap, folder):
        settings = settings_for(bootstrap)
        found = asyncio.run(measure(settings, Load(messages, rate), folder))
    inputs = len({message.topic for message in messages})
    sys.stdout.write(
        f"one worker, {inputs} input topics of {settings.partitions} partitions, {os.cpu_count()} cores, "
        f"load average {before:.1f} before and {os.getloadavg()[0]:.1f} after\n"
    )
    report("inbox stamp to visible alert", found.since_stamp)
    report("publication to visible alert", found.since_publication)


if __name__ == "__main__":
    main()
