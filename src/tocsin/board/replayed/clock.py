"""The time of a replay: it runs through a stretch of the log, and stands while nobody wants it to go on."""

import time
from collections.abc import Callable

from tocsin.domain.instant import SECOND, Instant


class ReplayTime:
    """A `Timepiece` that stands at `start` until it goes on, `speed` times as fast as a clock, and stops at `end`."""

    def __init__(
        self, start: Instant, end: Instant, speed: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.end = end
        self._speed = speed
        self._monotonic = monotonic
        self._at = start
        self._since: float | None = None

    @property
    def running(self) -> bool:
        """True while it runs."""
        return self._since is not None and self.now() < self.end

    def go_on(self) -> None:
        """Let it run."""
        if self._since is None:
            self._since = self._monotonic()

    def stand(self) -> None:
        """Let it stand."""
        self._at, self._since = self.now(), None

    def turn_back(self, at: Instant) -> None:
        """Let it be `at` once more: what has happened since then is not known yet."""
        self._at = at
        self._since = None if self._since is None else self._monotonic()

    def now(self) -> Instant:
        """See `Timepiece`."""
        passed = 0 if self._since is None else int((self._monotonic() - self._since) * SECOND * self._speed)
        return min(self._at + passed, self.end)

    def seconds_until(self, instant: Instant) -> float:
        """The real seconds until it is `instant`, if it runs; 0 where that has passed."""
        return max(0, min(instant, self.end) - self.now()) / SECOND / self._speed

    @property
    def pace(self) -> float:
        """See `Timepiece`."""
        return self._speed if self.running else 0.0

    def stands_at(self, stamp: Instant) -> None:
        """Do nothing: a replay knows its time."""

    def learn(self, stamp: Instant) -> None:
        """Do nothing, as above."""
