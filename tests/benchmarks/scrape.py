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
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tocsin.domain.instant import MINUTE
from tocsin.engine.shard import Shard
from tocsin.settings import Settings
from tocsin.web.server import serve

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "fold"))

from hosted import watched
from opening import opening, restored, saved

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}


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
    log = opening(tickets)
    began = time.process_time()
    state = saved(Shard(0), log)
    sys.stdout.write(f"folded {tickets} inputs: {(time.process_time() - began) / tickets * 1e6:.0f} us each\n")
    again = restored(state)
    del state
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
