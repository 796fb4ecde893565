"""The board's web server: its pages, what they are made of, and the streams that keep them up to date."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from typing import Any, NamedTuple
from urllib.parse import quote

from aiohttp import web

from tocsin.board.access import Access
from tocsin.board.archive import Lookup
from tocsin.board.guard import VIEWER, guard, protect
from tocsin.board.model import Model
from tocsin.board.pulse import Health, Pulse
from tocsin.board.stream import Beat, news, resumed_at, send
from tocsin.board.text import templates
from tocsin.board.view import View
from tocsin.board.views import Asked, Views
from tocsin.board.wall import Filter
from tocsin.domain.state.ticket import Ticket
from tocsin.settings import Settings
from tocsin.web.access import LIMITS
from tocsin.web.server import listening, unheard

_PAGES_MAX = 10_000
_PAGE_DIGITS = 8
_TICKET_BEATS = 4
_STATIC = {"board.css": "text/css", "board.js": "text/javascript", "board.svg": "image/svg+xml"}
_LIMITS = LIMITS | {"max_line_size": 8_190}  # filters stand in the address


class Parts(NamedTuple):
    """The parts of a board."""

    settings: Settings
    model: Model
    pulse: Pulse
    archive: Lookup
    access: Access


class Board:
    """Answers requests."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._views = Views(parts.model, parts.pulse, parts.settings.board_rows)
        self._beat = Beat(self._views)

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Streams are told what is new while the context is open."""
        task = asyncio.create_task(self._beat.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def application(self) -> web.Application:
        """The application that serves it."""
        app = web.Application(middlewares=[guard(self._parts.access)])
        app.router.add_get("/", self.wall)
        app.router.add_get("/events", self.wall_events)
        app.router.add_get("/find", self.find)
        app.router.add_get("/tickets/{ticket}", self.ticket)
        app.router.add_get("/tickets/{ticket}/events", self.ticket_events)
        app.router.add_get("/months", self.tenants)
        app.router.add_get("/months/{tenant}", self.months)
        app.router.add_get("/months/{tenant}/events", self.months_events)
        app.router.add_get("/static/{name}", _static)
        app.router.add_get("/healthz", _healthz)
        app.router.add_get("/readyz", self.readyz)
        return app

    async def wall(self, request: web.Request) -> web.Response:
        """The wall."""
        asked = _asked(request)
        view = self._views.wall(asked)
        return self._page(
            request,
            "wall.html",
            view,
            stream=f"/events?{request.query_string}",
            told=list(reversed(self._views.alerts(asked, None))),
            chosen=asked.chosen,
            choices=self._views.choices(asked),
        )

    async def wall_events(self, request: web.Request) -> web.StreamResponse:
        """What is new on the wall."""
        asked = _asked(request)

        async def view() -> View:
            return self._views.wall(asked)

        return await self._stream(request, view, lambda positions: self._views.alerts(asked, positions))

    async def ticket(self, request: web.Request) -> web.Response:
        """The page of a ticket."""
        ticket = await self._ticket(request)
        await self._parts.archive.tell(ticket)
        return self._page(
            request, "ticket.html", self._views.ticket(ticket), stream=f"{request.path}/events", number=ticket.number
        )

    async def ticket_events(self, request: web.Request) -> web.StreamResponse:
        """What is new on the page of a ticket."""
        latest = await self._ticket(request)
        place = self._parts.model.known[latest.id].place
        await self._parts.archive.tell(latest)

        async def view() -> View | None:
            nonlocal latest, place
            known = self._parts.model.known.get(latest.id)
            if known is None:
                return None
            if known.place != place:
                found = await self._parts.archive.ticket(latest.id)
                latest, place = found or latest, known.place
            return self._views.ticket(latest)

        return await self._stream(request, view, every=_TICKET_BEATS)

    async def _ticket(self, request: web.Request) -> Ticket:
        name = self._parts.model.found(request.match_info["ticket"])
        ticket = None if name is None else await self._parts.archive.ticket(name)
        if ticket is None or not request[VIEWER].sees(ticket.tenant):
            raise web.HTTPNotFound(text="There is no such ticket, or it was forgotten.")
        return ticket

    async def find(self, request: web.Request) -> web.Response:
        """Leads to the ticket of a number."""
        name = self._parts.model.found(request.query.get("ticket", "")) or ""
        known = self._parts.model.known.get(name)
        if known is None or not request[VIEWER].sees(known.tenant):
            raise web.HTTPNotFound(text="There is no ticket of that number, or it was forgotten.")
        raise web.HTTPSeeOther(f"/tickets/{quote(name, safe='')}")

    async def tenants(self, request: web.Request) -> web.Response:
        """The tenants, each with a link to its months."""
        view = View(self._views.now, {}, {})
        return self._page(request, "tenants.html", view, tenants=self._views.tenants(request[VIEWER]))

    async def months(self, request: web.Request) -> web.Response:
        """The months of a tenant."""
        tenant = self._tenant(request)
        view = self._views.months(tenant)
        if view is None:
            raise web.HTTPNotFound(text="There is no such tenant.")
        return self._page(request, "months.html", view, stream=f"{request.path}/events", tenant=tenant)

    async def months_events(self, request: web.Request) -> web.StreamResponse:
        """What is new on the months of a tenant."""
        tenant = self._tenant(request)

        async def view() -> View | None:
            return self._views.months(tenant)

        return await self._stream(request, view, every=_TICKET_BEATS)

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

    async def _stream(
        self,
        request: web.Request,
        view: Callable[[], Awaitable[View | None]],
        alerts: Callable[[dict[int, int] | None], list[tuple[str, str]]] | None = None,
        every: int = 1,
    ) -> web.StreamResponse:
        events = news(
            beat=self._beat,
            model=self._parts.model,
            view=view,
            alerts=alerts,
            resumed_at=resumed_at(request),
            every=every,
        )
        return await send(request, events)

    def _page(self, request: web.Request, template: str, view: View, **more: Any) -> web.Response:
        theme = request.query.get("theme", "")
        text = (
            templates()
            .get_template(template)
            .render(
                view=view,
                now=view.now,
                pace=self._parts.model.time.pace,
                theme=theme if theme in ("dark", "light") else "",
                query=request.query_string,
                reading=self._parts.pulse.vitals().health is Health.READING,
                **{"stream": "", **more},
            )
        )
        return web.Response(text=text, content_type="text/html")


def _asked(request: web.Request) -> Asked:
    page = request.query.get("page", "1")
    number = min(int(page), _PAGES_MAX) if page.isascii() and page.isdigit() and len(page) <= _PAGE_DIGITS else 1
    return Asked(request[VIEWER], Filter.read(request.query.items()), max(1, number))


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _STATIC:
        raise web.HTTPNotFound
    text = files("tocsin.board").joinpath("static", name).read_text(encoding="utf-8")
    return web.Response(text=text, content_type=_STATIC[name], headers={"Cache-Control": "no-cache"})


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
    async with listening(runner, parts.settings.board_host, parts.settings.board_port) as address:
        yield address, board
