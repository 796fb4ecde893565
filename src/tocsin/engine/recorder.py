"""One event at a time: apply it, write it down, tell the world."""

from collections.abc import Iterable

from tocsin.domain.alerts import alerts_of, tenant_alerts_of
from tocsin.domain.alerts.alert import About, AlertEvent
from tocsin.domain.clocks.attainment import count
from tocsin.domain.commands.inbound import Input
from tocsin.domain.contract.model import Contract
from tocsin.domain.decide.decision import Decision
from tocsin.domain.events import Event
from tocsin.domain.events.clock import BaseClockEvent, ClockMoved, ClockStarted
from tocsin.domain.events.contact import ChannelViolated, ContactJoined, OutboundNoted
from tocsin.domain.events.ticket import TicketForgotten, TicketOpened, WorkDone
from tocsin.domain.instant import Instant
from tocsin.domain.state.evolve import evolve, opened
from tocsin.domain.state.evolve_contact import evolve_callers
from tocsin.domain.state.evolve_contract import evolve_tenant
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.counters import Counters, DeadlineBoard, OpenTickets
from tocsin.engine.journal import JournalHeader
from tocsin.engine.outbox import Outbox

_FINDABLE_BY = frozenset((ChannelViolated, ContactJoined, OutboundNoted, WorkDone))
"""Events that may give a ticket something more by which it is found."""

_DATING = (ClockStarted, ClockMoved)
"""Events that give a clock a deadline."""


class Cause:
    """The cause of a decision: the time of the partition's clock, and the input (None: a timer)."""

    __slots__ = ("at", "message", "offset", "offsets")

    def __init__(self, at: Instant, message: Input | None) -> None:
        self.at = at
        self.message = message
        self.offset = message.offset if message else -1
        """The input's place in the inbox; -1 for a timer."""
        self.offsets: tuple[int, ...] = (message.offset,) if message else ()
        """The same for the journal, which leaves out what is none."""


class Recorder:
    """Takes the events of one shard."""

    def __init__(self, outbox: Outbox, contracts: dict[str, Contract]) -> None:
        self.counters = Counters()
        self.open_tickets = OpenTickets()
        self.deadlines = DeadlineBoard()
        self._outbox = outbox
        self._contracts = contracts

    def restore(self, ticket: Ticket) -> None:
        """Count a ticket that was there before."""
        self.open_tickets.count(ticket)
        for clock in ticket.clocks:
            self.deadlines.put(clock)

    def record(self, state: TenantState, decision: Decision, cause: Cause) -> None:
        """Apply the event of `decision`, journal it and raise its alerts."""
        for caller in evolve_callers(decision.event, state, decision.ticket):
            self._outbox.caller(state, caller)
        if decision.ticket is None:
            self._record_of_tenant(state, decision.event, cause)
        else:
            self._record_of_ticket(state, decision.ticket, decision.event, cause)

    def _record_of_tenant(self, state: TenantState, event: Event, cause: Cause) -> None:
        evolve_tenant(event, state.tenant)
        state.tenant.sequence += 1
        self._outbox.tenant(state.tenant)
        self._outbox.journal(event, _header(state, None, cause, cause.offsets))
        self._tell(tenant_alerts_of(event, state, cause.offsets, cause.at), cause.at)

    def _record_of_ticket(self, state: TenantState, ticket_id: str, event: Event, cause: Cause) -> None:
        if isinstance(event, TicketOpened):
            ticket = opened(event, state.tenant.name, cause.at, cause.offset)
            state.open(ticket)
            self._outbox.tenant(state.tenant)
        else:
            ticket = state.tickets[ticket_id]
            evolve(event, ticket, cause.offset)
        if type(event) in _FINDABLE_BY:
            state.put(ticket)
        ticket.sequence += 1
        self._outbox.journal(event, _header(state, ticket, cause, _offsets(event, ticket, cause)))
        contract = self._contracts[ticket.contract]
        self._tell(alerts_of(event, About(ticket, contract, cause.offsets, cause.at)), cause.at)
        self._count(state, event, ticket, cause)
        self._keep(state, event, ticket)

    def _tell(self, alerts: Iterable[AlertEvent], at: Instant) -> None:
        for alert in alerts:
            self._outbox.alert(alert, at)
            self.counters.alerts[alert.data.kind] += 1

    def _count(self, state: TenantState, event: Event, ticket: Ticket, cause: Cause) -> None:
        self.open_tickets.count(ticket)
        if isinstance(event, _DATING):
            self.deadlines.put(ticket.clock(event.rule, event.cycle))
        follows = count(state, ticket, event)
        if follows is not None:
            self._outbox.tenant(state.tenant)
            for each in follows:
                self._record_of_tenant(state, each, cause)

    def _keep(self, state: TenantState, event: Event, ticket: Ticket) -> None:
        if isinstance(event, TicketForgotten):
            state.drop(ticket)
            self._outbox.no_ticket(ticket)
        else:
            self._outbox.ticket(ticket)


def _offsets(event: Event, ticket: Ticket, cause: Cause) -> tuple[int, ...]:
    """The offsets of the causing records: for a timer those of the marks that its clock runs by."""
    if cause.message is None and isinstance(event, BaseClockEvent):
        return ticket.clock(event.rule, event.cycle).offsets
    return cause.offsets


def _header(state: TenantState, ticket: Ticket | None, cause: Cause, offsets: tuple[int, ...]) -> JournalHeader:
    return JournalHeader(
        at=cause.at,
        tenant=state.tenant.name,
        ticket=ticket.id if ticket else None,
        number=ticket.number if ticket else None,
        sequence=ticket.sequence if ticket else state.tenant.sequence,
        input_id=cause.message.id if cause.message else None,
        offsets=offsets,
        salt=cause.message.salt if cause.message else "",
        dated_by_arrival=cause.message is not None and cause.message.dated_by_arrival,
    )
