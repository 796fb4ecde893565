"""6. Sources that send a tenth twice and everything within five minutes of its order."""

import random
import time

from bench import bench
from field import Field, close_books, timed
from report import Result
from traffic import Message, Traffic

from tocsin.domain.instant import MINUTE

_SHUFFLE = 5 * MINUTE
_SPAN = 20 * MINUTE
_REPEATED = 0.1


@timed
async def run(field: Field) -> Result:
    count = field.choose(30_000, 1_000)
    result = Result("6", "10 % duplicates and a five-minute shuffle at the source", field.seed, f"{count:,} messages")
    originals = list(Traffic(field.seed, repeated=0, poisoned=0).messages(count, time.time_ns() // 1_000_000))
    messages, repeats = shuffled(originals, field.rng)
    async with bench(field.shared.bootstrap, field.folder, "shuffled", field.seed) as table:
        table.crew.start(0)
        await table.ready()
        await table.publish(messages)
        await table.settle()
        counted = repeated(table.crew.workers[0].get("/metrics")[1])
        await close_books(table, result)
    result.expect(counted == repeats, f"{repeats} repeats were sent and {counted} were recognised")
    result.notes.append(
        f"{repeats} repeats were sent, {counted} recognised and dropped; every other input was applied."
    )
    return result


def shuffled(originals: list[Message], rng: random.Random) -> tuple[list[Message], int]:
    """The messages as if they came over 20 minutes, each up to five minutes late, a tenth of them once more."""
    sent = []
    for number, message in enumerate(originals):
        at = number * _SPAN / len(originals)
        sent.append((at + rng.uniform(0, _SHUFFLE), number, message))
        if rng.random() < _REPEATED:
            sent.append((at + rng.uniform(0, _SHUFFLE), number, message))
    return [message for *_, message in sorted(sent)], len(sent) - len(originals)


def repeated(metrics: str) -> int:
    """How many repeats the worker says that it has dropped."""
    lines = [line for line in metrics.splitlines() if line.startswith('tocsin_records_total{outcome="repeated"}')]
    return sum(int(float(line.split()[-1])) for line in lines)
