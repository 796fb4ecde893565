"""One shard: the fold over one inbox partition."""

from collections.abc import Container, Iterable, Iterator, Mapping

from tocsin.domain.clocks.reconcile import reconcile, reopening
from tocsin.domain.clocks.taking import taken_along
from tocsin.domain.clocks.tenant_timers import fire_tenant, next_tenant_timer
from tocsin.domain.clocks.timers import fire
from tocsin.domain.clocks.waits import ended_holds
from tocsin.domain.commands.inbound import OUR_OWN, AdoptContract, Input
from tocsin.domain.contract.model import Contract
from tocsin.domain.decide import decide
from tocsin.domain.decide.decision import Decision
from tocsin.domain.instant import DAY, Instant
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import Priority, Stage
from tocsin.engine import rules as versions
from tocsin.engine.alarms import Alarms
from tocsin.engine.counters import Counters
from tocsin.engine.deadline_board import Entry
from tocsin.engine.deduplication import Deduplication, may_not_repeat
from tocsin.engine.effect import Effect
from tocsin.engine.journal import Journal
from tocsin.engine.outbox import Outbox
from tocsin.engine.recorder import Cause, Recorder
from tocsin.engine.rules import RULES, OtherRules
from tocsin.engine.settling import Settling
from tocsin.engine.shard_state import NoContract, ShardState
from tocsin.engine.switch import switch
from tocsin.messages import inbox
from tocsin.messages.inbox import InboxRecordUnreadable
from tocsin.messages.record import Chunk, Record, Topic

_CHUNK_OUTPUTS = 5_000
"""After so many outputs a chunk ends: what follows from a batch must not be one transaction."""

_FIRED_OUTPUTS = 1_000
"""The same where timers fire: a worker does nothing else until the chunk ends, and 100,000 may be due at one tick."""


