"""What is notified: an HTTP server that keeps what it was told, and can be slow, down, or lose its answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web


class Told(NamedTuple):
    """A request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Listener:
    """Keeps every request that it has read. `seconds`: how long it takes; `status`: its answer.

    `loses`: says of a request whether the connection ends in place of an answer.
    """

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.url = ""
        self.seconds = 0.0
        self.status = 202
        self.loses: Callable[[int], bool] = lambda _number: False

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator["Listener"]:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        await asyncio.sleep(self.seconds)
        if self.status < 300:
            self.told.append(Told(request.path, dict(request.headers), body))
            if self.loses(len(self.told)) and request.transport:
                request.transport.abort()
        return web.json_response({}, status=self.status)

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that a webhook told, in order, repeats included."""
        return [alert for told in self.told for alert in told.json["alerts"]]

    @property
    def ids(self) -> list[str]:
        return [alert["id"] for alert in self.alerts]
