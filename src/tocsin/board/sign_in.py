"""Signing in with a token, and out again."""

from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from tocsin.board.access import Access
from tocsin.board.forms import read_form
from tocsin.board.guard import SIGN_IN, VIEWER
from tocsin.board.text import templates

SIGN_OUT = "/sign-out"

_log = structlog.get_logger()


class SignIn:
    """Answers the requests by which somebody signs in or out."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def routes(self) -> list[web.RouteDef]:
        """Where it answers."""
        return [
            web.get(SIGN_IN, self.show),
            web.post(SIGN_IN, self.sign_in),
            web.post(SIGN_OUT, self.sign_out),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """The page that asks for a token."""
        self._require_tokens()
        return _page(request.query.get("next", "/"))

    async def sign_in(self, request: web.Request) -> web.Response:
        """Begin a session for whoever shows a token."""
        self._require_tokens()
        form = await read_form(request)
        back = form.get("next", "/")
        try:
            begun = self._access.sign_in(form.get("token", ""), request)
        except web.HTTPException as refused:
            return _page(back, refused.text or "", HTTPStatus(refused.status))
        _log.info("signed_in", name=begun.name, remote=request.remote)
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": back if _is_ours(back) else "/"})
        answer.set_cookie(self._access.cookie, begun.cookie, max_age=self._access.sessions.seconds, **self._flags())
        return answer

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session."""
        viewer = request[VIEWER]
        self._access.require_own_form(viewer, (await read_form(request)).get("form", ""))
        self._access.sign_out(viewer)
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})
        answer.del_cookie(self._access.cookie, **self._flags())
        return answer

    def _flags(self) -> dict[str, Any]:
        return {"httponly": True, "samesite": "Strict", "secure": self._access.place.secure, "path": "/"}

    def _require_tokens(self) -> None:
        if not self._access.takes_tokens:
            raise web.HTTPNotFound(text="Nobody has a token here.")


def _page(back: str, wrong: str = "", status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    page = templates().get_template("sign_in.html").render(next=back, wrong=wrong, theme="", stream="")
    return web.Response(text=page, content_type="text/html", status=status)


def _is_ours(path: str) -> bool:
    """True for a path of the board, and no address elsewhere that only looks like one."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
