"""A worker with very many open tickets: how soon it is ready again, its first scrape, and what alerts wait for.

    python tests/benchmarks/large.py [--tickets 1000000] [--starts 3] [--rates 120,1000] [--seconds 10]

A local Kafka is started. Detections open the tickets, each with a deadline in 30 days, and a worker folds them. It is
killed (SIGKILL) and started again, under a `group_instance_id`, so many times. Then come the messages of `latency.py`,
from further tenants, at each rate: median and 99th percentile are told of the time from the inbox stamp to the alert,
as a `read_committed` client in a process of its own sees it.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from growing_workers import address_in, applied, resident, until_ready
from latency import SEED, WARM_UP_SECONDS, Load, report, under
from restart import worker
from stand import TENANTS, arguments, broker, event, settings_for
from workload import workload

from tocsin.domain.instant import SECOND, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

LOOK_SECONDS = 1.0
TENANT = """[tenants.client-{number}]
contract = "esentire"
plan = "example"
[tenants.client-{number}.targets]
detection_alert = {{all = "30 days"}}
"""


class Ready(NamedTuple):
    """A worker by its process, and the seconds from its start until it was ready."""

    pid: int
    after: float


async def open_tickets(settings: Settings, tickets: int) -> float:
    """Let the worker fold so many detections, each of another matter; inputs a second."""
    began, now = time.monotonic(), show(int(time.time() * SECOND))
    topic = settings.topic(Topic.SECURITY_EVENTS)
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, max_batch_size=256 * 1024) as producer:
        for number in range(tickets):
            await producer.send(topic, event(number, tickets, now), str(number).encode())
    while True:
        if await applied(settings):
            return tickets / (time.monotonic() - began)
        await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def ready_worker(settings: Settings, log: Path) -> AsyncIterator[Ready]:
    """A worker that is ready, killed at the end."""
    with worker(settings, log) as process:
        yield Ready(process.pid, await until_ready(process, log))


def scrape(log: Path) -> float:
    """Seconds of a scrape of the worker that logs there."""
    began = time.monotonic()
    with urllib.request.urlopen(f"{address_in(log)}/metrics") as answer:  # noqa: S310 - the worker's own address
        answer.read()
    return time.monotonic() - began


def tell(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}  (load average {os.getloadavg()[0]:.1f})\n")
    sys.stdout.flush()


async def measure(settings: Settings, asked: argparse.Namespace, log: Path) -> None:
    """Print the figures."""
    await topics.create(settings)
    async with ready_worker(settings, log):
        tell(f"{asked.tickets:,} tickets opened: {await open_tickets(settings, asked.tickets):,.0f} a second")
    seconds = []
    for _ in range(asked.starts):
        async with ready_worker(settings, log) as ready:
            seconds.append(ready.after)
    tell(f"start to ready: median {statistics.median(seconds):.1f} s, worst {max(seconds):.1f} s")
    async with ready_worker(settings, log) as ready:
        tell(f"first scrape: {await asyncio.to_thread(scrape, log) * 1000:.0f} ms")
        tell(f"memory of the worker: {resident(ready.pid) / 1e6:,.0f} MB")
        for rate in map(int, asked.rates.split(",")):
            messages = workload(SEED, round(rate * (asked.seconds + WARM_UP_SECONDS)), int(time.time() * SECOND))
            found = await under(Load(messages, rate), settings)
            report(f"{rate:,} messages a second", found.since_stamp)
            sys.stdout.flush()


def settings_in(folder: Path, bootstrap: str) -> Settings:
    """A group that gives a worker its partitions back at once, and tenants with far deadlines."""
    tenants = folder / "tenants.toml"
    tenants.write_text("".join(TENANT.format(number=number) for number in range(TENANTS)))
    return settings_for(bootstrap).model_copy(update={"group_instance_id": "benchmark", "tenants_file": tenants})


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--rates", default="120,1000", help="messages a second  [%(default)s]")
    parser.add_argument("--seconds", type=float, default=10, help="for how long each  [%(default)s]")
    options = parser.parse_args()
    with broker(options.bootstrap) as (bootstrap, folder):
        asyncio.run(measure(settings_in(folder, bootstrap), options, folder / "worker.log"))


if __name__ == "__main__":
    main()
