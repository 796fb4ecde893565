"""The change that each call, mail or request makes to its ticket and to its caller."""

from collections.abc import Iterable
from typing import assert_never

from tocsin.domain.events import ContactEvent
from tocsin.domain.events.contact import (
    AnswerBounced,
    BounceAnswered,
    CallAttempted,
    CallbackOwed,
    CallbackSpared,
    CallerReached,
    CallReturned,
    CallRevised,
    ChannelViolated,
    ConfirmationAwaited,
    ContactJoined,
    ContactRefused,
    DeliveryFailed,
    OutboundNoted,
    PriorityAssigned,
    PriorityClaimed,
    RequestConfirmed,
    SenderDoubted,
)
from tocsin.domain.state.acknowledgements import keep, ring_again, uncover
from tocsin.domain.state.bounces import NOTICE, bounce
from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.marks import add_mark, set_marks, with_contact, with_name, without_name
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import WORD, Mark, Ticket, incident
from tocsin.domain.vocabulary import Evidence

_NOTICE_OF = {ChannelViolated: "channel", SenderDoubted: "sender", ConfirmationAwaited: "contact"}


def evolve_contact(event: ContactEvent, ticket: Ticket, offset: int) -> None:  # noqa: C901, PLR0912 - one arm for each
    """Apply `event` to `ticket`; `offset` is the inbox offset of its cause."""
    match event:
        case ContactJoined():
            _join(event, ticket, offset)
        case CallbackOwed():
            add_mark(ticket, event.happened_at, Evidence.CALLBACK_OWED, offset, event.caller)
            ring_again(ticket, event.caller, event.happened_at)
        case CallbackSpared():
            set_marks(ticket, (mark for mark in ticket.marks if not _owes(mark, event)))
        case CallRevised():
            set_marks(ticket, (_revised(mark, event) for mark in ticket.marks))
        case CallReturned():
            add_mark(ticket, event.happened_at, Evidence.CALL_RETURNED, event.offset, event.caller)
            keep(ticket)
        case OutboundNoted():
            _note(event, ticket)
        case AnswerBounced():
            bounce(event, ticket)
        case BounceAnswered():
            _end_notice(NOTICE, ticket)
        case ChannelViolated() | SenderDoubted() | ConfirmationAwaited():
            ticket.notices = with_name(ticket.notices, _NOTICE_OF[type(event)])
        case RequestConfirmed():
            _end_notice("contact", ticket)
            ticket.confirmations += 1
        case PriorityClaimed():
            ticket.claimed = event.priority
            if event.opens_incident:
                ticket.notices = with_name(ticket.notices, "priority")
        case PriorityAssigned():
            _assign_priority(event, ticket)
        case CallAttempted():
            pass  # an attempt is written down and fulfils nothing
        case ContactRefused() | CallerReached() | DeliveryFailed():
            pass  # they belong to no ticket
        case forgotten:
            assert_never(forgotten)


def _assign_priority(event: PriorityAssigned, ticket: Ticket) -> None:
    _end_notice("priority", ticket)
    ticket.claims_answered += event.closes_incident
    ticket.determined = True


def _end_notice(topic: str, ticket: Ticket) -> None:
    ticket.notices = without_name(ticket.notices, topic)
    uncover(ticket, incident(topic, ticket.notices_closed))


def _join(event: ContactJoined, ticket: Ticket, offset: int) -> None:
    if event.evidence:
        add_mark(ticket, event.happened_at, event.evidence, offset, event.what)
        ticket.contacts = with_name(ticket.contacts, event.contact)  # a machine is nobody who could be answered
    ticket.messages = with_name(ticket.messages, event.message)
    ticket.received = with_contact(ticket.received, offset, event)
    ticket.client_ticket = ticket.client_ticket or event.client_ticket


def _note(event: OutboundNoted, ticket: Ticket) -> None:
    ticket.messages = with_name(ticket.messages, event.message)
    if event.unknown is not None:
        ticket.unknown = with_name(ticket.unknown, event.unknown)
        ticket.notices = with_name(ticket.notices, WORD)


def _owes(mark: Mark, event: CallbackSpared) -> bool:
    return (mark.kind, mark.what, mark.offset) == (Evidence.CALLBACK_OWED, event.caller, event.offset)


def _revised(mark: Mark, event: CallRevised) -> Mark:
    if mark.offset != event.offset:
        return mark
    if mark.kind == Evidence.CALLBACK_OWED:
        return mark._replace(at=event.happened_at)
    if mark.kind in (Evidence.CALL_ANSWERED, Evidence.CALL_MISSED):
        return mark._replace(at=event.happened_at, kind=event.evidence, what=event.what)
    return mark


def evolve_callers(event: ContactEvent, state: TenantState, ticket: str | None) -> Iterable[Caller]:
    """Apply `event`, which belongs to the ticket of that id, to the callers of the tenant; returns those it changed."""
    match event:
        case CallbackOwed():
            if ticket is None:
                return ()
            caller = state.caller(event.caller)
            state.put_caller(caller, caller.owes(ticket, event.call))
        case CallbackSpared():
            caller = state.caller(event.caller)
            _spare(event, state, caller, ticket)
        case CallerReached():
            caller = state.caller(event.caller)
            caller.reached(event.happened_at, event.offset, (event.about or "") if event.narrow else None)
            state.put_caller(caller)
        case ContactJoined() | ContactRefused() | ConfirmationAwaited() | RequestConfirmed() | ChannelViolated():
            return ()
        case CallReturned() | CallRevised() | CallAttempted() | OutboundNoted() | SenderDoubted():
            return ()
        case PriorityClaimed() | PriorityAssigned():
            return ()
        case AnswerBounced() | BounceAnswered() | DeliveryFailed():
            return ()
        case forgotten:
            assert_never(forgotten)
    return (caller,)


def _spare(event: CallbackSpared, state: TenantState, caller: Caller, ticket: str | None) -> None:
    """Let the ticket keep no callback of `caller`, if it owes none but the one that is spared."""
    home = state.ticket(ticket)
    if home is None or any(_is_owed(mark, caller) and not _owes(mark, event) for mark in home.marks):
        return
    caller.drop_home(home.id)
    if caller.empty:
        state.drop_caller(caller)


def _is_owed(mark: Mark, caller: Caller) -> bool:
    return mark.kind == Evidence.CALLBACK_OWED and mark.what == caller.number


def release_callers(state: TenantState, ticket: Ticket) -> list[Caller]:
    """Take a ticket that is to be dropped from its callers, and drop those of whom nothing is left; returns both."""
    numbers = dict.fromkeys(mark.what for mark in ticket.marks if mark.kind == Evidence.CALLBACK_OWED)
    released = [caller for number in numbers if (caller := state.caller(number)).drop_home(ticket.id)]
    for caller in released:
        if caller.empty:
            state.drop_caller(caller)
    return released
