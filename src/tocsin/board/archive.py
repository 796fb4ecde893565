"""Reads from the topics what the board does not keep: the state of a closed ticket, and what was told of a ticket."""

import asyncio
from collections.abc import Collection
from typing import Protocol

import msgspec

from tocsin.board.model import Known, Model, Place
from tocsin.client.reading import opened
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.snapshot import decode_ticket
from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings

_READERS_MAX = 4
_SCANNED_MAX = 300_000
_STORY = (Topic.TICKET_EVENTS, Topic.ALERTS)


class Lookup(Protocol):
    """Looks tickets up."""

    async def ticket(self, ticket_id: str) -> Ticket | None:
        """The ticket of that id as it is now; None where there is none any more."""

    async def tell(self, ticket: Ticket) -> None:
        """Have the story of `ticket` in `Model.stories`, all of it that can be read."""


class Archive:
    """Looks tickets up in the topics. So few at a time that the board itself goes on."""

    def __init__(self, settings: Settings, model: Model) -> None:
        self._settings = settings
        self._model = model
        self._at_once = asyncio.Semaphore(_READERS_MAX)
        self._reading: dict[str, asyncio.Task[None]] = {}

    async def ticket(self, ticket_id: str) -> Ticket | None:
        """See `Lookup`."""
        known = self._model.known.get(ticket_id)
        if known is None:
            return None
        value = known.value or await self._value_at(known.place, ticket_id)
        try:
            return None if value is None else decode_ticket(value)
        except msgspec.MsgspecError:
            return None

    async def tell(self, ticket: Ticket) -> None:
        """See `Lookup`: all of it that the topics still hold."""
        stories = self._model.stories
        if not stories.follow(ticket.id):
            self._reading[ticket.id] = asyncio.create_task(self._read(ticket))
        if task := self._reading.get(ticket.id):
            await asyncio.shield(task)

    async def _read(self, ticket: Ticket) -> None:
        known = self._model.known.get(ticket.id)
        try:
            if known:
                keys = {name.encode() for name in (ticket.id, *(each.id for each in ticket.absorbed))}
                for topic in _STORY:
                    self._model.stories.put(ticket.id, await self._records(topic, known, keys))
        except BaseException:
            self._model.stories.forget(ticket.id)
            raise
        finally:
            self._reading.pop(ticket.id, None)

    async def _records(self, topic: Topic, known: Known, keys: Collection[bytes]) -> list[Record]:
        partition, start = known.place.partition, known.opened_at
        async with self._at_once, opened(self._settings, topic, start, [partition]) as reader:
            found, scanned = [], 0
            async for record in reader.to_end():
                if record.key in keys:
                    found.append(record)
                scanned += 1
                if scanned >= _SCANNED_MAX:
                    break
            return found

    async def _value_at(self, place: Place, ticket_id: str) -> bytes | None:
        async with self._at_once, opened(self._settings, Topic.TICKETS, place.at, [place.partition]) as reader:
            async for record in reader.to_end():
                if record.key == ticket_id.encode() and record.offset >= place.offset:
                    return record.value
        return None
