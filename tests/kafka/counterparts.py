"""What is notified: HTTP and SMTP servers that keep what they were told, and can be slow, down, or lose answers."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, NamedTuple, Self

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session


class Told(NamedTuple):
    """A request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Listener:
    """Keeps every request that it has read. `seconds`: how long it takes; `status`: its answer.

    `loses`: says of a request whether the connection ends in place of an answer.
    """

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.alerts: list[dict[str, Any]] = []
        """The alerts that a webhook told, in order, repeats included."""
        self.first: dict[str, float] = {}
        """When each of them, by its id, was read first."""
        self.url = ""
        self.seconds = 0.0
        self.status = 202
        self.loses: Callable[[int], bool] = lambda _number: False

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[Self]:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        await asyncio.sleep(self.seconds)
        if self.status < 300:
            self._note(Told(request.path, dict(request.headers), body, time.time()))
            if self.loses(len(self.told)) and request.transport:
                request.transport.abort()
        return web.json_response({}, status=self.status)

    def _note(self, told: Told) -> None:
        self.told.append(told)
        found = told.json.get("alerts", []) if told.body.startswith(b"{") else []
        self.alerts += found
        for each in found:
            self.first.setdefault(each["id"], told.at)

    @property
    def ids(self) -> list[str]:
        return [alert["id"] for alert in self.alerts]


class PagerDuty(Listener):
    """Takes events as PagerDuty's Events API v2 is documented, and refuses what does not have their shape."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.wrong: list[str] = []

    async def _take(self, request: web.Request) -> web.Response:
        event = json.loads(await request.read())
        wrong = list(_faults(event))
        if wrong:
            self.wrong += wrong
            return web.json_response({"status": "invalid event", "errors": wrong}, status=400)
        if self.status == 202:
            self.events.append(event)
        answer = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return web.json_response(answer, status=self.status, headers={"Retry-After": "1"} if self.status == 429 else {})

    @property
    def incidents(self) -> dict[str, str]:
        """The state of each incident. As at PagerDuty, what is not open is not acknowledged and not resolved."""
        found: dict[str, str] = {}
        for event in self.events:
            key, action = event["dedup_key"], event["event_action"]
            if action == "trigger":
                found[key] = "triggered"
            elif found.get(key, "resolved") != "resolved":
                found[key] = f"{action}d".replace("eed", "ed")
        return found


def _faults(event: dict[str, Any]) -> Iterator[str]:
    if event.keys() - {
        "routing_key",
        "event_action",
        "dedup_key",
        "payload",
        "client",
        "client_url",
        "links",
        "images",
    }:
        yield "there is an unknown key"
    if not re.fullmatch("[A-Za-z0-9]{32}", event.get("routing_key", "")):
        yield "routing_key has 32 letters and digits"
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        yield "event_action is unknown"
    if not 0 < len(event.get("dedup_key", "")) <= 255:
        yield "dedup_key has up to 255 characters"
    if event.get("event_action") == "trigger":
        yield from _faults_of_payload(event.get("payload", {}))


def _faults_of_payload(payload: dict[str, Any]) -> Iterator[str]:
    known = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}
    if payload.keys() - known:
        yield "there is an unknown key in payload"
    if not 0 < len(payload.get("summary", "")) <= 1024:
        yield "summary has up to 1024 characters"
    if not payload.get("source"):
        yield "source is required"
    if payload.get("severity") not in ("critical", "warning", "error", "info"):
        yield "severity is unknown"
    try:
        datetime.fromisoformat(payload.get("timestamp", ""))
    except ValueError:
        yield "timestamp is no time"


class Mailbox:
    """An SMTP server that keeps its mail. `refuses`: recipients whom it does not take; `reply` ends every mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.times: list[float] = []
        self.recipients: list[list[str]] = []
        self.refuses: dict[str, str] = {}
        self.reply = "250 2.0.0 Taken"
        self.port = 0

    @asynccontextmanager
    async def listening(self, **options: Any) -> AsyncIterator[Self]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, loop=loop, **options), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.reply.startswith("250"):
            self.mails.append(message_from_bytes(envelope.original_content or b"", policy=default))
            self.recipients.append(envelope.rcpt_tos)
            self.times.append(time.time())
        return self.reply
