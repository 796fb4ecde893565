"""A page in hand: its ways are tried one after the other until each has ended, or nobody needs to be paged any more."""

import asyncio
from collections.abc import Awaitable, Callable

from tocsin.domain.instant import Instant
from tocsin.notify.alert import Received
from tocsin.notify.pages.clock import Clock
from tocsin.notify.pages.plan import Plan, Way
from tocsin.notify.pages.progress import Outcome, Tried, due, is_over, ways_left

_GRACE_SECONDS = 10.0
"""How long what is under way may last when nobody needs to be paged any more."""


class Page:
    """The page of one alert. `tried` is what is known of its ways from before."""

    def __init__(self, received: Received, plan: Plan, tried: dict[str, Tried], begun: Instant) -> None:
        self.received = received
        self.plan = plan
        self._tried = dict(tried)
        self._begun = begun
        self._ended = False
        self._done = asyncio.Event()
        self._changed = asyncio.Event()

    @property
    def ways_left(self) -> int:
        """See `tocsin.notify.pages.progress`."""
        return ways_left(self.plan.ways, self._tried)

    @property
    def reached(self) -> bool:
        """True if a way was accepted."""
        return any(each.outcome == "accepted" for each in self._tried.values())

    @property
    def ended(self) -> bool:
        """True if nobody needs to be paged any more."""
        return self._ended

    async def done(self) -> None:
        """Wait until nothing of it is under way any more."""
        await self._done.wait()

    def end(self) -> None:
        """Nobody needs to be paged any more."""
        self._ended = True
        self._changed.set()

    def became(self, way: Way, outcome: Outcome) -> None:
        """Something has become of `way`."""
        self._tried[way.name] = self._tried[way.name]._replace(outcome=outcome)
        self._changed.set()

    async def drive(self, send: Callable[["Page", Way], Awaitable[None]], clock: Clock) -> None:
        """Begin each way when it is due; `send` tries it, and tells us. Returns when nothing more is owed."""
        tasks: set[asyncio.Task[None]] = set()
        try:
            while not self._ended and not is_over(self.plan.ways, self._tried):
                self._changed.clear()
                found = due(self.plan.ways, self._tried, self._begun, clock.now())
                for way in found.ways:
                    self._tried[way.name] = Tried(clock.now())
                    tasks.add(asyncio.create_task(_run(send, self, way)))
                await self._wait(tasks, None if found.next_at is None else clock.seconds_until(found.next_at))
            if tasks:
                await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
            _raise_failures(tasks)
        finally:
            self._done.set()
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def _wait(self, tasks: set[asyncio.Task[None]], seconds: float | None) -> None:
        """Wait until something has changed, a task has ended, or `seconds` have passed."""
        changed = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait(
                {changed, *(each for each in tasks if not each.done())},
                timeout=None if seconds is None else max(0.0, seconds),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            changed.cancel()
        _raise_failures(tasks)


async def _run(send: Callable[[Page, Way], Awaitable[None]], page: Page, way: Way) -> None:
    await send(page, way)


def _raise_failures(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()
