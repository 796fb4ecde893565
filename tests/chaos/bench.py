"""Where a fault is tried: topics of its own, workers that are restarted when they end, traffic, and observers."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from patience import HANG_SECONDS, until
from traffic import Message, Traffic
from watch import PASSING, Offsets, Outputs, Seen, admin, watching
from workers import Worker

from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

WORKER = Path(__file__).with_name("mortal_worker.py")
HEARTBEAT = 2.0
SESSION = 6.0
_SETTLED_SECONDS = 300


class Crew:
    """Workers under a supervisor that starts each again as soon as it has ended."""

    def __init__(self, settings: Settings, folder: Path, *, static: bool = True, **environment: str) -> None:
        self._settings, self._folder, self._static, self._environment = settings, folder, static, environment
        self.workers: dict[int, Worker] = {}
        self.exits: Counter[int] = Counter()
        self.peak_kilobytes = 0
        self.supervised = True

    def start(self, number: int, **environment: str) -> Worker:
        """Start the worker of that number, or start it again."""
        settings = self._settings
        if self._static:
            settings = settings.model_copy(update={"group_instance_id": f"{settings.app_id}-{number}"})
        log = self._folder / f"worker-{number}.log"
        worker = self.workers[number] = Worker(settings, log, WORKER, **{**self._environment, **environment})
        return worker

    async def supervise(self) -> None:
        """Start again what has ended, until cancelled."""
        while True:
            for number, worker in list(self.workers.items()):
                self.note_memory(worker)
                if worker.process.poll() is not None:
                    self.exits[worker.process.returncode] += 1
                    if self.supervised:
                        self.start(number)
                    else:
                        del self.workers[number]
            await asyncio.sleep(0.05)

    def note_memory(self, worker: Worker) -> None:
        """Remember the greatest memory that a worker has held."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            status = Path(f"/proc/{worker.pid}/status").read_text()
            self.peak_kilobytes = max(self.peak_kilobytes, int(status.partition("VmHWM:")[2].split()[0]))

    @property
    def ended_by_themselves(self) -> str:
        """Codes of those that ended without being asked to, and how often."""
        codes = {code: count for code, count in self.exits.items() if code not in {0, -9, -15}}
        return ", ".join(f"with {code}: {count}" for code, count in sorted(codes.items())) or "none"

    async def stop(self) -> None:
        """Ask all to stop, and see that they do."""
        self.supervised = False
        for worker in self.workers.values():
            worker.process.terminate()
        await until(lambda: not self.workers, "the workers have stopped")

    def end(self) -> None:
        for worker in self.workers.values():
            with contextlib.suppress(ProcessLookupError):
                worker.kill()

    @property
    def text(self) -> str:
        return "".join(log.read_text(errors="replace") for log in sorted(self._folder.glob("worker-*.log")))


