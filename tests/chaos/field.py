"""What the faults are given: brokers, folders, seeds, and how much of it is to be done."""

import asyncio
import contextlib
import functools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import Bench
from ledger import audit
from report import Result

from tocsin.dev.cluster import LocalCluster
from tocsin.dev.kafka import LocalKafka, install

Fault = Callable[["Field"], Awaitable[Result]]


@dataclass
class Field:
    """One run of the faults. `share` is how much of the full counts is done; 0 is the short version of the tests."""

    folder: Path
    seed: int
    share: float
    shared: LocalKafka

    @property
    def rng(self) -> random.Random:
        """Dice of a fault, the same for every run with this seed."""
        return random.Random(self.seed)

    def choose(self, full: int, short: int) -> int:
        """A count, by how much is to be done."""
        return max(short, round(full * self.share))

    @property
    def full(self) -> bool:
        """Whether also what costs time and shows little more."""
        return self.share > 0

    @asynccontextmanager
    async def broker(self, name: str) -> AsyncIterator[LocalKafka]:
        """A broker of the fault's own, which it may kill."""
        kafka = LocalKafka(install(), self.folder / name)
        await asyncio.to_thread(kafka.start)
        with contextlib.closing(_Stopping(kafka)):
            yield kafka

    @asynccontextmanager
    async def cluster(self, name: str) -> AsyncIterator[LocalCluster]:
        """Three of them."""
        cluster = LocalCluster(install(), self.folder / name)
        await asyncio.to_thread(cluster.start)
        with contextlib.closing(_Stopping(cluster)):
            yield cluster


class _Stopping:
    def __init__(self, brokers: LocalKafka | LocalCluster) -> None:
        self._brokers = brokers

    def close(self) -> None:
        self._brokers.stop()


async def close_books(bench: Bench, result: Result, poison: Collection[bytes | None] = ()) -> None:
    """Let everything be applied, stop the workers, audit; what was measured goes into `result`."""
    await bench.settle()
    await bench.crew.stop()
    result.audits.append(await audit(bench, poison))
    result.recoveries += bench.recoveries
    unexpected = {code for code in bench.crew.exits if code not in {0, 70, 69, -9, -15}}
    result.expect(not unexpected, f"workers ended with {unexpected}")


def timed(fault: Fault) -> Fault:
    """Note how long the fault took."""

    @functools.wraps(fault)
    async def run(field: "Field") -> Result:
        began = time.monotonic()
        result = await fault(field)
        result.seconds = time.monotonic() - began
        return result

    return run
