"""Finds in the records of a log what there is of one ticket. It reads them one by one and keeps what belongs to it."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from tocsin.contracts.codec import contract_from_json
from tocsin.domain.events.rearranging import ContactSplit, TicketAbsorbed, TicketMoved
from tocsin.domain.events.ticket import TicketOpened
from tocsin.domain.instant import Instant
from tocsin.engine.snapshot import decode_partition
from tocsin.messages.record import Record, Topic
from tocsin.story.lines import Document, data_of, document_of
from tocsin.story.timeline import Gathered

Outputs = Callable[[], Iterable[Record]]
"""Reads all records of the journal, the alerts and the tenants, each partition in its order; it can be asked again."""

READ = (Topic.TENANTS, Topic.TICKET_EVENTS, Topic.ALERTS)
"""The topics that are looked at; records of others are passed over."""

_CONTRACT, _PARTITION = "contract/", "partition/"


class NotOneTicket(ValueError):  # noqa: N818 - the name says what is wrong
    """The log has no ticket of that name, or several; the message says which."""


class _Name(NamedTuple):
    """A ticket by a member of its journal records: `ticket` (its id), `number`, or `input` (what opened it)."""

    member: str
    value: str

    @property
    def needle(self) -> bytes:
        """What stands in each record of the journal that has it."""
        return b'"%s":%s' % (self.member.encode(), msgspec.json.encode(self.value))


def gathered(outputs: Outputs, name: str, tenant: str | None) -> Gathered:
    """What the log has of the ticket of that id or number. Raises `NotOneTicket`."""
    names = {_Name("ticket", name), _Name("number", name.upper())}
    pile = _Pile.of(outputs(), names)
    ticket_id = _only(pile.journal, name, tenant)
    while further := _further(pile.journal, ticket_id) - names:
        names |= further
        pile = _Pile.of(outputs(), names)
    clock = pile.clock(next(record.partition for record, it in pile.journal if it.get("ticket") == ticket_id))
    return Gathered(
        ticket=ticket_id,
        journal=tuple(record for record, _ in pile.journal),
        alerts=tuple(pile.alerts),
        contracts={name: contract_from_json(value.decode()) for name, value in pile.contracts.items()},
        now=max(clock, *(record.timestamp for record, _ in pile.journal)),
    )


class _Pile:
    """What a reading has found."""

    def __init__(self) -> None:
        self.journal: list[tuple[Record, Document]] = []
        self.alerts: list[Record] = []
        self.contracts: dict[str, bytes] = {}
        self._clocks: dict[int, bytes] = {}

    @classmethod
    def of(cls, records: Iterable[Record], names: set[_Name]) -> "_Pile":
        """The records of the journal and the alerts that one of `names` is about, and all contracts."""
        pile, needles = cls(), [name.needle for name in names]
        for record in records:
            value = record.value or b""
            if record.topic is Topic.TENANTS:
                pile.take_state((record.key or b"").decode("utf-8", "replace"), record.partition, value)
            elif any(needle in value for needle in needles):  # seldom: nothing else of the record is looked at
                pile.take(record, names)
        return pile

    def clock(self, partition: int) -> Instant:
        """How far the partition has come, as its state says; 0 where that is not known."""
        value = self._clocks.get(partition)
        return decode_partition(value).clock if value else 0

    def take(self, record: Record, names: set[_Name]) -> None:
        """Keep a record of the journal or the alerts, if one of `names` is that of its ticket."""
        event = document_of(record.value)
        about = data_of(event) if record.topic is Topic.ALERTS else event
        if not about.get("ticket") or not any(about.get(name.member) == name.value for name in names):
            return
        if record.topic is Topic.ALERTS:
            self.alerts.append(record)
        else:
            self.journal.append((record, event))

    def take_state(self, key: str, partition: int, value: bytes) -> None:
        """Keep a contract, or how far a partition has come."""
        if key.startswith(_CONTRACT) and value:
            self.contracts[key.removeprefix(_CONTRACT)] = value
        elif key.startswith(_PARTITION) and value:
            self._clocks[partition] = value


def _only(journal: Iterable[tuple[Record, Document]], name: str, tenant: str | None) -> str:
    """The id of the one ticket that was found, of that tenant if one is named."""
    found = {str(it["ticket"]): str(it.get("tenant")) for _, it in journal if tenant in (None, it.get("tenant"))}
    if not found:
        raise NotOneTicket(f"There is no ticket {name} in this log")
    if len(found) > 1:
        tenants = ", ".join(sorted(found.values()))
        raise NotOneTicket(f"Several tenants have a ticket {name} ({tenants}); --tenant names one")
    return next(iter(found))


def _further(journal: Iterable[tuple[Record, Document]], ticket_id: str) -> set[_Name]:
    """The tickets that were merged into those of `journal`, split from, or moved from and to another tenant."""
    return {name for _, event in journal for name in _named(event, data_of(event), ticket_id)}


def _named(event: Document, data: Document, ticket_id: str) -> Iterator[_Name]:
    match event.get("type"):
        case TicketAbsorbed.TYPE:
            yield _Name("ticket", str(data.get("other_id")))
        case ContactSplit.TYPE:
            yield _Name("ticket", str(data.get("into_id")))
        case TicketMoved.TYPE:
            yield _Name("input", str(event.get("ticket")))
        case TicketOpened.TYPE:
            if data.get("split_from"):
                yield _Name("number", str(data["split_from"]))
            before = str(event.get("input"))
            if event.get("ticket") == ticket_id and len(before) == len(ticket_id):
                yield _Name("ticket", before)  # what was moved has the id of the ticket that it was
