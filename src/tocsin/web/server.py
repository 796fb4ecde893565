"""The worker's web server: /metrics, /healthz and /readyz. Nothing else, and nothing that can be written to.

Who may ask is judged in `tocsin.web.access`.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from tocsin.settings import Settings
from tocsin.streams.core.stats import Stats
from tocsin.web.access import LIMITS, OPEN, admission, guard, required_token
from tocsin.web.metrics.exposition import Exposition

unheard = logging.getLogger("aiohttp.server.unheard")
"""A log that nobody reads: aiohttp would log parts of what a stranger sent."""

unheard.disabled = True

Handler = Callable[[web.Request], Awaitable[web.Response]]


class PortError(Exception):
    """Nothing can be served at the address of the settings; the message says why."""


@asynccontextmanager
async def serve(settings: Settings, stats: Stats) -> AsyncIterator[str]:
    """Serve while the context is open; gives the address.

    Raises `PortError`, or `SettingsError` where anybody on a network could ask.
    """
    app = web.Application(middlewares=[guard(required_token(settings))])
    app.router.add_get("/metrics", _metrics(Exposition(stats)))
    app.router.add_get(OPEN, _healthz)
    app.router.add_get("/readyz", _readyz(stats))
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0, logger=unheard, **LIMITS)
    async with listening(runner, settings.web_host, settings.web_port) as address:
        yield address


@asynccontextmanager
async def listening(
    runner: web.AppRunner, host: str, port: int, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve what `runner` has while the context is open; gives the address. Raises `PortError`."""
    await runner.setup()
    try:
        server = await _listen(runner, host, port, tls)
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"{'http' if tls is None else 'https'}://{shown}:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int, tls: ssl.SSLContext | None) -> asyncio.Server:
    server = runner.server
    if server is None:
        raise RuntimeError("the runner was not set up")
    try:
        return await asyncio.get_running_loop().create_server(admission(server), host, port, ssl=tls)
    except (OSError, UnicodeError) as error:  # the second one: no host name looks like that
        why = error.strerror if isinstance(error, OSError) else error
        raise PortError(f"{host}:{port} cannot be served: {why}") from error


def _metrics(exposition: Exposition) -> Handler:
    async def metrics(request: web.Request) -> web.Response:
        page = await exposition.page(request.headers.get("Accept", ""))
        return web.Response(body=page.body, headers={"Content-Type": page.content_type})

    return metrics


async def _healthz(_request: web.Request) -> web.Response:
    """The process lives and its event loop turns."""
    return web.json_response({"alive": True})


def _readyz(stats: Stats) -> Handler:
    async def readyz(_request: web.Request) -> web.Response:
        """Answers whether the worker does its work, and if not, why. Hints do not make it unready."""
        problems = stats.problems()
        answer = {"ready": not problems, "problems": problems, "hints": stats.hints()}
        return web.json_response(answer, status=503 if problems else 200)

    return readyz
