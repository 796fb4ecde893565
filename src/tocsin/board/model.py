"""What the board knows: the state of tickets and tenants, the latest alerts, and when each partition was heard of."""

import re
from collections import deque
from collections.abc import Collection, Iterator
from typing import NamedTuple

import msgspec

from tocsin.board.clock import Timepiece
from tocsin.board.promises import Promise, promises_of
from tocsin.board.stories import Stories
from tocsin.contracts.codec import contract_from_json
from tocsin.domain.commands.inbound import Contact
from tocsin.domain.contract.model import Contract
from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Stage
from tocsin.engine import snapshot
from tocsin.engine.damage import Damage
from tocsin.messages.record import Record, Topic

ALERTS_KEPT = 500

_FACT_MAX = 200
_ALERT_FACTS = ("kind", "role", "tenant", "ticket", "number", "priority", "stage", "objective")
_PARTITION = re.compile(r"partition/(\d{1,6})", re.ASCII)


class Place(NamedTuple):
    """Where the state of a ticket stands in `soc.tickets`."""

    partition: int
    offset: int
    at: Instant


class Known(NamedTuple):
    """A ticket that there is. `value` is kept of those that are not closed."""

    place: Place
    tenant: str
    numbers: tuple[str, ...]
    opened_at: Instant
    value: bytes | None


class Alert(NamedTuple):
    """An alert that was published, by its place on `soc.alerts`."""

    partition: int
    offset: int
    at: Instant
    data: dict[str, str | None]


def _fact(value: object) -> str | None:
    return None if value is None else str(value)[:_FACT_MAX]


