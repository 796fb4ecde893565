"""A worker is gone for good, and so is its machine: another one goes on, and nothing is told twice."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from patience import until
from tests.rehearsals.recovery import Commands
from tests.rehearsals.shift import RUN, all_overdue, calls_missed, detections, overdue, told_of
from workers import Worker, Workers

from tocsin.domain.instant import Instant
from tocsin.settings import Settings


async def test_another_worker_goes_on_with_what_a_lost_one_had_in_hand_and_tells_it_once(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    first, second = (settings.model_copy(update={"group_instance_id": f"worker-{number}"}) for number in (1, 2))
    with Commands.of("A lost worker", settings, tmp_path) as commands:
        lost, other = await pair(workers, settings, settings)
        dues = [await lose(settings, lost, "one without a name is lost")]
        other.process.terminate()
        assert await other.ended() == 0
        lost, _ = await pair(workers, first, second)
        dues.append(await lose(settings, lost, "one with a name is lost"))
        lost = workers.start(first, *RUN)
        await lost.ready()
        dues.append(await lose(settings, lost, "it is replaced", lambda: commands.begin(workers)))
        said = await commands.type()
    assert "Workers tick all 3 partitions" in said
    assert "all that was said follows from them" in said
    assert [set((await overdue(settings, due)).values()) for due in dues] == [{1}] * 3


async def pair(workers: Workers, *each: Settings) -> tuple[Worker, ...]:
    started = tuple(workers.start(settings, *RUN) for settings in each)
    for worker in started:
        await worker.ready()
    return started


async def lose(settings: Settings, worker: Worker, how: str, then: Callable[[], object] = lambda: None) -> Instant:
    """Kill `worker` before promises fall due and events come, and wait until all is told. When they fell due."""
    due = await calls_missed(settings, f"call: {how}", due_in=3)
    await detections(settings, f"before: {how}")
    await until(lambda: told_of(settings, f"before: {how}"), "the worker alerts")
    worker.kill()
    began = time.monotonic()
    await detections(settings, f"after: {how}")
    then()
    await until(lambda: told_of(settings, f"after: {how}"), "somebody alerts again")
    sys.stdout.write(f"{how}: {time.monotonic() - began:.1f} s to the next alerts\n")
    await until(lambda: all_overdue(settings, due), "what fell due is told")
    return due
