"""Decides on calls that we placed and mails that we sent. Their purpose tells which work was done."""

from msgspec.structs import replace

from tocsin.domain.commands.inbound import CallPlaced, EmailSent, Input
from tocsin.domain.contract.evidence import EvidenceKind, kind_of_purpose
from tocsin.domain.decide.addressee import is_client, why_no_answer
from tocsin.domain.decide.bounces import bounced_before
from tocsin.domain.decide.callbacks import caller_reached
from tocsin.domain.decide.decision import Decision, work_done
from tocsin.domain.decide.matter import of_call_back, of_mail
from tocsin.domain.decide.reach import by_return, given_by
from tocsin.domain.events import Event
from tocsin.domain.events.contact import CallAttempted, OutboundNoted
from tocsin.domain.events.ticket import WorkDone
from tocsin.domain.state.marks import with_answer
from tocsin.domain.state.persons import number_of
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import CallOutcome, Channel, Objective, Setter


def call_placed(body: CallPlaced, message: Input, state: TenantState) -> list[Decision]:
    """A call that got through returns what its callee is owed; one that reached them is work on their ticket."""
    reach = by_return(body, state)
    returned = state.caller_of(body.returns) if body.returns else None
    caller = number_of(returned) if returned else body.callee
    callers = tuple(dict.fromkeys((caller, body.callee)))
    homes = list({home.id: home for person in given_by(reach, state) for home in state.kept_for(person)}.values())
    ticket = of_call_back(body, message.happened_at, state) or _owed_by(homes) or _only_one_open((caller,), state)
    plan = state.plan_of(ticket) if ticket else state.plan
    about_ticket = _about_ticket(body, callers, message, state, ticket)
    decisions = [Decision(ticket.id, about_ticket)] if ticket and about_ticket else []
    if body.outcome in plan.returns_a_call:
        decisions += caller_reached(reach, message, state)
    if ticket is None and not homes:
        decisions.append(_unmatched(body, Channel.PHONE, (body.callee,), state))
    return decisions


def _owed_by(homes: list[Ticket]) -> Ticket | None:
    """Of the tickets that keep callbacks for a caller, the one that owes one now, or else an open one."""
    owing = [home for home in homes if any(c.running and c.objective == Objective.CALLBACK for c in home.clocks)]
    return next(iter([*owing, *(home for home in homes if home.open), *homes]), None)


def _about_ticket(
    body: CallPlaced, callers: tuple[str, ...], message: Input, state: TenantState, ticket: Ticket | None
) -> Event | None:
    """The work that a call which reached somebody shows, or the attempt; none for a message that returns a call."""
    if ticket is None:
        return None
    if body.outcome is CallOutcome.REACHED:
        if why := why_no_answer(state, ticket, callers):
            return _noted(body, Channel.PHONE, why)
        if kind := _kind(body, Setter.CALL, state, ticket):
            return work_done(kind.name, message, Channel.PHONE, body.analyst)
        return _unknown(body, Channel.PHONE, state, ticket)
    if body.outcome in state.plan_of(ticket).returns_a_call:
        return None
    return CallAttempted(outcome=body.outcome, happened_at=message.happened_at, call=body.call, analyst=body.analyst)


def email_sent(body: EmailSent, message: Input, state: TenantState) -> list[Decision]:
    """A mail by a person to the client is work on the ticket that it belongs to."""
    ticket = of_mail(body, message.happened_at, state) or _meant_by(body, state)
    if ticket is None and body.named_elsewhere:
        return []
    if ticket is None:
        return [_unmatched(body, Channel.EMAIL, body.recipients, state)]
    if body.automatic:
        return [Decision(ticket.id, _noted(body, Channel.EMAIL, "automatic"))]
    if why := why_no_answer(state, ticket, body.recipients):
        return [Decision(ticket.id, _noted(body, Channel.EMAIL, why))]
    kind = _kind(body, Setter.EMAIL, state, ticket)
    if kind is None:
        return [Decision(ticket.id, _unknown(body, Channel.EMAIL, state, ticket))]
    followed = body.recipients if state.plan_of(ticket).bounce_withdraws_answer else ()
    clients = {who for who in followed if is_client(state, ticket, who)}
    work = WorkDone(
        evidence=kind.name,
        happened_at=message.happened_at,
        channel=Channel.EMAIL,
        analyst=body.analyst,
        message=body.message_id,
        recipients=tuple(who for who in followed if who in clients),
        others=tuple(who for who in followed if who not in clients),
    )
    answers = with_answer((), message.offset, work)
    return [Decision(ticket.id, work), *(it for each in answers for it in bounced_before(each, ticket, state))]


def _kind(body: CallPlaced | EmailSent, setter: Setter, state: TenantState, ticket: Ticket) -> EvidenceKind | None:
    """The work that a call or mail of that purpose is, by the contract of its ticket; None for an unknown purpose."""
    return kind_of_purpose(body.purpose, setter, state.contracts[ticket.contract].milestones)


def _unknown(body: CallPlaced | EmailSent, channel: Channel, state: TenantState, ticket: Ticket) -> OutboundNoted:
    """What is done for a purpose that the contract does not know is no work that it knows. The word is told once."""
    word = f"purpose: {body.purpose}"
    noted = _noted(body, channel, f"{state.contracts[ticket.contract].name} has no such purpose for it")
    return noted if word in ticket.unknown else replace(noted, unknown=word)


def _meant_by(body: EmailSent, state: TenantState) -> Ticket | None:
    """The ticket that a mail without a name answers: the only open one, if it goes to nobody but that client."""
    if body.named_elsewhere:
        return None
    ticket = _only_one_open(body.recipients, state)
    return ticket if ticket and all(is_client(state, ticket, who) for who in body.recipients) else None


def _only_one_open(people: tuple[str, ...], state: TenantState) -> Ticket | None:
    """The ticket that is open for one of `people`, if there is exactly one: what we answer without naming it."""
    theirs = {ticket.id: ticket for who in people for ticket in state.open_of(who)}
    return next(iter(theirs.values())) if len(theirs) == 1 else None


def _unmatched(body: CallPlaced | EmailSent, channel: Channel, people: tuple[str, ...], state: TenantState) -> Decision:
    candidates = sorted({number for who in people for number in state.related_to(who)})
    why = f"it names none of {', '.join(candidates)}" if candidates else "no ticket is known for it"
    return Decision(None, _noted(body, channel, "too late" if state.forgotten(body.ticket) else why))


def _noted(body: CallPlaced | EmailSent, channel: Channel, why: str) -> OutboundNoted:
    mail = body.message_id if isinstance(body, EmailSent) else None
    return OutboundNoted(channel=channel, purpose=body.purpose, analyst=body.analyst, why=why, message=mail)
