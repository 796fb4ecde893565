"""A broker's clock ran an hour ahead: what was told too early is corrected by the work that is done in time."""

import json
from pathlib import Path

from patience import until
from tests.conftest import UsesBroker
from tests.rehearsals.recovery import Commands
from tests.rehearsals.shift import RUN, TENANTS, alerts, all_overdue, calls_missed, now
from tests.tools.debian import FAKETIME, library
from workers import Workers, publish

from tocsin.dev.kafka import LocalKafka, install
from tocsin.domain.instant import show
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

LIBRARY = "usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


async def test_what_was_told_early_by_a_clock_that_ran_ahead_is_corrected_when_it_is_done_in_time(
    workers: Workers, tmp_path: Path, uses_broker: UsesBroker
) -> None:
    clock, found = tmp_path / "clock", install()
    clock.write_text("+0")
    kafka = LocalKafka(found._replace(java=with_clock(tmp_path / "java", found.java, clock)), tmp_path / "kafka")
    with kafka:
        uses_broker(kafka.version)
        settings = Settings(bootstrap=kafka.bootstrap, partitions=3, web_port=0, heartbeat_tick=1)
        await topics.create(settings)
        worker = workers.start(settings, *RUN)
        await worker.ready()
        due = await calls_missed(settings, "call", due_in=1_000)
        clock.write_text("+3600")
        await until(lambda: all_overdue(settings, due), "it is told as overdue, a quarter of an hour too early")
        assert "tocsin_broker_clock_jumps_total 0" not in worker.get("/metrics")[1]
        with Commands.of("A clock that ran ahead", settings, tmp_path) as commands:
            assert "ahead of this machine's" in await commands.type()
            clock.write_text("+0")
            await until(lambda: set_right(worker.text), "the broker's clock is right")
            assert "stands still at" in await commands.type()
            await return_calls(settings)
            await until(lambda: corrected(settings), "what was told too early is corrected")
            assert "all that was said follows from them" in await commands.type()
        told = [each["id"] for each in await alerts(settings)]
        assert len(told) == len(set(told))
        assert worker.process.poll() is None


def with_clock(path: Path, program: Path, clock: Path) -> Path:
    """Make at `path` a `program` whose wall clock differs by the seconds in the file `clock`, whenever it is asked."""
    faked = f"LD_PRELOAD={library(FAKETIME, LIBRARY)} FAKETIME_TIMESTAMP_FILE={clock}"
    path.write_text(f'#!/bin/sh\nexec env {faked} FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1 {program} "$@"\n')
    path.chmod(0o700)
    return path


def set_right(log: str) -> bool:
    """Whether each partition has been stamped by the right clock again."""
    return log.count("broker_clock_jumped") >= 6  # ahead and back, of each of the three


async def return_calls(settings: Settings) -> None:
    """They are returned in time by every clock on a wall."""
    waiting = {each["data"]["title"]: each["tenant"] for each in await alerts(settings)}
    assert len(waiting) == TENANTS
    records = []
    for number, (title, tenant) in enumerate(sorted(waiting.items())):
        data = {"call": f"back-{number}", "from": "+18445525837", "to": title.split()[-1], "outcome": "reached"}
        data |= {"purpose": "callback", "analyst": "ada"}
        envelope = {"specversion": "1.0", "id": f"back-{number}", "source": "pbx", "type": "tocsin.call.placed"}
        value = {**envelope, "tenant": tenant, "time": show(now()), "data": data}
        records.append((tenant.encode(), json.dumps(value).encode()))
    await publish(settings, Topic.CALLS, records)


async def corrected(settings: Settings) -> bool:
    kinds = [each["data"]["kind"] for each in await alerts(settings)]
    return kinds.count("corrected") == TENANTS
