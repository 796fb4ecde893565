"""8. Rebalance storm: three workers that join, leave and die, again and again."""

import asyncio
import time
from collections import Counter

from bench import bench
from field import Field, close_books, timed
from patience import until
from report import Result

_CREW = (0, 1, 2)


@timed
async def run(field: Field) -> Result:
    seconds = field.choose(180, 12)
    result = Result("8", "rebalance storm of three workers", field.seed, f"{seconds} s")
    rng = field.rng
    done: Counter[str] = Counter()
    async with bench(field.shared.bootstrap, field.folder, "storm", field.seed, static=False) as table:
        crew = table.crew
        crew.supervised = False
        for number in _CREW:
            crew.start(number)
        await table.ready()
        async with table.stream(rate=80):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                await asyncio.sleep(rng.uniform(0.5, 5))
                number = rng.choice(_CREW)
                worker = crew.workers.get(number)
                if worker is None:
                    crew.start(number)
                    done["joined"] += 1
                elif rng.random() < 0.5:
                    worker.process.terminate()
                    await until(lambda: number not in crew.workers, "it has left")  # noqa: B023 - awaited before the next round
                    done["left"] += 1
                else:
                    worker.process.kill()
                    await until(lambda: number not in crew.workers, "it is dead")  # noqa: B023 - awaited before the next round
                    done["died"] += 1
            last = time.monotonic()
            for number in _CREW:
                if number not in crew.workers:
                    crew.start(number)
                    last = time.monotonic()
            await table.ready()
            await table.recovered(last)
        await close_books(table, result)
        result.expect_none_ended(crew.ended_by_themselves)
        result.acts += ": " + ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
        result.notes.append(
            f"Ended by themselves: {crew.ended_by_themselves}. Recovery: from the last start until all are ready."
        )
    return result
