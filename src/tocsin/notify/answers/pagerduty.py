"""PagerDuty's webhooks (V3): whoever acknowledges our incident there has taken it here."""

import hmac
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import structlog
from aiohttp import web

from tocsin.domain.instant import HOUR, Instant, parse
from tocsin.harmless import harmless
from tocsin.notify.answers.desk import AnswerDesk
from tocsin.notify.answers.server import BODY_BYTES_MAX, Unanswered
from tocsin.notify.sinks.pagerduty import pagerduty_key

PATH = "/pagerduty"
SIGNATURE = "X-PagerDuty-Signature"
"""The header with `v1=HEX` for each secret that PagerDuty has for us."""

_OLD = HOUR
_NAME_LENGTH_MAX = 200

_log = structlog.get_logger()


class Acknowledged(NamedTuple):
    """Somebody has acknowledged the incident with that key, at that time, in the event of that id."""

    key: str
    by: str
    at: Instant
    event: str


def is_signed(body: bytes, secret: str, shown: str) -> bool:
    """True if one of the signatures in `shown` is that of `body` under `secret`."""
    made = hmac.new(secret.encode(), body, "sha256").hexdigest()
    signatures = [each.strip() for each in shown.split(",")[:10]]
    return any(
        hmac.compare_digest(f"v1={made}".encode(), each.encode("utf-8", "surrogateescape")) for each in signatures
    )


def acknowledged(body: bytes) -> Acknowledged | None:
    """What the event says, if a person has acknowledged an incident; None for every other event and for no event."""
    try:
        event = msgspec.json.decode(body, type=dict[str, Any])["event"]
        agent, data = event["agent"] or {}, event["data"]
        if event["event_type"] != "incident.acknowledged" or not str(agent.get("type", "")).startswith("user"):
            return None
        by = harmless(str(agent.get("summary") or agent["id"]))[:_NAME_LENGTH_MAX]
        return Acknowledged(str(data["incident_key"]), by, parse(event["occurred_at"]), str(event["id"])[:64])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def routes(secrets: Mapping[str, str], desk: AnswerDesk, now: Callable[[], Instant]) -> list[web.RouteDef]:
    """The route for webhooks; `secrets` are those of the webhooks by the sink that they are of."""

    async def taken(request: web.Request) -> web.Response:
        if (request.content_length or 0) > BODY_BYTES_MAX:
            raise web.HTTPRequestEntityTooLarge(BODY_BYTES_MAX, request.content_length or 0)
        body = await request.read()
        shown = request.headers.get(SIGNATURE, "")
        sink = next((name for name, secret in secrets.items() if is_signed(body, secret, shown)), None)
        if sink is None:
            raise web.HTTPForbidden(text="The signature does not fit.\n")
        event = acknowledged(body)
        if event is not None and abs(now() - event.at) <= _OLD:
            await _write(desk, sink, event)
        return web.Response(status=202)

    return [web.post(PATH, taken)] if secrets else []


async def _write(desk: AnswerDesk, sink: str, event: Acknowledged) -> None:
    key = next((each for each in desk.told_incidents(sink) if pagerduty_key(each) == event.key), None)
    if key is None:
        return
    try:
        if await desk.elsewhere(key, sink, f"{sink}/event/{event.event}", event.by):
            _log.info("page_answered", sink=sink, dedup_key=key, by=event.by)
    except Unanswered:
        raise web.HTTPServiceUnavailable from None  # PagerDuty sends it again
