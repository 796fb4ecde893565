"""9. A broker that nobody reaches for a minute: standing still with its connections open, and not there at all."""

import asyncio
import json
import time

from bench import Bench, bench
from field import Field, close_books, timed
from patience import until
from report import Result
from workers import Worker

from tocsin.dev.kafka import LocalKafka


@timed
async def run(field: Field) -> Result:
    seconds = field.choose(60, 12)
    kinds = ("frozen", "gone") if field.full else ("gone",)
    result = Result("9", "broker unreachable", field.seed, f"{seconds} s, " + ", ".join(kinds))
    async with (
        field.broker("unreachable") as kafka,
        bench(kafka.bootstrap, field.folder / "workers", "unreachable", field.seed) as table,
    ):
        table.crew.start(0)
        await table.ready()
        async with table.stream(rate=80):
            for kind in kinds:
                await asyncio.sleep(2)
                before = table.crew.peak_kilobytes
                said = await _outage(table, kafka, kind, seconds)
                grown = (table.crew.peak_kilobytes - before) / 1024
                result.notes.append(f"{kind}: /readyz said 503, {said}; memory grew by {grown:.0f} MB.")
                result.expect(grown < 64, f"{kind}: memory grew by {grown:.0f} MB")
        ended = table.crew.ended_by_themselves
        await close_books(table, result)
        result.notes.append(f"Workers that ended by themselves: {ended}. Recovery: from the broker's being back.")
        result.expect_none_ended(ended)
    return result


async def _outage(table: Bench, kafka: LocalKafka, kind: str, seconds: int) -> str:
    """What /readyz says meanwhile."""
    if kind == "frozen":
        kafka.freeze()
    else:
        await asyncio.to_thread(kafka.kill)
    began = time.monotonic()
    worker = table.crew.workers[0]
    _, body = await until(lambda: _not_ready(worker), "/readyz says that it is not ready", seconds)
    after = time.monotonic() - began
    await asyncio.sleep(seconds - after)
    if kind == "frozen":
        kafka.thaw()
    else:
        await asyncio.to_thread(kafka.start)
    await table.recovered(time.monotonic())
    await table.ready()
    return f"after {after:.1f} s: {', '.join(json.loads(body)['problems'][:2])}"


def _not_ready(worker: Worker) -> tuple[int, str] | None:
    status, body = worker.get("/readyz")
    return (status, body) if status == 503 else None
