"""Hands alerts to one sink: so often and so many at a time, again where it fails, several in one message in a storm."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from tocsin.domain.instant import SECOND
from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.notify.alert import Received
from tocsin.notify.message import Message, message_of
from tocsin.notify.model import PacedSpec, SinkSpec
from tocsin.notify.pace import Pace, backoff
from tocsin.notify.routes import follows
from tocsin.notify.sinks.base import Sink, SinkError
from tocsin.notify.withholding import withheld

_DIGEST_MAX = 500
_PATIENCE_SECONDS = 60.0
"""How long an alert is tried at least that was old when it came."""


class Delivered(NamedTuple):
    """The sink has taken it: at which attempt, and whether in a digest."""

    attempt: int
    digest: bool


class GaveUp(Exception):  # noqa: N818 - says what happened
    """It has not gone, and is not tried any more."""

    def __init__(self, error: SinkError, attempt: int, *, digest: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.attempt = attempt
        self.digest = digest


class _Gathered(NamedTuple):
    received: Received
    outcome: asyncio.Future[Delivered]


async def send_once(sink: Sink, spec: SinkSpec, message: Message) -> None:
    """One attempt, in the time that the sink has. Raises `SinkError`."""
    try:
        async with asyncio.timeout(spec.timeout / SECOND):
            await sink.send(message)
    except TimeoutError:
        raise SinkError(DeliveryFailure.TIMED_OUT, "no answer in time", retryable=True) from None


class Delivery:
    """Delivers to `sink`. `attempted` is awaited before each attempt of an alert, with its number.

    `compose` makes the message about one or several alerts.
    """

    def __init__(
        self,
        sink: Sink,
        spec: SinkSpec,
        attempted: Callable[[Received, int], Awaitable[None]] | None = None,
        compose: Callable[[Sequence[Received]], Message] = message_of,
    ) -> None:
        self._sink = sink
        self._spec = spec
        self._attempted = attempted
        self._compose = compose
        self._slots = asyncio.Semaphore(spec.at_once)
        self._pace = Pace(spec.per_minute, time.monotonic()) if isinstance(spec, PacedSpec) else None
        self._gathered: list[_Gathered] = []
        self._some = asyncio.Event()

    async def deliver(self, received: Received) -> Delivered:
        """Returns when the sink has taken it, as far as it may see it. Raises `GaveUp`."""
        received = withheld(received, self._spec.tlp_max)
        if not self._sink.gathers or self._may_go_alone():
            return await self._insist([received])
        outcome: asyncio.Future[Delivered] = asyncio.get_running_loop().create_future()
        self._gathered.append(_Gathered(received, outcome))
        self._some.set()
        return await outcome

    def _may_go_alone(self) -> bool:
        if self._slots.locked() or self._gathered:
            return False
        return self._pace is None or self._pace.take(time.monotonic())

    async def send_digests(self) -> None:
        """Send whatever gathers as one message as soon as one may go, without an end."""
        while True:
            await self._some.wait()
            await self._until_one_may_go()
            async with self._slots:
                pass  # the sink is not busy
            batch, self._gathered = self._gathered[:_DIGEST_MAX], self._gathered[_DIGEST_MAX:]
            if not self._gathered:
                self._some.clear()
            batch = [each for each in batch if not each.outcome.done()]  # a lane may have let go of some
            if batch:
                await self._settle(batch)

    async def _until_one_may_go(self) -> None:
        if self._pace is not None:
            await asyncio.sleep(self._pace.seconds_until(time.monotonic()))
            self._pace.take(time.monotonic())

    async def _settle(self, batch: Sequence[_Gathered]) -> None:
        def owed() -> list[Received]:
            return [each.received for each in batch if not each.outcome.done()]

        try:
            delivered = await self._insist(owed(), owed)
        except Exception as error:  # noqa: BLE001 - it is raised where each is waited for
            for each in batch:
                if not each.outcome.done():
                    each.outcome.set_exception(error)
            return
        for each in batch:
            if not each.outcome.done():
                each.outcome.set_result(delivered)

    async def _insist(
        self, alerts: Sequence[Received], owed: Callable[[], Sequence[Received]] | None = None
    ) -> Delivered:
        """Try until the sink has taken them, or it is no use, or it has lasted too long.

        `owed` has those that somebody waits for still: what a lane has let go of is another's to send by then.
        """
        message, attempt, digest = self._compose(alerts), 0, len(alerts) > 1
        end = self._end(alerts)
        while True:
            attempt += 1
            if self._attempted is not None:
                for each in alerts:
                    await self._attempted(each, attempt)
            try:
                async with self._slots:
                    left = alerts if owed is None else owed()
                    if not left:
                        raise SinkError(DeliveryFailure.GAVE_UP, "nobody waits for it any more", retryable=False)  # noqa: TRY301 - it ends as every attempt does
                    if len(left) < len(alerts):
                        alerts, message, digest = left, self._compose(left), len(left) > 1
                    await send_once(self._sink, self._spec, message)
            except SinkError as error:
                wait = self._wait(attempt, error)
                if not error.retryable or time.monotonic() + wait > end:
                    raise GaveUp(error, attempt, digest=digest) from None
                await asyncio.sleep(wait)
            else:
                return Delivered(attempt, digest)

    def _wait(self, attempt: int, error: SinkError) -> float:
        first, longest = self._spec.retry_first / SECOND, self._spec.retry_longest / SECOND
        asked = min(error.after or 0.0, longest)
        return max(asked, backoff(attempt, first, longest, random.random()))  # noqa: S311 - spreads, keeps no secret

    def _end(self, alerts: Sequence[Received]) -> float:
        """When they are given up (monotonic): by the age of the youngest, and not at once where all are old."""
        age = time.time() - max(each.stamp for each in alerts) / SECOND
        longest = self._spec.give_up_after
        if self._spec.pages and not all(follows(each.alert.data) for each in alerts):
            longest = min(longest, self._spec.page_within)
        most = longest / SECOND
        return time.monotonic() + min(most, max(most - max(age, 0.0), _PATIENCE_SECONDS))
