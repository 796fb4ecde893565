"""What stands between a request and the pages: who asks, and the headers that keep strangers out of the answers."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web

from tocsin.board.access import Access, Viewer
from tocsin.board.text import templates

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer: nothing is run or shown that does not come from here."""

VIEWER = web.RequestKey("viewer", Viewer)
"""Who has made a request, once `guard` has let it pass."""

_log = structlog.get_logger()

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(access: Access) -> Any:
    """Let `access` tell who asks, and give every answer the headers that keep strangers out of the page."""

    @web.middleware
    async def guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            request[VIEWER] = access.viewer(request)
            return await handler(request)
        except web.HTTPRedirection as redirection:
            redirection.headers.update(HEADERS)
            raise
        except web.HTTPException as refused:
            return _refusal(refused)
        except (ConnectionError, web.GracefulExit):
            raise
        except Exception as error:  # noqa: BLE001 - whoever asks is told nothing of it
            _log.error("request_failed", exc_info=error)
            return _refusal(web.HTTPInternalServerError(text="Something went wrong here. The board's log says what."))

    return guarded


def _refusal(refused: web.HTTPException) -> web.Response:
    text = (
        templates()
        .get_template("error.html")
        .render(status=refused.status, reason=refused.reason, text=refused.text or "", theme="", stream="")
    )
    kept = {name: value for name, value in refused.headers.items() if name in ("WWW-Authenticate", "Allow")}
    return web.Response(text=text, content_type="text/html", status=refused.status, headers=kept)


async def protect(_request: web.Request, response: web.StreamResponse) -> None:
    """Give an answer the headers, before it is sent."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
