"""The page of a ticket: its story and its promises, what is new on them, and what somebody does there."""

from secrets import token_urlsafe
from urllib.parse import quote

from aiohttp import web

from tocsin.board.acting.verbs import Form, forms
from tocsin.board.forms import read_form
from tocsin.board.guard import VIEWER
from tocsin.board.parts import Parts
from tocsin.board.view import View
from tocsin.board.views import Views
from tocsin.board.writing import Writer
from tocsin.domain.state.ticket import Ticket

_TICKET_BEATS = 4


class TicketPages:
    """Answers what is asked about one ticket."""

    def __init__(self, parts: Parts, views: Views, write: Writer) -> None:
        self._parts = parts
        self._views = views
        self._write = write

    def routes(self) -> list[web.RouteDef]:
        """Their addresses."""
        return [
            web.get("/find", self.find),
            web.get("/tickets/{ticket}", self.ticket),
            web.get("/tickets/{ticket}/events", self.ticket_events),
            web.post("/tickets/{ticket}/act", self.act),
        ]

    async def ticket(self, request: web.Request) -> web.Response:
        """The page of a ticket."""
        ticket = await self._ticket(request)
        await self._parts.archive.tell(ticket)
        return self._write.page(
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

        return await self._write.stream(request, view, every=_TICKET_BEATS)

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


def _page_of(ticket_id: str) -> str:
    return f"/tickets/{quote(ticket_id, safe='')}"
