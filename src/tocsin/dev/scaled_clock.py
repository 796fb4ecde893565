"""The time of an accelerated shift: one clock for the shift and for the worker that stamps the inbox.

It starts in the past and runs faster than the wall clock until it has caught up; from then on it shows the same time.
Kafka refuses stamps an hour ahead, so an accelerated clock cannot start now. Processes share it by its three figures.
"""

import os
import time
from dataclasses import dataclass
from typing import Self

from tocsin.domain.instant import SECOND, Instant

VARIABLE = "TOCSIN_SCALED_CLOCK"
"""The environment variable by which a worker is given the clock: `origin,started,speed`."""


def _wall() -> Instant:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """Shows `origin` when the wall clock shows `started`, then runs `speed` times as fast, but never ahead of it.

    It is an `InboxClock` (`tocsin.streams.core.broker_clock`), and `now` dates the inbox.
    """

    origin: Instant
    started: Instant
    speed: float

    @classmethod
    def starting_now(cls, ago: int, speed: float) -> Self:
        """A clock that begins `ago` milliseconds in the past, and catches up after about `ago / speed`."""
        wall = _wall()
        return cls(origin=wall - ago, started=wall, speed=speed)

    @classmethod
    def from_environment(cls) -> Self | None:
        """The clock that this process was given; None for the wall clock."""
        given = os.environ.get(VARIABLE)
        if not given:
            return None
        origin, started, speed = given.split(",")
        return cls(int(origin), int(started), float(speed))

    def environment(self) -> dict[str, str]:
        """The environment with which `from_environment` in another process returns this clock."""
        return {VARIABLE: f"{self.origin},{self.started},{self.speed}"}

    def at(self, wall: Instant) -> Instant:
        """The time of this clock when the wall clock shows `wall`."""
        return min(wall, self.origin + int((wall - self.started) * self.speed))

    def wall_at(self, instant: Instant) -> float:
        """The time of the wall clock, in milliseconds, when this clock shows `instant`."""
        return max(instant, self.started + (instant - self.origin) / self.speed)

    def now(self) -> Instant:
        """The time of this clock now."""
        return self.at(_wall())

    @property
    def meets_wall(self) -> Instant:
        """The time at which it has caught up with the wall clock."""
        if self.speed <= 1:
            return self.started
        return self.started + int((self.started - self.origin) / (self.speed - 1)) + 1

    def seconds_until(self, instant: Instant) -> float:
        """The real seconds until it shows `instant`; 0 or less if that has passed."""
        return (self.wall_at(instant) - _wall()) / SECOND

    def learn(self, stamp: Instant, seconds: float) -> None:
        """Do nothing: the stamps come from this clock."""
