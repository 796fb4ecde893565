"""What a small transaction takes where nothing else is done: the floor of every latency in LATENCY.md.

    python tests/benchmarks/small_transactions.py [--count 300] [--rounds 3] [--bootstrap HOST:PORT]

A transaction has a record on three partitions of three topics, and the offsets of three partitions: what a worker
writes when little has come. They are made one after the other, in turn as the worker makes them, with aiokafka, and by
librdkafka, in the environment that `make bench` makes. The section in LATENCY.md beside this file is written anew.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import NamedTuple

from contenders import PEERS, python_of
from latency_curve import keep, measured_by
from stand import arguments, broker, settings_for

from tocsin.messages.record import Output, Topic
from tocsin.settings import Settings
from tocsin.streams.core.port import Source
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.transactions import Part, Transactions

PARTITIONS = 3
BYTES = 300
WRITTEN = (Topic.TICKET_EVENTS, Topic.ALERTS, Topic.TICKETS)
WARM_UP = 30  # so many do not count
TITLE = "One small transaction alone"


@dataclass
class Job:
    """What is to be written, so many times."""

    group: str
    source: str
    topics: list[str]
    partitions: int
    bytes: int
    count: int


class Taken(NamedTuple):
    """The seconds of each transaction, and those of processor time of one."""

    seconds: list[float]
    processor: float


async def by_the_worker(settings: Settings, count: int) -> Taken:
    """As `tocsin.streams.kafka.transactions` does it."""
    writer = Transactions(settings, "small-by-the-worker", dict.fromkeys(Topic, PARTITIONS), None)
    await writer.start()
    seconds, begun = [], time.process_time()
    try:
        for number in range(count):
            before = time.perf_counter()
            await writer.commit([part(each, number) for each in range(PARTITIONS)])
            seconds.append(time.perf_counter() - before)
    finally:
        await writer.close()
    return Taken(seconds, (time.process_time() - begun) / count)


def part(partition: int, number: int) -> Part:
    """What the source of that number has to say."""
    outputs = [Output(topic, partition, b"key", b"x" * BYTES, 0) for topic in WRITTEN]
    return Part(Source(Topic.INBOX, partition), outputs, number, "writer")


def by_librdkafka(settings: Settings, count: int) -> Taken:
    """The same, in a process of its own."""
    written = list(map(settings.topic, WRITTEN))
    job = Job(settings.app_id, settings.topic(Topic.INBOX), written, PARTITIONS, BYTES, count)
    command = [python_of("librdkafka"), str(PEERS / "librdkafka_transactions.py"), settings.bootstrap]
    said = json.loads(
        subprocess.run(command, input=json.dumps(asdict(job)).encode(), check=True, capture_output=True).stdout
    )
    return Taken(said["seconds"], said["processor"] / count)


def row(name: str, rounds: list[Taken]) -> str:
    """Of the table: milliseconds."""
    cuts = statistics.quantiles([each for it in rounds for each in it.seconds[WARM_UP:]], n=100)
    processor = statistics.median(it.processor for it in rounds)
    return f"| {name} | {cuts[49] * 1000:.1f} / {cuts[98] * 1000:.1f} | {processor * 1000:.1f} |"


def main() -> None:
    """Measure, print and write."""
    parser = arguments(__doc__)
    parser.add_argument("--count", type=int, default=300, help="transactions in a round  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="[%(default)s]")
    options = parser.parse_args()
    worker, librdkafka, loads = [], [], [os.getloadavg()[0]]
    with broker(options.bootstrap) as (bootstrap, _):
        settings = settings_for(bootstrap).model_copy(update={"partitions": PARTITIONS})
        asyncio.run(topics.create(settings))
        try:
            for _ in range(options.rounds):
                worker.append(asyncio.run(by_the_worker(settings, options.count)))
                librdkafka.append(by_librdkafka(settings, options.count))
                loads.append(os.getloadavg()[0])
        finally:
            asyncio.run(topics.delete(settings))
    head = ["| | median / 99th percentile, ms | ms of processor time of the client |", "|---|---|---|"]
    table = [*head, row("as the worker makes it, with aiokafka", worker), row("by librdkafka", librdkafka)]
    keep(TITLE, "\n".join([measured_by("small_transactions.py", loads), "", *table]))
    sys.stdout.write("\n".join([*table, ""]))


if __name__ == "__main__":
    main()
