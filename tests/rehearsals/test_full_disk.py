"""A disk is full: the broker's, and that of a backup. Nothing that was said is lost, and nothing is said twice."""

import asyncio
import sys
from pathlib import Path

from patience import until
from tests.conftest import UsesBroker
from tests.rehearsals.recovery import Commands
from tests.rehearsals.shift import RUN, all_overdue, calls_missed, detections, overdue, told_of
from tests.rehearsals.small_disk import SmallDisk, small_disk
from workers import Worker, Workers

from tocsin.dev.kafka import LocalKafka, install
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

ALMOST = 4_500_000
"""Bytes that are left: less than 2% of the broker's disk."""

TRIES_MAX = 300
"""So often something is sent to a broker whose disk is full, for a second each."""


async def test_a_broker_whose_disk_was_full_goes_on_with_all_that_it_had_confirmed(
    workers: Workers, tmp_path: Path, uses_broker: UsesBroker
) -> None:
    with small_disk(tmp_path / "kafka" / "logs", "256m") as disk, small_disk(tmp_path / "backup", "1m") as backup:
        found = install()
        java = disk.program(tmp_path / "java", found.java)
        kafka = LocalKafka(found._replace(java=java), tmp_path / "kafka", format_options=["--ignore-formatted"])
        with kafka:
            uses_broker(kafka.version)
            settings = Settings(bootstrap=kafka.bootstrap, partitions=3, web_port=0, heartbeat_tick=1)
            await topics.create(settings)
            await rehearsed(kafka, disk, backup, settings, workers, tmp_path)


async def rehearsed(  # noqa: PLR0913, PLR0917 - what it is about
    kafka: LocalKafka, disk: SmallDisk, backup: SmallDisk, settings: Settings, workers: Workers, folder: Path
) -> None:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    await detections(settings, "before")
    await until(lambda: told_of(settings, "before"), "the worker alerts")
    due = await calls_missed(settings, "call", due_in=20)
    with Commands.of("A full disk", settings, folder) as commands:
        disk.fill(leave=ALMOST)
        said = await commands.type(1)
        assert "of the disk of" in said
        confirmed = await run_full(kafka, disk, settings)
        disk.empty()
        kafka.start()
        worker = await going_on(worker, settings, workers)
        await until(lambda: all_told(settings, [*confirmed, "after"]), "all that was confirmed is told")
        await until(lambda: all_overdue(settings, due), "what fell due is told")
        said = await commands.type()
        assert "all that was said follows from them" in said
        assert set((await overdue(settings, due)).values()) == {1}
        export = f"{backup.inside} {Path(sys.executable).with_name('tocsin')} export {backup.folder}/soc"
        backup.fill(leave=4_096)
        assert "No space left on device" in await commands.type(1, **{"tocsin export /backup/soc": export})
        backup.empty()
        verify = f"{backup.inside} {Path(sys.executable).with_name('tocsin')} replay verify {backup.folder}/soc"
        said = await commands.type(
            0, **{"tocsin export /backup/soc": export, "tocsin replay verify /backup/soc": verify}
        )
        assert "all that was said follows from them" in said


async def run_full(kafka: LocalKafka, disk: SmallDisk, settings: Settings) -> list[str]:
    """Fill the disk while inputs come, until the broker gives up; the names of the inputs that it has confirmed."""
    disk.fill()
    confirmed: list[str] = []
    for number in range(TRIES_MAX):
        if not kafka.running:
            return confirmed
        sending = asyncio.create_task(detections(settings, f"number {number}"))
        await asyncio.wait([sending], timeout=1)
        if sending.done() and sending.exception() is None:
            confirmed.append(f"number {number}")
        sending.cancel()
        disk.fill()
    raise AssertionError("the broker goes on with a full disk")


async def all_told(settings: Settings, names: list[str]) -> bool:
    return all([await told_of(settings, name) for name in names])


async def going_on(worker: Worker, settings: Settings, workers: Workers) -> Worker:
    """The worker, or what its supervisor starts in its place."""
    await detections(settings, "after")
    await until(lambda: worker.process.poll() is not None or worker.get("/readyz")[0] == 200, "it goes on or ends")
    if worker.process.poll() is None:
        return worker
    assert worker.process.returncode == 70
    worker = workers.start(settings, *RUN)
    await worker.ready()
    return worker
