"""What analysts ask for at the desk: one function per verb. What cannot be done is refused with a reason."""

from functools import singledispatch

from tocsin.domain.commands.desk import (
    Acknowledge,
    AddNote,
    Assign,
    Close,
    ConfirmDeletion,
    DeskCommand,
    EstablishActionPlan,
    Hold,
    Link,
    ProposeWork,
    ProvideWorkaround,
    Readopt,
    Reclassify,
    RecordAgreement,
    Reopen,
    ReportAccessMissing,
    ReportAccessRestored,
    Resolve,
    Respond,
    Resume,
    RuleOut,
    ShipReplacement,
    StartWork,
)
from tocsin.domain.commands.inbound import Input
from tocsin.domain.decide.answer import Answer, Refusal, events_of, together
from tocsin.domain.decide.decision import Decision, work_done
from tocsin.domain.decide.entitlement import exclusion
from tocsin.domain.events.contract import (
    ContractReadopted,
    ExclusionLifted,
    TicketRuledOut,
    WorkAgreed,
    WorkProposed,
    WorkStarted,
)
from tocsin.domain.events.ticket import (
    CommandRejected,
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
from tocsin.domain.state.evidence import begun_at
from tocsin.domain.state.tenant import Book
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Channel, Evidence, Stage

REMOTE_ACCESS_MISSING = "remote_access_missing"
"""The reason of a hold for which a contract may pause its clocks."""

NO_ACCESS_NO_ALTERNATIVE = "no_remote_access_no_alternative"
"""The reason for which a contract may end the duty to resolve."""


def at_desk(body: DeskCommand, asked: Input, book: Book) -> list[Decision]:
    """What becomes of `body`: the events that it asks for, or its rejection."""
    ticket = book.named(body.ticket)
    if ticket is None:
        known = "was closed long ago and is forgotten" if book.forgotten(body.ticket) else "is not known"
        return [_rejected(body, None, Refusal("unknown_ticket", f"ticket {body.ticket} {known}"))]
    answer = carry_out(body, asked, book, ticket)
    if isinstance(answer, Refusal):
        return [_rejected(body, ticket, answer)]
    return [Decision(ticket.id, event) for event in events_of(answer)]


def _rejected(body: DeskCommand, ticket: Ticket | None, refusal: Refusal) -> Decision:
    command = type(body).__name__
    rejected = CommandRejected(command=command, reason=refusal.reason, detail=refusal.detail, analyst=body.analyst)
    return Decision(ticket.id if ticket else None, rejected)


@singledispatch
def carry_out(body: DeskCommand, asked: Input, book: Book, ticket: Ticket) -> Answer:
    """The event that `body` makes on `ticket`, or why it cannot be."""
    raise NotImplementedError(f"nothing carries out {type(body).__name__}")


def _closed(ticket: Ticket) -> Refusal | None:
    if ticket.stage is not Stage.CLOSED:
        return None
    return Refusal("ticket_closed", f"{ticket.number} is closed; reopen it first")


@carry_out.register
def _(body: Acknowledge, asked: Input, book: Book, ticket: Ticket) -> Answer:
    if (refusal := _closed(ticket)) and not any(clock.running for clock in ticket.clocks):
        return refusal
    if ticket.acknowledgement:
        return Refusal("already_acknowledged", f"{ticket.number} has been taken already")
    plan = book.plan_of(ticket)
    lasts = plan.acknowledgement_expires_by_priority.get(ticket.priority, plan.acknowledgement_expires)
    return TicketAcknowledged(happened_at=asked.happened_at, expires_at=asked.happened_at + lasts, analyst=body.analyst)


@carry_out.register
def _(body: Respond, asked: Input, book: Book, ticket: Ticket) -> Answer:
    return work_done(Evidence.RESPONSE, asked, Channel.DESK, body.analyst, note=body.note)


@carry_out.register
def _(body: EstablishActionPlan, asked: Input, book: Book, ticket: Ticket) -> Answer:
    note = f"{body.note} [{body.timeframe}]" if body.timeframe else body.note
    return work_done(Evidence.ACTION_PLAN, asked, Channel.DESK, body.analyst, note=note)


@carry_out.register
def _(body: ProvideWorkaround, asked: Input, book: Book, ticket: Ticket) -> Answer:
    return work_done(Evidence.WORKAROUND, asked, Channel.DESK, body.analyst, note=body.note)


@carry_out.register
def _(body: Resolve, asked: Input, book: Book, ticket: Ticket) -> Answer:
    if ticket.resolved_at is not None and asked.happened_at >= ticket.resolved_at:
        return Refusal("already_resolved", f"{ticket.number} has been resolved")
    return work_done(Evidence.RESOLUTION, asked, Channel.DESK, body.analyst, note=body.note)


@carry_out.register
def _(body: Hold, asked: Input, book: Book, ticket: Ticket) -> Answer:
    if not ticket.open:
        return Refusal("not_open", f"{ticket.number} is {ticket.stage}; there is nothing to wait for")
    if ticket.held:
        return Refusal("already_on_hold", f"{ticket.number} waits already: {ticket.held.reason}")
    return TicketHeld(reason=body.reason, happened_at=asked.happened_at, analyst=body.analyst)


@carry_out.register
def _(body: Resume, asked: Input, book: Book, ticket: Ticket) -> Answer:
    held = ticket.held
    if held is None:
        return Refusal("not_on_hold", f"{ticket.number} is not on hold")
    return TicketResumed(happened_at=max(asked.happened_at, held.start), analyst=body.analyst)


@carry_out.register
def _(body: Reclassify, asked: Input, book: Book, ticket: Ticket) -> Answer:
    contract = book.contracts[ticket.contract]
    priority = contract.priority_named(body.priority)
    if priority is None:
        return Refusal("unknown_priority", f"{body.priority} is none of {', '.join(contract.priorities)}")
    if priority == ticket.priority:
        return Refusal("same_priority", f"{ticket.number} has priority {ticket.priority} already")
    if refusal := _closed(ticket):
        return refusal
    return PriorityChanged(
        priority=priority,
        previous=ticket.priority,
        reason=body.reason or "reclassified",
        happened_at=asked.happened_at,
        raised=contract.rank(priority) < contract.rank(ticket.priority),
        analyst=body.analyst,
    )


@carry_out.register
def _(body: Assign, asked: Input, book: Book, ticket: Ticket) -> Answer:
    return _closed(ticket) or TicketAssigned(
        assignee=body.assignee, analyst=body.analyst, happened_at=asked.happened_at
    )


@carry_out.register
def _(body: Link, asked: Input, book: Book, ticket: Ticket) -> Answer:
    other = book.named(body.other)
    if other is None or other is ticket:
        return Refusal("unknown_ticket", f"{body.other} is no other ticket of {ticket.tenant}")
    return TicketLinked(other=other.number, analyst=body.analyst)


@carry_out.register
def _(body: AddNote, asked: Input, book: Book, ticket: Ticket) -> Answer:
    return NoteAdded(note=body.note, analyst=body.analyst)


@carry_out.register
def _(body: Close, asked: Input, book: Book, ticket: Ticket) -> Answer:
    closed_at = max(asked.happened_at, begun_at(ticket.marks))
    return _closed(ticket) or TicketClosed(happened_at=closed_at, analyst=body.analyst, note=body.note)


@carry_out.register
def _(body: Reopen, asked: Input, book: Book, ticket: Ticket) -> Answer:
    if ticket.open:
        return Refusal("not_resolved", f"{ticket.number} is open")
    reopened_at = max(asked.happened_at, (ticket.resolved_at or 0) + 1)
    return TicketReopened(happened_at=reopened_at, reason=body.reason or "reopened", analyst=body.analyst)


@carry_out.register
def _(body: ReportAccessMissing, asked: Input, book: Book, ticket: Ticket) -> Answer:
    waits = _waits_for_access(body, asked, book, ticket)
    if body.alternative:
        return waits
    excluded = RuleOut(ticket=body.ticket, analyst=body.analyst, reason=NO_ACCESS_NO_ALTERNATIVE)
    return together(carry_out(excluded, asked, book, ticket), waits)


def _waits_for_access(body: ReportAccessMissing, asked: Input, book: Book, ticket: Ticket) -> Answer:
    """A hold of its own, in place of one for a reason for which no contract pauses its clocks."""
    waits = Hold(ticket=body.ticket, analyst=body.analyst, reason=REMOTE_ACCESS_MISSING)
    held = ticket.held
    if held is None or held.reason == REMOTE_ACCESS_MISSING:
        return carry_out(waits, asked, book, ticket)
    ended = TicketResumed(happened_at=max(asked.happened_at, held.start), analyst=body.analyst)
    return ended, TicketHeld(reason=waits.reason, happened_at=asked.happened_at, analyst=body.analyst)


@carry_out.register
def _(body: ReportAccessRestored, asked: Input, book: Book, ticket: Ticket) -> Answer:
    held = ticket.held
    answer: Answer = Refusal("access_not_missing", f"{ticket.number} does not wait for remote access")
    if held and held.reason == REMOTE_ACCESS_MISSING:
        answer = TicketResumed(happened_at=max(asked.happened_at, held.start), analyst=body.analyst)
    if NO_ACCESS_NO_ALTERNATIVE in ticket.ruled_out:
        answer = together(ExclusionLifted(reason=NO_ACCESS_NO_ALTERNATIVE, analyst=body.analyst), answer)
    return answer


@carry_out.register
def _(body: RuleOut, asked: Input, book: Book, ticket: Ticket) -> Answer:
    contract = book.contracts[ticket.contract]
    found = exclusion(contract, ticket.plan, body.reason)
    if found is None:
        reasons = ", ".join(each.reason for each in contract.plans[ticket.plan].exclusions) or "none"
        return Refusal("unknown_exclusion", f"{contract.name} has no exclusion {body.reason}; it has {reasons}")
    if body.reason in ticket.ruled_out:
        return Refusal("already_ruled_out", f"{ticket.number} is ruled out for that reason already")
    return TicketRuledOut(
        reason=found.reason, consequence=found.consequence, clause=found.cites.clause, analyst=body.analyst
    )


@carry_out.register
def _(body: ProposeWork, asked: Input, book: Book, ticket: Ticket) -> Answer:
    if body.work in (*ticket.proposed, *ticket.agreed):
        return Refusal("already_proposed", f"{body.work} has been proposed")
    clause = next((fee.cites.clause for fee in book.plan_of(ticket).fees if fee.work == body.work), "")
    return WorkProposed(work=body.work, clause=clause, analyst=body.analyst)


@carry_out.register
def _(body: RecordAgreement, asked: Input, book: Book, ticket: Ticket) -> Answer:
    if body.work not in ticket.proposed:
        return Refusal("not_proposed", f"{body.work} waits for no agreement on {ticket.number}")
    return WorkAgreed(work=body.work, agreed_by=body.agreed_by, analyst=body.analyst)


@carry_out.register
def _(body: StartWork, asked: Input, book: Book, ticket: Ticket) -> Answer:
    if body.work not in ticket.agreed:
        return Refusal("not_agreed", f"the client has not agreed to {body.work}; it may be proposed only")
    return WorkStarted(work=body.work, analyst=body.analyst)


@carry_out.register
def _(body: ShipReplacement, asked: Input, book: Book, ticket: Ticket) -> Answer:
    return work_done(Evidence.REPLACEMENT_SHIPPED, asked, Channel.DESK, body.analyst)


@carry_out.register
def _(body: ConfirmDeletion, asked: Input, book: Book, ticket: Ticket) -> Answer:
    return work_done(Evidence.DATA_DELETED, asked, Channel.DESK, body.analyst)


@carry_out.register
def _(body: Readopt, asked: Input, book: Book, ticket: Ticket) -> Answer:
    if refusal := _closed(ticket):
        return refusal
    if (ticket.contract, ticket.plan) == (book.tenant.contract, book.tenant.plan):
        return Refusal("same_contract", f"{ticket.number} follows the contract of {ticket.tenant} already")
    if ticket.priority not in book.contract.priorities:
        return Refusal("unknown_priority", f"the new contract knows no priority {ticket.priority}; reclassify first")
    return ContractReadopted(
        contract=book.tenant.contract, previous=ticket.contract, plan=book.tenant.plan, analyst=body.analyst
    )
