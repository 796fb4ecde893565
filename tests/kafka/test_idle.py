"""A worker that has nothing to do rests, and is awake when something comes."""

import sys
import time

import pytest
from patience import until
from test_metrics import RUN, detection, sample
from tests.machine import used
from workers import Worker, Workers, publish

from tocsin.messages.record import Topic
from tocsin.settings import Settings

WAKEUPS_MAX = 30
"""A second. Where each fetch waits for 20 ms at the broker it is twice as many, on a calm machine more."""

WINDOW_SECONDS = 2.0
CALM_IN_A_ROW = 2


class Resting:
    """Counts how often a worker wakes up, in one window of time after the other. It rests in two of them in a row."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._calm = 0
        self._since, self._before = time.monotonic(), used(worker.pid).wakeups

    def __call__(self) -> bool:
        seconds = time.monotonic() - self._since
        if seconds < WINDOW_SECONDS:
            return False
        wakeups = used(self._worker.pid).wakeups
        self._calm = self._calm + 1 if (wakeups - self._before) / seconds < WAKEUPS_MAX else 0
        self._since, self._before = time.monotonic(), wakeups
        return self._calm == CALM_IN_A_ROW


@pytest.mark.skipif(sys.platform != "linux", reason="the wakeups are counted by Linux")
async def test_an_idle_worker_rests_and_takes_what_comes_all_the_same(settings: Settings, workers: Workers) -> None:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    for number in (1, 2):
        await until(Resting(worker), "the worker rests")
        await publish(settings, Topic.SECURITY_EVENTS, [(None, detection(number))])
        await until(lambda: sample(worker, "tocsin_alerts_total", kind="detection") == number, "the alert is out")  # noqa: B023 - waited for in the same turn
