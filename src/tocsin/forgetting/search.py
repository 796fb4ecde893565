"""Goes through all that is kept and tells of each place where a person stands, one record at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from tocsin.domain.instant import Instant
from tocsin.forgetting.aliases import other_names
from tocsin.forgetting.person import Person
from tocsin.forgetting.places import mentions
from tocsin.forgetting.removal import A_COPY, SUPERSEDED, kept_until, removal
from tocsin.forgetting.tickets import Tickets
from tocsin.messages.record import Record, Topic, split_name
from tocsin.settings import Settings

_STATE = (Topic.TICKETS, Topic.TENANTS)
_FIRST = (Topic.TICKET_EVENTS, Topic.INBOX)
"""In this order before all others, since they tell the tickets of what is found there."""


class Place(NamedTuple):
    """A place where persons stand. `kept_until` is None for state and copies."""

    topic: str
    partition: int
    offset: int
    at: Instant
    part: str
    field: str
    persons: tuple[str, ...]
    ticket: str | None
    kept_until: Instant | None
    removal: str


def in_order(names: Iterable[str]) -> list[str]:
    """The default names of topics in the order in which they are to be read."""
    return sorted(names, key=lambda name: (_FIRST.index(Topic(name)) if name in _FIRST else len(_FIRST), name))


class Search:
    """Looks for `persons`; `settings` say how long topics are kept, None for a copy of them."""

    def __init__(self, persons: Sequence[Person], settings: Settings | None) -> None:
        self._persons = persons
        self._settings = settings
        self._tickets = Tickets()
        self.others: dict[str, None] = {}
        """What contacts among them are known by besides, in the order in which it was found."""

    def places(self, records: Iterable[Record], read: Callable[[int], None]) -> Iterator[Place]:
        """The places in the records of one partition; `read` hears of each record."""
        kept: list[tuple[bytes | None, Place]] = []
        last: dict[bytes | None, int] = {}  # of the keys under which something was found
        for record in records:
            read(1)
            found = list(self._of(record))
            if record.topic not in _STATE:
                yield from found
            elif found or record.key in last:
                last[record.key] = record.offset
                kept += ((record.key, place) for place in found)
        for key, place in kept:
            holds = self._settings is None or last[key] == place.offset
            yield place if holds else place._replace(removal=SUPERSEDED)

    def _of(self, record: Record) -> Iterator[Place]:
        found = list(mentions(record, self._persons))
        if not found:
            return
        ticket = self._tickets.of(record)
        self.others |= dict.fromkeys(other_names(record, self._persons))
        for part, field, persons in found:
            yield Place(
                record.name,
                record.partition,
                record.offset,
                record.timestamp,
                part,
                field,
                persons,
                ticket,
                None if self._settings is None else kept_until(record, self._settings),
                A_COPY if self._settings is None else removal(record, field),
            )


def searchable(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The default names of topics that we know, and the others, in which nobody looks."""
    known: list[str] = []
    unknown: list[str] = []
    for name in names:
        try:
            split_name(name)
        except ValueError:
            unknown.append(name)
        else:
            known.append(name)
    return known, unknown
