"""Decides on calls, mails, requests and notices from the client."""

from tocsin.domain.commands.inbound import (
    CallReceived,
    DeletionDemanded,
    EmailReceived,
    EquipmentFailed,
    Input,
    RequestSubmitted,
    StatusRequested,
)
from tocsin.domain.decide.bounces import bounced
from tocsin.domain.decide.callbacks import callback_owed, caller_reached
from tocsin.domain.decide.client_contact import ClientContact
from tocsin.domain.decide.confirmation import confirmation
from tocsin.domain.decide.cover import Cover, cover
from tocsin.domain.decide.decision import Decision, Refusal, events_of, ticket_id
from tocsin.domain.decide.entitlement import may_ask, must_be_confirmed
from tocsin.domain.decide.legs import another_leg, earlier_legs, names_no_other
from tocsin.domain.decide.matter import is_over, of_call, of_mail, of_request, of_status_request
from tocsin.domain.decide.naming import name_server
from tocsin.domain.decide.open import open_ticket, ticket_number
from tocsin.domain.decide.priorities import asked_by_other_channel, claim, noted_claim
from tocsin.domain.decide.reach import by_answer
from tocsin.domain.events import Event
from tocsin.domain.events.contact import ContactJoined, ContactRefused, SenderDoubted
from tocsin.domain.events.ticket import EvidenceTooLate, PriorityChanged, TicketOpened
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import UNCONFIRMED, Ticket
from tocsin.domain.vocabulary import Channel, Evidence


def call_received(body: CallReceived, message: Input, state: TenantState) -> list[Decision]:
    """A call joins or opens a ticket; a missed one is owed a callback, an answered one gives what was owed."""
    client = ClientContact(
        channel=Channel.PHONE,
        evidence=Evidence.CALL_ANSWERED if body.answered else Evidence.CALL_MISSED,
        contact=body.caller,
        title="Call" if body.answered else "Missed call",
        subject=body.summary,
        names=body.ticket,
        client_ticket=body.client_ticket,
        priority=body.priority,
        server=body.server,
        name=body.contact,
        analyst=body.analyst,
        call=body.call,
        as_written=body.as_written,
    )
    legs = earlier_legs(body, message, state)
    if same := next((leg.ticket for leg in legs if names_no_other(body, leg.ticket, state)), None):
        decisions = _join_leg(client, message, state, same)
    else:
        decisions = _join_or_open(client, message, state, of_call(body, message.happened_at, state))
    joined = decisions[-1].ticket
    decisions += another_leg(body, message, state, legs)
    if body.answered:
        return decisions + caller_reached(by_answer(body, state), message, state)
    return decisions if legs else decisions + callback_owed(body, message, state, joined)


def email_received(body: EmailReceived, message: Input, state: TenantState) -> list[Decision]:
    """A mail joins the ticket that it names or continues, or opens one; a report may say that ours did not arrive."""
    if body.spoofed:
        return _spoofed(body, message, state)
    if bounces := bounced(body, state):
        return bounces
    known = of_mail(body, message.happened_at, state)
    client = ClientContact(
        channel=Channel.EMAIL,
        evidence=None if body.automatic and known else Evidence.EMAIL_RECEIVED,
        contact=body.sender,
        title="Mail",
        subject=body.subject,
        names=body.ticket,
        client_ticket=body.client_ticket,
        priority=body.priority,
        message=body.message_id,
        server=body.server,
    )
    return _join_or_open(client, message, state, known)


def _spoofed(body: EmailReceived, message: Input, state: TenantState) -> list[Decision]:
    """A mail that only claims who wrote it is a stranger's: it names no ticket, no thread and nobody whom we know."""
    client = ClientContact(
        channel=Channel.EMAIL,
        evidence=Evidence.EMAIL_RECEIVED,
        contact=f"claims to be {body.sender}",
        title="Mail",
        subject=body.subject,
    )
    if may_ask(state, client.contact, client.name):  # a refusal would leave nothing to look into
        decisions = _open(client._replace(what=UNCONFIRMED), message, state, linked_to=None)
    else:
        decisions = _join_or_open(client, message, state, None)
    return [*decisions, Decision(decisions[0].ticket, SenderDoubted(claimed=body.sender))]


def request_submitted(body: RequestSubmitted, message: Input, state: TenantState) -> list[Decision]:
    """A request by portal or web joins the ticket that it names, or opens one: a form means a new case."""
    client = ClientContact(
        channel=body.channel,
        evidence=Evidence.PORTAL_REQUEST,
        contact=body.contact,
        title="Request",
        subject=body.subject,
        names=body.ticket,
        client_ticket=body.client_ticket,
        priority=body.priority,
        server=body.server,
    )
    return _join_or_open(client, message, state, of_request(body, message.happened_at, state))


def status_requested(body: StatusRequested, message: Input, state: TenantState) -> list[Decision]:
    """A client who asks for the status is owed a report on the ticket."""
    known = of_status_request(body, message.happened_at, state)
    client = ClientContact(
        channel=body.channel,
        evidence=Evidence.STATUS_REQUESTED,
        contact=body.contact,
        title="Status request",
        names=body.ticket,
        client_ticket=body.client_ticket,
    )
    return _join_or_open(client, message, state, known)


def equipment_failed(body: EquipmentFailed, message: Input, state: TenantState) -> list[Decision]:
    """Failed equipment is a ticket of its own. A word that the contract does not know is marked."""
    plan = state.plan
    kind = plan.kind_named(body.kind)
    unknown = []
    if kind is None and plan.equipment is not None:
        unknown.append(f"kind: {body.kind}")
    if body.excluded_by is not None and plan.exclusion_named(body.excluded_by) is None:
        unknown.append(f"exclusion: {body.excluded_by}")
    client = ClientContact(
        channel=Channel.PORTAL,
        evidence=Evidence.EQUIPMENT_FAILED,
        contact=body.contact,
        title=f"{body.device} has failed",
        what=kind or body.kind,
        excluded_by=body.excluded_by,
        unknown=tuple(unknown),
    )
    return _join_or_open(client, message, state, None)


