"""The stories of the tickets that somebody looks at: what was decided about each, and who was told."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from tocsin.messages.record import Record, Topic
from tocsin.story.explain import HoldOffsets
from tocsin.story.lines import Line, document_of, hold_offsets, line_of

KEPT = 128
"""The number of tickets whose story is kept: more than there can be open pages, each of which has one."""

_LINES_MAX = 500
_RECORDS_MAX = 2_000

Records = dict[tuple[Topic, int, int], Record]


class Story(NamedTuple):
    """A story in the order of time, without what lies too far back."""

    lines: tuple[Line, ...]
    left_out: int
    holds: HoldOffsets


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
        documents = [(record, document_of(record.value)) for record in records]
        lines = sorted((line_of(*each) for each in documents), key=lambda it: (it.at, it.told, it.place))
        holds = dict(hold_offsets(event for _, event in documents))
        return Story(tuple(lines[-_LINES_MAX:]), max(0, len(lines) - _LINES_MAX), holds)
