"""One event at a time: apply it, write it down, tell the world."""

from collections.abc import Collection, Container, Iterable, Iterator
from typing import NamedTuple

from msgspec import UNSET

from tocsin.domain.alerts import alerts_of
from tocsin.domain.alerts.alert import About, AlertEvent
from tocsin.domain.alerts.clock import clock_alerts
from tocsin.domain.alerts.listeners import listener
from tocsin.domain.alerts.silences import held_back, settled
from tocsin.domain.alerts.tenant import tenant_alerts_of
from tocsin.domain.clocks.attainment import Verdict, count_clock, count_ticket, recounted
from tocsin.domain.commands.inbound import Input
from tocsin.domain.contract.model import Contract
from tocsin.domain.decide.decision import Decision
from tocsin.domain.events import ClockEvent, Event, EventOfTicket
from tocsin.domain.events.clock import BaseClockEvent
from tocsin.domain.events.contact import BaseContactEvent, ChannelViolated, ContactJoined, OutboundNoted
from tocsin.domain.events.contract import ExclusionLifted, TicketRuledOut
from tocsin.domain.events.rearranging import ContactSplit, TicketAbsorbed, TicketMerged, TicketMoved
from tocsin.domain.events.silence import SilenceBegun, SilenceEnded
from tocsin.domain.events.ticket import (
    DetectionRepeated,
    TicketForgotten,
    TicketOpened,
    WorkDone,
)
from tocsin.domain.instant import Instant
from tocsin.domain.state.evolve import evolve, opened
from tocsin.domain.state.evolve_clock import evolve_clock
from tocsin.domain.state.evolve_contact import evolve_callers, release_callers
from tocsin.domain.state.evolve_contract import evolve_tenant
from tocsin.domain.state.merging import absorb, split
from tocsin.domain.state.seen import keep_seen
from tocsin.domain.state.silences import with_silence
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.state.traces import keep_trace, trace_of_timer
from tocsin.domain.trace import Trace
from tocsin.engine.counters import Counters, OpenTickets
from tocsin.engine.deadline_board import DeadlineBoard
from tocsin.engine.journal import JournalHeader
from tocsin.engine.outbox import Outbox
from tocsin.engine.owed import Owed

_FINDABLE_BY = frozenset((ChannelViolated, ContactJoined, OutboundNoted, WorkDone))
"""Events that may give a ticket something more by which it is found."""

_SIGHTINGS = frozenset((TicketOpened, DetectionRepeated))
"""Events by which a ticket has one more detection."""

_TURNING = frozenset((SilenceBegun, SilenceEnded))
"""Events after which every ticket of the tenant is judged anew by its silences."""

_REARRANGING = (TicketAbsorbed, ContactSplit)
"""Events that move something between two tickets."""

_RULING = frozenset((TicketRuledOut, ExclusionLifted))
"""Events after which a promise over many may leave a ticket out, or count it again."""


class Cause:
    """The cause of a decision: the time of the partition's clock, and the input (None: a timer)."""

    __slots__ = ("at", "message", "offset", "offsets", "trace")

    def __init__(self, at: Instant, message: Input | None) -> None:
        self.at = at
        self.message = message
        self.offset = message.offset if message else -1
        """The input's place in the inbox; -1 for a timer."""
        self.offsets: tuple[int, ...] = (message.offset,) if message else ()
        """The same for the journal, which leaves out what is none."""
        self.trace = message.trace if message else None
        """The input's own; that of a timer depends on its clock."""


