"""3. SIGKILL of the broker under load: the only one, and one of three, the controller too."""

import asyncio
import re
import time

from bench import Bench, bench
from field import Field, close_books, timed
from report import Result, spread

from tocsin.dev.cluster import LocalCluster
from tocsin.dev.kafka import LocalKafka

_RATE = 60
_ELECTED = re.compile(r"^\[?(\S+).*Becoming the active controller at epoch (\d+)", re.MULTILINE)


@timed
async def run(field: Field) -> Result:
    single, clustered = field.choose(15, 1), field.choose(15, 1)
    acts = f"{single} kills of a single broker, {clustered} of one of three"
    result = Result("3", "broker killed under load", field.seed, acts)
    await _single(field, result, single)
    await _clustered(field, result, clustered)
    return result


async def _single(field: Field, result: Result, kills: int) -> None:
    rng = field.rng
    async with (
        field.broker("single") as kafka,
        bench(kafka.bootstrap, field.folder / "workers-single", "single", field.seed) as table,
    ):
        table.crew.start(0)
        await table.ready()
        async with table.stream(_RATE):
            for _ in range(kills):
                await asyncio.sleep(rng.uniform(0.5, 3))
                await asyncio.to_thread(kafka.kill)
                await asyncio.sleep(rng.choice([0, rng.uniform(0, 4)]))
                await _come_back(table, kafka)
        await close_books(table, result)
        result.expect_none_ended(table.crew.ended_by_themselves)
        result.notes.append(
            f"Single: recovery from the broker's being back: {spread(table.recoveries)}; workers that ended by "
            f"themselves: {table.crew.ended_by_themselves}."
        )


async def _come_back(table: Bench, kafka: LocalKafka) -> None:
    await asyncio.to_thread(kafka.start)
    await table.recovered(time.monotonic())


async def _clustered(field: Field, result: Result, kills: int) -> None:
    rng = field.rng
    changes = {"replication_factor": 3}
    async with (
        field.cluster("cluster") as cluster,
        bench(cluster.bootstrap, field.folder / "workers-cluster", "cluster", field.seed + 1, changes=changes) as table,
    ):
        table.crew.start(0)
        await table.ready()
        controllers = changes_of_controller = 0
        async with table.stream(_RATE):
            for number in range(kills):
                await asyncio.sleep(rng.uniform(0.5, 3))
                controller = active_controller(cluster)
                victim = controller if number % 2 == 0 else rng.choice([n for n in cluster.nodes if n != controller])
                controllers += victim == controller
                await asyncio.to_thread(cluster.nodes[victim].kill)
                killed = time.monotonic()
                await table.recovered(killed)
                await asyncio.to_thread(cluster.nodes[victim].start)
                changes_of_controller += active_controller(cluster) != controller
                await asyncio.sleep(rng.uniform(2, 4))  # until its replicas are in sync again: two must be
        await close_books(table, result)
        result.expect_none_ended(table.crew.ended_by_themselves)
        result.notes.append(
            f"Of three: {controllers} times it was the active controller, which changed {changes_of_controller} times; "
            f"recovery from the kill, with two nodes left: {spread(table.recoveries)}; workers that ended by "
            f"themselves: {table.crew.ended_by_themselves}."
        )


def active_controller(cluster: LocalCluster) -> int:
    """The node whose log says that it was elected last."""
    epochs = {
        number: max((int(epoch) for _, epoch in _ELECTED.findall(node.log.read_text(errors="replace"))), default=0)
        for number, node in cluster.nodes.items()
    }
    return max(epochs, key=lambda number: epochs[number])
