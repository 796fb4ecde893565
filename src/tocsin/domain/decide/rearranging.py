"""Decides on what an analyst moves between tickets: two that are one matter, and a contact that is another matter."""

from collections.abc import Iterator
from typing import assert_never

from tocsin.domain.commands.desk import Merge, Move, Rearrangement, Split
from tocsin.domain.commands.inbound import Input
from tocsin.domain.contract.evidence import BEGINNINGS, CHANNEL_OF
from tocsin.domain.decide.confirmation import confirmation_of_merged, confirmation_of_split
from tocsin.domain.decide.cover import CASES_USED
from tocsin.domain.decide.decision import Decision, Refusal, refuse_closed, ticket_id
from tocsin.domain.decide.open import ticket_number, violations
from tocsin.domain.decide.priorities import claim_to_answer, vendor_has_assigned
from tocsin.domain.events import Event
from tocsin.domain.events.clock import PromiseWithdrawn
from tocsin.domain.events.contact import ChannelViolated
from tocsin.domain.events.contract import ExclusionLifted
from tocsin.domain.events.rearranging import ContactSplit, TicketAbsorbed, TicketMerged, TicketMoved
from tocsin.domain.events.ticket import (
    IncidentsClosed,
    PriorityChanged,
    TicketOpened,
)
from tocsin.domain.instant import Instant
from tocsin.domain.state.parts import Received
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Mark, Ticket
from tocsin.domain.vocabulary import Evidence


def rearrange(command: Rearrangement, message: Input, state: TenantState, ticket: Ticket) -> list[Decision] | Refusal:
    """The events that `command` makes on `ticket` and on the other one, or why it cannot be."""
    match command:
        case Merge():
            return _merge(command, state, ticket)
        case Split():
            return _split(command, message, state, ticket)
        case Move():
            return _move(command, state, ticket)
        case forgotten:
            assert_never(forgotten)


def _merge(command: Merge, state: TenantState, ticket: Ticket) -> list[Decision] | Refusal:
    into = state.named(command.into)
    if into is None:
        return _unknown(command.into, state)
    if command.ticket.upper() not in (ticket.number, ticket.id.upper()):
        return Refusal("already_merged", f"{command.ticket.upper()} was merged into {ticket.number}")
    if into is ticket:
        return Refusal("same_ticket", f"{command.into} is {ticket.number} itself")
    if refusal := refuse_closed(ticket) or refuse_closed(into):
        return refusal
    missing = {mark.offset for mark in ticket.marks} - {mark.offset for mark in into.marks}
    absorbed = TicketAbsorbed(
        other=ticket.number, other_id=ticket.id, analyst=command.analyst, offsets=tuple(sorted(missing))
    )
    confirmed = confirmation_of_merged(ticket, into, state.plan_of(into).contacts)
    on_survivor = [absorbed, *confirmed, *_one_case(ticket, into), *_claims(ticket, into, state)]
    on_merged = [*_ended(ticket), TicketMerged(into=into.number, analyst=command.analyst)]
    return [
        *(Decision(into.id, event) for event in on_survivor),
        *(Decision(ticket.id, event) for event in on_merged),
    ]


def _one_case(ticket: Ticket, into: Ticket) -> Iterator[Event]:
    """Two tickets are one case: what was refused since the other one had used it up is served."""
    if CASES_USED in into.ruled_out and ticket.case_of == into.server:
        yield ExclusionLifted(reason=CASES_USED)


def _move(command: Move, state: TenantState, ticket: Ticket) -> list[Decision] | Refusal:
    if command.to == state.tenant.name:
        return Refusal("same_tenant", f"{ticket.number} is a ticket of {command.to}")
    events = [*_ended(ticket), TicketMoved(to=command.to, analyst=command.analyst)]
    return [Decision(ticket.id, event) for event in events]


def _unknown(name: str, state: TenantState) -> Refusal:
    prefix, dash, count = name.upper().rpartition("-")
    if dash and count.isdecimal() and prefix != state.tenant.name.upper():
        return Refusal("other_tenant", f"{name} is no ticket of {state.tenant.name}; move one of the two first")
    return Refusal("unknown_ticket", f"ticket {name} is not known")


