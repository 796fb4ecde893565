"""Finds in the records of a log what there is of one ticket. It reads them one by one and keeps what belongs to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from tocsin.contracts.codec import contract_from_json
from tocsin.domain.contract.model import Contract
from tocsin.domain.events.rearranging import ContactSplit, TicketAbsorbed, TicketMoved
from tocsin.domain.events.ticket import TicketOpened
from tocsin.domain.instant import Instant
from tocsin.engine.snapshot import decode_partition
from tocsin.messages.record import Record, Topic
from tocsin.story.lines import Document, data_of, document_of
from tocsin.story.timeline import Gathered

Outputs = Callable[[Topic], Iterable[Record]]
"""Reads all records of the journal, the alerts or the tenants, each partition in its order; it can be asked again."""

_CONTRACT, _PARTITION = b"contract/", b"partition/"


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
    journal = _journal(outputs, names)
    ticket_id = _only(journal, name, tenant)
    while further := _further(journal, ticket_id) - names:
        names |= further
        journal = _journal(outputs, names)
    alerts = _alerts(outputs, {record.key for record, _ in journal})
    contracts, clocks = _terms(outputs)
    partition = next(record.partition for record, event in journal if event.get("ticket") == ticket_id)
    now = max(clocks.get(partition, 0), *(record.timestamp for record, _ in journal))
    return Gathered(ticket_id, tuple(record for record, _ in journal), alerts, contracts, now)


def _journal(outputs: Outputs, names: set[_Name]) -> list[tuple[Record, Document]]:
    """The records of the journal that one of `names` is about, in the order of the log."""
    needles = [name.needle for name in names]
    found: list[tuple[Record, Document]] = []
    for record in outputs(Topic.TICKET_EVENTS):
        value = record.value or b""
        if any(needle in value for needle in needles):  # seldom: nothing else of the record is looked at
            event = document_of(value)
            if event.get("ticket") and any(event.get(name.member) == name.value for name in names):
                found.append((record, event))
    return found


def _only(journal: Iterable[tuple[Record, Document]], name: str, tenant: str | None) -> str:
    """The id of the one ticket that was found, of that tenant if one is named."""
    found = {str(it["ticket"]): str(it.get("tenant")) for _, it in journal if tenant in (None, it.get("tenant"))}
    if not found:
        raise NotOneTicket(f"the log has no ticket {name}")
    if len(found) > 1:
        tenants = ", ".join(sorted(found.values()))
        raise NotOneTicket(f"several tenants have a ticket {name} ({tenants}); --tenant names one")
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


def _alerts(outputs: Outputs, keys: set[bytes | None]) -> tuple[Record, ...]:
    return tuple(record for record in outputs(Topic.ALERTS) if record.key in keys)


def _terms(outputs: Outputs) -> tuple[Mapping[str, Contract], Mapping[int, Instant]]:
    """The contracts by their hash, and how far each partition has come."""
    contracts: dict[str, bytes] = {}
    clocks: dict[int, bytes] = {}
    for record in outputs(Topic.TENANTS):
        key = record.key or b""
        if record.value is None:
            continue
        if key.startswith(_CONTRACT):
            contracts[key.removeprefix(_CONTRACT).decode()] = record.value
        elif key.startswith(_PARTITION):
            clocks[record.partition] = record.value
    read = {name: contract_from_json(value.decode()) for name, value in contracts.items()}
    return read, {number: decode_partition(value).clock for number, value in clocks.items()}
