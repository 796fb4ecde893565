"""HTTP in: `POST /security-events` and the other input topics, with the bytes that are to stand there.

CloudEvents come as their HTTP binding has them: `ce-` headers become the `ce_` headers of the Kafka binding, and the
media type goes along, so a structured event, a binary one and a batch all arrive as what they are. Anything else that
intake reads (docs/formats.md) is the body alone.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from tocsin.client.publishing import NewRecord, Position
from tocsin.gateway.counts import Counts
from tocsin.gateway.outlet import Busy, Outlet, TooLarge, Unconfirmed
from tocsin.gateway.trust import gateway_guard, gateway_tls
from tocsin.gateway.twilio import SIGNATURE, is_signed
from tocsin.messages.adapters.twilio import is_placed
from tocsin.messages.record import Headers, Topic
from tocsin.settings import Settings
from tocsin.web.access import LIMITS, OPEN
from tocsin.web.server import listening, unheard

TWILIO = "/twilio/voice"
"""The path of Twilio's status callbacks."""

_HEADER_LENGTH_MAX = 1_024
_TRACE = ("traceparent", "tracestate")
_RETRY_SECONDS = "5"
_CE = "ce-"
_TOO_LARGE = "The topic takes no message of that size (max.message.bytes).\n"


@asynccontextmanager
async def serve(settings: Settings, outlet: Outlet, counts: Counts) -> AsyncIterator[str]:
    """Serve while the context is open; gives the address. Raises `PortError` or `SettingsError`."""
    app = web.Application(middlewares=[gateway_guard(settings)], client_max_size=settings.gateway_bytes_max)
    door = _Door(settings, outlet, counts)
    app.router.add_get(OPEN, _healthz)
    app.router.add_get("/metrics", door.metrics)
    app.router.add_post(TWILIO, door.twilio)
    app.router.add_post("/{topic}", door.message)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=10.0, logger=unheard, **LIMITS)
    async with listening(runner, settings.gateway_host, settings.gateway_http_port, gateway_tls(settings)) as address:
        yield address


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"alive": True})


class _Door:
    def __init__(self, settings: Settings, outlet: Outlet, counts: Counts) -> None:
        self._settings = settings
        self._outlet = outlet
        self._counts = counts
        self._topics = {topic.removeprefix("soc."): topic for topic in settings.gateway_accepts}
        self._twilio_token = settings.secret("gateway_twilio_token")

    async def metrics(self, _request: web.Request) -> web.Response:
        text = generate_latest(self._counts.registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def message(self, request: web.Request) -> web.Response:
        topic = self._topics.get(request.match_info["topic"])
        if topic is None:
            raise web.HTTPNotFound(text=f"There is {', '.join(f'/{name}' for name in self._topics)}.\n")
        tenant = request.headers.get("Tocsin-Tenant") or request.query.get("tenant")
        headers = (*_kafka_headers(request), *((("tenant", tenant.encode()),) if tenant else ()))
        return await self._put(topic, await self._body(request, topic), headers, tenant)

    async def twilio(self, request: web.Request) -> web.Response:
        """A status callback. Its signature is its only proof; without a token of ours there is no such path."""
        url = self._settings.gateway_twilio_url
        if self._twilio_token is None or url is None:
            raise web.HTTPNotFound
        body = await self._body(request, Topic.CALLS)
        if not is_signed(body, url, self._twilio_token, request.headers.get(SIGNATURE, "")):
            self._counts.refused(Topic.CALLS, "signature")
            raise web.HTTPForbidden(text="The signature does not fit.\n")
        topic = Topic.SENT if self._settings.sent_topic and is_placed(body) else Topic.CALLS
        return await self._put(topic, body, (("content-type", b"application/x-www-form-urlencoded"),), None)

    async def _body(self, request: web.Request, topic: Topic) -> bytes:
        limit = self._settings.bytes_max(topic)
        if (request.content_length or 0) <= limit:
            body = await request.read()
            if len(body) <= limit:
                return body
        self._counts.refused(topic, "too_large")
        raise web.HTTPRequestEntityTooLarge(limit, request.content_length or limit + 1)

    async def _put(self, topic: Topic, body: bytes, headers: Headers, tenant: str | None) -> web.Response:
        if not body:
            raise web.HTTPBadRequest(text="The body is empty.\n")
        try:
            position = await self._outlet.put(topic, NewRecord(body, tenant.encode() if tenant else None, headers))
        except Busy:
            raise web.HTTPTooManyRequests(headers={"Retry-After": _RETRY_SECONDS}) from None
        except TooLarge:
            raise web.HTTPRequestEntityTooLarge(self._settings.bytes_max(topic), len(body), text=_TOO_LARGE) from None
        except Unconfirmed as error:
            text = f"{error}. Send it again: a repeat changes nothing.\n"
            raise web.HTTPServiceUnavailable(headers={"Retry-After": _RETRY_SECONDS}, text=text) from None
        return web.json_response(_answer(topic, position))


def _answer(topic: Topic, position: Position) -> dict[str, str | int]:
    return {"topic": str(topic), "partition": position.partition, "offset": position.offset}


def _kafka_headers(request: web.Request) -> Headers:
    """The headers of the Kafka binding of CloudEvents, the trace of the request and the media type."""
    found = [
        (f"ce_{name.lower().removeprefix(_CE)}", unquote(value).encode("utf-8", "replace"))
        for name, value in request.headers.items()
        if name.lower().startswith(_CE) and len(value) <= _HEADER_LENGTH_MAX
    ]
    found += [
        (name, value.encode("utf-8", "replace"))
        for name in _TRACE
        if (value := request.headers.get(name)) and len(value) <= _HEADER_LENGTH_MAX
    ]
    if content_type := request.headers.get("Content-Type"):
        found.append(("content-type", content_type.encode("utf-8", "replace")))
    return tuple(found)
