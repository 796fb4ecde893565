"""Serves answer links: GET shows a page with a button and changes nothing, POST answers."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from tocsin.domain.instant import Instant, show
from tocsin.loopback import is_loopback
from tocsin.notify.answers import page as pages
from tocsin.notify.answers.page import HEADERS, Page
from tocsin.notify.answers.token import ANSWER, Claim, ExpiredError, ForgedError, read
from tocsin.web.access import LIMITS, answering
from tocsin.web.guesses import Guesses
from tocsin.web.server import listening, unheard

BODY_BYTES_MAX = 262_144
"""Of what another system posts; the button posts nothing."""

_PRESSED_BYTES_MAX = 1_024

_log = structlog.get_logger()

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Unanswered(Exception):  # noqa: N818 - says how it is
    """The log has not confirmed the answer."""


class Desk(Protocol):
    """Where answers go."""

    def name_of(self, person: str) -> str:
        """The name of a person of the roster, for people."""

    def settled(self, claim: Claim) -> str | None:
        """A sentence that says why there is nothing left to take; None if there is, or nobody knows."""

    def used_by(self, claim: Claim) -> str | None:
        """Who has answered that page; None if nobody has."""

    async def answer(self, claim: Claim) -> None:
        """Write down that the person has taken it. Raises `Unanswered`."""


class AnswerPlace(NamedTuple):
    """The address at which answers are taken, its address outside, and what it needs."""

    host: str
    port: int
    url: str
    keys: Sequence[bytes]
    tls: ssl.SSLContext | None = None


@asynccontextmanager
async def serve(
    place: AnswerPlace, desk: Desk, now: Callable[[], Instant], monotonic: Callable[[], float], *more: web.RouteDef
) -> AsyncIterator[str]:
    """Serve answer links, and `more` routes, while the context is open; gives the address. Raises `PortError`."""
    door = _Door(place, desk, now, Guesses(monotonic))
    app = web.Application(middlewares=[_with_headers, answering(door.require)], client_max_size=BODY_BYTES_MAX)
    app.router.add_get(ANSWER + "{token}", door.show)  # and HEAD
    app.router.add_post(ANSWER + "{token}", door.take)
    app.router.add_routes(more)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=5.0, logger=unheard, **LIMITS)
    async with listening(runner, place.host, place.port, place.tls) as address:
        yield address


@web.middleware
async def _with_headers(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Also what is refused, or is nowhere, is kept by nobody."""
    try:
        answer = await handler(request)
    except web.HTTPException as refused:
        refused.headers.update(HEADERS)
        raise
    answer.headers.update(HEADERS)
    return answer


class _Door:
    def __init__(self, place: AnswerPlace, desk: Desk, now: Callable[[], Instant], guesses: Guesses) -> None:
        self._keys = place.keys
        self._host = (urlsplit(place.url).hostname or "").lower()
        self._desk = desk
        self._now = now
        self._guesses = guesses

    def require(self, request: web.Request) -> None:
        """Refuse who asks under another name than ours: a page from elsewhere may have a name that leads here."""
        host = (request.url.host or "").rstrip(".").lower()
        if host != self._host and not is_loopback(host):
            raise web.HTTPMisdirectedRequest

    async def show(self, request: web.Request) -> web.Response:
        """The page with the button. Nothing is changed, whoever or whatever opens it."""
        claim = self._claim(request)
        return _answer(claim if isinstance(claim, Page) else self._standing(claim) or self._asked(claim))

    async def take(self, request: web.Request) -> web.Response:
        """The answer."""
        if (request.content_length or 0) > _PRESSED_BYTES_MAX:
            raise web.HTTPRequestEntityTooLarge(_PRESSED_BYTES_MAX, request.content_length or 0)
        claim = self._claim(request)
        if isinstance(claim, Page):
            return _answer(claim)
        standing = self._standing(claim)
        if standing is not None:
            return _answer(standing)
        try:
            await self._desk.answer(claim)
        except Unanswered:
            return _answer(pages.unconfirmed(claim.about))
        _log.info("page_answered", alert=claim.alert, ticket=claim.ticket, person=claim.person, way=claim.way)
        return _answer(pages.taken(claim.about, self._desk.name_of(claim.person)))

    def _claim(self, request: web.Request) -> Claim | Page:
        try:
            return read(request.match_info["token"], self._keys, self._now())
        except ExpiredError:
            return pages.expired()
        except ForgedError:
            place = request.remote or ""
            if self._guesses.guessed(place):
                return pages.too_many()
            _log.warning("answer_link_not_valid", remote=place)
            return pages.forged()

    def _standing(self, claim: Claim) -> Page | None:
        used_by = self._desk.used_by(claim)
        if used_by is not None:
            return pages.used(claim.about, self._desk.name_of(used_by))
        settled = self._desk.settled(claim)
        return None if settled is None else pages.settled(claim.about, settled)

    def _asked(self, claim: Claim) -> Page:
        who = self._desk.name_of(claim.person)
        return pages.asked(claim.about, who, claim.role, show(claim.expires))


def _answer(page: Page) -> web.Response:
    return web.Response(text=page.html(), content_type="text/html", charset="utf-8", status=page.status)
