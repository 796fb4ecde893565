"""The time of the inbox, estimated: it tells when to send a tick. The stamp that the broker gives the tick decides."""

import time
from collections.abc import Callable
from typing import Protocol

import structlog

from tocsin.domain.instant import SECOND, Instant

_JUMP_MS = SECOND

_log = structlog.get_logger()


class InboxClock(Protocol):
    """Tells the time of an inbox.

    In production the broker's (`BrokerClock`). `tocsin dev` gives one clock of its own to all: it dates the inbox
    itself, and may run faster than the wall's.
    """

    def now(self) -> Instant:
        """The inbox's present, as far as it is known."""

    def seconds_until(self, instant: Instant) -> float:
        """Returns the real seconds until `instant`; 0 or less when it has come."""

    def learn(self, stamp: Instant, seconds: float) -> None:
        """A tick was stamped `stamp` within the last `seconds`."""


class BrokerClock:
    """The broker's time: a monotonic clock and the last measured difference. No wall clock takes part.

    It is never ahead of the broker, and behind by no more than the way back of an acknowledgement: so a tick comes
    right after its deadline, not before.
    """

    def __init__(
        self, jumped: Callable[[], None] = lambda: None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`jumped` is called when stamps have jumped by more than a second."""
        self._jumped = jumped
        self._monotonic = monotonic
        self._ahead: float | None = None  # milliseconds that the broker's clock is ahead of the monotonic one

    def now(self) -> Instant:
        """Raises `RuntimeError` before the first tick was acknowledged."""
        if self._ahead is None:
            raise RuntimeError("the broker's time has not been measured")
        return int(self._monotonic() * SECOND + self._ahead)

    def seconds_until(self, instant: Instant) -> float:
        """See `InboxClock`."""
        return (instant - self.now()) / SECOND

    def learn(self, stamp: Instant, seconds: float) -> None:
        """See `InboxClock`. A broker's clock that has been set, or another broker's that differs, is an alarm."""
        if self._ahead is not None:
            self._look_for_jump(stamp - self.now(), seconds)
        self._ahead = stamp - self._monotonic() * SECOND

    def _look_for_jump(self, milliseconds: int, seconds: float) -> None:
        if -_JUMP_MS - seconds * SECOND <= milliseconds <= _JUMP_MS:
            return
        self._jumped()
        _log.error("broker_clock_jumped", milliseconds=milliseconds)
