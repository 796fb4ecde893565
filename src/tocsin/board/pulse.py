"""Whether what the board shows is still true: when each partition of the inbox was last heard of."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from tocsin.board.clock import Timepiece
from tocsin.domain.instant import Instant

_HEARTBEATS = 2


class Health(StrEnum):
    """How far what is shown can be relied on."""

    READING = "reading"  # the state has not been read to its end
    WAITING = "waiting"  # it has, and nothing was heard of some partition since
    FRESH = "fresh"
    STALE = "stale"


class Vitals(NamedTuple):
    """The health of the board, with the partitions that are silent and the inbox's time of the last word of them."""

    health: Health
    silent: tuple[int, ...] = ()
    partitions: int = 0
    last: Instant | None = None


class Pulse:
    """Notes when something was heard."""

    def __init__(self, time_: Timepiece, heartbeat: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`heartbeat`: seconds between the ticks of a worker, after which an idle partition is heard of."""
        self._time = time_
        self._patience = _HEARTBEATS * heartbeat
        self._monotonic = monotonic
        self._heard: dict[int, tuple[float, Instant]] = {}
        self._begun: float | None = None
        self.partitions = 0
        self.stood_at: Instant = 0

    def begin(self) -> None:
        """The state has been read; from now on every partition should be heard of."""
        self._begun = self._monotonic()

    def heard(self, partition: int, clock: Instant, *, live: bool) -> None:
        """Something was heard of that partition, whose clock has come to `clock`."""
        if not live:
            self.stood_at = max(self.stood_at, clock)
            self._time.stands_at(self.stood_at)
            return
        self._time.learn(clock)
        self._heard[partition] = (self._monotonic(), clock)

    def vitals(self) -> Vitals:
        """The health at this moment."""
        if self._begun is None:
            return Vitals(Health.READING)
        now, begun = self._monotonic(), self._begun
        silent = [it for it in range(self.partitions) if now - self._heard.get(it, (begun, 0))[0] > self._patience]
        if silent:
            last = min(self._heard.get(it, (begun, self.stood_at))[1] for it in silent)
            return Vitals(Health.STALE, tuple(silent), self.partitions, last or None)
        unheard = tuple(it for it in range(self.partitions) if it not in self._heard)
        health = Health.WAITING if unheard else Health.FRESH
        return Vitals(health, unheard, self.partitions, self.stood_at or None if unheard else None)

    @property
    def ready(self) -> bool:
        """True once the state has been read to its end."""
        return self._begun is not None