class Model:
    """Takes records in the order of their partitions. `refresh` brings what is derived from them up to date."""

    def __init__(self, time: Timepiece) -> None:
        self._time = time
        self._values: dict[str, tuple[Place, bytes]] = {}  # that were not looked into
        self._promises: dict[str, tuple[Promise, ...]] = {}  # by ticket
        self._of_contract: dict[str, set[str]] = {}  # tickets with open promises, by the contract's hash
        self._by_number: dict[str, str] = {}
        self.known: dict[str, Known] = {}
        self.tenants: dict[str, Tenant] = {}
        self.contracts: dict[str, Contract] = {}
        self.alerts: deque[Alert] = deque(maxlen=ALERTS_KEPT)
        self.alerts_from: dict[int, int] = {}
        """The offset of each partition from which on all its alerts are kept; 0 where none is named."""
        self.partition_clocks: dict[int, Instant] = {}
        self.stories = Stories()
        self.damage = Damage()
        """The state that could not be read."""

    @property
    def time(self) -> Timepiece:
        """Tells the inbox's time."""
        return self._time

    def take(self, record: Record) -> int | None:
        """Take in a record of one of the four topics; returns the partition of the inbox whose clock it tells."""
        key = (record.key or b"").decode("utf-8", "replace")
        match record.topic:
            case Topic.TICKETS:
                self._take_ticket(key, record)
            case Topic.TENANTS:
                return self._take_other(key, record)
            case Topic.ALERTS:
                self._take_alert(key, record)
            case Topic.TICKET_EVENTS:
                self.stories.take(key, record)
        return None

    def _take_ticket(self, ticket: str, record: Record) -> None:
        if record.value is None:
            self._values.pop(ticket, None)
            self._forget(ticket)
        else:
            self._values[ticket] = (Place(record.partition, record.offset, record.timestamp), record.value)

    def _forget(self, ticket: str) -> None:
        known = self.known.pop(ticket, None)
        for number in known.numbers if known else ():
            if self._by_number.get(number) == ticket:
                del self._by_number[number]
        self._drop_promises(ticket)

    def _drop_promises(self, ticket: str) -> None:
        if self._promises.pop(ticket, None):
            for tickets in self._of_contract.values():
                tickets.discard(ticket)

    def _take_other(self, key: str, record: Record) -> int | None:
        kind, _, name = key.partition("/")
        number = None
        if record.value is None:
            return None
        with self.damage.seen(Topic.TENANTS, key.encode(), f"{record.partition}/{record.offset}"):
            if kind == "tenant":
                self._take_tenant(name, snapshot.decode_tenant(record.value))
            elif kind == "contract":
                self.contracts[name] = contract_from_json(record.value.decode())
                self._look_again(self._of_contract.get(name, ()))
            elif found := _PARTITION.fullmatch(key):
                self.partition_clocks[int(found[1])] = snapshot.decode_partition(record.value).clock
                number = int(found[1])
        return number

    def _take_tenant(self, name: str, tenant: Tenant) -> None:
        known = self.tenants.get(name)
        self.tenants[name] = tenant
        if known is not None and known.contacts != tenant.contacts:
            theirs = [ticket for ticket, promises in self._promises.items() if promises[0].tenant == name]
            self._look_again(theirs)

    def _look_again(self, tickets: Collection[str]) -> None:
        """Tell the promises of these tickets anew: something that they are told by has changed."""
        for ticket in tickets:
            known = self.known.get(ticket)
            if known and known.value is not None:
                self._values.setdefault(ticket, (known.place, known.value))

    def _take_alert(self, ticket: str, record: Record) -> None:
        self.stories.take(ticket, record)
        try:
            told = msgspec.json.decode(record.value or b"")["data"]
            data = {name: _fact(told.get(name)) for name in _ALERT_FACTS}
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            return
        if len(self.alerts) == ALERTS_KEPT:
            dropped = self.alerts[0]
            self.alerts_from[dropped.partition] = dropped.offset + 1
        self.alerts.append(Alert(record.partition, record.offset, record.timestamp, data))

    def refresh(self) -> None:
        """Look into the tickets that have come."""
        values, self._values = self._values, {}
        for ticket, (place, value) in values.items():
            with self.damage.seen(Topic.TICKETS, ticket.encode(), f"{place.partition}/{place.offset}"):
                self._look_into(ticket, place, value)

    def _look_into(self, ticket_id: str, place: Place, value: bytes) -> None:
        ticket = snapshot.decode_ticket(value)
        self._forget(ticket_id)
        names = (ticket.number, *(name for each in ticket.absorbed for name in (each.number, each.id)))
        numbers = tuple(name.upper() for name in names)
        kept = None if ticket.stage is Stage.CLOSED else value
        tenant = self.tenants.get(ticket.tenant)
        contacts: list[Contact] = tenant.contacts if tenant else []
        promises = tuple(promises_of(ticket, self.contracts.get(ticket.contract), contacts))
        self.known[ticket_id] = Known(place, ticket.tenant, numbers, ticket.opened_at, value if promises else kept)
        for number in numbers:
            self._by_number[number] = ticket_id
        if promises:
            self._promises[ticket_id] = promises
            self._of_contract.setdefault(ticket.contract, set()).add(ticket_id)

    def promises(self) -> list[Promise]:
        """All open promises."""
        return [promise for promises in self._promises.values() for promise in promises]

    def found(self, name: str) -> str | None:
        """The id of the ticket with that id or number, also of one that was merged; None where there is none."""
        return name if name in self.known else self._by_number.get(name.strip().upper())

    def contract_of(self, ticket: Ticket) -> Contract | None:
        """The contract that `ticket` is pinned to."""
        return self.contracts.get(ticket.contract)

    def alerts_since(self, positions: dict[int, int]) -> Iterator[Alert]:
        """The alerts kept that stand at or behind these offsets of their partitions."""
        return (alert for alert in self.alerts if alert.offset >= positions.get(alert.partition, 0))

    def alert_positions(self) -> dict[int, int]:
        """The offset behind the last alert of each partition."""
        positions: dict[int, int] = {}
        for alert in self.alerts:
            positions[alert.partition] = max(positions.get(alert.partition, 0), alert.offset + 1)
        return positions
