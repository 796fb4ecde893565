"""The ticket that a place belongs to: as the record names it, or as it came of an input that is known."""

import json
from contextlib import suppress
from typing import Any

import msgspec

from tocsin.messages.origin import Origin, origin
from tocsin.messages.record import Record, Topic

_NAMES = ("number", "ticket")


class Tickets:
    """Learns from places that were found, and knows the ticket of those that come after them.

    What came of an input is read before the input itself: the journal before the inbox, the inbox before the topics
    of inputs. It holds a line for each place that was found there, and nothing of other records.
    """

    def __init__(self) -> None:
        self._by_offset: dict[tuple[int, int], str] = {}  # of the inbox
        self._by_origin: dict[Origin, str] = {}

    def of(self, record: Record) -> str | None:
        """The number of the ticket, or its id where nothing says the number; None where nobody knows."""
        place = Origin(record.topic, record.partition, record.offset, record.own)
        if record.topic is Topic.INBOX:
            number = self._by_offset.get((record.partition, record.offset))
            if number and (came := _came_of(record)):
                self._by_origin[came] = number
            return number or _named(_document(record))
        return self._by_origin.get(place) or self._told(record)

    def _told(self, record: Record) -> str | None:
        document = _document(record)
        number = _named(document)
        if number and record.topic is Topic.TICKET_EVENTS:
            for offset in document.get("offsets") or ():
                self._by_offset.setdefault((record.partition, offset), number)
        return number


def _came_of(record: Record) -> Origin | None:
    with suppress(msgspec.MsgspecError, ValueError, TypeError):  # of a copy that somebody has edited
        return origin(record)
    return None


def _document(record: Record) -> dict[str, Any]:
    try:
        document = json.loads(record.value or b"{}")
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _named(document: dict[str, Any]) -> str | None:
    inner = document.get("data")
    levels = (document, inner if isinstance(inner, dict) else {})
    return next((value for name in _NAMES for it in levels if isinstance(value := it.get(name), str) and value), None)
