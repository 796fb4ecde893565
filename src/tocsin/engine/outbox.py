"""The outputs of a chunk: journal and alerts in order, and each changed piece of state once."""

import msgspec

from tocsin.domain.alerts.alert import AlertEvent
from tocsin.domain.commands.inbound import Input
from tocsin.domain.events import Event
from tocsin.domain.instant import Instant
from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.engine import snapshot
from tocsin.engine.journal import Journal, JournalHeader
from tocsin.engine.redriven import RedrivenInput, RedrivenInputs
from tocsin.engine.snapshot import PartitionState
from tocsin.messages.record import Output, Topic

_encoder = msgspec.json.Encoder()


class Outbox:
    """Collects the outputs of one partition until they are drained into a chunk."""

    def __init__(self, partition: int, journal: Journal) -> None:
        self._partition = partition
        self._journal = journal
        self._outputs: list[Output] = []
        self._tickets: dict[str, Ticket | None] = {}
        self._others: dict[str, Tenant | Caller | RedrivenInput | str | None] = {}

    def __len__(self) -> int:
        return len(self._outputs) + len(self._tickets) + len(self._others)

    def journal(self, event: Event, header: JournalHeader) -> None:
        """Write down what was decided."""
        key = header.ticket or header.tenant
        self._put(Topic.TICKET_EVENTS, key, self._journal.record(event, header), header.at)

    def alert(self, alert: AlertEvent, at: Instant) -> None:
        """Publish `alert`."""
        self._put(Topic.ALERTS, alert.subject, _encoder.encode(alert), at)

    def ticket(self, ticket: Ticket) -> None:
        """Save `ticket` as it will be when the chunk ends."""
        self._tickets[ticket.id] = ticket

    def no_ticket(self, ticket: Ticket) -> None:
        """Leave a tombstone."""
        self._tickets[ticket.id] = None

    def tenant(self, tenant: Tenant) -> None:
        """Save `tenant` as it will be when the chunk ends."""
        self._others[f"tenant/{tenant.name}"] = tenant

    def caller(self, state: TenantState, caller: Caller) -> None:
        """Save `caller`, or a tombstone where `state` has dropped it."""
        kept = caller if caller.number in state.callers else None
        self._others[f"caller/{state.tenant.name}/{caller.number}"] = kept

    def is_redriven_repeat(self, inputs: RedrivenInputs, message: Input, now: Instant) -> bool:
        """Returns True if `message`, which was published again, is one of `inputs`; saves that it is one now."""
        known = inputs.is_repeat(message, now)
        self._others.update(inputs.changed(message, now))
        return known

    def contract(self, contract_hash: str, text: str) -> None:
        """Save a contract that tickets may be pinned to."""
        self._others[f"contract/{contract_hash}"] = text

    def drain(self, state: PartitionState) -> list[Output]:
        """All of it, with `state` of the partition last; the outbox is empty then."""
        now = state.clock
        state.journal_head = self._journal.head
        for key, ticket in self._tickets.items():
            self._put(Topic.TICKETS, key, snapshot.encode(ticket) if ticket else None, now)
        for key, other in self._others.items():
            self._put(Topic.TENANTS, key, _encoded(other), now)
        self._put(Topic.TENANTS, f"partition/{self._partition}", snapshot.encode(state), now)
        outputs, self._outputs = self._outputs, []
        self._tickets, self._others = {}, {}
        return outputs

    def _put(self, topic: Topic, key: str, value: bytes | None, at: Instant) -> None:
        self._outputs.append(Output(topic, self._partition, key.encode(), value, at))


def _encoded(state: Tenant | Caller | RedrivenInput | str | None) -> bytes | None:
    if state is None:
        return None
    return state.encode() if isinstance(state, str) else snapshot.encode(state)
