"""The desk of the board: forms become commands on `soc.desk`, in the name of whoever has signed in."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from aiohttp import web
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from pydantic import ValidationError

from tocsin.board.access import Viewer
from tocsin.board.acting.deeds import ID_PREFIX, Deed, Deeds, Outcome
from tocsin.board.acting.verbs import VERBS, Verb, said
from tocsin.client.errors import ClientError
from tocsin.client.publishing import NewRecord, publish
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Ticket
from tocsin.messages.record import Topic
from tocsin.messages.registry import EVENTS
from tocsin.settings import Settings

_SOURCE = "tocsin-board"
_AT_ONCE = 4
_WAITING_MAX = 50
_SENT_SECONDS = 12.0
_ANSWERED_SECONDS = 2.0
_FAULTS = {
    "missing": "is missing",
    "string_too_short": "is missing",
    "string_too_long": "is too long",
    "string_pattern_mismatch": "has characters that cannot be seen or turn the text around",
}

Send = Callable[[NewRecord], Awaitable[Any]]

_log = structlog.get_logger()


class BoardDesk:
    """Publishes commands with `send`, which returns when Kafka has confirmed it. `now`: the inbox's time.

    `answered`: seconds for which an answer is awaited, for pages that do not follow: most have it when they are shown.
    """

    def __init__(
        self, deeds: Deeds, send: Send, now: Callable[[], Instant], answered: float = _ANSWERED_SECONDS
    ) -> None:
        self._answered = answered
        self.deeds = deeds
        self._send = send
        self._now = now
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._sending: set[asyncio.Task[None]] = set()

    async def say(self, viewer: Viewer, ticket: Ticket, form: Mapping[str, str]) -> None:
        """Do what `form` asks for; what becomes of it is in `deeds`. The same form once more changes nothing.

        Raises an `HTTPException` for what no form of ours asks.
        """
        verb = VERBS.get(form.get("verb", ""))
        if verb is None or not form.get("page"):
            raise web.HTTPBadRequest(text="That is no form of this page.")
        given = said(verb, form)
        deed = Deed(_id(viewer, form["page"], ticket, verb, given), ticket.id, viewer.name, verb.label, self._now())
        if not self.deeds.begin(deed):
            return
        event = _event(deed, verb, ticket, given)
        if fault := _fault(event):
            self.deeds.settle(deed.id, Outcome.REFUSED, fault)
            return
        sending = asyncio.create_task(self._publish(deed, event))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)
        await asyncio.shield(sending)  # also for a browser that has gone on meanwhile
        await self.deeds.settled(deed.id, self._answered)

    async def _publish(self, deed: Deed, event: dict[str, Any]) -> None:
        if len(self._sending) > _WAITING_MAX:
            self.deeds.settle(deed.id, Outcome.UNSENT, "Not sent: too much waits for Kafka. Try again in a moment.")
            return
        try:
            async with asyncio.timeout(_SENT_SECONDS), self._at_once:
                await self._send(_record(event))
            _log.info("acted", analyst=deed.analyst, ticket=deed.ticket, verb=deed.verb, input=deed.id)
        except (ClientError, KafkaError, TimeoutError) as error:
            _log.warning("act_not_confirmed", ticket=deed.ticket, verb=deed.verb, input=deed.id, error=repr(error))
            self.deeds.settle(deed.id, Outcome.UNSENT, _why_unsent(error))


def _why_unsent(error: Exception) -> str:
    if isinstance(error, TopicAuthorizationFailedError):
        return "Not sent: the board has no right to write to soc.desk on the cluster."
    return "Kafka has not confirmed it. If it was taken, it is told here."


def sender(settings: Settings) -> Send:
    """Publishes to `soc.desk`, with a connection for each command: they are as rare as people are."""

    async def send(record: NewRecord) -> None:
        await publish(settings, Topic.DESK, [record])

    return send


def _id(viewer: Viewer, page: str, ticket: Ticket, verb: Verb, given: Mapping[str, str]) -> str:
    """The input id of what a form on `page`, a name that was drawn for it, says. Nobody else can have it."""
    named = json.dumps([viewer.name, viewer.session, page, ticket.id, verb.command.TYPE, given]).encode()
    return ID_PREFIX + hashlib.blake2s(named, digest_size=16).hexdigest()


def _event(deed: Deed, verb: Verb, ticket: Ticket, given: Mapping[str, str]) -> dict[str, Any]:
    """The CloudEvent. It has no time of its own: the broker's stamp says when it was."""
    return {
        "specversion": "1.0",
        "id": deed.id,
        "source": _SOURCE,
        "type": verb.command.TYPE,
        "tenant": ticket.tenant,
        "data": {**given, "ticket": ticket.id, "analyst": deed.analyst},
    }


def _fault(event: dict[str, Any]) -> str:
    """A sentence that says what intake would refuse; empty for nothing."""
    try:
        EVENTS[Topic.DESK][event["type"]].model_validate(event)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        return " ".join(f"Not sent: {it['loc'][-1]} {_FAULTS.get(it['type'], it['msg'])}." for it in found)
    return ""


def _record(event: dict[str, Any]) -> NewRecord:
    tenant = event["tenant"].encode()
    return NewRecord(json.dumps(event, ensure_ascii=False).encode(), tenant, (("tenant", tenant),))