def deletion_demanded(body: DeletionDemanded, message: Input, state: TenantState) -> list[Decision]:
    """A notice to delete personal data is a ticket of its own; anybody may give it."""
    client = ClientContact(
        channel=Channel.EMAIL,
        evidence=Evidence.DELETION_NOTICE,
        contact=body.contact,
        title="Deletion notice",
        subject=body.subject,
        what="after_end" if body.after_end else "",
    )
    return _open(client, message, state, linked_to=None)


def _join_or_open(client: ClientContact, message: Input, state: TenantState, known: Ticket | None) -> list[Decision]:
    refused = may_ask(state, client.contact, client.name)
    if refused:
        return [Decision(None, _refused(client, message, refused.cites.clause))]
    plan = state.plan_of(known) if known else state.plan
    stranger = must_be_confirmed(state, plan, client.contact, client.name) if client.asks else None
    if stranger:
        client = client._replace(what=UNCONFIRMED)
    decisions = _join_or_open_as_known(client, message, state, known)
    joined = known if known and decisions[0].ticket == known.id else None
    follows = confirmation(stranger, joined, message.happened_at) if client.asks else []
    return decisions + [Decision(decisions[0].ticket, event) for event in follows]


def _join_leg(client: ClientContact, message: Input, state: TenantState, known: Ticket) -> list[Decision]:
    """Another leg of a call belongs to its ticket and begins nothing there, also where that is over by now."""
    stranger = must_be_confirmed(state, state.plan_of(known), client.contact, client.name)
    follows = [] if stranger else confirmation(None, known, message.happened_at)
    leg = client._replace(evidence=None, what=UNCONFIRMED if stranger else "")
    return _join(leg, message, state, known) + [Decision(known.id, event) for event in follows]


def _join_or_open_as_known(
    client: ClientContact, message: Input, state: TenantState, known: Ticket | None
) -> list[Decision]:
    if known is None:
        return _open(client, message, state, linked_to=None)
    if is_over(known, message.happened_at) and client.evidence:
        client = client._replace(server=client.server or known.server)
        return _open(client, message, state, linked_to=known.number)
    return _join(client, message, state, known)


def _refused(client: ClientContact, message: Input, clause: str) -> ContactRefused:
    return ContactRefused(
        channel=client.channel,
        contact=client.contact,
        clause=clause,
        happened_at=message.happened_at,
        subject=client.subject,
        name=client.name,
    )


def _join(client: ClientContact, message: Input, state: TenantState, known: Ticket) -> list[Decision]:
    contract = state.contracts[known.contract]
    claimed = contract.priority_named(client.priority) if client.what != UNCONFIRMED else None
    joined = ContactJoined(
        channel=client.channel,
        evidence=client.evidence,
        happened_at=message.happened_at,
        client_ticket=client.client_ticket,
        message=client.message,
        contact=client.contact,
        what=client.what,
        subject=client.subject,
        name=client.name,
        analyst=client.analyst,
        call=client.call,
        as_written=client.as_written or None,
    )
    claims = claim(claimed, known, message, contract) if claimed is not None else []
    raised = (each.priority for each in claims if isinstance(each, PriorityChanged))
    asked = asked_by_other_channel(next(raised, known.priority), client, message, known, contract)
    events: list[Event] = [joined, *_names_server(client, state, known), *claims, *asked]
    return [Decision(known.id, event) for event in events]


def _names_server(client: ClientContact, state: TenantState, known: Ticket) -> tuple[Event, ...]:
    """The events by which the client answers which server the ticket is about, where that has been asked for."""
    if client.server is None or "server" not in known.notices:
        return ()
    named = name_server(client.server, state, known, analyst=None)
    return () if isinstance(named, Refusal) else events_of(named)


def _open(client: ClientContact, message: Input, state: TenantState, linked_to: str | None) -> list[Decision]:
    claimed = state.contract.priority_named(client.priority)
    covered = Cover(state.plan.name, client.server)
    if client.asks:
        covered = cover(state, client.server, claimed, message.happened_at, message.recorded_at)
    opened = TicketOpened(
        id=ticket_id(message),
        number=ticket_number(state),
        contract=state.tenant.contract,
        plan=covered.plan,
        channel=client.channel,
        priority=claimed or state.contract.plans[covered.plan].default_priority,
        title=client.title,
        evidence=client.evidence or Evidence.EMAIL_RECEIVED,
        happened_at=message.happened_at,
        client_ticket=client.client_ticket,
        message=client.message,
        linked_to=linked_to,
        contact=client.contact,
        related=state.related_to(client.contact),
        subject=client.subject,
        what=client.what,
        server=covered.server,
        unknown_priority=client.priority if claimed is None else None,
        name=client.name,
        analyst=client.analyst,
        call=client.call,
        as_written=client.as_written or None,
        unknown=client.unknown,
    )
    decisions = open_ticket(opened, state, client.excluded_by or covered.excluded_by, covered.in_doubt_by)
    if claimed is not None and client.what != UNCONFIRMED:
        noted = noted_claim(claimed, opened.priority, state.contract.plans[covered.plan])
        decisions += [Decision(opened.id, event) for event in noted]
    if client.names is not None and state.forgotten(client.names):
        decisions.append(Decision(opened.id, EvidenceTooLate(number=client.names.upper())))
    return decisions
