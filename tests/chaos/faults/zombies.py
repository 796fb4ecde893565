"""2. Zombies: a worker stands still past its session, another takes over, it wakes up."""

import asyncio
import time
from collections import Counter
from signal import SIGCONT, SIGSTOP

from aiokafka import AIOKafkaConsumer, TopicPartition
from bench import Bench, bench, owned_partitions
from field import Field, close_books, timed
from patience import until
from report import Result
from watch import watching
from workers import Worker

from tocsin.messages.record import Topic

_TRIES_MAX = 200


@timed
async def run(field: Field) -> Result:
    rounds = field.choose(8, 1)
    result = Result("2", "zombie: SIGSTOP past the session timeout, takeover, SIGCONT", field.seed, f"{rounds} zombies")
    fates: Counter[str] = Counter()
    inside = 0
    rng = field.rng
    async with bench(field.shared.bootstrap, field.folder, "zombies", field.seed, static=False) as table:
        table.crew.start(0)
        table.crew.start(1)
        await table.ready()
        async with table.stream(rate=80):
            for _ in range(rounds):
                await until(lambda: shared(table), "both own partitions")
                await asyncio.sleep(rng.uniform(0, 1))
                number = rng.randrange(2)
                zombie, other = table.crew.workers[number], table.crew.workers[1 - number]
                inside += await freeze_inside_a_transaction(table, zombie)
                stopped = time.monotonic()
                await until(lambda: owned_partitions(other) == total(table), "the other has all")  # noqa: B023 - awaited before the next round
                await table.recovered(stopped)
                fates[await fate(zombie)] += 1
        await close_books(table, result)
    result.notes.append(
        f"{inside} of {rounds} were frozen inside an open transaction. On waking "
        + ", ".join(f"{count} {what}" for what, count in fates.items())
        + "; what they had in hand was committed by nobody but their successors. Recovery: from the SIGSTOP, the "
        "session timeout of 6 s included."
    )
    result.expect(all(fate.startswith("ended with 70") for fate in fates), f"a zombie did not end with 70: {fates}")
    result.expect(inside >= rounds / 2, f"only {inside} zombies were inside a transaction")
    return result


def total(table: Bench) -> int:
    return (len(table.settings.input_topics) + 1) * table.settings.partitions


def shared(table: Bench) -> bool:
    owned = [owned_partitions(worker) for worker in table.crew.workers.values()]
    return min(owned) > 0 and sum(owned) == total(table)


async def freeze_inside_a_transaction(table: Bench, worker: Worker) -> bool:
    """Stop the worker when the log shows a transaction that is open; both workers write, so try again and again."""
    tps = [
        TopicPartition(table.settings.topic(topic), number)
        for topic in (Topic.TICKET_EVENTS, Topic.INBOX)
        for number in range(table.settings.partitions)
    ]
    async with (
        watching(table.settings, "read_committed") as stable,
        watching(table.settings, "read_uncommitted") as all_,
    ):
        for _ in range(_TRIES_MAX):
            worker.signal(SIGSTOP)
            if await stays_open(stable, all_, tps):
                return True
            worker.signal(SIGCONT)
            await asyncio.sleep(0.007)
        worker.signal(SIGSTOP)
    return False


async def stays_open(stable: AIOKafkaConsumer, latest: AIOKafkaConsumer, tps: list[TopicPartition]) -> bool:
    """Whether a transaction is open that does not move: the other worker's end within milliseconds."""
    before = dict(await stable.end_offsets(tps))
    ends = await latest.end_offsets(tps)
    stuck = [tp for tp in tps if before[tp] < ends[tp]]
    if not stuck:
        return False
    await asyncio.sleep(0.1)
    after = await stable.end_offsets(stuck)
    return any(after[tp] == before[tp] for tp in stuck)


async def fate(zombie: Worker) -> str:
    """Wake the zombie; what becomes of it: it ends, and says why."""
    said_before = len(zombie.text)
    zombie.signal(SIGCONT)
    await until(lambda: zombie.process.poll() is not None, "the zombie has ended")
    why = (
        "having been fenced in the act"
        if "FencedError" in zombie.text[said_before:]
        else "having noticed that it stood still"
    )
    return f"ended with {zombie.process.poll()}, {why}"
