"""What analysts ask for at the desk: one function per verb. What cannot be done is refused with a reason."""

from dataclasses import dataclass
from functools import singledispatch

from tocsin.domain.book import Book
from tocsin.domain.commands import (
    Acknowledge,
    AddNote,
    Assign,
    Close,
    DeskCommand,
    EstablishActionPlan,
    Hold,
    Input,
    Link,
    ProvideWorkaround,
    Readopt,
    Reclassify,
    Reopen,
    Resolve,
    Respond,
    Resume,
)
from tocsin.domain.decision import Decision, work_done
from tocsin.domain.events import (
    CommandRejected,
    ContractReadopted,
    Event,
    NoteAdded,
    PriorityChanged,
    TicketAcknowledged,
    TicketAssigned,
    TicketClosed,
    TicketHeld,
    TicketLinked,
    TicketReopened,
    TicketResumed,
)
from tocsin.domain.ticket import Ticket
from tocsin.domain.vocabulary import Channel, Evidence, Stage


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command cannot be carried out: a word for machines, then a sentence for people."""

    reason: str
    detail: str


def at_desk(body: DeskCommand, asked: Input, book: Book) -> Decision:
    """What becomes of `body`: the event that it asks for, or its rejection."""
    ticket = book.named(body.ticket)
    if ticket is None:
        known = "was closed long ago and is forgotten" if book.forgotten(body.ticket) else "is not known"
        return _rejected(body, None, Refusal("unknown_ticket", f"ticket {body.ticket} {known}"))
    answer = carry_out(body, asked, book, ticket)
    return _rejected(body, ticket, answer) if isinstance(answer, Refusal) else Decision(ticket.id, answer)


def _rejected(body: DeskCommand, ticket: Ticket | None, refusal: Refusal) -> Decision:
    command = type(body).__name__
    rejected = CommandRejected(command=command, reason=refusal.reason, detail=refusal.detail, analyst=body.analyst)
    return Decision(ticket.id if ticket else None, rejected)


@singledispatch
def carry_out(body: DeskCommand, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    """The event that `body` makes on `ticket`, or why it cannot be."""
    raise NotImplementedError(f"nothing carries out {type(body).__name__}")


def _closed(ticket: Ticket) -> Refusal | None:
    if ticket.stage is not Stage.CLOSED:
        return None
    return Refusal("ticket_closed", f"{ticket.number} is closed; reopen it first")


@carry_out.register
def _(body: Acknowledge, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    if refusal := _closed(ticket):
        return refusal
    if ticket.acknowledgement:
        return Refusal("already_acknowledged", f"{ticket.number} has been taken by {ticket.acknowledgement.by}")
    plan = book.plan_of(ticket)
    lasts = plan.acknowledgement_expires_by_priority.get(ticket.priority, plan.acknowledgement_expires)
    return TicketAcknowledged(happened_at=asked.happened_at, expires_at=asked.happened_at + lasts, analyst=body.analyst)


@carry_out.register
def _(body: Respond, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    return work_done(Evidence.RESPONSE, asked, Channel.DESK, body.analyst, note=body.note)


@carry_out.register
def _(body: EstablishActionPlan, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    note = f"{body.note} [{body.timeframe}]" if body.timeframe else body.note
    return work_done(Evidence.ACTION_PLAN, asked, Channel.DESK, body.analyst, note=note)


@carry_out.register
def _(body: ProvideWorkaround, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    return work_done(Evidence.WORKAROUND, asked, Channel.DESK, body.analyst, note=body.note)


@carry_out.register
def _(body: Resolve, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    if ticket.resolved_at is not None and asked.happened_at >= ticket.resolved_at:
        return Refusal("already_resolved", f"{ticket.number} has been resolved")
    return work_done(Evidence.RESOLUTION, asked, Channel.DESK, body.analyst, note=body.note)


@carry_out.register
def _(body: Hold, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    if not ticket.open:
        return Refusal("not_open", f"{ticket.number} is {ticket.stage}; there is nothing to wait for")
    if ticket.held:
        return Refusal("already_on_hold", f"{ticket.number} waits already: {ticket.held.reason}")
    return TicketHeld(reason=body.reason, happened_at=asked.happened_at, analyst=body.analyst)


@carry_out.register
def _(body: Resume, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    held = ticket.held
    if held is None:
        return Refusal("not_on_hold", f"{ticket.number} is not on hold")
    return TicketResumed(happened_at=max(asked.happened_at, held.start), analyst=body.analyst)


@carry_out.register
def _(body: Reclassify, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    priorities = book.contracts[ticket.contract].priorities
    if body.priority not in priorities:
        return Refusal("unknown_priority", f"{body.priority} is none of {', '.join(priorities)}")
    if body.priority == ticket.priority:
        return Refusal("same_priority", f"{ticket.number} has priority {ticket.priority} already")
    if refusal := _closed(ticket):
        return refusal
    return PriorityChanged(
        priority=body.priority, previous=ticket.priority, reason=body.reason or "reclassified", analyst=body.analyst
    )


@carry_out.register
def _(body: Assign, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    return _closed(ticket) or TicketAssigned(assignee=body.assignee, analyst=body.analyst)


@carry_out.register
def _(body: Link, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    other = book.named(body.other)
    if other is None or other is ticket:
        return Refusal("unknown_ticket", f"{body.other} is no other ticket of {ticket.tenant}")
    return TicketLinked(other=other.number, analyst=body.analyst)


@carry_out.register
def _(body: AddNote, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    return NoteAdded(note=body.note, analyst=body.analyst)


@carry_out.register
def _(body: Close, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    return _closed(ticket) or TicketClosed(happened_at=asked.happened_at, analyst=body.analyst, note=body.note)


@carry_out.register
def _(body: Reopen, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    if ticket.open:
        return Refusal("not_resolved", f"{ticket.number} is open")
    return TicketReopened(happened_at=asked.happened_at, reason=body.reason or "reopened", analyst=body.analyst)


@carry_out.register
def _(body: Readopt, asked: Input, book: Book, ticket: Ticket) -> Event | Refusal:
    if refusal := _closed(ticket):
        return refusal
    if (ticket.contract, ticket.plan) == (book.tenant.contract, book.tenant.plan):
        return Refusal("same_contract", f"{ticket.number} follows the contract of {ticket.tenant} already")
    if ticket.priority not in book.contract.priorities:
        return Refusal("unknown_priority", f"the new contract knows no priority {ticket.priority}; reclassify first")
    return ContractReadopted(
        contract=book.tenant.contract, previous=ticket.contract, plan=book.tenant.plan, analyst=body.analyst
    )
