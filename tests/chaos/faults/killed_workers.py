"""1. SIGKILL of a worker at seeded points, between each two steps of a transaction too."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from typing import Any

from bench import Crew, bench
from field import Field, close_books, timed
from mortal_worker import EDGES, STEPS
from patience import until
from report import Result
from workers import Worker

_FIRST_STEPS_MAX = 15  # transactions are opened only at takeover, one for each partition
_STEPS_MAX = 80


class MortalCrew(Crew):
    """Whose worker dies at a point drawn anew at each start."""

    def __init__(self, *arguments: Any, rng: random.Random, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._rng = rng
        self._points: list[tuple[str, str]] = []
        self.deaths: list[float] = []
        self.limit = 0

    def start(self, number: int, **environment: str) -> Worker:
        if self.workers.get(number):
            self.deaths.append(time.monotonic())
        if len(self.deaths) < self.limit:
            environment["CHAOS_DIE_AT"] = self._point()
        return super().start(number, **environment)

    def _point(self) -> str:
        if not self._points:
            self._points = [(step, edge) for step in STEPS for edge in EDGES]
            self._rng.shuffle(self._points)
        step, edge = self._points.pop()
        return f"{step}:{edge}:{self._rng.randint(1, _FIRST_STEPS_MAX if step == 'open' else _STEPS_MAX)}"


@timed
async def run(field: Field) -> Result:
    """Two benches side by side, each with a worker that dies and is started again at once."""
    kills = field.choose(200, 4)
    result = Result("1", "worker killed at seeded points of its transactions", field.seed, f"{kills} kills")
    sides = 2 if field.full else 1
    where = await asyncio.gather(*(_one(field, result, side, kills // sides) for side in range(sides)))
    total = sum(where, Counter())
    result.notes.append("Killed " + ", ".join(f"{point} {count} times" for point, count in sorted(total.items())) + ".")
    result.expect(sum(total.values()) >= kills, f"only {sum(total.values())} kills")
    return result


async def _one(field: Field, result: Result, side: int, kills: int) -> Counter[str]:
    rng = random.Random(field.seed * 1_000 + side)

    def crew(*arguments: Any, **options: Any) -> MortalCrew:
        return MortalCrew(*arguments, rng=rng, **options)

    name = f"killed-{side}"
    async with bench(field.shared.bootstrap, field.folder / name, name, field.seed + side, make_crew=crew) as table:
        assert isinstance(table.crew, MortalCrew)
        mortal = table.crew
        mortal.limit = kills
        mortal.start(0)
        async with table.stream(rate=60):
            for number in range(1, kills + 1):
                await until(lambda: len(mortal.deaths) >= number, f"death {number}")  # noqa: B023 - awaited before the next round
                await _measure(table, mortal, number)
            await table.recovered(time.monotonic())
            table.recoveries.pop()
        await close_books(table, result)
    return Counter(line.removeprefix("killed ") for line in mortal.text.splitlines() if line.startswith("killed "))


async def _measure(table: Any, mortal: MortalCrew, number: int) -> None:
    """How long until every partition has said something new; not known where the next death comes before."""
    died = mortal.deaths[number - 1]
    fresh = asyncio.create_task(table.recovered(died))
    while not fresh.done() and len(mortal.deaths) == number:  # noqa: ASYNC110 - a process tells nobody of its death
        await asyncio.sleep(0.02)
    if fresh.done():
        await fresh
    else:
        fresh.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await fresh
