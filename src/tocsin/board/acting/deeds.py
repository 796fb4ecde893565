"""What became of commands that were given on the board: known by their input id, which nobody can guess."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Collection
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from tocsin.domain.events.ticket import CommandRejected
from tocsin.domain.instant import Instant
from tocsin.messages.record import HEADER_PREFIX, Record, Topic
from tocsin.story.sentences import decided

ID_PREFIX = "board-"
"""What the input id of each command of the board begins with."""

SHOWN = 5
"""The deeds of somebody that the page of a ticket shows, the latest ones."""

_KEPT = 1_000
_ID = re.compile(rb"board-[0-9a-f]{32}")


class Outcome(StrEnum):
    """How a command stands."""

    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    UNSENT = "unsent"  # Kafka has not confirmed it


class Deed(NamedTuple):
    """A command that somebody gave: on which ticket, what and when by the inbox's time; and how it stands, in words."""

    id: str
    ticket: str
    analyst: str
    verb: str
    at: Instant
    outcome: Outcome = Outcome.PENDING
    said: str = "Sent. No worker has answered yet."


class Deeds:
    """The latest commands, and what the journal and the dead letters say of them."""

    def __init__(self) -> None:
        self._deeds: OrderedDict[str, Deed] = OrderedDict()
        self._heard = asyncio.Event()

    def begin(self, deed: Deed) -> bool:
        """Await what becomes of `deed`; False where the same command has been sent before."""
        known = self._deeds.get(deed.id)
        if known is not None and known.outcome is not Outcome.UNSENT:
            return False
        self._put(deed)
        return True

    def settle(self, deed_id: str, outcome: Outcome, said: str) -> None:
        """Note how a command stands, unless the log has said it already."""
        deed = self._deeds.get(deed_id)
        if deed is not None and deed.outcome in (Outcome.PENDING, Outcome.UNSENT):
            self._put(deed._replace(outcome=outcome, said=said))

    def of(self, tickets: Collection[str], analyst: str) -> list[Deed]:
        """What somebody has done about a ticket, the latest first. `tickets`: its id, and those merged into it."""
        found = [deed for deed in self._deeds.values() if deed.analyst == analyst and deed.ticket in tickets]
        return found[::-1][:SHOWN]

    def hear(self, record: Record) -> None:
        """Learn from a record of the journal or of the dead letters."""
        for found in set(_ID.findall(record.value or b"")):
            deed_id = found.decode()
            if deed_id in self._deeds:
                if record.topic is Topic.DEAD_LETTERS:
                    self.settle(deed_id, Outcome.REFUSED, _not_accepted(record))
                else:
                    self._decided(deed_id, record)

    def _decided(self, deed_id: str, record: Record) -> None:
        event = _document(record.value)
        if event.get("input") != deed_id:
            return
        if event.get("type") == CommandRejected.TYPE:
            detail = str(event["data"]["detail"])
            self.settle(deed_id, Outcome.REFUSED, f"{detail[:1].upper()}{detail[1:]}.")
        else:
            self.settle(deed_id, Outcome.DONE, f"{decided(event, record.timestamp)[0]}.")

    async def settled(self, deed_id: str, seconds: float) -> None:
        """Return once the log has said what became of it, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while (deed := self._deeds.get(deed_id)) is not None and deed.outcome is Outcome.PENDING:
                    await self._heard.wait()
        except TimeoutError:
            return

    def _put(self, deed: Deed) -> None:
        self._deeds[deed.id] = deed
        while len(self._deeds) > _KEPT:
            self._deeds.popitem(last=False)
        self._heard.set()
        self._heard = asyncio.Event()


def _not_accepted(record: Record) -> str:
    headers = {
        name.removeprefix(HEADER_PREFIX): (value or b"").decode("utf-8", "replace") for name, value in record.headers
    }
    return f"Not accepted: {headers.get('detail') or headers.get('reason')}."


def _document(value: bytes | None) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(value or b"{}")
    except (msgspec.DecodeError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
