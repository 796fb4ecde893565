"""One event at a time: apply it, write it down, tell the world."""

from typing import NamedTuple

from tocsin.domain.alerts import alerts_of
from tocsin.domain.book import Book
from tocsin.domain.commands import Input
from tocsin.domain.contract import Contract
from tocsin.domain.decision import Decision
from tocsin.domain.events import (
    CallbackOwed,
    CallerReached,
    ClockEvent,
    ClockMoved,
    ClockStarted,
    ContactJoined,
    ContractAdopted,
    Event,
    OutboundNoted,
    TicketForgotten,
    TicketOpened,
    WorkDone,
)
from tocsin.domain.evolve import evolve, opened
from tocsin.domain.instant import Instant
from tocsin.domain.ticket import Ticket
from tocsin.engine.counters import Counters, DeadlineBoard, OpenTickets
from tocsin.engine.journal import Heading
from tocsin.engine.outbox import Outbox

_FINDABLE_BY = (ContactJoined, OutboundNoted, WorkDone)
"""Events that may give a ticket another name, address or mail by which it is found."""


class Cause(NamedTuple):
    """Why something is decided: at what time of the partition's clock, and by which input (None: a timer)."""

    at: Instant
    asked: Input | None

    @property
    def offsets(self) -> tuple[int, ...]:
        """The input's place in the inbox."""
        return (self.asked.offset,) if self.asked else ()


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

    def record(self, book: Book, decision: Decision, cause: Cause) -> None:
        """Apply the event of `decision`, journal it and raise its alerts."""
        event = decision.event
        ticket = _opened(book, event, cause) if isinstance(event, TicketOpened) else book.ticket(decision.ticket)
        self._remember_caller(book, decision, cause)
        if ticket is None:
            self._record_of_tenant(book, event, cause)
            return
        if not isinstance(event, TicketOpened):
            evolve(event, ticket, cause.asked.offset if cause.asked else -1)
        if isinstance(event, _FINDABLE_BY):
            book.put(ticket)
        ticket.sequence += 1
        self._outbox.journal(event, _heading(ticket, event, cause))
        self._raise_alerts(event, ticket, cause)
        self._count(event, ticket)
        if isinstance(event, TicketForgotten):
            self._forget(book, ticket)
        else:
            self._outbox.ticket(ticket)

    def _record_of_tenant(self, book: Book, event: Event, cause: Cause) -> None:
        tenant = book.tenant
        if isinstance(event, ContractAdopted):
            tenant.contract, tenant.plan, tenant.contacts = event.contract, event.plan, list(event.contacts)
        tenant.sequence += 1
        self._outbox.tenant(tenant)
        input_id, salt = (cause.asked.id, cause.asked.salt) if cause.asked else (None, "")
        heading = Heading(cause.at, tenant.name, None, None, tenant.sequence, input_id, cause.offsets, salt)
        self._outbox.journal(event, heading)

    def _raise_alerts(self, event: Event, ticket: Ticket, cause: Cause) -> None:
        for alert in alerts_of(event, ticket, self._contracts[ticket.contract], cause.offsets, cause.at):
            self._outbox.alert(alert, cause.at)
            self.counters.alerts[alert.kind] += 1

    def _remember_caller(self, book: Book, decision: Decision, cause: Cause) -> None:
        """The callback rule belongs to callers: keep their lines."""
        match decision.event:
            case CallbackOwed(caller=caller, call=call) if decision.ticket is not None:
                line = book.line(caller)
                line.owes(decision.ticket, call)
            case CallerReached(caller=caller, happened_at=at) if cause.asked is not None:
                line = book.line(caller)
                line.reached(at, cause.asked.offset)
            case _:
                return
        book.put_line(line)
        self._outbox.line(book, line)

    def _count(self, event: Event, ticket: Ticket) -> None:
        self.open_tickets.count(ticket)
        if isinstance(event, ClockStarted | ClockMoved):
            self.deadlines.put(ticket.clock(event.rule, event.cycle))

    def _forget(self, book: Book, ticket: Ticket) -> None:
        book.drop(ticket)
        self._outbox.no_ticket(ticket)
        for line in [line for line in map(book.line, ticket.contacts) if ticket.id in line.homes]:
            line.homes.remove(ticket.id)
            self._outbox.line(book, line)


def _opened(book: Book, event: TicketOpened, cause: Cause) -> Ticket:
    ticket = opened(event, book.tenant.name, cause.at, cause.asked.offset if cause.asked else -1)
    book.tenant.tickets_opened += 1
    book.put(ticket)
    return ticket


def _heading(ticket: Ticket, event: Event, cause: Cause) -> Heading:
    """What a timer fires is caused by what its clock runs by."""
    offsets = cause.offsets
    if cause.asked is None and isinstance(event, ClockEvent):
        offsets = tuple(ticket.clock(event.rule, event.cycle).offsets)
    input_id, salt = (cause.asked.id, cause.asked.salt) if cause.asked else (None, "")
    return Heading(cause.at, ticket.tenant, ticket.id, ticket.number, ticket.sequence, input_id, offsets, salt)
