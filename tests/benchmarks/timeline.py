"""The story of one ticket out of a long log on a real broker, and a replay of its last seconds, in records per second.

    python tests/benchmarks/timeline.py [--records 300000] [--bootstrap HOST:PORT]

The topics are filled with an inbox of detections (the stream `plain` of `make bench`; a fifth opens a ticket) and with
what the fold makes of it, as workers would have left them. Each command runs in a process of its own; told are records
read, seconds, processor seconds and the largest memory.
"""

import asyncio
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from stand import OPENING, arguments, broker, event, settings_for

from tocsin.contracts.library import ContractLibrary
from tocsin.domain.instant import HOUR, show
from tocsin.messages import inbox
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.replay.refolding import Refold
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.clients import client_options
from tocsin.tenants.directory import TenantDirectory

STAMP = int(time.time() * 1_000) - 24 * HOUR  # old records would be deleted
TELL_MEMORY = """
import atexit, sys
from tocsin.cli import main
atexit.register(lambda: sys.stderr.write(next(it for it in open("/proc/self/status") if it.startswith("VmHWM"))))
main()
"""
COMMAND = [sys.executable, "-c", TELL_MEMORY]


class Run(NamedTuple):
    """What a command cost."""

    seconds: float
    processor: float
    megabytes: float
    lines: list[str]


def inbox_of(count: int) -> Iterator[Record]:
    """An inbox of `count` detections, one every 100 ms."""
    intake = Intake(TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire"), 1)
    yield Record(Topic.INBOX, 0, 0, STAMP, None, inbox.switch(2, first=True))
    offset = 0
    for number in range(count):
        stamp = STAMP + number * 100
        arrived = Record(Topic.SECURITY_EVENTS, 0, number, stamp, None, event(number, count // OPENING))
        for chunk in intake.fold([arrived]):
            for output in (it for it in chunk.outputs if it.topic is Topic.INBOX):
                offset += 1
                yield Record(Topic.INBOX, 0, offset, stamp, output.key, output.value, output.headers)


async def fill(settings: Settings, count: int) -> Counter[Topic]:
    """Write the topics; returns the number of records of each."""
    written: Counter[Topic] = Counter()
    producer = AIOKafkaProducer(**client_options(settings), linger_ms=50, max_batch_size=1_000_000)
    await producer.start()
    try:
        refold = Refold(0)

        def all_of() -> Iterable[Record]:
            batch: list[Record] = []
            for record in inbox_of(count):
                batch.append(record)
                if len(batch) == 2_000:
                    yield from (*batch, *refold.fold(batch))
                    batch = []
            yield from (*batch, *refold.fold(batch))

        for record in all_of():
            await producer.send(
                settings.topic(record.topic), record.value, record.key, partition=0, timestamp_ms=record.timestamp
            )
            written[record.topic] += 1
        await producer.flush()
    finally:
        await producer.stop()
    return written


def run(settings: Settings, *arguments: str) -> Run:
    """Run a command of ours in a process of its own."""
    options = ["--bootstrap", settings.bootstrap, "--topic-prefix", settings.topic_prefix]
    begun = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*COMMAND, *arguments, *options], capture_output=True, text=True, check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    kilobytes = int(done.stderr.rpartition("VmHWM:")[2].split()[0])  # of the command; maxrss has this process in it
    return Run(time.monotonic() - begun, processor, kilobytes / 1024, done.stdout.splitlines())


def main() -> None:
    """Measure, and print a line a command."""
    parser = arguments(__doc__)
    parser.add_argument("--records", type=int, default=300_000)
    options = parser.parse_args()
    with broker(options.bootstrap) as (bootstrap, _):
        settings = settings_for(bootstrap).model_copy(update={"partitions": 1})
        asyncio.run(topics.create(settings))
        begun = time.monotonic()
        written = asyncio.run(fill(settings, options.records))
        last = show(int(time.time() * 1_000) - 3_000)  # the inbox has the broker's stamps
        print(f"filled in {time.monotonic() - begun:.0f} s: {dict(written)}")  # noqa: T201 - the result
        read = written[Topic.TICKET_EVENTS] + written[Topic.ALERTS] + written[Topic.TENANTS]
        tell("ticket timeline", read, run(settings, "ticket", "timeline", "CLIENT-1-000001", "--json"))
        replay = ("replay", "topic", "--from", last, "--no-board", "--speed", "100000")
        tell("replay topic", written[Topic.INBOX], run(settings, *replay))
        asyncio.run(topics.delete(settings))


def tell(name: str, records: int, cost: Run) -> None:
    """Print what a command cost."""
    rate = f"{records / cost.seconds:,.0f} records/s, {records / cost.processor:,.0f} a processor second"
    print(f"{name:16} {records:,} records, {cost.seconds:.1f} s: {rate}, {cost.megabytes:.0f} MB")  # noqa: T201 - the result


if __name__ == "__main__":
    main()
