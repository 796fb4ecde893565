"""How fast a log is verified, a core, and how much memory that takes however long the log is.

    python tests/benchmarks/verify.py [--bootstrap HOST:PORT] [--records 300000] [--times 4] [--gigabytes 2]
                                      [--only broker|files]

First a log of so many records on a real broker, in three partitions, with what follows from it on the other topics
(the fold has made it; no worker takes part), is verified by one process and by one for each core; then one that is so
many times as long. Then an exported folder of so many gigabytes, in a temporary folder; first a quarter of that. Events
are repeats of a fixed number of tickets, so that the state does not grow with the log.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from aiokafka import AIOKafkaProducer
from stand import TENANTS, arguments, broker, settings_for

from tocsin.contracts.codec import contract_hash, contract_to_json
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands.inbound import AdoptContract, Body, Detection
from tocsin.domain.instant import parse
from tocsin.domain.vocabulary import Severity
from tocsin.engine.rules import FIRST_RULES, RULES
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic
from tocsin.replay import line
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

PARTITIONS = 3
TICKETS = 2_000
WINDOW = 50_000
BATCH = 1_000
BEGIN = parse("2026-03-01T09:00:00Z")
EVERY = 20  # milliseconds
USED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""
"""Runs a command; then the processor seconds of it and its processes, and the peak of the largest in kilobytes."""
SEVERITIES = (Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)


def log(partition: int) -> Iterator[Record]:
    """An endless inbox partition."""
    yield record(partition, 0, inbox.switch(RULES, first=True), None)
    contract = contract_to_json(ContractLibrary.load(None).get("esentire"))
    adopted = AdoptContract(contract=contract, contract_hash=contract_hash(contract), plan="example")
    for each in range(TENANTS):
        yield record(partition, 1 + each, value(adopted, f"client-{each}", f"adopt-{each}"), b"client")
    number = TENANTS + 1
    while True:
        kind = number % TICKETS
        seen = Detection(
            signature=f"signature-{kind}",
            severity=SEVERITIES[kind % 3],
            asset=f"host-{kind}.client.example",
            title="Outbound connection to an address on a block list, seen by the sensor at the perimeter",
        )
        tenant = f"client-{kind % TENANTS}"
        yield record(partition, number, value(seen, tenant, f"event-{number}"), tenant.encode())
        number += 1


def value(body: Body, tenant: str, name: str) -> bytes:
    """An inbox record's value."""
    return inbox.encode(
        body, tenant=tenant, source="benchmark", input_id=name, time=None, salt="00ff", origin="soc.calls/0/1"
    )


def record(partition: int, offset: int, data: bytes, key: bytes | None) -> Record:
    """A record of the inbox, so many milliseconds behind the one before it."""
    return Record(Topic.INBOX, partition, offset, BEGIN + offset * EVERY, key, data)


def said(partition: int, count: int) -> Iterator[Record]:
    """So many records of the inbox, and behind each batch what follows from it."""
    shard, following = Shard(partition, WINDOW, FIRST_RULES), dict.fromkeys(Topic, 0)
    records = islice(log(partition), count)
    while batch := list(islice(records, BATCH)):
        yield from batch
        for output in (output for chunk in shard.fold(batch) for output in chunk.outputs):
            offset = following[output.topic]
            following[output.topic] += 1
            yield Record(output.topic, partition, offset, output.timestamp, output.key, output.value)


async def on_a_broker(settings: Settings, count: int) -> None:
    """Lay the log ready."""
    await topics.create(settings, dev=True)  # there stamps are those of the writer
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, max_batch_size=512 * 1024) as producer:
        for partition in range(PARTITIONS):
            for it in said(partition, count // PARTITIONS):
                where = {"partition": partition, "timestamp_ms": it.timestamp}
                await producer.send(settings.topic(it.topic), it.value, it.key, **where)


def in_a_folder(folder: Path, size: int) -> None:
    """Write an export of so many bytes, all of which a verification reads; its partitions hold the same."""
    counts = dict[Topic, int]()
    with ExitStack() as stack:
        files: dict[tuple[Topic, int], BinaryIO] = {}
        written = 0
        for it in said(0, sys.maxsize):
            if it.topic is Topic.TICKETS:
                continue
            for partition in range(PARTITIONS):
                if (it.topic, partition) not in files:
                    (folder / it.topic).mkdir(parents=True, exist_ok=True)
                    path = folder / it.topic / f"{partition}.jsonl"
                    files[it.topic, partition] = stack.enter_context(path.open("wb"))
                key = b"partition/%d" % partition if it.key == b"partition/0" else it.key
                moved = it._replace(partition=partition, key=key)
                written += files[it.topic, partition].write(line.write(moved) + b"\n")
            counts[it.topic] = it.offset + 1
            if it.key == b"partition/0" and written > size:
                break
    stretches = {topic: {"begin": 0, "end": count, "records": count} for topic, count in counts.items()}
    exported = {topic: {"partitions": dict.fromkeys(range(PARTITIONS), it)} for topic, it in stretches.items()}
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "topics": exported}))


def measure(name: str, settings: Settings, processes: int, arguments: Iterable[str | Path] = ()) -> None:
    """Run the command, and say what it took."""
    command = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", "replay", "verify", "--json"]
    command += ["--processes", str(processes), *map(str, arguments)]
    environment = {**os.environ, **settings.environment(), "TOCSIN_DEDUPLICATION_WINDOW": str(WINDOW)}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", USED, *command], env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    used, kilobytes = map(float, done.stderr.splitlines()[-1].split())
    reports = [json.loads(text) for text in done.stdout.splitlines()]
    records = sum(stretch["records"] for report in reports for stretch in report["stretches"])
    compared = sum(topic["records"] for report in reports for topic in report["topics"])
    sys.stdout.write(
        f"{name:<28} {processes} processes: {records:>9,} records and {compared:>9,} outputs in {seconds:6.1f} s, "
        f"{records / seconds:7,.0f}/s, {records / used:6,.0f}/s of a core, "
        f"peak of a process {kilobytes / 1024:5.0f} MB\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--times", type=int, default=4)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--only", choices=("broker", "files"))
    options = parser.parse_args()
    if options.only != "files":
        with broker(options.bootstrap) as (bootstrap, _folder):
            for count in (options.records, options.records * options.times):
                settings = settings_for(bootstrap)
                asyncio.run(on_a_broker(settings, count))
                for processes in (1, os.cpu_count() or 1):
                    measure("on a broker", settings, processes)
    if options.only != "broker":
        for size in (options.gigabytes / 4, options.gigabytes):
            with tempfile.TemporaryDirectory() as folder:
                in_a_folder(Path(folder), int(size * 10**9))
                measure(f"an export of {size:g} GB", Settings(), 1, [folder])


if __name__ == "__main__":
    main()
