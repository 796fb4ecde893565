"""4. Workers whose wall clocks are an hour apart, jump, and stand still."""

import asyncio
import time

from bench import SESSION, Bench, bench, owned_partitions
from field import Field, close_books, timed
from report import Result, spread

from tocsin.messages.record import Topic

_CLOCKS = ("shift:3600", "shift:-3600", "frozen", "jumping")
_LATE_MAX_MS = 1_000


@timed
async def run(field: Field) -> Result:
    seconds = field.choose(90, 10)
    result = Result("4", "wall clocks an hour apart, frozen, jumping", field.seed, f"{seconds} s, then a takeover")
    async with bench(field.shared.bootstrap, field.folder, "clocks", field.seed) as table:
        for number, clock in enumerate(_CLOCKS if field.full else _CLOCKS[1:]):
            table.crew.start(number, CHAOS_WALL_CLOCK=clock)
        await table.ready()
        async with table.stream(rate=60):
            await asyncio.sleep(seconds)
        await table.settle()
        taken_over_at = time.time_ns() // 1_000_000
        await _takeover(table)
        await close_books(table, result)
    lateness = result.audits[-1].lateness
    owned = [late for stamp, late in lateness if stamp < taken_over_at]
    late = [late for stamp, late in lateness if stamp >= taken_over_at]
    seen = [wall - effective for _, _, effective, wall in table.seen.alerts if wall < taken_over_at]
    limit = (SESSION + 2) * 1_000
    result.expect(max(result.recoveries) > 1, "nobody noticed the death: there was no takeover")
    for fired, allowed, when in ((owned, _LATE_MAX_MS, "while owned"), (late, limit, "in the takeover")):
        result.expect(bool(fired), f"no deadline fired {when}: nothing was shown")
        result.expect(max(fired, default=0) <= allowed, f"a deadline fired {max(fired, default=0)} ms late {when}")
    result.notes.append(
        f"By the broker's stamp on the record that fired it, {len(owned)} deadlines were fired "
        f"{spread(owned, 'ms', 0)} late (median / worst) while all partitions were owned, {_LATE_MAX_MS} ms allowed; a "
        f"`read_committed` consumer saw the alerts {spread(seen, 'ms', 0)} after their time. In the takeover deadlines "
        f"were fired {spread(late, 'ms', 0)} late, {limit:.0f} ms allowed."
    )
    return result


async def _takeover(table: Bench) -> None:
    """One that owns a partition of the inbox dies; nobody starts it again, the others take over."""
    table.crew.supervised = False
    async with table.stream(rate=60):
        await asyncio.sleep(2)
        inbox = table.settings.topic(Topic.INBOX)
        victim = next(worker for worker in table.crew.workers.values() if owned_partitions(worker, inbox))
        killed = time.monotonic()
        victim.kill()
        await table.recovered(killed)
        await asyncio.sleep(2)
