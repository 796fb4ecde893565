"""Finds in the records of a log what there is of one client. It reads them once and keeps what belongs to the client.

A record of another client is not kept, whatever it says: its hash alone goes into the proof of its partition.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from tocsin.audit.journal import JournalEvent, read_event
from tocsin.audit.leaf import leaf_of
from tocsin.audit.merkle import Tree, leaf_hash
from tocsin.contracts.codec import contract_from_json
from tocsin.domain.contract.model import Contract
from tocsin.domain.instant import Instant
from tocsin.engine.snapshot import decode_partition
from tocsin.messages.record import Record, Topic
from tocsin.report.model_of_work import Proof
from tocsin.story.lines import Document, document_of

READ = (Topic.TENANTS, Topic.TICKET_EVENTS)
"""The topics that are looked at; records of others are passed over."""

_CONTRACT, _PARTITION = "contract/", "partition/"


class NoSuchTenant(ValueError):  # noqa: N818 - the name says what is wrong
    """The log has no record of that tenant; the message names those that there are."""


class Decided(NamedTuple):
    """A record of the journal: the record, what it says, and the same for audits."""

    record: Record
    document: Document
    event: JournalEvent


class ClientLog(NamedTuple):
    """What the log has of a client, its records in their order. `now` is how far the log goes."""

    tenant: str
    journal: tuple[Decided, ...]
    contracts: Mapping[str, Contract]
    """By their hash: those that the client has adopted."""
    now: Instant
    proofs: tuple[Proof, ...]


class _Growing:
    """The tree over one partition of the journal."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.first: int | None = None
        self.end = 0
        self.clock: Instant = 0
        self.last = b""

    def take(self, record: Record) -> None:
        self.tree.append(leaf_hash(leaf_of(record)))
        self.first = record.offset if self.first is None else self.first
        self.end = record.offset + 1
        self.clock = max(self.clock, record.timestamp)
        self.last = record.value or b""

    def proof(self, partition: int) -> Proof:
        chain = str(document_of(self.last).get("hash", ""))
        return Proof(
            topic=str(Topic.TICKET_EVENTS),
            partition=partition,
            first=self.first or 0,
            end=self.end,
            records=self.tree.size,
            chain=chain,
            root=self.tree.root().hex(),
        )


def gathered(records: Iterable[Record], tenant: str) -> ClientLog:
    """What `records` have of that client. Raises `NoSuchTenant`, and `JournalUnreadable` for a newer form."""
    needle = b'"tenant":' + msgspec.json.encode(tenant)
    journal: list[Decided] = []
    growing: dict[int, _Growing] = {}
    states: dict[str, bytes] = {}
    clocks: dict[int, Instant] = {}
    for record in records:
        if record.topic is Topic.TENANTS:
            _take_state(record, states, clocks)
        elif record.topic is Topic.TICKET_EVENTS:
            growing.setdefault(record.partition, _Growing()).take(record)
            if needle in (record.value or b"") and (found := _of(record, tenant)):
                journal.append(found)
    if not journal:
        raise NoSuchTenant(f"This log has nothing of a tenant {tenant}; `tocsin tenants check` lists those of the file")
    partitions = sorted({each.record.partition for each in journal})
    adopted = {str(each.event.data["contract"]) for each in journal if "contract" in each.event.data}
    return ClientLog(
        tenant=tenant,
        journal=tuple(journal),
        contracts={name: contract_from_json(states[name].decode()) for name in sorted(adopted & states.keys())},
        now=max(*(clocks.get(each, 0) for each in partitions), *(growing[each].clock for each in partitions)),
        proofs=tuple(growing[each].proof(each) for each in partitions),
    )


def _of(record: Record, tenant: str) -> Decided | None:
    """The record, if it is that client's; another one may name it."""
    event = read_event(record.value)
    return Decided(record, document_of(record.value), event) if event.tenant == tenant else None


def _take_state(record: Record, states: dict[str, bytes], clocks: dict[int, Instant]) -> None:
    key = (record.key or b"").decode("utf-8", "replace")
    if record.value and key.startswith(_CONTRACT):
        states[key.removeprefix(_CONTRACT)] = record.value
    elif record.value and key.startswith(_PARTITION):
        clocks[record.partition] = decode_partition(record.value).clock
