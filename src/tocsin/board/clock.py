"""The board's time: the broker's, as the log tells it. No wall clock takes part."""

import time
from collections.abc import Callable
from typing import Protocol

from tocsin.domain.instant import SECOND, Instant

_KEPT_SECONDS = 600.0
"""How long the least delay counts. A worker that works off a backlog tells of old stamps meanwhile."""


class Timepiece(Protocol):
    """Tells the inbox's time to whoever shows it."""

    def now(self) -> Instant:
        """The inbox's present, as far as it is known."""

    @property
    def pace(self) -> float:
        """How many milliseconds of it pass in one of real time; 0 where it is only known when it last moved."""

    def stands_at(self, stamp: Instant) -> None:
        """The log had come to `stamp` when reading began."""

    def learn(self, stamp: Instant) -> None:
        """The inbox has come to `stamp`; it has been heard of just now."""


class LogTime:
    """The broker's time by the last stamps that were heard of: a monotonic clock, and the least delay among them.

    Before the first one it stands still where the log ended.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._ahead: dict[int, float] = {}  # the most that was heard of in each minute
        self._last: Instant = 0

    def stands_at(self, stamp: Instant) -> None:
        """See `Timepiece`."""
        self._last = max(self._last, stamp)

    def learn(self, stamp: Instant) -> None:
        """See `Timepiece`."""
        seconds = self._monotonic()
        minute, ahead = int(seconds // 60), stamp - seconds * SECOND
        self._ahead[minute] = max(self._ahead.get(minute, ahead), ahead)
        for old in [each for each in self._ahead if each < minute - _KEPT_SECONDS // 60]:
            del self._ahead[old]

    def now(self) -> Instant:
        """See `Timepiece`."""
        if not self._ahead:
            return self._last
        return int(self._monotonic() * SECOND + max(self._ahead.values()))

    @property
    def pace(self) -> float:
        """See `Timepiece`."""
        return 1.0 if self._ahead else 0.0
