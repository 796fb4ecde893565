"""The timekeeper of an inbox partition: appends a tick when a deadline has come, and a heartbeat in between.

It only guesses. The stamp that the log gives the tick decides what has come due, so a tick too many, too early
or too late changes no alert.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import cast

import structlog

from tocsin.domain.instant import SECOND, Instant
from tocsin.messages.record import Output, Topic
from tocsin.streams.core.broker_clock import InboxClock
from tocsin.streams.core.lane import Lane
from tocsin.streams.core.port import IndefiniteError, Log, Timed
from tocsin.streams.core.timings import LATE_SECONDS, Timings

_RETRY_SECONDS = 0.5
_LATE_SAID_SECONDS = 10.0  # a worker that is too slow would say it with every transaction

_log = structlog.get_logger()


class Timekeeper:
    """Keeps one tick outstanding: the next one waits until the lane has applied the last, or for a heartbeat."""

    def __init__(
        self,
        log: Log,
        lane: Lane,
        clock: InboxClock,
        heartbeat: float,
        timings: Timings | None = None,
    ) -> None:
        """`heartbeat`: seconds after which an idle partition gets a tick all the same.

        `timings` take in how late alerts are.
        """
        self._timings = Timings() if timings is None else timings
        self._late_unsaid = 0
        self._late_silent_until = 0.0
        self._log = log
        self._lane = lane
        self._clock = clock
        self._heartbeat = heartbeat
        self._measured = False
        self.stands_still = False
        """True while the log has not taken the last tick, so that no time passes for the tickets."""

    @property
    def now(self) -> Instant | None:
        """The inbox's present; None until the first tick was acknowledged."""
        return self._clock.now() if self._measured else None

    @property
    def overdue(self) -> float:
        """Seconds since the next deadline of the partition has come and not been fired; 0 when none has."""
        now = self.now
        if now is None or not self._lane.ready:
            return 0.0
        deadline = cast("Timed", self._lane.step).next_deadline
        return 0.0 if deadline is None else max(0, now - deadline) / SECOND

    def note_published(self, outputs: Sequence[Output]) -> None:
        """Say which alerts came late by the inbox's time. Their bytes cannot: they are what the log alone makes them.

        Nobody owned the partition, or the input came late, or the worker is too slow.
        """
        now = self.now
        if now is None:
            return
        alerts = [output for output in outputs if output.topic is Topic.ALERTS]
        seconds = [(now - alert.timestamp) / SECOND for alert in alerts]
        self._timings.note_delays(seconds, alerts)
        late = [each for each in seconds if each > LATE_SECONDS]
        if not late:
            return
        self._late_unsaid += len(late)
        if (heard := asyncio.get_running_loop().time()) >= self._late_silent_until:
            source, count, self._late_unsaid = str(self._lane.source), self._late_unsaid, 0
            self._late_silent_until = heard + _LATE_SAID_SECONDS
            _log.warning("alerts_published_late", source=source, count=count, seconds=round(max(late), 1))

    async def run(self) -> None:
        """Tick until cancelled. The first tick comes at once: it tells the time, and fires what was missed."""
        while True:
            try:
                await self._tick()
            except IndefiniteError as error:
                self.stands_still = True
                _log.warning("tick_in_doubt", source=str(self._lane.source), error=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await self._until_due()

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        sent = loop.time()
        tick = await self._log.tick(self._lane.source.partition)
        self.stands_still = False
        self._clock.learn(tick.stamp, loop.time() - sent)
        self._measured = True
        # a tick that was acknowledged and lost with its broker must not be waited for: another one is harmless
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._heartbeat):
                await self._until(lambda: self._lane.ready and self._lane.next > tick.offset)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._lane.applied.wait()

    async def _until_due(self) -> None:
        """Wait for the next deadline or heartbeat; a batch may bring an earlier deadline at any time."""
        loop = asyncio.get_running_loop()
        heartbeat = loop.time() + self._heartbeat
        while (seconds := min(heartbeat - loop.time(), self._seconds_until_deadline())) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._lane.applied.wait()

    def _seconds_until_deadline(self) -> float:
        if not self._lane.ready:
            return self._heartbeat
        deadline = cast("Timed", self._lane.step).next_deadline
        if deadline is None:
            return self._heartbeat
        return self._clock.seconds_until(deadline + 1)  # a stamp fires what was due strictly before it
