"""Moves a ticket to another tenant: publishes its inputs again for that one, then ends it where it was.

The id of each is derived from the one that it had, so that what has been published before is known as a repeat. An
input is published when the one before it has been answered, since it may name the ticket that the one before has
opened.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from tocsin.client import tickets
from tocsin.client.desk import Reply, ask, say
from tocsin.client.errors import ClientError
from tocsin.client.reading import opened
from tocsin.client.tickets import FoundTicket
from tocsin.domain.commands.base import BaseDeskCommand
from tocsin.domain.commands.deliveries import Receipt
from tocsin.domain.commands.desk import Merge, Move, Split
from tocsin.domain.commands.inbound import Input
from tocsin.domain.decide.decision import ticket_id_of
from tocsin.domain.events.rearranging import ContactSplit, TicketMoved
from tocsin.domain.events.ticket import (
    CommandRejected,
)
from tocsin.domain.instant import Instant, show
from tocsin.messages import inbox
from tocsin.messages.record import Topic
from tocsin.messages.registry import EVENTS
from tocsin.settings import Settings


class _GoesOn(NamedTuple):
    """The ticket that an input came to, by id and number; None if it came to none."""

    ticket: str | None
    number: str | None


async def move(settings: Settings, name: str, to: str, analyst: str, seconds: float) -> Reply | None:
    """Move the ticket of that id or number to the tenant `to`; the reply of the end, or of what was not taken.

    None if there is no answer to an input within `seconds`. Raises `ClientError`.
    """
    found = await tickets.find(settings, name, None)
    ticket = found.ticket
    if ticket.tenant == to:
        raise ClientError(f"{ticket.number} is a ticket of {to} already.")
    inputs = await _inputs(settings, found)
    done = await _done(settings, to, min(each.recorded_at for each in inputs))
    goes_on_as = _GoesOn(None, None)
    for each in inputs:
        event = _event(each, to, found, goes_on_as)
        if event["id"] not in done:
            reply = await say(settings, _topic_of(event["type"], settings), event, seconds)
            if reply is None or not reply.event:
                return reply
            done[event["id"]] = _GoesOn(reply.event["ticket"], reply.event["number"])
        goes_on_as = goes_on_as if goes_on_as.ticket else done[event["id"]]
    ends = {"ticket": ticket.id, "analyst": analyst, "to": to}
    reply = await ask(settings, Move.TYPE, ends, ticket.tenant, seconds)
    if reply is None or not reply.applied:
        return reply
    return Reply({**reply.event, "type": TicketMoved.TYPE, "data": {"to": to, "goes_on_as": goes_on_as.number}})


async def _inputs(settings: Settings, found: FoundTicket) -> list[Input]:
    """The inputs of the ticket, in their order. Raises `ClientError` if the inbox no longer has one."""
    wanted = await _places(settings, found)
    start = min(found.ticket.opened_at, *(mark.at for mark in found.ticket.marks))
    async with opened(settings, Topic.INBOX, start, [found.partition]) as reader:
        inputs = [inbox.decode(record) async for record in reader.to_end() if record.offset in wanted]
    if len(inputs) < len(wanted):
        missing = len(wanted) - len(inputs)
        raise ClientError(f"The inbox no longer has {missing} of the {len(wanted)} inputs of {found.ticket.number}.")
    return [each for each in inputs if not isinstance(each.body, Merge | Split | Receipt)]


async def _places(settings: Settings, found: FoundTicket) -> set[int]:
    """The offsets of the inputs of the ticket: of its marks, and of what its journal tells beside them."""
    ticket = found.ticket
    places = {mark.offset for mark in ticket.marks} | {contact.offset for contact in ticket.received}
    gone: set[int] = set()
    for record in await tickets.journal(settings, found):
        event = json.loads(record.value or b"{}")
        if event["type"] == ContactSplit.TYPE:
            gone.add(event["data"]["offset"])
        elif event["input"] is not None and event["type"] != CommandRejected.TYPE:
            places.update(event["offsets"])
    return places - gone


async def _done(settings: Settings, tenant: str, start: Instant) -> dict[str, _GoesOn]:
    """The inputs that the tenant has had since `start`, each with the ticket that it came to, if it came to one."""
    done: dict[str, _GoesOn] = {}
    async with opened(settings, Topic.TICKET_EVENTS, start) as journal:
        async for record in journal.to_end():
            event = json.loads(record.value or b"{}")
            if event.get("tenant") == tenant and event.get("input") is not None:
                done.setdefault(event["input"], _GoesOn(event["ticket"], event["number"]))
    return done


def _topic_of(kind: str, settings: Settings) -> Topic:
    """The topic that takes messages of that type; what we sent its own one where there is one."""
    return [topic for topic in settings.input_topics if kind in EVENTS[topic]][-1]


def _event(message: Input, tenant: str, found: FoundTicket, goes_on_as: _GoesOn) -> Mapping[str, Any]:
    """The input as a CloudEvent for `tenant`. What named the ticket names the one that it goes on as."""
    data = msgspec.to_builtins(message.body)
    if isinstance(message.body, BaseDeskCommand) or data.get("ticket") in (found.ticket.id, found.ticket.number):
        data["ticket"] = goes_on_as.ticket
    known = {name: value for name, value in data.items() if value is not None}
    return {
        "specversion": "1.0",
        "id": ticket_id_of(message.tenant, message.source, message.id),
        "source": message.source,
        "type": message.body.TYPE,
        "time": show(message.happened_at),
        "tenant": tenant,
        **({"traceparent": message.trace.parent, "tracestate": message.trace.state} if message.trace else {}),
        **({"tlp": message.tlp} if message.tlp else {}),
        "data": known,
    }
