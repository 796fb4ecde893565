"""What every request passes: who asks, and the headers that keep strangers out of the pages."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web
from yarl import URL

from tocsin.board.access import Access, How, Viewer
from tocsin.board.text import templates

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser hides from us that our own page sent a form
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer: nothing is run or shown that does not come from here."""

VIEWER = web.RequestKey("viewer", Viewer)
"""Who makes a request."""

SIGN_IN = "/sign-in"

EVENTS = "text/event-stream"
OVER = 'data: {"over":true}\n\n'
"""The last event of a stream whose listener may listen no longer: the page is to be loaded again."""

_PROBES = ("/healthz", "/readyz")
_FOR_ANYBODY = (SIGN_IN, "/static/")
"""Nothing that is there tells of a ticket."""

_log = structlog.get_logger()

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(access: Access, notice: str = "") -> Any:
    """Let `access` tell who asks, and give every answer the headers that keep strangers out of the page.

    `notice` stands on every page.
    """

    @web.middleware
    async def guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            request[VIEWER] = _viewer(request, access)
            _require_own_page(request, access)
            return await handler(request)
        except web.HTTPUnauthorized as unknown:
            return _who_are_you(request, access, unknown, notice)
        except web.HTTPRedirection as redirection:
            redirection.headers.update(HEADERS)
            raise
        except web.HTTPException as refused:
            return _refusal(refused, notice)
        except (ConnectionError, web.GracefulExit):
            raise
        except Exception as error:  # noqa: BLE001 - whoever asks is told nothing of it
            _log.error("request_failed", exc_info=error)
            failed = web.HTTPInternalServerError(text="Something went wrong here. The board's log says what.")
            return _refusal(failed, notice)

    return guarded


def _viewer(request: web.Request, access: Access) -> Viewer:
    if request.path in _PROBES:
        return Viewer(tenants=frozenset())
    if request.path.startswith(_FOR_ANYBODY):
        access.place.require_own_name(request)
        return Viewer(tenants=frozenset())
    return access.viewer(request)


def _require_own_page(request: web.Request, access: Access) -> None:
    """Refuse what the page of somebody else made a browser send."""
    reads = request.method in ("GET", "HEAD")
    if not reads and request[VIEWER].how is not How.BEARER and not access.place.is_own_page(request):
        raise web.HTTPForbidden(text="Only the pages of the board may send this.")


def _who_are_you(
    request: web.Request, access: Access, unknown: web.HTTPUnauthorized, notice: str
) -> web.StreamResponse:
    accepted = request.headers.get("Accept", "")
    if accepted == EVENTS:
        return web.Response(text=OVER, content_type=EVENTS)
    wants_page = request.method == "GET" and "text/html" in accepted
    if not wants_page or not access.lets_sign_in:
        return _refusal(unknown, notice)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # the browser leaves out the cookie where a link from elsewhere leads here; asked from here, it shows it
        return again("")
    address = URL.build(path=SIGN_IN, query={"next": request.path_qs})
    return web.Response(status=303, headers={"Location": str(address)})


def again(path: str) -> web.Response:
    """A page that leads to `path`, or to itself, as a page of ours: the browser shows the cookie then."""
    return web.Response(text=templates().get_template("again.html").render(path=path), content_type="text/html")


def _refusal(refused: web.HTTPException, notice: str) -> web.Response:
    text = (
        templates(notice)
        .get_template("error.html")
        .render(status=refused.status, reason=refused.reason, text=refused.text or "", theme="", stream="")
    )
    kept = {name: value for name, value in refused.headers.items() if name in ("WWW-Authenticate", "Allow")}
    return web.Response(text=text, content_type="text/html", status=refused.status, headers=kept)


async def protect(_request: web.Request, response: web.StreamResponse) -> None:
    """Give `response` the headers of every answer."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
