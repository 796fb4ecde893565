"""One contender, one stream: what it did, how long it took, and whether all of it is right."""

import json
import os
import subprocess
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from contenders import Contender, environment
from stand import check, end, settings_for, start
from streams import Expected, Message, expected

from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

WARM_UP = 0.1
"""The part of the events that is done before the clock runs: then everybody has started and joined."""

_LIMIT_SECONDS = 200
_BATCH_BYTES = 256 * 1024
_TICKS = os.sysconf("SC_CLK_TCK")

Entry = dict[str, Any]


class Measured(NamedTuple):
    """What a contender did while the clock ran. `processor` is in seconds, of all its processes."""

    events: int
    seconds: float
    processor: float


class Raced(NamedTuple):
    """`faults` are sentences: what is not as the oracle says."""

    measured: Measured
    faults: list[str]


class Running(NamedTuple):
    """A process of a contender, and where it logs to."""

    process: subprocess.Popen[bytes]
    log: Path


class Stranger:
    """A `read_committed` reader of a topic, from its beginning."""

    def __init__(self, consumer: AIOKafkaConsumer, settings: Settings, topic: Topic) -> None:
        self._consumer = consumer
        self._partitions = [TopicPartition(settings.topic(topic), n) for n in range(settings.partitions)]
        self._consumer.assign(self._partitions)
        self.entries: list[Entry] = []

    async def read(self) -> None:
        """Take what is there, or wait a tenth of a second for it."""
        found = await self._consumer.getmany(timeout_ms=100)
        self.entries += [json.loads(record.value) for records in found.values() for record in records]

    async def read_all(self) -> list[Entry]:
        """Everything up to the end as it is now."""
        ends = await self._consumer.end_offsets(self._partitions)
        while [p for p in self._partitions if await self._consumer.position(p) < ends[p]]:
            await self.read()
        return self.entries


async def race(contender: Contender, messages: Sequence[Message], bootstrap: str, folder: Path) -> Raced:
    """What `do` has measured on topics of its own, and what is wrong with the outcome."""
    settings = settings_for(bootstrap)
    try:
        measured, entries = await do(contender, messages, settings, folder)
        async with _client(settings) as client:
            alerts = await Stranger(client, settings, Topic.ALERTS).read_all()
    finally:
        await delete(settings)
    return Raced(measured, faults(expected(messages), entries, len(alerts)))


async def do(
    contender: Contender, messages: Sequence[Message], settings: Settings, folder: Path
) -> tuple[Measured, list[Entry]]:
    """Give `contender` the first messages, then all others at once, and measure until the journal has told of all.

    The journal comes with it, as it stands when the contender has ended.
    """
    await topics.create(settings)
    async with _client(settings) as client:
        journal = Stranger(client, settings, Topic.TICKET_EVENTS)
        with _running(contender, settings, folder / settings.app_id) as running:
            measured = await _measure(settings, messages, running, journal)
        return measured, await journal.read_all()


def _client(settings: Settings) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )


@contextmanager
def _running(contender: Contender, settings: Settings, folder: Path) -> Iterator[list[Running]]:
    folder.mkdir()
    running: list[Running] = []
    try:
        for number, command in enumerate(contender.commands):
            log = folder / f"{number}.log"
            with log.open("wb") as output:
                process = start(command, dict(environment(settings, folder / str(number))), output)
            running.append(Running(process, log))
        yield running
    finally:
        for process, _ in running:
            end(process)


async def _measure(
    settings: Settings, messages: Sequence[Message], running: list[Running], journal: Stranger
) -> Measured:
    warm = round(len(messages) * WARM_UP)
    await publish(settings, messages[:warm])
    await _applied(journal, warm, running)
    began, used = time.monotonic(), processor_seconds(running)
    await publish(settings, messages[warm:])
    await _applied(journal, len(messages), running)
    seconds, used = time.monotonic() - began, processor_seconds(running) - used
    return Measured(len(messages) - warm, seconds, used)


async def publish(settings: Settings, messages: Sequence[Message]) -> None:
    """In whole batches: publishing must take nothing from who is measured."""
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, max_batch_size=_BATCH_BYTES) as producer:
        filling: dict[tuple[Topic, int], Any] = {}
        full = []
        for message in messages:
            place = message.topic, zlib.crc32(message.key) % settings.partitions
            batch = filling.get(place)
            if batch is None or batch.append(timestamp=None, key=message.key, value=message.value) is None:
                if batch is not None:
                    full.append((place, batch))
                batch = filling[place] = producer.create_batch()
                batch.append(timestamp=None, key=message.key, value=message.value)
        for (topic, partition), batch in [*full, *filling.items()]:
            await producer.send_batch(batch, settings.topic(topic), partition=partition)
        await producer.flush()


async def _applied(journal: Stranger, count: int, running: list[Running]) -> None:
    """Wait until the journal has told of so many inputs."""
    limit = time.monotonic() + _LIMIT_SECONDS
    told: set[str] = set()
    looked_at = 0
    while len(told) < count:
        await journal.read()
        told.update(_inputs(journal.entries[looked_at:]))
        looked_at = len(journal.entries)
        if time.monotonic() > limit:
            raise SystemExit(f"{len(told)} of {count} events after {_LIMIT_SECONDS} s")
        for process, log in running:
            check(process, log)


def _inputs(entries: Iterable[Entry]) -> Iterator[str]:
    return (entry["input"] for entry in entries if entry["ticket"] and entry["input"])


def processor_seconds(running: Iterable[Running]) -> float:
    """What these processes have used of processors since their start."""
    used = 0
    for process, _ in running:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])  # utime and stime
    return used / _TICKS


def faults(oracle: Expected, journal: Sequence[Entry], alerts: int) -> list[str]:
    """What journal and alerts say that the oracle does not, in sentences."""
    tickets: defaultdict[str, set[str]] = defaultdict(set)
    for entry in journal:
        if entry["ticket"] and entry["input"]:
            tickets[entry["ticket"]].add(entry["input"])
    places = Counter((entry["ticket"], entry["seq"]) for entry in journal if entry["ticket"])
    twice = sum(count - 1 for count in places.values())
    found = Expected(sum(map(len, tickets.values())), Counter(map(len, tickets.values())), alerts)
    sentences = [f"{twice} entries of the journal stand there twice"] if twice else []
    for name, right, here in zip(Expected._fields, oracle, found, strict=True):
        if right != here:
            sentences.append(f"{name}: {here} instead of {right}")
    return sentences


async def delete(settings: Settings) -> None:
    """The topics, and what a peer has made for itself."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        names = [name for name in await admin.list_topics() if settings.app_id in name]
        await admin.delete_topics(names)
    finally:
        await admin.close()
