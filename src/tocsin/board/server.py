"""The board's web server: its pages, what they are made of, and the streams that keep them up to date."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from secrets import token_urlsafe
from typing import Any, NamedTuple
from urllib.parse import quote

from aiohttp import web

from tocsin.board.access import Access, How
from tocsin.board.acting.desk import BoardDesk
from tocsin.board.acting.verbs import Form, forms
from tocsin.board.archive import Lookup
from tocsin.board.assets import static
from tocsin.board.forms import FORM_BYTES_MAX, read_form
from tocsin.board.guard import VIEWER, guard, protect
from tocsin.board.model import Model
from tocsin.board.pulse import Health, Pulse
from tocsin.board.sign_in import SignIn
from tocsin.board.stream import Beat, news, resumed_at, send
from tocsin.board.text import templates
from tocsin.board.view import View
from tocsin.board.views import Asked, Views
from tocsin.board.wall import Filter
from tocsin.domain.state.ticket import Ticket
from tocsin.settings import Settings
from tocsin.web.access import LIMITS
from tocsin.web.server import listening, unheard
from tocsin.web.tls import server_tls

_PAGES_MAX = 10_000
_PAGE_DIGITS = 8
_TICKET_BEATS = 4
_LIMITS = LIMITS | {
    "max_line_size": 8_190,  # filters stand in the address
    "max_field_size": 8_190,  # proxies add cookies of their own
}


class Parts(NamedTuple):
    """The parts of a board."""

    settings: Settings
    model: Model
    pulse: Pulse
    archive: Lookup
    access: Access
    desk: BoardDesk | None = None  # where somebody may act


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
        app = web.Application(middlewares=[guard(self._parts.access)], client_max_size=FORM_BYTES_MAX)
        app.router.add_routes(SignIn(self._parts.access).routes())
        app.router.add_get("/", self.wall)
        app.router.add_get("/events", self.wall_events)
        app.router.add_get("/find", self.find)
        app.router.add_get("/tickets/{ticket}", self.ticket)
        app.router.add_get("/tickets/{ticket}/events", self.ticket_events)
        app.router.add_post("/tickets/{ticket}/act", self.act)
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
        return self._page(
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

        return await self._stream(request, view, lambda positions: self._views.alerts(asked, positions))

    async def ticket(self, request: web.Request) -> web.Response:
        """The page of a ticket."""
        ticket = await self._ticket(request)
        await self._parts.archive.tell(ticket)
        return self._page(
            request,
            "ticket.html",
            self._ticket_view(request, ticket),
            stream=f"{request.rel_url.raw_path}/events",
            number=ticket.number,
            ticket=ticket.id,
            page_name=token_urlsafe(12),
            forms=self._forms(request, ticket),
        )

    def _ticket_view(self, request: web.Request, ticket: Ticket) -> View:
        desk, viewer = self._parts.desk, request[VIEWER]
        ids = {ticket.id, *(each.id for each in ticket.absorbed)}
        return self._views.ticket(ticket, desk.deeds.of(ids, viewer.name) if desk and viewer.acts else ())

    def _forms(self, request: web.Request, ticket: Ticket) -> list[Form]:
        desk, viewer = self._parts.desk, request[VIEWER]
        return list(forms(ticket, self._parts.model.contract_of(ticket), viewer.name)) if desk and viewer.acts else []

    async def act(self, request: web.Request) -> web.Response:
        """Do what a form asks for, then lead to the page that shows what became of it."""
        ticket, viewer, desk = await self._ticket(request), request[VIEWER], self._parts.desk
        if desk is None or not viewer.acts:
            raise web.HTTPForbidden(text="You may look here, but not act.")
        form = await read_form(request)
        self._parts.access.require_own_form(viewer, form.get("form", ""))
        await desk.say(viewer, ticket, form)
        raise web.HTTPSeeOther(f"{_page_of(ticket.id)}#acting")

    async def ticket_events(self, request: web.Request) -> web.StreamResponse:
        """What is new on the page of a ticket."""
        before = self._parts.model.known.get(self._known(request, request.match_info["ticket"]) or "")
        latest = await self._ticket(request)
        place = before and before.place  # what comes while it is read is read after it
        await self._parts.archive.tell(latest)

        async def view() -> View | None:
            nonlocal latest, place
            known = self._parts.model.known.get(latest.id)
            if known is None:
                return None
            if known.place != place:
                found = await self._parts.archive.ticket(latest.id)
                latest, place = found or latest, known.place
            await self._parts.archive.tell(latest)  # also where more pages were opened since than stories are kept of
            return self._ticket_view(request, latest)

        return await self._stream(request, view, every=_TICKET_BEATS)

    async def _ticket(self, request: web.Request) -> Ticket:
        known = self._known(request, request.match_info["ticket"])
        ticket = None if known is None else await self._parts.archive.ticket(known)
        if ticket is None or not request[VIEWER].sees(ticket.tenant):
            raise web.HTTPNotFound(text="There is no such ticket, or it was forgotten.")
        return ticket

    def _known(self, request: web.Request, name: str) -> str | None:
        """The id of the ticket with that name; None also for one that whoever asks may not see."""
        found = self._parts.model.found(name)
        known = None if found is None else self._parts.model.known.get(found)
        return found if known is not None and request[VIEWER].sees(known.tenant) else None

    async def find(self, request: web.Request) -> web.Response:
        """Leads to the ticket of a number."""
        name = self._known(request, request.query.get("ticket", ""))
        if name is None:
            raise web.HTTPNotFound(text="There is no ticket of that number, or it was forgotten.")
        raise web.HTTPSeeOther(_page_of(name))

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
        return self._page(request, "months.html", view, stream=f"{request.rel_url.raw_path}/events", tenant=tenant)

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
        return await send(request, events, lambda: self._parts.access.is_still(request, request[VIEWER]))

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
                **self._signed(request),
                reading=self._parts.pulse.vitals().health is Health.READING,
                **{"stream": "", **more},
            )
        )
        return web.Response(text=text, content_type="text/html")

    def _signed(self, request: web.Request) -> dict[str, str]:
        """What a page tells of who looks at it."""
        access, viewer = self._parts.access, request[VIEWER]
        return {
            "viewer": viewer.name,
            "form_token": access.sessions.form_token(viewer.session) if viewer.name else "",
            "sign_out": "yes" if viewer.how is How.SESSION else "",
            "sign_in": request.path_qs if access.lets_sign_in and viewer.how is How.NOBODY else "",
        }


def _asked(request: web.Request) -> Asked:
    page = request.query.get("page", "1")
    number = min(int(page), _PAGES_MAX) if page.isascii() and page.isdigit() and len(page) <= _PAGE_DIGITS else 1
    return Asked(request[VIEWER].eyes, Filter.read(request.query.items()), max(1, number))


def _page_of(ticket_id: str) -> str:
    return f"/tickets/{quote(ticket_id, safe='')}"


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
