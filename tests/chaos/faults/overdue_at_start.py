"""5. Very many deadlines that have passed while nobody watched."""

import json
import time

from bench import Bench, bench
from field import Field, close_books, timed
from patience import until
from report import Result
from traffic import TENANTS, due_at
from workers import committed

from tocsin.domain.instant import parse
from tocsin.messages.record import Topic

_BATCH = 5_000
_ALERTS = 2
"""Of each late callback: that it is overdue, and the first step of its escalation."""


@timed
async def run(field: Field) -> Result:
    count = field.choose(100_000, 1_000)
    result = Result("5", "deadlines overdue at start", field.seed, f"{count:,} deadlines")
    async with bench(field.shared.bootstrap, field.folder, "overdue", field.seed) as table:
        starting = time.monotonic()
        began = table.crew.start(0)
        await table.ready()
        slowness = round(3_000 * (time.monotonic() - starting))  # a busy machine needs longer to set them all, too
        due = time.time_ns() // 1_000_000 + (215_000 if field.full else max(8_000, slowness))
        rng = field.rng
        for first in range(0, count, _BATCH):
            numbers = range(first, min(first + _BATCH, count))
            await table.publish([due_at(n, rng.choice(TENANTS), due + rng.randrange(1_000)) for n in numbers])
        await table.settle()
        set_at = time.time_ns() // 1_000_000
        result.expect(set_at < due, f"the machine was too slow: all were set {set_at - due} ms after the first was due")
        table.crew.supervised = False
        began.process.kill()
        await until(lambda: not table.crew.workers, "the worker is dead")
        await until(lambda: time.time_ns() // 1_000_000 > due + 1_500, "all are due", 300)
        before = len(table.seen.alerts)
        table.crew.supervised = True
        started = time.monotonic()
        table.crew.start(0)
        await until(lambda: len(table.seen.alerts) >= before + _ALERTS * count, "all have fired", 300)
        drained = time.monotonic() - started
        await table.settle()
        first_seen = min(wall for *_, wall in table.seen.alerts[before:])
        result.recoveries.append(drained)
        late = late_alerts(table.crew.workers[0].get("/metrics")[1])
        await close_books(table, result)
        await _check_order(table, result, count)
        wall = max(wall for *_, wall in table.seen.alerts) - first_seen
        result.notes.append(
            "Each fired once, in the order of its deadline on its partition. From the worker's start to the last "
            f"alert {drained:.1f} s (given as recovery), of it {wall / 1_000:.1f} s from the first alert to the last. "
            f"{late} alerts were counted by tocsin_late_alerts_total; their bytes are those that a punctual worker "
            f"would have written. Worker's memory at most {table.crew.peak_kilobytes / 1024:.0f} MB."
        )
        result.expect(late >= _ALERTS * count, f"only {late} alerts were counted as late")
    return result


def late_alerts(metrics: str) -> int:
    """How many alerts the worker says that it has published late."""
    lines = [line for line in metrics.splitlines() if line.startswith("tocsin_late_alerts_total ")]
    return sum(int(float(line.split()[-1])) for line in lines)


async def _check_order(table: Bench, result: Result, count: int) -> None:
    overdue: list[str] = []
    for partition in range(table.settings.partitions):
        deadlines = []
        for record in await committed(table.settings, Topic.ALERTS, partition):
            data = json.loads(record.value)["data"]
            if data["kind"] == "callback_overdue":
                deadlines.append(parse(data["deadline"]))
                overdue.append(data["ticket"])
        result.expect(deadlines == sorted(deadlines), f"out of order on partition {partition}")
    result.expect(len(overdue) == len(set(overdue)) == count, f"{len(overdue)} fired, {len(set(overdue))} tickets")
