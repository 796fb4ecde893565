"""HTTP requests of the sinks: what an answer means, and nothing of it that could tell a secret."""

from collections.abc import Mapping
from http import HTTPStatus

import aiohttp

from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.notify.sinks.base import SinkError

_NEVER = (400, 405, 410, 411, 413, 414, 415, 422)
"""Answers to the message itself: the same again would be refused again. Others may be put right meanwhile."""


def http_session(connections: int, headers: Mapping[str, str] | None = None) -> aiohttp.ClientSession:
    """A session of at most so many connections. Proxies are those of the environment."""
    connector = aiohttp.TCPConnector(limit=connections)
    timeout = aiohttp.ClientTimeout(total=None)  # whoever sends bounds the time
    return aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers, trust_env=True)


async def post(session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
    """POST JSON. Raises `SinkError` for every answer but a 2xx."""
    await _ask(session, "POST", url, body, {"Content-Type": "application/json", **(headers or {})})


async def get(session: aiohttp.ClientSession, url: str) -> None:
    """GET. Raises `SinkError` for every answer but a 2xx."""
    await _ask(session, "GET", url, None, {})


async def read(session: aiohttp.ClientSession, url: str, bytes_max: int) -> bytes:
    """The body of the answer to a GET. Raises `SinkError`, also where it is longer than `bytes_max`."""
    return await _ask(session, "GET", url, None, {}, bytes_max=bytes_max)


async def _ask(  # noqa: PLR0913 - the parts of a request
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    bytes_max: int = 0,
) -> bytes:
    try:
        async with session.request(method, url, data=body, headers=headers, allow_redirects=False) as answer:
            if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
                raise refusal(answer.status, answer.headers.get("Retry-After"))
            return await _body(answer, bytes_max) if bytes_max else b""
    except aiohttp.ClientError as error:
        raise _failure(error) from None
    except OSError:
        raise SinkError(DeliveryFailure.UNREACHABLE, "the connection failed", retryable=True) from None


async def _body(answer: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    content = b""
    async for chunk in answer.content.iter_any():
        content += chunk
        if len(content) > bytes_max:
            raise SinkError(DeliveryFailure.REFUSED, "the answer is too long", retryable=False)
    return content


def refusal(status: int, retry_after: str | None) -> SinkError:
    """What an answer means that is no success."""
    after = float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
    return SinkError(DeliveryFailure.REFUSED, f"HTTP status {status}", retryable=status not in _NEVER, after=after)


def _failure(error: aiohttp.ClientError) -> SinkError:
    """Without the error's own text, which may have the address."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientProxyConnectionError):
        return SinkError(DeliveryFailure.UNREACHABLE, "nobody answers", retryable=True)
    return SinkError(
        DeliveryFailure.TIMED_OUT, f"no answer ({type(error).__name__}); it may have been taken", retryable=True
    )
