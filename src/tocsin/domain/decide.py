"""What an input means: for every body one function from what is known to the events that follow.

A refusal is an event too. Nothing is changed here; `evolve` applies the events, `settle` draws the clocks after them.
"""

from functools import singledispatch
from typing import NamedTuple

from tocsin.domain.book import Book
from tocsin.domain.callback import home_of, line_of_call
from tocsin.domain.commands import (
    AdoptContract,
    Body,
    CallPlaced,
    CallReceived,
    DeskCommand,
    Detection,
    EmailReceived,
    EmailSent,
    Input,
)
from tocsin.domain.decision import Decision, ticket_id, work_done
from tocsin.domain.desk import at_desk
from tocsin.domain.events import (
    CallAttempted,
    CallbackOwed,
    CallerReached,
    CallReturned,
    ChannelViolated,
    ContactJoined,
    ContractAdopted,
    DetectionIgnored,
    DetectionRepeated,
    Event,
    EvidenceTooLate,
    OutboundNoted,
    PriorityChanged,
    TicketOpened,
    TicketReopened,
)
from tocsin.domain.instant import Instant
from tocsin.domain.ticket import Ticket
from tocsin.domain.vocabulary import (
    SEVERITIES,
    CallOutcome,
    Channel,
    Evidence,
    Priority,
    Purpose,
    Severity,
    Stage,
)

_EVIDENCE_OF = {
    Purpose.CALLBACK: Evidence.RESPONSE,
    Purpose.RESPONSE: Evidence.RESPONSE,
    Purpose.ACTION_PLAN: Evidence.ACTION_PLAN,
    Purpose.WORKAROUND: Evidence.WORKAROUND,
    Purpose.RESOLUTION: Evidence.RESOLUTION,
    Purpose.STATUS_REPORT: Evidence.STATUS_REPORT,
}


@singledispatch
def decide(body: Body | DeskCommand, asked: Input, book: Book, now: Instant) -> list[Decision]:
    """The events that follow from `asked`, whose body is `body`, at the shard's clock `now`."""
    raise NotImplementedError(f"nothing decides {type(body).__name__}")


@decide.register
def _(body: AdoptContract, asked: Input, book: Book, now: Instant) -> list[Decision]:
    unchanged = (body.contract_hash, body.plan, list(body.contacts)) == (
        book.tenant.contract,
        book.tenant.plan,
        book.tenant.contacts,
    )
    if unchanged or (body.unless_adopted and book.tenant.contract):
        return []
    name = book.contracts[body.contract_hash].name
    adopted = ContractAdopted(contract=body.contract_hash, name=name, plan=body.plan, contacts=body.contacts)
    return [Decision(None, adopted)]


@decide.register
def _(body: DeskCommand, asked: Input, book: Book, now: Instant) -> list[Decision]:
    return [at_desk(body, asked, book)]


# ---- detections


@decide.register
def _(body: Detection, asked: Input, book: Book, now: Instant) -> list[Decision]:
    key = body.key or f"{body.signature} {body.asset}"
    known = book.of_detection(key)
    if known and known.stage is not Stage.CLOSED:
        return _repeat(body, known, book, now)
    worth = book.plan.detections.priorities.get(body.severity) if book.plan.detections else None
    if worth is None:
        return [Decision(None, DetectionIgnored(signature=body.signature, severity=body.severity))]
    opened = _opened(
        asked,
        book,
        channel=Channel.SENSOR,
        priority=worth,
        title=body.title,
        evidence=Evidence.DETECTION,
        happened_at=now,  # a detection counts from when we learned of it
        severity=body.severity,
        correlation_key=key,
        linked_to=known.number if known else None,
    )
    return [Decision(opened.id, opened)]


def _repeat(body: Detection, ticket: Ticket, book: Book, now: Instant) -> list[Decision]:
    events: list[Event] = []
    if not ticket.open:
        events.append(TicketReopened(happened_at=now, reason="the detection was repeated"))
    starts_at = None if ticket.open else now
    events.append(DetectionRepeated(severity=body.severity, repeats=ticket.repeats + 1, starts_at=starts_at))
    worse = _worse_priority(body.severity, ticket, book)
    if worse:
        reason = f"severity rose to {body.severity}"
        events.append(
            PriorityChanged(
                priority=worse, previous=ticket.priority, reason=reason, by_detection=True, severity=body.severity
            )
        )
    return [Decision(ticket.id, event) for event in events]