class Shard:
    """State of one inbox partition; `fold` advances it, `load` and `remember` restore it.

    `rules` are those that hold where nothing was loaded, until the log says otherwise. Where the number of
    `partitions` is given, a tenant who belongs to another one is refused. Promises to the tenants in `apart` are
    counted by themselves.

    Restore: `load` every record of the partition of `soc.tickets` and `soc.tenants` in log order (tombstones too),
    then `remember` every inbox record from `deduplication_start` up to the committed position.
    """

    def __init__(
        self,
        partition: int,
        deduplication_window: int = 250_000,
        rules: int = RULES,
        partitions: int | None = None,
        apart: Container[str] = (),
    ) -> None:
        self.partition = partition
        self._state = ShardState(rules, partition, partitions)
        self._journal = Journal()
        self._outbox = Outbox(partition, self._journal)
        self._recorder = Recorder(self._outbox, self._state.contracts, apart)
        self.deadlines, self.owed = self._recorder.deadlines, self._recorder.owed
        """The promises that are due first; how many are owed, and until when."""
        self._settling = Settling(self._outbox, self._recorder)
        self._alarms = Alarms(self._settling)
        self._deduplication = Deduplication(deduplication_window)
        self._restored = True

    # ---- what can be asked of it

    @property
    def clock(self) -> Instant:
        """The greatest stamp seen."""
        return self._state.partition.clock

    @property
    def next_deadline(self) -> Instant | None:
        """The time at which the next timer is due: a record stamped later fires it."""
        self.finish_restore()
        return self._alarms.next_due

    @property
    def counters(self) -> Counters:
        """The counts of the records that this shard has folded, by their result."""
        return self._recorder.counters

    def open_tickets(self) -> Mapping[tuple[str, Priority, Stage], int]:
        """The number of tickets that are not closed, by tenant, priority and stage."""
        return self._recorder.open_tickets.counts

    def promise(self, entry: Entry) -> tuple[Ticket, Clock]:
        """The ticket and the clock of a promise that `deadlines` name now, to be read."""
        _, tenant, ticket_id, rule, cycle = entry
        ticket = self._state.look(tenant, ticket_id)
        return ticket, ticket.clock(rule, cycle)

    def tenants(self) -> Iterator[Tenant]:
        """Every tenant of the partition, as its state stands."""
        return (state.tenant for state in self._state.tenants.values())

    def contract_of(self, tenant: Tenant) -> Contract | None:
        """The contract that `tenant` has adopted."""
        return self._state.contracts.get(tenant.contract)

    def cut_repeats_after(self, horizon: Instant) -> None:
        """From here on escalation steps that repeat without end are not repeated after `horizon`."""
        self._alarms.repeat_horizon = horizon
        for state, ticket in self._state.tickets():
            self._alarms.arm(state, ticket)

    # ---- restoring

    def load(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        """Take back a record of `soc.tickets` or `soc.tenants`; a later one replaces an earlier one of its key."""
        self._restored = False
        if topic is Topic.TENANTS:
            self._state.load(key.decode(), value)
            return
        before, ticket = self._state.load_ticket(key.decode(), value)
        if before:
            self._forget(before)
        if ticket:
            self._alarms.rearm(ticket)
            self._recorder.restore(ticket)

    def _forget(self, ticket: Ticket) -> None:
        self._alarms.disarm(ticket.tenant, ticket.id)
        self._recorder.forget(ticket)

    @property
    def position(self) -> int | None:
        """The offset behind the last record that the state has seen; None where it has seen none."""
        return self._state.partition.position

    @property
    def deduplication_start(self) -> int | None:
        """The oldest inbox offset that the deduplication window still needs; None where it is empty."""
        return self._state.partition.deduplication_start

    def remember(self, record: Record) -> None:
        """Take an inbox record back into the deduplication window."""
        message = inbox.decode(record)
        if may_not_repeat(message.body):
            self._deduplication.is_repeat(message)

    def finish_restore(self) -> None:
        """Go on from what was loaded."""
        if self._restored:
            return
        self._restored = True
        for ticket in self._state.drop_forgotten():
            self._forget(ticket)
        self._journal.head = self._state.partition.journal_head
        self.owed.sort()
        for state in self._state.tenants.values():
            self._alarms.arm_tenant(state)

    # ---- folding

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        """Apply `records` in order; see `PipelineStep`.

        What stands before a record that another release must apply is in a chunk by then: nobody else could apply it.
        Raises `NoContract`, `InboxRecordUnreadable`, `OtherRules` or `MisplacedError`.
        """
        self.finish_restore()
        yield from self._settle(self.position or 0)
        position = None
        for record in records:
            try:
                message = self._read(record)
            except (InboxRecordUnreadable, OtherRules):
                if position is not None:
                    yield self._chunk(position)
                raise
            now = max(self.clock, record.timestamp)
            self._turn_clock(now)
            while self._fire_before(now):
                if len(self._outbox) >= min(_FIRED_OUTPUTS, _CHUNK_OUTPUTS):
                    yield self._chunk(record.offset)
            self._apply(message, now)
            position = record.offset + 1
            if self._settling.pending:
                yield from self._settle(position)
                if not len(self._outbox):
                    position = None
            if position is not None and len(self._outbox) >= _CHUNK_OUTPUTS:
                yield self._chunk(position)
                position = None
        if position is not None:
            yield self._chunk(position)

    def _settle(self, position: int) -> Iterator[Chunk]:
        while self._settling.settle_next():
            if len(self._outbox) >= _CHUNK_OUTPUTS:
                yield self._chunk(position)

    def _chunk(self, position: int) -> Chunk:
        state = self._state.partition
        state.position, state.deduplication_start = position, self._deduplication.start
        outputs = self._outbox.drain(state)
        self._state.tidy()
        return Chunk(outputs, position)

    def _read(self, record: Record) -> Input:
        """The input in `record`, once the state is of the rules by which it is judged."""
        message = inbox.decode(record)
        if versions.switches(record, message.body, self._state.partition.rules, self.position):
            switch(self._state, self._outbox, self._alarms)
        return message

    def _turn_clock(self, now: Instant) -> None:
        """Once a day callers are dropped whose calls are older than the window for late evidence."""
        if now // DAY != self.clock // DAY:
            for state, caller in self._state.expire_callers(now):
                self._outbox.caller(state, caller)
        self._state.partition.clock = now

    def _fire_before(self, now: Instant) -> bool:
        """The timer law: fire the first timer due strictly before `now`; whether there was one."""
        if self._settling.pending:
            return self._settling.settle_next()
        due = self._alarms.pop_before(now)
        if due is None:
            return False
        state = self._state.tenants[due.tenant]
        if not due.ticket:
            return self._fire_of_tenant(state)
        ticket = state.tickets[due.ticket]
        timer = self._alarms.timer_of(state, ticket)
        if timer is not None:
            cause = Cause(max(timer.at, ticket.touched_at), None)
            self._recorder.record(state, Decision(ticket.id, fire(ticket, timer, state.contract_of(ticket))), cause)
            if timer.kind.moves_clocks:
                self._reconcile(state, ticket, cause)
            self._recorder.conclude(state, cause)
            self._recorder.settle(state, (ticket.id,), cause)
            self._alarms.arm(state, ticket)
            self._alarms.arm_tenant(state)
        return True

    def _fire_of_tenant(self, state: TenantState) -> bool:
        if timer := next_tenant_timer(state):
            cause = Cause(timer.at, None)
            for event in fire_tenant(state, timer):
                self._recorder.record(state, Decision(None, event), cause)
            self._recorder.settle(state, (), cause)
        self._alarms.arm_tenant(state)
        return True

    def _apply(self, message: Input, now: Instant) -> None:
        if isinstance(message.body, OUR_OWN):
            self.counters.note()
            return
        repeat = may_not_repeat(message.body) and self._deduplication.is_repeat(message)
        if (message.redriven and self._outbox.is_redriven_repeat(self._state.redriven, message, now)) or repeat:
            self.counters.duplicates += 1
            return
        state = self._state.state_of(message.tenant)
        if isinstance(message.body, AdoptContract):
            if self._state.take_in(message.body):
                self._outbox.contract(message.body.contract_hash, message.body.contract)
        elif not state.tenant.contract:
            raise NoContract(self.partition, message)
        effect = Effect(decide(message, state, now))
        if any(map(state.named, effect.opened)):
            self.counters.duplicates += 1  # a repeat that the window no longer knows: its ticket is there
        else:
            self._carry_out(state, effect, Cause(now, message))

    def _carry_out(self, state: TenantState, effect: Effect, cause: Cause) -> None:
        for decision in effect.decisions:
            self._recorder.record(state, decision, cause)
        for ticket_id, moved in effect.touched.items():
            ticket = state.tickets.get(ticket_id)
            if ticket is None:  # it goes on in another one
                self._alarms.disarm(state.tenant.name, ticket_id)
            elif moved:
                self._reconcile(state, ticket, cause)
            elif effect.pages:
                self._alarms.arm(state, ticket)
        self._recorder.conclude(state, cause)
        self._recorder.settle(state, effect.touched, cause)
        self._alarms.arm_tenant(state)
        self.counters.take_in(effect)

    def _reconcile(self, state: TenantState, ticket: Ticket, cause: Cause) -> None:
        if reopened := reopening(ticket):
            self._recorder.record(state, Decision(ticket.id, reopened), cause)
        contract = self._state.contracts[ticket.contract]
        for follows in (ended_holds, reconcile, taken_along):  # each goes by what those before it have changed
            for event in follows(ticket, contract, cause.at):
                self._recorder.record(state, Decision(ticket.id, event), cause)
        self._alarms.arm(state, ticket)
