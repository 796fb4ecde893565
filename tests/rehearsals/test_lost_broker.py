"""One broker of three is gone with its disk while workers work, and an empty one comes in its place."""

import sys
import time
from pathlib import Path

from patience import until
from tests.conftest import UsesBroker
from tests.rehearsals.recovery import Commands
from tests.rehearsals.shift import RUN, all_overdue, calls_missed, detections, overdue, told_of
from workers import Workers

from tocsin.dev.cluster import LocalCluster
from tocsin.dev.kafka import install
from tocsin.doctor import copies
from tocsin.doctor.finding import Level
from tocsin.settings import Settings
from tocsin.streams.kafka import topics


async def test_workers_go_on_without_a_broker_and_with_the_empty_one_that_takes_its_place(
    workers: Workers, tmp_path: Path, uses_broker: UsesBroker
) -> None:
    with LocalCluster(install(), tmp_path / "kafka") as cluster:
        uses_broker(cluster.version, nodes=3)
        settings = Settings(
            bootstrap=cluster.bootstrap, partitions=3, replication_factor=3, web_port=0, heartbeat_tick=1
        )
        await topics.create(settings)
        with Commands.of("A lost broker", settings, tmp_path) as commands:
            worker = workers.start(settings, *RUN)
            await worker.ready()
            await detections(settings, "before")
            await until(lambda: told_of(settings, "before"), "the worker alerts")
            due = await calls_missed(settings, "meanwhile", due_in=5)
            lost = cluster.nodes[2]
            lost.kill()
            lost.wipe()
            began = time.monotonic()
            await detections(settings, "without it")
            await until(lambda: told_of(settings, "without it"), "the worker alerts again")
            sys.stdout.write(f"{time.monotonic() - began:.1f} s from the loss to the next alerts\n")
            await until(lambda: all_overdue(settings, due), "what fell due is told")
            said = await commands.type()
            assert "start node 2" in said
            lost.start()
            await until(lambda: all_there(settings), "all copies are there again")
            sys.stdout.write(f"{time.monotonic() - began:.1f} s from the loss to all copies\n")
            said = await commands.type()
            assert worker.process.poll() is None
            assert set((await overdue(settings, due)).values()) == {1}
    assert "all that was said follows from them" in said


async def all_there(settings: Settings) -> bool:
    return all(each.level is Level.OK for each in await copies.check(settings, ()))
