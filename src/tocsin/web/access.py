"""Limits of the web server: who may ask, how much, and for how long."""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from tocsin.loopback import is_loopback
from tocsin.settings import Settings, SettingsError

OPEN = "/healthz"
"""Answers anybody: an orchestrator's probe has no secrets, and a stranger learns no more than from the open port."""

LIMITS: dict[str, Any] = {
    "keepalive_timeout": 5.0,  # also how long a request may take to arrive
    "lingering_time": 1.0,  # for a body, which nothing here reads
    "max_line_size": 2048,
    "max_field_size": 2048,
    "max_headers": 50,
}
"""Limits that aiohttp is given."""

_ANSWER_SECONDS = 10.0
_CONNECTIONS_MAX = 100
_SAID_SECONDS = 60.0
TOKEN_LENGTH_MIN = 16
"""The shortest token that is not easily guessed."""

_log = structlog.get_logger()

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def required_token(settings: Settings) -> str | None:
    """The token that requests must show; None where only this machine reaches the server.

    Raises `SettingsError` where the server would be open to a network, or its token easily guessed.
    """
    token = settings.secret("web_token")
    if token is None and not is_loopback(settings.web_host):
        raise SettingsError(
            f"web_host is {settings.web_host}, where a network reaches it: set web_token_file (or web_token) to what "
            "requests must show, or leave web_host at 127.0.0.1."
        )
    if token is not None and len(token) < TOKEN_LENGTH_MIN:
        raise SettingsError(f"web_token is easily guessed: take {TOKEN_LENGTH_MIN} characters or more.")
    return token


def guard(token: str | None) -> Middleware:
    """Let in who shows `token`, or whoever is on this machine where there is none."""

    def require(request: web.Request) -> None:
        if request.path != OPEN:
            refuse_strangers(request, token)

    return answering(require)


def answering(require: Callable[[web.Request], None]) -> Middleware:
    """Answer within seconds what `require` lets pass, and tell nobody of an error."""

    @web.middleware
    async def guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
        require(request)
        return await _answer(request, handler)

    return guarded


def refuse_strangers(request: web.Request, token: str | None) -> None:
    """Raise the answer to who does not show `token`; to who asks from elsewhere where there is none."""
    if token is not None:
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not _same(shown, token):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
    elif not is_loopback((request.url.host or "").rstrip(".")):
        # a page from elsewhere has made a browser on this machine ask, under a name of its own that leads here
        raise web.HTTPMisdirectedRequest


def _same(shown: str, token: str) -> bool:
    """Takes equally long wherever they differ."""
    return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), token.encode())


async def _answer(request: web.Request, handler: _Handler) -> web.StreamResponse:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            return await handler(request)
    except web.HTTPException:
        raise
    except Exception as error:  # noqa: BLE001 - whoever asks is told nothing of it
        _log.error("request_failed", exc_info=error)
        raise web.HTTPInternalServerError from None


def admission(server: web.Server) -> Callable[[], asyncio.BaseProtocol]:
    """Makes `server`'s connections; those beyond the limit are ended at once, which the log says once a minute."""
    said_at = -_SAID_SECONDS

    def admit() -> asyncio.BaseProtocol:
        nonlocal said_at
        if len(server.connections) < _CONNECTIONS_MAX:
            return server()
        now = time.monotonic()
        if now - said_at >= _SAID_SECONDS:
            said_at = now
            _log.warning("connections_refused", open=_CONNECTIONS_MAX)
        return _Closed()

    return admit


class _Closed(asyncio.Protocol):
    """A connection that is not taken."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
