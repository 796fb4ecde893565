"""The time that pages go by: that of the inbox."""

import time
from typing import Protocol

from tocsin.domain.instant import SECOND, Instant


class Clock(Protocol):
    """Shows the time, and knows how long it takes until another one. `speed`: seconds that it shows in one second."""

    @property
    def speed(self) -> float:
        """How fast it goes."""

    def now(self) -> Instant:
        """The time now."""

    def seconds_until(self, instant: Instant) -> float:
        """The real seconds until it shows `instant`; 0 or less if that has passed."""


class WallClock:
    """The clock of this machine."""

    speed = 1.0

    def now(self) -> Instant:
        """The time now."""
        return time.time_ns() // 1_000_000

    def seconds_until(self, instant: Instant) -> float:
        """See `Clock`."""
        return (instant - self.now()) / SECOND
