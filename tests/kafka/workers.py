"""Real workers in processes of their own, and what can be read of them and of the topics."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from patience import until

from tocsin.messages.record import INPUT_TOPICS, Topic
from tocsin.settings import Settings

COUNTING = Path(__file__).with_name("counting_worker.py")
PARTITIONS_READ = 3 * len({*INPUT_TOPICS, Topic.INBOX} - {Topic.SENT})
"""The partitions that workers read: three of each input topic but `soc.sent`, which is off, and of the inbox."""

_ADDRESS = re.compile(r"web=(http://\S+)")


class Worker:
    """One worker process. Its log is `log`; it is ended at the end of the test, if it still lives."""

    def __init__(self, settings: Settings, log: Path, *program: str | Path, **environment: str) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *(program or (COUNTING,))],
                env={**os.environ, **settings.environment(), **environment},
                stdout=output,
                stderr=output,
                cwd=log.parent,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def text(self) -> str:
        return self.log.read_text()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def address(self) -> str:
        """The address of its web server, once it has said it."""
        return str(_ADDRESS.findall(self.text)[-1])

    async def ended(self) -> int:
        """Its exit code."""
        await until(lambda: self.process.poll() is not None, f"{self.log.name} has ended")
        return self.process.returncode

    async def ready(self) -> None:
        await until(self._is_ready, f"{self.log.name} is ready")

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, f"{self.log.name} has ended with {self.process.returncode}"
        return self.get("/readyz")[0] == 200

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page; (0, "") where nobody serves it yet."""
        addresses = _ADDRESS.findall(self.text)
        if not addresses:
            return 0, ""
        try:
            with urllib.request.urlopen(addresses[-1] + path, timeout=5) as answer:  # noqa: S310 - the worker's own address
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError:
            return 0, ""


class Workers:
    """Starts workers, and ends those that are left at the end of the test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._workers: list[Worker] = []

    def start(self, settings: Settings, *program: str | Path, **environment: str) -> Worker:
        log = self._folder / f"worker-{len(self._workers)}.log"
        worker = Worker(settings, log, *program, **environment)
        self._workers.append(worker)
        return worker

    def end(self) -> None:
        """pytest shows what is printed where the test has failed."""
        for worker in self._workers:
            worker.process.send_signal(signal.SIGCONT)
            worker.kill()
            sys.stdout.write(f"--- {worker.log.name}\n{worker.text[-4_000:]}\n")


async def publish(
    settings: Settings, topic: Topic, records: Sequence[tuple[bytes | None, bytes]], **where: int
) -> None:
    """Send `records` (key, value), each acknowledged."""
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, enable_idempotence=True) as producer:
        sent = [await producer.send(settings.topic(topic), value, key, **where) for key, value in records]
        await asyncio.gather(*sent)


async def committed(settings: Settings, topic: Topic, partition: int | None = None) -> list[ConsumerRecord]:
    """What a `read_committed` consumer sees of `topic`, partition by partition, up to its end."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
    )
    async with consumer:
        chosen = range(settings.partitions) if partition is None else [partition]
        tps = [TopicPartition(settings.topic(topic), number) for number in chosen]
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await consumer.seek_to_beginning(*tps)
        records: list[ConsumerRecord] = []
        for tp in tps:
            while await consumer.position(tp) < ends[tp]:
                records += (await consumer.getmany(tp, timeout_ms=100)).get(tp, [])
        return records


def contents(records: list[ConsumerRecord]) -> list[Any]:
    return [json.loads(record.value) for record in records]
