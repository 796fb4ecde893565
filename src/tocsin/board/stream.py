"""Server-sent events: what is new on a page, sent as it happens and a few times a second at most."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web

from tocsin.board.clock import Timepiece
from tocsin.board.guard import EVENTS, OVER
from tocsin.board.model import Model
from tocsin.board.view import Seen, View
from tocsin.board.views import Views
from tocsin.domain.instant import SECOND, Instant

BEAT_SECONDS = 0.5
"""The shortest time between two events of a stream."""

_CLOCK_SECONDS = 5.0
_CLOCK_ERROR = 250  # milliseconds that a countdown may be wrong before the time is sent again
_RETRY_MS = 1_000
_HEADERS = {"Content-Type": f"{EVENTS}; charset=utf-8", "X-Accel-Buffering": "no"}
_ID = re.compile(r"(?:\d{1,6}\.\d{1,19})(?:-\d{1,6}\.\d{1,19}){0,999}", re.ASCII)

Alerts = Callable[[dict[int, int] | None], list[tuple[str, str]]]


class Beat:
    """Wakes all streams together, so that what they show is made once for all of them."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._waiting = asyncio.Event()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._views.forget()
            self._waiting.set()
            self._waiting = asyncio.Event()

    async def next(self) -> None:
        """Return at the next beat."""
        await self._waiting.wait()


class _Told:
    """The time as the page was told it."""

    def __init__(self, time: Timepiece) -> None:
        self._time = time
        self._loop = asyncio.get_running_loop()
        self._at: tuple[Instant, float, float] | None = None

    def news(self) -> dict[str, float] | None:
        """The time, if the page would count wrongly without it, or has heard nothing for seconds."""
        now, pace, seconds = self._time.now(), self._time.pace, self._loop.time()
        if self._at is not None:
            at, its_pace, since = self._at
            wrong = abs(at + (seconds - since) * SECOND * its_pace - now)
            if its_pace == pace and wrong <= _CLOCK_ERROR * max(1, pace) and seconds - since < _CLOCK_SECONDS:
                return None
        self._at = (now, pace, seconds)
        return {"now": now, "pace": pace}


async def news(  # noqa: PLR0913 - the parts that a stream is made of, by name
    *,
    beat: Beat,
    model: Model,
    view: Callable[[], Awaitable[View | None]],
    alerts: Alerts | None,
    resumed_at: dict[int, int] | None,
    every: int = 1,
) -> AsyncIterator[bytes]:
    """The events of a page, the first one with all of it, until there is no such page any more.

    `resumed_at` is where a stream ended of which this is the continuation: it begins with the alerts since then.
    """
    seen, told = Seen.nothing(), _Told(model.time)
    positions = resumed_at
    while (current := await view()) is not None:
        message = seen.news(current)
        if alerts is not None and (found := alerts(positions)):
            message["told"] = found
        positions = {**(positions or {}), **model.alert_positions()}
        if clock := told.news():
            message["clock"] = clock
        if message:
            yield _event(message, positions if alerts is not None else None)
        for _ in range(every):
            await beat.next()


def _event(message: dict[str, Any], positions: dict[int, int] | None) -> bytes:
    name = "" if not positions else f"id: {'-'.join(f'{it}.{at}' for it, at in sorted(positions.items()))}\n"
    return f"{name}data: {json.dumps(message, separators=(',', ':'))}\n\n".encode()


def resumed_at(request: web.Request) -> dict[int, int] | None:
    """The place at which the stream before this one ended; None for a new one."""
    given = request.headers.get("Last-Event-ID") or request.query.get("last", "")
    if not _ID.fullmatch(given):
        return None
    return {int(partition): int(offset) for partition, _, offset in (it.partition(".") for it in given.split("-"))}


async def send(
    request: web.Request, events: AsyncIterator[bytes], may_listen: Callable[[], bool]
) -> web.StreamResponse:
    """Send `events` until whoever listens is gone, or may listen no longer. Who is slow gets fewer of them."""
    response = web.StreamResponse(headers=_HEADERS)
    await response.prepare(request)
    await response.write(f"retry: {_RETRY_MS}\n\n".encode())
    async for event in events:
        if not may_listen():
            await response.write(OVER.encode())
            break
        await response.write(event)
    return response