@dataclass
class Bench:
    """One fault's run."""

    settings: Settings
    folder: Path
    crew: Crew
    traffic: Traffic
    seen: Seen
    outputs: Outputs
    offsets: Offsets
    published: int = 0
    unacknowledged: int = 0
    recoveries: list[float] = field(default_factory=list)

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send, and see each acknowledged; what a dying broker has swallowed is sent again, as a source would."""
        waiting = list(messages)
        while waiting:
            try:
                async with asyncio.timeout(60), _sending(self.settings) as producer:
                    waiting = await self._send(producer, waiting)
            except PASSING:
                await asyncio.sleep(0.2)

    async def _send(self, producer: AIOKafkaProducer, messages: list[Message]) -> list[Message]:
        sent = [await producer.send(self.settings.topic(m.topic), m.value, m.key) for m in messages]
        answers = await asyncio.gather(*sent, return_exceptions=True)
        failed = [m for m, answer in zip(messages, answers, strict=True) if isinstance(answer, BaseException)]
        self.published += len(messages) - len(failed)
        self.unacknowledged += len(failed)
        return failed

    @asynccontextmanager
    async def stream(self, rate: float, limit: int = 10**9) -> AsyncIterator[asyncio.Task[None]]:
        """Publish so many messages a second while the context is open; the last ones are acknowledged at its end."""
        stop = asyncio.Event()

        async def run() -> None:
            began, count = time.monotonic(), 0
            while not stop.is_set() and count < limit:
                wanted = min(limit, int((time.monotonic() - began) * rate) + 1) - count
                if wanted > 0:
                    batch = list(self.traffic.messages(min(wanted, 500), time.time_ns() // 1_000_000))
                    await self.publish(batch)
                    count += len(batch)
                await asyncio.sleep(0.1)

        task = asyncio.create_task(run())
        try:
            yield task
        finally:
            stop.set()
            await task

    async def recovered(self, since: float) -> float:
        """Wait until every partition has said something that was not there when this was called.

        The seconds since `since` (monotonic) are kept. To be called at once after the fault, under traffic.
        """
        ends = await self._journal_ends()
        took = await self.outputs.fresh(ends, HANG_SECONDS) - since
        self.recoveries.append(took)
        return took

    async def _journal_ends(self) -> dict[TopicPartition, int]:
        while True:
            with contextlib.suppress(*PASSING):
                async with asyncio.timeout(10), watching(self.settings, "read_uncommitted") as consumer:
                    ends: dict[TopicPartition, int] = await consumer.end_offsets(self.outputs.journal)
                    return ends

    async def settle(self) -> None:
        """Wait until everything that was published has been applied, and nothing is in between."""
        await until(self._inputs_are_applied, "the inputs are applied", _SETTLED_SECONDS)
        inbox = await self._ends((Topic.INBOX,))
        await until(lambda: self._committed(inbox), "the inbox is applied", _SETTLED_SECONDS)

    async def _inputs_are_applied(self) -> bool:
        with contextlib.suppress(*PASSING):
            return await self._committed(await self._ends(self.settings.input_topics))
        return False

    async def _ends(self, chosen: Sequence[Topic]) -> dict[TopicPartition, int]:
        async with watching(self.settings, "read_uncommitted") as consumer:
            tps = [TopicPartition(self.settings.topic(t), n) for t in chosen for n in range(self.settings.partitions)]
            ends: dict[TopicPartition, int] = await consumer.end_offsets(tps)
            return ends

    async def _committed(self, ends: dict[TopicPartition, int]) -> bool:
        with contextlib.suppress(*PASSING):
            async with admin(self.settings) as client:
                now = await self.offsets.read(client)
                return all(now.get(tp, 0) >= end for tp, end in ends.items())
        return False

    async def ready(self) -> None:
        """Wait until all partitions are owned and every worker says that it is ready."""
        await until(self._all_ready, "the workers are ready")

    def _all_ready(self) -> bool:
        workers = list(self.crew.workers.values())
        owned = sum(map(owned_partitions, workers))
        everything = (len(self.settings.input_topics) + 1) * self.settings.partitions
        return owned == everything and all(worker.get("/readyz")[0] == 200 for worker in workers)


def owned_partitions(worker: Worker, topic: str = "") -> int:
    """How many partitions the worker says that it owns, of all topics or of that one."""
    lines = worker.get("/metrics")[1].splitlines()
    named = f'"{topic}"' if topic else ""
    owned = [line for line in lines if line.startswith("tocsin_owned_partitions{") and named in line]
    return sum(int(float(line.split()[-1])) for line in owned)


@asynccontextmanager
async def _sending(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        enable_idempotence=True,
        retry_backoff_ms=20,
        request_timeout_ms=10_000,
        linger_ms=5,
    )
    try:
        await producer.start()
        yield producer
    finally:
        with contextlib.suppress(*PASSING):
            await asyncio.wait_for(producer.stop(), 5)


@asynccontextmanager
async def bench(  # noqa: PLR0913 - what may differ from fault to fault, by name
    bootstrap: str,
    folder: Path,
    name: str,
    seed: int,
    *,
    changes: dict[str, Any] | None = None,
    static: bool = True,
    make_crew: Callable[..., Crew] = Crew,
    **environment: str,
) -> AsyncIterator[Bench]:
    """A bench with its topics, watched, and without workers yet; whatever still runs at its end is ended."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything runs
    standard = {"session_timeout": SESSION, "heartbeat_tick": HEARTBEAT, "partitions": 3, "web_port": 0}
    settings = Settings(
        **{"bootstrap": bootstrap, "app_id": name, "topic_prefix": f"{name}.", **standard, **(changes or {})}
    )
    await topics.create(settings)
    seen = Seen()
    crew = make_crew(settings, folder, static=static, **environment)
    outputs, offsets = Outputs(settings, seen), Offsets(settings, seen)
    tasks = [asyncio.create_task(work) for work in (outputs.run(), offsets.run(), crew.supervise())]
    try:
        yield Bench(settings, folder, crew, Traffic(seed), seen, outputs, offsets)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        crew.end()
