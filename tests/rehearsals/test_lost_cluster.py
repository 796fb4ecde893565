"""The cluster is gone, disks and all: it comes back from an export, and goes on as if nothing had been."""

import sys
import time
from pathlib import Path

from counterparts import Listener
from notified import Notify, notify_file, webhook
from patience import until
from replayed import all_applied
from tests.rehearsals.recovery import Commands
from tests.rehearsals.shift import (
    RUN,
    TENANTS,
    alerts,
    all_overdue,
    calls_missed,
    detections,
    overdue,
    told_of,
)
from workers import Worker, Workers

from tocsin.dev.kafka import LocalKafka
from tocsin.settings import Settings


async def test_a_cluster_that_is_gone_comes_back_from_an_export_and_nobody_is_paged_twice(
    kafka: LocalKafka, settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    async with Listener().listening() as pager:
        file = notify_file(tmp_path, webhook("pager", pager.url), to='"pager"')
        backup = str(tmp_path / "backup")
        with Commands.of("A lost cluster", settings, tmp_path) as commands:
            worker, notify = await started(settings, workers, file)
            await detections(settings, "before")
            due = await calls_missed(settings, "before", due_in=60)
            await until(lambda: told_of(settings, "before"), "the worker alerts")
            await until(lambda: all_applied(worker), "all is applied")
            told = {each["id"] for each in await alerts(settings)}
            await until(lambda: told <= set(pager.ids), "all of it is told")
            worker.process.terminate()
            notify.process.process.terminate()
            assert (await worker.ended(), await notify.process.ended()) == (0, 0)
            await commands.type(0, **{"/backup/soc": backup})
            kafka.kill()
            kafka.wipe()
            began = time.monotonic()
            kafka.start()
            await commands.type(0, **{"/backup/soc": backup})
            worker, notify = await started(settings, workers, file)
            await detections(settings, "after")
            await until(lambda: told_of(settings, "after"), "the worker alerts again")
            sys.stdout.write(f"{time.monotonic() - began:.1f} s from empty brokers to the next alerts\n")
            await until(lambda: all_overdue(settings, due), "what fell due is told")
            told = {each["id"] for each in await alerts(settings)}
            await until(lambda: told <= set(pager.ids), "all of it is told")
            said = await commands.type()
    assert "all that was said follows from them" in said
    assert sorted(pager.ids) == sorted(told)
    assert await overdue(settings, due) == dict.fromkeys((f"client-{n}" for n in range(TENANTS)), 1)


async def started(settings: Settings, workers: Workers, file: Path) -> tuple[Worker, Notify]:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    return worker, await Notify(workers, settings, file).start()
