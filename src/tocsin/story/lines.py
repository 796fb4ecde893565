"""The lines of a story: each event of the journal and each alert in words, with the inbox offsets that caused it."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import Instant, parse
from tocsin.messages.record import Record, Topic
from tocsin.story.sentences import TONES, decided, told
from tocsin.story.words import UTC

_HOLDS = ("TicketHeld", "TicketResumed", "HoldEnded")

Document = dict[str, Any]


class Line(NamedTuple):
    """One line of a story."""

    at: Instant
    told: bool  # an alert; otherwise a decision
    tone: str  # how good or bad it is: the name of a state, or empty
    what: str
    facts: tuple[tuple[str, str], ...]
    inbox: tuple[int, ...]  # the offsets that caused it
    place: tuple[str, int, int]  # topic, partition and offset of the line itself


def document_of(value: bytes | None) -> Document:
    """The event or alert in the value of a record; empty where it is none."""
    try:
        document = msgspec.json.decode(value or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return {}
    return document if isinstance(document, dict) else {}


def line_of(record: Record, event: Document, where: Zone | str = UTC) -> Line:
    """The line that `record` is, which holds `event`; times in it are those of clocks in `where`."""
    data = data_of(event)
    alert = record.topic is Topic.ALERTS
    what, facts = told(data) if alert else decided(event, record.timestamp, where)
    place = (str(record.topic), record.partition, record.offset)
    kind = data.get("kind") if alert else event.get("type")
    inbox = offsets_of(data if alert else event)
    return Line(record.timestamp, alert, TONES.get(str(kind), ""), what, facts, inbox, place)


def data_of(event: Document) -> Document:
    """What an event or an alert says."""
    data = event.get("data")
    return data if isinstance(data, dict) else {}


def offsets_of(event: Document) -> tuple[int, ...]:
    """The inbox offsets that `event` names."""
    found = event.get("offsets")
    return tuple(each for each in found if isinstance(each, int)) if isinstance(found, list) else ()


def hold_offsets(events: Iterable[Document]) -> Iterator[tuple[Instant, tuple[int, ...]]]:
    """The inbox offsets that began or ended a hold, by the time at which it did."""
    for event in events:
        if event.get("type") in _HOLDS:
            try:
                yield parse(event["data"]["happened_at"]), offsets_of(event)
            except (KeyError, TypeError, ValueError):
                continue
