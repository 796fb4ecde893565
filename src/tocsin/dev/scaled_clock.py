"""The time of an accelerated shift: one clock for the shift and for the worker that stamps the inbox.

It starts in the past and runs faster than the wall's until it has caught up; from then on it is the wall's. Kafka
refuses stamps an hour ahead, so an accelerated clock cannot start now. The processes share it by sharing its three
figures, and the wall clock.
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
    """Shows `origin` when the wall's clock shows `started`, then runs `speed` times as fast, never ahead of the wall.

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
        """The clock that this process was given; None where the wall's clock is meant."""
        given = os.environ.get(VARIABLE)
        if not given:
            return None
        origin, started, speed = given.split(",")
        return cls(int(origin), int(started), float(speed))

    def environment(self) -> dict[str, str]:
        """What makes `from_environment` of another process give this clock."""
        return {VARIABLE: f"{self.origin},{self.started},{self.speed}"}

    def at(self, wall: Instant) -> Instant:
        """What it shows when the wall's clock shows `wall`."""
        return min(wall, self.origin + int((wall - self.started) * self.speed))

    def wall_at(self, instant: Instant) -> float:
        """When the wall's clock stands as this one shows `instant`, in milliseconds."""
        return max(instant, self.started + (instant - self.origin) / self.speed)

    def now(self) -> Instant:
        """What it shows."""
        return self.at(_wall())

    @property
    def meets_wall(self) -> Instant:
        """When it has caught up, and becomes the wall's clock."""
        if self.speed <= 1:
            return self.started
        return self.started + int((self.started - self.origin) / (self.speed - 1)) + 1

    def seconds_until(self, instant: Instant) -> float:
        """How many real seconds pass until it shows `instant`; not above 0 when it has."""
        return (self.wall_at(instant) - _wall()) / SECOND

    def learn(self, stamp: Instant, seconds: float) -> None:
        """Nothing: stamps come from this clock, so they teach it nothing."""
