"""The worker's web server: /metrics, /healthz and /readyz. Nothing else, and nothing that can be written to."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from tocsin.settings import Settings
from tocsin.streams.readings import Readings
from tocsin.web.metrics import registry

Handler = Callable[[web.Request], Awaitable[web.Response]]


class PortError(Exception):
    """Nothing can be served at the address of the settings; the message says why."""


@asynccontextmanager
async def serve(settings: Settings, readings: Readings) -> AsyncIterator[str]:
    """Serve while the context is open; gives the address. Raises `PortError`."""
    app = web.Application()
    app.router.add_get("/metrics", _metrics(registry(readings)))
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz(readings))
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.web_host, settings.web_port, shutdown_timeout=1.0)
        try:
            await site.start()
        except OSError as error:
            raise PortError(f"{settings.web_host}:{settings.web_port} cannot be served: {error.strerror}") from error
        port = runner.addresses[0][1]
        yield f"http://{settings.web_host}:{port}"
    finally:
        await runner.cleanup()


def _metrics(registered: CollectorRegistry) -> Handler:
    async def metrics(_request: web.Request) -> web.Response:
        text = generate_latest(registered)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    return metrics


async def _healthz(_request: web.Request) -> web.Response:
    """The process lives and its event loop turns."""
    return web.json_response({"alive": True})


def _readyz(readings: Readings) -> Handler:
    async def readyz(_request: web.Request) -> web.Response:
        """Whether the worker does its work, and if not, why."""
        problems = readings.problems()
        return web.json_response({"ready": not problems, "problems": problems}, status=503 if problems else 200)

    return readyz