def _claims(ticket: Ticket, into: Ticket, state: TenantState) -> Iterator[Event]:
    """The more urgent priority of the two holds, from when the merged ticket had it; the vendor's, if it is theirs."""
    contract = state.contracts[into.contract]
    if ticket.waits_for_a_call and not _rung(into):
        yield from _violated(ticket, into, state)
    if ticket.priority not in contract.priorities or contract.rank(ticket.priority) >= contract.rank(into.priority):
        return
    plan = contract.plans[into.plan]
    if vendor_has_assigned(into, plan) and not ticket.determined:
        yield claim_to_answer(ticket.priority, into, plan)
    else:
        yield PriorityChanged(
            priority=ticket.priority,
            previous=into.priority,
            reason=f"merged with {ticket.number}",
            happened_at=_had_its_priority_from(ticket),
            raised=True,
        )


def _rung(ticket: Ticket) -> bool:
    return any(mark.kind in (Evidence.CALL_ANSWERED, Evidence.CALL_MISSED) for mark in ticket.marks)


def _violated(ticket: Ticket, into: Ticket, state: TenantState) -> list[ChannelViolated]:
    asked_at = ticket.opening.at
    return violations(state.plan_of(into), ticket.channel, ticket.priority, asked_at, state.contracts[into.contract])


def _had_its_priority_from(ticket: Ticket) -> Instant:
    raised = (mark.at for mark in ticket.marks if mark.kind == Evidence.PRIORITY_RAISED)
    return max(raised, default=ticket.opening.at)


def _ended(ticket: Ticket) -> Iterator[Event]:
    """The end of what was promised and told on a ticket: from now on it is owed and told on another one."""
    for clock in ticket.clocks:
        if not clock.void:
            yield PromiseWithdrawn(
                rule=clock.rule, cycle=clock.cycle, objective=clock.objective, closes_incident=clock.paged
            )
    if ticket.notices:
        yield IncidentsClosed(topics=ticket.notices)


def _split(command: Split, message: Input, state: TenantState, ticket: Ticket) -> list[Decision] | Refusal:
    contacts = ticket.known_contacts
    named = [each for each in contacts if command.contact in (each.id, str(each.offset))]
    if not named:
        places = ", ".join(str(each.offset) for each in contacts) or "none"
        return Refusal("unknown_contact", f"{ticket.number} has no contact {command.contact}; its contacts: {places}")
    if len({each.offset for each in named}) > 1:
        places = ", ".join(str(each.offset) for each in named)
        return Refusal("several_contacts", f"several contacts are called {command.contact}; name one by {places}")
    contact = named[0]
    if not any(mark.kind in BEGINNINGS for mark in ticket.marks if mark.offset != contact.offset):
        return Refusal("only_contact", f"{ticket.number} is about nothing else")
    opening = next((mark for mark in ticket.marks if mark.offset == contact.offset and mark.kind in BEGINNINGS), None)
    if opening is None:
        return Refusal("starts_nothing", f"contact {command.contact} has started nothing that could go on elsewhere")
    opened = _opened(contact, opening, message, state, ticket)
    split = ContactSplit(offset=contact.offset, into=opened.number, into_id=opened.id, analyst=command.analyst)
    contract = state.contracts[ticket.contract]
    violated = violations(contract.plans[ticket.plan], opened.channel, opened.priority, opening.at, contract)
    awaited, over = confirmation_of_split(opening, ticket, contract.plans[ticket.plan].contacts)
    on_new: list[Event] = [opened, *violated, *awaited]
    on_old: list[Event] = [split, *over]
    return [*(Decision(opened.id, event) for event in on_new), *(Decision(ticket.id, event) for event in on_old)]


def _opened(contact: Received, opening: Mark, message: Input, state: TenantState, ticket: Ticket) -> TicketOpened:
    """The opening of a ticket like `ticket`, by that contact and from when it came."""
    channel = CHANNEL_OF.get(opening.kind, ticket.channel)
    return TicketOpened(
        id=ticket_id(message),
        number=ticket_number(state),
        contract=ticket.contract,
        plan=ticket.plan,
        channel=channel,
        priority=ticket.priority,
        title=ticket.title,
        evidence=opening.kind,
        happened_at=opening.at,
        message=contact.id if contact.id in ticket.messages else None,
        contact=contact.contact or None,
        what=opening.what,
        server=ticket.server,
        split_from=ticket.number,
        tlp=ticket.tlp or None,
    )