class Recorder:
    """Takes the events of one shard."""

    def __init__(self, outbox: Outbox, contracts: dict[str, Contract], apart: Container[str] = ()) -> None:
        """`apart` are the tenants whose promises are counted by themselves."""
        self.counters = Counters()
        self.open_tickets = OpenTickets()
        self.deadlines = DeadlineBoard()
        self.owed = Owed(apart)
        self._outbox = outbox
        self._contracts = contracts
        self._months: dict[str, Verdict] = {}

    def restore(self, ticket: Ticket) -> None:
        """Count a ticket that was there before."""
        self.open_tickets.count(ticket)
        self.owed.restore(ticket)
        self.deadlines.restore(ticket)

    def forget(self, ticket: Ticket) -> None:
        """Count a ticket no longer that was restored."""
        self.open_tickets.uncount(ticket)
        self.owed.drop(ticket)
        self.deadlines.drop(ticket)

    def record(self, state: TenantState, decision: Decision, cause: Cause) -> None:
        """Apply the event of `decision`, journal it and raise its alerts."""
        ticket, event = decision.ticket, decision.event
        if isinstance(event, BaseContactEvent):
            for caller in evolve_callers(event, state, ticket):
                self._outbox.caller(state, caller)
        if ticket is None:
            self._record_of_tenant(state, event, cause)
        elif isinstance(event, BaseClockEvent):
            self._record_of_clock(state, state.tickets[ticket], event, cause)
        else:
            self._record_of_ticket(state, ticket, event, cause)

    def conclude(self, state: TenantState, cause: Cause) -> None:
        """Record what follows from all that `cause` has changed in the counts of the months of a tenant."""
        if not self._months:
            return
        months, self._months = self._months, {}
        for event in recounted(state, months, cause.at):
            self._record_of_tenant(state, event, cause)

    def _record_of_tenant(self, state: TenantState, event: Event, cause: Cause) -> None:
        of = _silenced(state, None)
        evolve_tenant(event, state.tenant)
        if type(event) in _TURNING:
            state.tenant.settles_at = cause.at
        self._outbox.tenant(state.tenant)
        if not event.JOURNALED:
            return
        state.tenant.sequence += 1
        self._outbox.journal(event, _header(state, None, cause, cause.offsets, cause.trace))
        self._tell(tenant_alerts_of(event, state, cause.offsets, cause.at), cause, cause.trace, of)

    def _record_of_clock(self, state: TenantState, ticket: Ticket, event: ClockEvent, cause: Cause) -> None:
        ticket.touched_at = cause.at
        owed, dated = self.owed.before(event, ticket), self.deadlines.before(event, ticket)
        of = _silenced(state, ticket)
        clock = evolve_clock(event, ticket)
        self.owed.after(event, ticket, clock, owed)
        self.deadlines.after(event, ticket, clock, dated)
        # a timer is caused by the marks that its clock runs by
        trace = cause.trace if cause.message else trace_of_timer(ticket, clock)
        offsets = cause.offsets if cause.message else clock.offsets
        ticket.sequence += 1
        self._outbox.journal(event, _header(state, ticket, cause, offsets, trace))
        self._tell(clock_alerts(event, clock, self._about(ticket, cause)), cause, trace, of)
        self.open_tickets.count(ticket)
        self._note_months(state, count_clock(state, ticket, clock, event, cause.at))
        self._outbox.ticket(ticket)

    def _note_months(self, state: TenantState, before: dict[str, Verdict]) -> None:
        if before:
            self._outbox.tenant(state.tenant)
            self._months = {**before, **self._months}

    def _record_of_ticket(self, state: TenantState, ticket_id: str, event: EventOfTicket, cause: Cause) -> None:
        if isinstance(event, TicketOpened):
            ticket = opened(event, state.tenant.name, cause.at, cause.offset)
            state.open(ticket)
            counted = None
            of = None if state.tenant.silences is UNSET else _Of(state, ticket, ())
        else:
            ticket = state.tickets[ticket_id]
            counted = ticket.case_of
            ticket.touched_at = cause.at
            of = _silenced(state, ticket)
            evolve(event, ticket, cause.offset)
        ticket.touched_at = cause.at
        _keep(ticket, event, cause)
        if isinstance(event, _REARRANGING):
            self._rearrange(state, ticket, event)
        if type(event) in _RULING:
            self._note_months(state, count_ticket(state, ticket, cause.at))
        if isinstance(event, TicketOpened) or counted != ticket.case_of:
            state.count_case(ticket, counted, ticket.case_of)
            self._outbox.tenant(state.tenant)
        if type(event) in _FINDABLE_BY:
            state.put(ticket)
        trace = cause.trace if cause.message else trace_of_timer(ticket, None)
        ticket.sequence += 1
        self._outbox.journal(event, _header(state, ticket, cause, cause.offsets, trace))
        self._tell(alerts_of(event, self._about(ticket, cause)), cause, trace, of)
        self.open_tickets.count(ticket)
        match event:
            case TicketForgotten():
                state.drop(ticket)
                self._let_go(state, ticket)
            case TicketMerged() | TicketMoved():
                state.count_case(ticket, ticket.case_of, None)
                self._outbox.tenant(state.tenant)
                state.drop(ticket)
                self._let_go(state, ticket)
            case _:
                self._outbox.ticket(ticket)

    def _rearrange(self, state: TenantState, ticket: Ticket, event: TicketAbsorbed | ContactSplit) -> None:
        """Move what the event moves between `ticket` and another one."""
        state.take_out(ticket)
        if isinstance(event, TicketAbsorbed):
            callers = absorb(ticket, state.tickets[event.other_id], state)
        else:
            new = state.tickets[event.into_id]
            callers = split(ticket, event.offset, new, state)
            self._outbox.ticket(new)
        state.put(ticket)
        for caller in callers:
            self._outbox.caller(state, caller)

    def _let_go(self, state: TenantState, ticket: Ticket) -> None:
        for caller in release_callers(state, ticket):
            self._outbox.caller(state, caller)
        self._outbox.no_ticket(ticket)
        self.owed.drop(ticket)
        self.deadlines.drop(ticket)

    def _about(self, ticket: Ticket, cause: Cause) -> About:
        return About(ticket, self._contracts[ticket.contract], cause.offsets, cause.at)

    def _tell(self, alerts: Iterable[AlertEvent], cause: Cause, trace: Trace | None, of: "_Of | None") -> None:
        for alert in alerts if of is None else self._not_held_back(alerts, of, cause):
            self._outbox.alert(alert.traced(trace) if trace else alert, cause.at)
            self.counters.alerts[alert.data.kind] += 1

    def _not_held_back(self, alerts: Iterable[AlertEvent], of: "_Of", cause: Cause) -> Iterator[AlertEvent]:
        """Those of `alerts` that no silence keeps from being published; of the others it is written down."""
        for alert in alerts:
            to = listener(of.state, of.ticket)
            event = held_back(alert, of.before, to) if to else None
            if event is None:
                yield alert
            elif of.ticket is None:
                self._record_of_tenant(of.state, event, cause)
            else:
                self._record_of_ticket(of.state, of.ticket.id, event, cause)
                of.state.tenant.silences = with_silence(of.state.tenant.silences, event)
                self._outbox.tenant(of.state.tenant)

    def settle(self, state: TenantState, tickets: Iterable[str], cause: Cause) -> None:
        """Let what paging systems know of these tickets, and of the tenant, agree with the silences in force."""
        if state.tenant.quiet is UNSET:
            return  # nearly always
        for ticket_id in tickets:
            if ticket_id in state.tickets:
                self._settle(state, state.tickets[ticket_id], cause)
        self._settle(state, None, cause)

    def _settle(self, state: TenantState, ticket: Ticket | None, cause: Cause) -> None:
        to = listener(state, ticket)
        if to is None:
            return
        if to.quiet is not UNSET:
            to.quiet.tidy(to.still_open())
        for event in settled(to):
            self.record(state, Decision(ticket.id if ticket else None, event), cause)


class _Of(NamedTuple):
    """Whose alerts they are, and the incidents that were open before them."""

    state: TenantState
    ticket: Ticket | None
    before: Collection[str]


def _silenced(state: TenantState, ticket: Ticket | None) -> _Of | None:
    """What was open before an event; None, as nearly always, where no silence keeps anything from anybody."""
    if state.tenant.quiet is UNSET:
        return None
    to = listener(state, ticket)
    return None if to is None else _Of(state, ticket, to.still_open())


def _keep(ticket: Ticket, event: EventOfTicket, cause: Cause) -> None:
    """Keep of the input what later events need: its trace, and what a sensor has seen."""
    if cause.trace:
        keep_trace(ticket, cause.offset, cause.trace)
    if type(event) in _SIGHTINGS and cause.message:
        keep_seen(ticket, cause.message)


def _header(
    state: TenantState, ticket: Ticket | None, cause: Cause, offsets: tuple[int, ...], trace: Trace | None
) -> JournalHeader:
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
        trace=trace,
    )
