"""Signing in, with a token or at an OpenID provider, and out again."""

from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from tocsin.board.access import BACK, Access, Begun
from tocsin.board.forms import read_form
from tocsin.board.guard import SIGN_IN, VIEWER, again
from tocsin.board.identity.openid import TRIP_SECONDS, NotKnownError, Provider
from tocsin.board.text import templates

SIGN_OUT = "/sign-out"

_DEPART = f"{SIGN_IN}/provider"

_log = structlog.get_logger()


class SignIn:
    """Answers the requests by which somebody signs in or out."""

    def __init__(self, access: Access, notice: str = "") -> None:
        """`notice` stands on its pages."""
        self._access = access
        self._notice = notice

    def routes(self) -> list[web.RouteDef]:
        """Where it answers."""
        return [
            web.get(SIGN_IN, self.show),
            web.post(SIGN_IN, self.sign_in),
            web.get(_DEPART, self.depart),
            web.get(BACK, self.back),
            web.post(SIGN_OUT, self.sign_out),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """The page that asks who somebody is."""
        if not self._access.lets_sign_in:
            raise web.HTTPNotFound(text="Nobody signs in here.")
        return self._page(request.query.get("next", "/"))

    async def sign_in(self, request: web.Request) -> web.Response:
        """Begin a session for whoever shows a token."""
        if not self._access.takes_tokens:
            raise web.HTTPNotFound(text="Nobody has a token here.")
        form = await read_form(request)
        back = form.get("next", "/")
        try:
            begun = self._access.sign_in(form.get("token", ""), request)
        except web.HTTPException as refused:
            return self._page(back, refused.text or "", HTTPStatus(refused.status))
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": back if _is_ours(back) else "/"})
        return self._signed_in(request, begun, answer)

    async def depart(self, request: web.Request) -> web.Response:
        """Lead to the provider."""
        provider, back = self._provider(), request.query.get("next", "/")
        trip = provider.trip(back if _is_ours(back) else "/")
        try:
            address = await provider.address(trip)
        except NotKnownError as error:
            return self._page(trip.back, str(error), HTTPStatus.BAD_GATEWAY)
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})
        # the provider's page leads back, so the cookie must come along from another site
        flags = {**self._flags(), "samesite": "Lax"}
        answer.set_cookie(self._trip_cookie, self._access.sessions.depart(trip), max_age=TRIP_SECONDS, **flags)
        return answer

    async def back(self, request: web.Request) -> web.Response:
        """Begin a session for whoever comes back from the provider."""
        provider = self._provider()
        trip = self._access.sessions.returned(request.cookies.get(self._trip_cookie, ""))
        try:
            person = await provider.person(request.query, trip)
            begun = self._access.vouched(provider, person)
        except NotKnownError as error:
            _log.warning("sign_in_refused", remote=request.remote, why=str(error))
            answer = self._page("/" if trip is None else trip.back, str(error), HTTPStatus.FORBIDDEN)
        else:
            answer = self._signed_in(request, begun, again(trip.back if trip else "/"))
        answer.del_cookie(self._trip_cookie, **self._flags())
        return answer

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session."""
        viewer = request[VIEWER]
        self._access.require_own_form(viewer, (await read_form(request)).get("form", ""))
        self._access.sign_out(viewer)
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})
        answer.del_cookie(self._access.cookie, **self._flags())
        return answer

    def _signed_in(self, request: web.Request, begun: Begun, answer: web.Response) -> web.Response:
        _log.info("signed_in", name=begun.name, remote=request.remote)
        answer.set_cookie(self._access.cookie, begun.cookie, max_age=self._access.sessions.seconds, **self._flags())
        return answer

    def _provider(self) -> Provider:
        if self._access.provider is None:
            raise web.HTTPNotFound(text="There is no provider here.")
        return self._access.provider

    @property
    def _trip_cookie(self) -> str:
        return f"{self._access.cookie}-trip"

    def _flags(self) -> dict[str, Any]:
        return {"httponly": True, "samesite": "Strict", "secure": self._access.place.secure, "path": "/"}

    def _page(self, back: str, wrong: str = "", status: HTTPStatus = HTTPStatus.OK) -> web.Response:
        shown = {"provider": self._access.provider_title, "tokens": self._access.takes_tokens}
        template = templates(self._notice).get_template("sign_in.html")
        page = template.render(next=back, wrong=wrong, theme="", stream="", **shown)
        return web.Response(text=page, content_type="text/html", status=status)


def _is_ours(path: str) -> bool:
    """True for a path of the board, and no address elsewhere that only looks like one."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
