"""What a scrape of a worker with very many open tickets costs, and for how long its event loop stands still meanwhile.

    python tests/benchmarks/scrape.py [--tickets 200000] [--times 20]

Without a broker: a shard folds that many detections and calls, another one takes their state over as a worker does, and
the worker's own web server answers. The loop's pauses are seen by a task that wants to run all the time.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tocsin.domain.instant import MINUTE
from tocsin.engine.shard import Shard
from tocsin.messages.record import Output, Record, Topic
from tocsin.settings import Settings
from tocsin.web.server import serve

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "fold"))

from driver import adoption, when
from hosted import watched
from logs import SPACING, Step, record

from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.inbound import Body
from tocsin.domain.vocabulary import Severity

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}
STATE = (Topic.TICKETS, Topic.TENANTS)


def records(tickets: int) -> list[Record]:
    """An inbox that opens so many tickets, each a second after the one before; the last hundred have come lately."""
    start = when("09:00")
    adopted = Step(0, "acme", adoption("esentire", "example"))
    steps: list[tuple[Step, int]] = [(adopted, start)]
    for number in range(tickets):
        body: Body = commands.Detection(signature=f"s{number}", severity=Severity.HIGH, asset=f"h{number}", title="t")
        if number % 4 == 0:
            body = commands.CallMissed(call=f"c{number}", caller=f"+1{number:09}", line="+1900")
        steps.append((Step(0, "acme", body), start + number * 10))
    return [record(step, place * SPACING, at, at) for place, (step, at) in enumerate(steps, start=1)]


def restored(outputs: Sequence[Output]) -> Shard:
    """A shard that has taken over what these outputs have left."""
    shard = Shard(0)
    last = {(output.topic, output.key): output for output in outputs if output.topic in STATE}
    for output in last.values():
        shard.load(output.topic, output.key or b"", output.value)
    return shard


@asynccontextmanager
async def pauses() -> AsyncIterator[list[float]]:
    """Seconds between two turns of the event loop, while the context is open."""
    seen: list[float] = []

    async def watch() -> None:
        before = time.perf_counter()
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            seen.append(now - before)
            before = now

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()


async def scrape(address: str) -> tuple[float, float, int]:
    """Seconds of a scrape, the longest pause of the loop meanwhile, and the bytes of the page."""
    async with aiohttp.ClientSession() as http, pauses() as seen:
        began = time.perf_counter()
        async with http.get(f"{address}/metrics", headers=OPENMETRICS) as answer:
            size = len(await answer.read())
        return time.perf_counter() - began, max(seen), size


async def measure(tickets: int, times: int) -> None:
    """Print the figures."""
    shard = Shard(0)
    log = records(tickets)
    began = time.process_time()
    outputs = [output for chunk in shard.fold(log) for output in chunk.outputs]
    sys.stdout.write(f"folded {tickets} inputs: {(time.process_time() - began) / tickets * 1e6:.0f} us each\n")
    again = restored(outputs)
    del outputs
    began = time.perf_counter()
    longest = 0.0
    for _ in again.finish_restore():
        longest, began = max(longest, time.perf_counter() - began), time.perf_counter()
    sys.stdout.write(f"longest step of finishing the restore: {longest * 1000:.1f} ms\n")
    settings = Settings(web_port=0)
    now = log[-1].timestamp + MINUTE
    async with serve(settings, watched(again, now=now, settings=settings)) as address:
        figures = [await scrape(address) for _ in range(times)]
    (first, first_pause, size), later = figures[0], figures[1:]
    sys.stdout.write(f"first scrape: {first * 1000:.0f} ms, longest pause {first_pause * 1000:.0f} ms, {size} bytes\n")
    sys.stdout.write(f"later scrapes, median: {statistics.median(it[0] for it in later) * 1000:.0f} ms\n")
    sys.stdout.write(f"their longest pause: {max(it[1] for it in later) * 1000:.0f} ms\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=20)
    given = parser.parse_args()
    asyncio.run(measure(given.tickets, given.times))
