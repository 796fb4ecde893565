"""Metrics and health of notify, at `web_host` and `notify_port`; the same rules as for a worker's."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from tocsin.notify.counts import Counts
from tocsin.notify.deadman import standing_still
from tocsin.notify.lane import Lane
from tocsin.settings import Settings
from tocsin.web.access import LIMITS, OPEN, guard, required_token
from tocsin.web.server import listening, unheard


@asynccontextmanager
async def serve(
    settings: Settings, counts: Counts, lanes: Sequence[Lane], hints: Callable[[], list[str]]
) -> AsyncIterator[str]:
    """Serve while the context is open; gives the address. Raises `PortError` or `SettingsError`."""

    async def metrics(_request: web.Request) -> web.Response:
        text = generate_latest(counts.registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def readyz(_request: web.Request) -> web.Response:
        problems = [f"{name} stands still" for name in standing_still(lanes)]
        problems += [f"{lane.group} has no partitions yet" for lane in lanes if not lane.ready]
        answer = {"ready": not problems, "problems": problems, "hints": hints()}
        return web.json_response(answer, status=503 if problems else 200)

    app = web.Application(middlewares=[guard(required_token(settings))])
    app.router.add_get("/metrics", metrics)
    app.router.add_get(OPEN, _healthz)
    app.router.add_get("/readyz", readyz)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0, logger=unheard, **LIMITS)
    async with listening(runner, settings.web_host, settings.notify_port) as address:
        yield address


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"alive": True})