def _worse_priority(severity: Severity, ticket: Ticket, book: Book) -> Priority | None:
    contract, rule = book.contracts[ticket.contract], book.plan_of(ticket).detections
    if rule is None or ticket.severity is None or SEVERITIES.index(severity) <= SEVERITIES.index(ticket.severity):
        return None
    worth = rule.priorities.get(severity)
    return worth if worth and contract.rank(worth) < contract.rank(ticket.priority) else None


# ---- what the client says


@decide.register
def _(body: CallReceived, asked: Input, book: Book, now: Instant) -> list[Decision]:
    known = (
        book.named(body.ticket)
        or book.of_client(body.client_ticket)
        or next((home for home in book.homes(body.caller) if home.open), None)
        or book.only_open_of(body.caller)
    )
    contact = _Contact(
        channel=Channel.PHONE,
        evidence=Evidence.CALL_ANSWERED if body.answered else Evidence.CALL_MISSED,
        who=body.caller,
        title="Call" if body.answered else "Missed call",
        subject=body.summary,
        named=body.ticket,
        client_ticket=body.client_ticket,
        priority=body.priority,
    )
    decisions = _join_or_open(contact, asked, book, known)
    if body.answered:
        return decisions + _reached(body.caller, asked, book)
    return decisions + _callback_owed(body, asked, book, joined=decisions[-1].ticket)


def _callback_owed(body: CallReceived, asked: Input, book: Book, joined: str | None) -> list[Decision]:
    """The missed call, on the ticket that keeps what its caller is owed, with the returns that we know of."""
    line = book.line(body.caller)
    home = home_of(line, asked.happened_at, book.homes(body.caller))
    owed = CallbackOwed(caller=body.caller, call=body.call, happened_at=asked.happened_at)
    known_returns = [
        CallReturned(happened_at=mark.at, offset=mark.offset)
        for mark in [*line.returns, *book.line(line_of_call(body.call)).returns]
        if mark.at >= asked.happened_at and not (home and mark in home.marks)
    ]
    return [Decision(home.id if home else joined, event) for event in (owed, *known_returns)]


@decide.register
def _(body: EmailReceived, asked: Input, book: Book, now: Instant) -> list[Decision]:
    known = (
        book.named(body.ticket)
        or book.of_client(body.client_ticket)
        or book.of_thread((body.in_reply_to, *reversed(body.references)))
        or (None if body.automatic else book.only_open_of(body.sender))
    )
    contact = _Contact(
        channel=Channel.EMAIL,
        evidence=None if body.automatic and known else Evidence.EMAIL_RECEIVED,
        who=body.sender,
        title="Mail",
        subject=body.subject,
        named=body.ticket,
        client_ticket=body.client_ticket,
        priority=body.priority,
        message=body.message_id,
    )
    return _join_or_open(contact, asked, book, known)


class _Contact(NamedTuple):
    """A client's call or mail, as far as tickets go. `evidence` None: it starts no clock."""

    channel: Channel
    evidence: Evidence | None
    who: str
    title: str
    subject: str | None
    named: str | None
    client_ticket: str | None
    priority: Priority | None
    message: str | None = None


def _join_or_open(contact: _Contact, asked: Input, book: Book, known: Ticket | None) -> list[Decision]:
    if known is None:
        return _open(contact, asked, book, linked_to=None)
    was_over = known.resolved_at is not None and asked.happened_at > known.resolved_at
    if was_over and known.stage is Stage.CLOSED and contact.evidence:
        return _open(contact, asked, book, linked_to=known.number)
    return _join(contact, asked, book, known, reopens=was_over and contact.evidence is not None)


def _join(contact: _Contact, asked: Input, book: Book, known: Ticket, *, reopens: bool) -> list[Decision]:
    joined = ContactJoined(
        channel=contact.channel,
        evidence=contact.evidence,
        happened_at=asked.happened_at,
        client_ticket=contact.client_ticket,
        message=contact.message,
        contact=contact.who,
    )
    events: list[Event] = [joined]
    if reopens:
        events.insert(0, TicketReopened(happened_at=asked.happened_at, reason="the client turned to us again"))
    contract = book.contracts[known.contract]
    claimed = contact.priority
    if claimed in contract.priorities and contract.rank(claimed) < contract.rank(known.priority):
        events.append(PriorityChanged(priority=claimed, previous=known.priority, reason="claimed by the client"))
    return [Decision(known.id, event) for event in events]


