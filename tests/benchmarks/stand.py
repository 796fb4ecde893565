"""Where a benchmark is run: a broker, topics of its own, events, and workers in processes of their own."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from aiokafka import AIOKafkaProducer

from tocsin.dev.kafka import LocalKafka, install
from tocsin.messages.record import Topic
from tocsin.settings import Settings

TOCSIN = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main(['run'])"]
TENANTS = 30
OPENING = 5  # every so many events open a ticket


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """A parser that knows where the broker is."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", help="HOST:PORT of a Kafka; without it a local one is started")
    return parser


@contextmanager
def broker(bootstrap: str | None) -> Iterator[tuple[str, Path]]:
    """The address of the broker, which is started where none is named, and a folder for what is left behind."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if bootstrap is None:
            bootstrap = stack.enter_context(LocalKafka(install(), folder / "kafka")).bootstrap
        yield bootstrap, folder


def settings_for(bootstrap: str) -> Settings:
    """Names of this run's own."""
    name = f"benchmark-{uuid.uuid4().hex[:8]}"
    return Settings(bootstrap=bootstrap, app_id=name, topic_prefix=f"{name}.", partitions=3, web_port=0)


def event(number: int, tickets: int, time: str = "2026-03-01T09:00:00Z") -> bytes:
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
        "time": time,
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


def check(worker: subprocess.Popen[bytes], log: Path) -> None:
    """End the benchmark when the worker has ended."""
    if worker.poll() is not None:
        raise SystemExit(f"the worker has ended:\n{log.read_text()[-4000:]}")
