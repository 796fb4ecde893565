"""The stories of the tickets that somebody looks at: what was decided about each, and who was told."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from tocsin.board.sentences import TONES, decided, told
from tocsin.domain.instant import Instant, parse
from tocsin.messages.record import Record, Topic

KEPT = 128
"""The number of tickets whose story is kept: more than there can be open pages, each of which has one."""

_LINES_MAX = 500
_RECORDS_MAX = 2_000
_HOLDS = ("TicketHeld", "TicketResumed", "HoldEnded")

Records = dict[tuple[Topic, int, int], Record]


class Line(NamedTuple):
    """One line of a story."""

    at: Instant
    told: bool  # an alert; otherwise a decision
    tone: str  # how good or bad it is: the name of a state, or empty
    what: str
    facts: tuple[tuple[str, str], ...]
    inbox: tuple[int, ...]  # the offsets that caused it
    place: tuple[str, int, int]  # topic, partition and offset of the line itself


class Story(NamedTuple):
    """A story in the order of time, without what lies too far back."""

    lines: tuple[Line, ...]
    left_out: int
    holds: Mapping[Instant, tuple[int, ...]]  # see `tocsin.board.explain.HoldOffsets`


class Stories:
    """Records of the journal and alerts, by ticket; those of the tickets that were looked at last."""

    def __init__(self) -> None:
        self._records: OrderedDict[str, Records] = OrderedDict()

    def take(self, ticket: str, record: Record) -> None:
        """Keep `record`, if the story of its ticket is kept."""
        if (records := self._records.get(ticket)) is not None:
            records[record.topic, record.partition, record.offset] = record
            if len(records) > _RECORDS_MAX:
                del records[next(iter(records))]

    def follow(self, ticket: str) -> bool:
        """Keep the story of that ticket from now on; returns whether it was kept before."""
        known = ticket in self._records
        self._records.setdefault(ticket, {})
        self._records.move_to_end(ticket)
        while len(self._records) > KEPT:
            self._records.popitem(last=False)
        return known

    def forget(self, ticket: str) -> None:
        """Keep it no longer: it could not be read."""
        self._records.pop(ticket, None)

    def put(self, ticket: str, records: Iterable[Record]) -> None:
        """Add what was told before the story was kept."""
        later = self._records.get(ticket, {})
        earlier: Records = {(it.topic, it.partition, it.offset): it for it in records}
        self._records[ticket] = dict(list((earlier | later).items())[-_RECORDS_MAX:])

    def of(self, ticket: str) -> Story:
        """The story of that ticket."""
        records = self._records.get(ticket, {}).values()
        documents = [(record, _document(record.value)) for record in records]
        lines = sorted((_line(*each) for each in documents), key=lambda it: (it.at, it.told, it.place))
        return Story(tuple(lines[-_LINES_MAX:]), max(0, len(lines) - _LINES_MAX), dict(_holds(documents)))


def _document(value: bytes | None) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(value or b"{}")
    except (msgspec.DecodeError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _line(record: Record, event: dict[str, Any]) -> Line:
    data = event.get("data")
    data = data if isinstance(data, dict) else {}
    alert = record.topic is Topic.ALERTS
    what, facts = told(data) if alert else decided(event, record.timestamp)
    place = (str(record.topic), record.partition, record.offset)
    kind = data.get("kind") if alert else event.get("type")
    return Line(
        record.timestamp, alert, TONES.get(str(kind), ""), what, facts, _offsets(data if alert else event), place
    )


def _offsets(event: dict[str, Any]) -> tuple[int, ...]:
    found = event.get("offsets")
    return tuple(each for each in found if isinstance(each, int)) if isinstance(found, list) else ()


def _holds(documents: Iterable[tuple[Record, dict[str, Any]]]) -> Iterator[tuple[Instant, tuple[int, ...]]]:
    """The inbox offsets that began or ended a hold, by the time at which it did."""
    for _, event in documents:
        if event.get("type") in _HOLDS:
            try:
                yield parse(event["data"]["happened_at"]), _offsets(event)
            except (KeyError, TypeError, ValueError):
                continue
