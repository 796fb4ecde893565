"""Commands for the desk: published to `soc.desk`, then looked for in the journal."""

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from tocsin.client import tickets
from tocsin.client.publishing import NewRecord, Position, publish
from tocsin.client.reading import Reader, opened
from tocsin.client.start import NOW
from tocsin.domain.events.ticket import CommandRejected
from tocsin.domain.instant import show
from tocsin.messages.record import HEADER_PREFIX, Topic
from tocsin.settings import Settings

_SOURCE = "tocsin-cli"


class Reply(NamedTuple):
    """The reply to a command: the `event` of the journal that it gave, or a `refusal`, which is a sentence.

    `reason` is a word for machines.
    """

    event: dict[str, Any]
    refusal: str = ""
    reason: str = ""

    @property
    def applied(self) -> bool:
        """The command changed something."""
        return not self.refusal


async def ask(
    settings: Settings, kind: str, data: Mapping[str, Any], tenant: str | None, seconds: float
) -> Reply | None:
    """Publish a command and wait for its reply; None if there is none within `seconds`.

    Without `tenant` it is found by the ticket; raises `ClientError` if there is no such ticket.
    """
    if tenant is None:
        tenant = (await tickets.find(settings, data["ticket"], None)).ticket.tenant
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": _SOURCE,
        "type": kind,
        "time": show(time.time_ns() // 1_000_000),
        "tenant": tenant,
        "data": data,
    }
    return await say(settings, Topic.DESK, event, seconds)


async def say(settings: Settings, topic: Topic, event: Mapping[str, Any], seconds: float) -> Reply | None:
    """Publish a CloudEvent, which names its tenant, and wait for what comes of it; None as for `ask`."""
    tenant = event["tenant"].encode()
    message = NewRecord(json.dumps(event).encode(), tenant, (("tenant", tenant),))
    async with opened(settings, Topic.TICKET_EVENTS, NOW) as journal, opened(settings, Topic.DEAD_LETTERS, NOW) as dead:
        [place] = await publish(settings, topic, [message])
        return await _first([_in_journal(journal, event["id"]), _in_dead_letters(dead, topic, place)], seconds)


async def _first(waiting: list[Coroutine[Any, Any, Reply]], seconds: float) -> Reply | None:
    tasks = [asyncio.create_task(each) for each in waiting]
    done, pending = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return next((task.result() for task in done), None)


async def _in_journal(journal: Reader, event_id: str) -> Reply:
    async for record in journal.follow():
        event = json.loads(record.value or b"{}")
        if event.get("input") == event_id:
            return _reply(event)
    raise EOFError("the journal has no end")


def _reply(event: dict[str, Any]) -> Reply:
    data = event.get("data", {})
    if event["type"] == CommandRejected.TYPE:
        return Reply(event, f"Refused: {data['detail']}.", data["reason"])
    return Reply(event)


async def _in_dead_letters(dead_letters: Reader, topic: Topic, place: Position) -> Reply:
    origin = {
        "origin-topic": topic,
        "origin-partition": str(place.partition),
        "origin-offset": str(place.offset),
    }
    async for record in dead_letters.follow():
        headers = {
            name.removeprefix(HEADER_PREFIX): (value or b"").decode("utf-8", "replace")
            for name, value in record.headers
        }
        if origin.items() <= headers.items():
            return Reply({}, f"Not accepted: {headers['detail']}.", headers["reason"])
    raise EOFError("dead letters have no end")
