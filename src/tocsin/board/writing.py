"""Writes the board's pages and their streams, for whoever asks."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tocsin.board.access import How
from tocsin.board.guard import VIEWER
from tocsin.board.parts import Parts
from tocsin.board.pulse import Health
from tocsin.board.stream import Beat, news, resumed_at, send
from tocsin.board.text import templates
from tocsin.board.view import View
from tocsin.board.views import Views


class Writer:
    """Writes pages, and what is new on them at each beat."""

    def __init__(self, parts: Parts, views: Views) -> None:
        self.beat = Beat(views)
        self._parts = parts

    async def stream(
        self,
        request: web.Request,
        view: Callable[[], Awaitable[View | None]],
        alerts: Callable[[dict[int, int] | None], list[tuple[str, str]]] | None = None,
        every: int = 1,
    ) -> web.StreamResponse:
        """Send what is new on `view`, and the alerts, at every beat, or at each so many."""
        events = news(
            beat=self.beat,
            model=self._parts.model,
            view=view,
            alerts=alerts,
            resumed_at=resumed_at(request),
            every=every,
        )
        return await send(request, events, lambda: self._parts.access.is_still(request, request[VIEWER]))

    def page(self, request: web.Request, template: str, view: View, **more: Any) -> web.Response:
        """The page that `template` makes of `view`, for whoever asks."""
        theme = request.query.get("theme", "")
        text = (
            templates(self._parts.notice)
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
