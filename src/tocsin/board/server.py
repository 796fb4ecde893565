"""The board's web server: its pages, what they are made of, and the streams that keep them up to date."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from tocsin.board.assets import static
from tocsin.board.forms import FORM_BYTES_MAX
from tocsin.board.guard import VIEWER, guard, protect
from tocsin.board.parts import Parts
from tocsin.board.sign_in import SignIn
from tocsin.board.ticket_pages import TicketPages
from tocsin.board.view import View
from tocsin.board.views import Asked, Views
from tocsin.board.wall import Filter
from tocsin.board.writing import Writer
from tocsin.web.access import LIMITS
from tocsin.web.server import listening, unheard
from tocsin.web.tls import server_tls

_PAGES_MAX = 10_000
_PAGE_DIGITS = 8
_MONTHS_BEATS = 4
_LIMITS = LIMITS | {
    "max_line_size": 8_190,  # filters stand in the address
    "max_field_size": 8_190,  # proxies add cookies of their own
}


class Board:
    """Answers requests."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._views = Views(parts.model, parts.pulse, parts.settings.board_rows)
        self._write = Writer(parts, self._views)

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Streams are told what is new while the context is open."""
        task = asyncio.create_task(self._write.beat.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def application(self) -> web.Application:
        """The application that serves it."""
        access, notice = self._parts.access, self._parts.notice
        app = web.Application(middlewares=[guard(access, notice)], client_max_size=FORM_BYTES_MAX)
        app.router.add_routes(SignIn(access, notice).routes())
        app.router.add_routes(TicketPages(self._parts, self._views, self._write).routes())
        app.router.add_get("/", self.wall)
        app.router.add_get("/events", self.wall_events)
        app.router.add_get("/months", self.tenants)
        app.router.add_get("/months/{tenant}", self.months)
        app.router.add_get("/months/{tenant}/events", self.months_events)
        app.router.add_get("/static/{name}", static)
        app.router.add_get("/healthz", _healthz)
        app.router.add_get("/readyz", self.readyz)
        return app

    async def wall(self, request: web.Request) -> web.Response:
        """The wall."""
        asked = _asked(request)
        view = self._views.wall(asked)
        return self._write.page(
            request,
            "wall.html",
            view,
            stream=f"/events?{request.rel_url.raw_query_string}",
            told=list(reversed(self._views.alerts(asked, None))),
            chosen=asked.chosen,
            choices=self._views.choices(asked),
        )

    async def wall_events(self, request: web.Request) -> web.StreamResponse:
        """What is new on the wall."""
        asked = _asked(request)

        async def view() -> View:
            return self._views.wall(asked)

        return await self._write.stream(request, view, lambda positions: self._views.alerts(asked, positions))

    async def tenants(self, request: web.Request) -> web.Response:
        """The tenants, each with a link to its months."""
        view = View(self._views.now, {}, {})
        return self._write.page(request, "tenants.html", view, tenants=self._views.tenants(request[VIEWER]))

    async def months(self, request: web.Request) -> web.Response:
        """The months of a tenant."""
        tenant = self._tenant(request)
        view = self._views.months(tenant)
        if view is None:
            raise web.HTTPNotFound(text="There is no such tenant.")
        return self._write.page(
            request, "months.html", view, stream=f"{request.rel_url.raw_path}/events", tenant=tenant
        )

    async def months_events(self, request: web.Request) -> web.StreamResponse:
        """What is new on the months of a tenant."""
        tenant = self._tenant(request)

        async def view() -> View | None:
            return self._views.months(tenant)

        return await self._write.stream(request, view, every=_MONTHS_BEATS)

    @staticmethod
    def _tenant(request: web.Request) -> str:
        tenant = request.match_info["tenant"]
        if not request[VIEWER].sees(tenant):
            raise web.HTTPNotFound(text="There is no such tenant.")
        return tenant

    async def readyz(self, request: web.Request) -> web.Response:
        """Answers whether the state has been read and is fresh."""
        vitals = self._parts.pulse.vitals()
        ready = self._parts.pulse.ready
        return web.json_response({"ready": ready, "health": vitals.health}, status=200 if ready else 503)


def _asked(request: web.Request) -> Asked:
    page = request.query.get("page", "1")
    number = min(int(page), _PAGES_MAX) if page.isascii() and page.isdigit() and len(page) <= _PAGE_DIGITS else 1
    return Asked(request[VIEWER].eyes, Filter.read(request.query.items()), max(1, number))


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"alive": True})


@asynccontextmanager
async def serve(parts: Parts) -> AsyncIterator[tuple[str, Board]]:
    """Serve while the context is open; gives the address. Raises `PortError`."""
    board = Board(parts)
    app = board.application()
    app.on_response_prepare.append(protect)
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=0.5,
        logger=unheard,
        handler_cancellation=True,
        **_LIMITS,
    )
    settings = parts.settings
    tls = server_tls("the board", settings.board_tls_certificate_file, settings.board_tls_key_file)
    async with listening(runner, settings.board_host, settings.board_port, tls) as address:
        yield address, board
