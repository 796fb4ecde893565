"""Only the broker's stamps decide: a worker's own wall clock may be as wrong as it likes."""

from pathlib import Path

import pytest
from patience import until
from shell_checks import enough_fired, fired, inbox_time, passed
from workers import Workers, committed, publish

from tocsin.messages.inbox import TICK
from tocsin.messages.record import Topic
from tocsin.settings import Settings

SKEWED = Path(__file__).with_name("skewed")


@pytest.mark.parametrize("shift", [3_600, -3_600], ids=["an_hour_fast", "an_hour_slow"])
async def test_a_worker_whose_wall_clock_is_an_hour_off_fires_no_deadline_early_or_late(
    settings: Settings, workers: Workers, shift: int
) -> None:
    quiet = settings.model_copy(update={"heartbeat_tick": 300.0})  # no tick but a timer's own comes
    worker = workers.start(quiet, PYTHONPATH=str(SKEWED), WALL_CLOCK_SHIFT=str(shift))
    await worker.ready()
    assert f"shifted by {shift} s" in worker.text
    now = await inbox_time(settings)
    dues = [now + 1_500, now + 2_000, now + 2_500]
    far = [now + 3_000_000, now + 3_600_000, now + 4_000_000]  # about what the wall clock is wrong by
    timers: list[tuple[bytes | None, bytes]] = [(b"k", b"due:%d" % due) for due in dues + far]
    await publish(settings, Topic.INBOX, timers, partition=0)
    await until(lambda: enough_fired(settings, len(dues)), "the timers have fired")
    await until(lambda: passed(settings, dues[-1] + 500), "half a second has passed")
    said = await fired(settings)
    assert [alert["due"] for alert in said] == dues
    assert all(alert["due"] < alert["fired_by"] for alert in said)
    assert len([r for r in await committed(settings, Topic.INBOX, 0) if r.value == TICK]) < 10  # no tick in vain