def _open(contact: _Contact, asked: Input, book: Book, linked_to: str | None) -> list[Decision]:
    claimed = contact.priority if contact.priority in book.contract.priorities else None
    priority = claimed or book.plan.default_priority
    opened = _opened(
        asked,
        book,
        channel=contact.channel,
        priority=priority,
        title=contact.title,
        subject=contact.subject,
        evidence=contact.evidence or Evidence.EMAIL_RECEIVED,
        happened_at=asked.happened_at,
        client_ticket=contact.client_ticket,
        message=contact.message,
        contact=contact.who,
        linked_to=linked_to,
    )
    events: list[Event] = [opened]
    events += [
        ChannelViolated(channel=contact.channel, priority=priority, clause=rule.cites.clause)
        for rule in book.plan.channels
        if rule.priority == priority and contact.channel not in rule.channels
    ]
    if contact.named is not None and book.forgotten(contact.named):
        events.append(EvidenceTooLate(number=contact.named.upper()))
    return [Decision(opened.id, event) for event in events]


def _opened(  # noqa: PLR0913 - the facts of a new ticket, by name
    asked: Input,
    book: Book,
    *,
    channel: Channel,
    priority: Priority,
    title: str,
    evidence: Evidence,
    happened_at: Instant,
    subject: str | None = None,
    severity: Severity | None = None,
    correlation_key: str | None = None,
    client_ticket: str | None = None,
    message: str | None = None,
    contact: str | None = None,
    linked_to: str | None = None,
) -> TicketOpened:
    tenant = book.tenant
    return TicketOpened(
        id=ticket_id(tenant.name, asked.source, asked.id),
        number=f"{tenant.name.upper()}-{tenant.tickets_opened + 1:06d}",
        contract=tenant.contract,
        plan=tenant.plan,
        channel=channel,
        priority=priority,
        title=title,
        subject=subject,
        evidence=evidence,
        happened_at=happened_at,
        severity=severity,
        correlation_key=correlation_key,
        client_ticket=client_ticket,
        message=message,
        contact=contact,
        linked_to=linked_to,
    )


# ---- what we say


def _reached(caller: str, asked: Input, book: Book) -> list[Decision]:
    """We spoke to `caller`: every ticket that keeps a callback for them hears of it, and so will later ones."""
    reached = Decision(None, CallerReached(caller=caller, happened_at=asked.happened_at))
    returned = CallReturned(happened_at=asked.happened_at, offset=asked.offset)
    return [*(Decision(home.id, returned) for home in book.homes(caller)), reached]


@decide.register
def _(body: CallPlaced, asked: Input, book: Book, now: Instant) -> list[Decision]:
    caller = (book.caller_of(body.returns) if body.returns else None) or body.callee
    homes = book.homes(caller)
    ticket = book.named(body.ticket) or next(iter(homes), None) or book.only_open_of(caller)
    got_through = body.outcome in (book.plan_of(ticket) if ticket else book.plan).returns_a_call
    decisions = _reached(caller, asked, book) if got_through else []
    if got_through and body.returns and book.caller_of(body.returns) is None:
        decisions += _reached(line_of_call(body.returns), asked, book)
    if body.outcome is CallOutcome.REACHED and ticket:
        decisions.insert(
            0, Decision(ticket.id, work_done(_EVIDENCE_OF[body.purpose], asked, Channel.PHONE, body.analyst))
        )
    elif not got_through and ticket:
        attempted = CallAttempted(
            outcome=body.outcome, happened_at=asked.happened_at, call=body.call, analyst=body.analyst
        )
        decisions.insert(0, Decision(ticket.id, attempted))
    elif not homes:
        decisions.insert(0, _unmatched(Channel.PHONE, body, book, None))
    return decisions


@decide.register
def _(body: EmailSent, asked: Input, book: Book, now: Instant) -> list[Decision]:
    ticket = (
        book.named(body.ticket)
        or book.of_client(body.client_ticket)
        or book.of_thread((body.in_reply_to, *reversed(body.references)))
        or next((found for to in body.recipients if (found := book.only_open_of(to))), None)
    )
    if ticket is None:
        return [_unmatched(Channel.EMAIL, body, book, body.message_id)]
    if body.automatic:
        noted = OutboundNoted(
            channel=Channel.EMAIL,
            purpose=body.purpose,
            analyst=body.analyst,
            why="automatic",
            message=body.message_id,
        )
        return [Decision(ticket.id, noted)]
    work = work_done(_EVIDENCE_OF[body.purpose], asked, Channel.EMAIL, body.analyst, message=body.message_id)
    return [Decision(ticket.id, work)]


def _unmatched(channel: Channel, body: CallPlaced | EmailSent, book: Book, message: str | None) -> Decision:
    why = "too late" if book.forgotten(body.ticket) else "no ticket is known for it"
    noted = OutboundNoted(channel=channel, purpose=body.purpose, analyst=body.analyst, why=why, message=message)
    return Decision(None, noted)
