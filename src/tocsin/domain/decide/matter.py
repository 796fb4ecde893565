"""Decides to which ticket a contact belongs. Only what names a ticket joins one: a new matter is never swallowed.

A contact names a ticket by our number or the client's, by its mail thread or the call, by the callback that is owed to
the caller, or because the ticket waits for just this call. One that is closed leads to what follows it.
"""

from collections.abc import Iterable

from tocsin.domain.commands.inbound import (
    CallPlaced,
    CallReceived,
    EmailReceived,
    EmailSent,
    RequestSubmitted,
    StatusRequested,
)
from tocsin.domain.decide.reach import by_answer, given_by, returns_to
from tocsin.domain.instant import Instant
from tocsin.domain.state.callbacks import home_of
from tocsin.domain.state.persons import WITHHELD
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Objective, Stage

Written = EmailReceived | EmailSent
"""A mail, whoever wrote it."""


def of_call(body: CallReceived, happened_at: Instant, state: TenantState) -> Ticket | None:
    """The ticket that a call of the client belongs to."""
    named = (state.named(body.ticket), state.of_client(body.client_ticket), state.of_call(body.call))
    return _named(state, named, happened_at) or _owed_to(body, happened_at, state) or _waiting_for(body, state)


def of_mail(body: Written, happened_at: Instant, state: TenantState) -> Ticket | None:
    """The ticket that a mail names or continues. An older mail that it answers does not beat what it names."""
    returned = body.bounces if isinstance(body, EmailReceived) else None
    thread = state.of_thread((returned, body.in_reply_to, *reversed(body.references)))
    return _named(state, (state.named(body.ticket), state.of_client(body.client_ticket), thread), happened_at)


def of_call_back(body: CallPlaced, happened_at: Instant, state: TenantState) -> Ticket | None:
    """The ticket that a call of ours names, itself or by the call that it returns, or what follows it."""
    return _named(state, (state.named(body.ticket), state.of_call(body.returns)), happened_at)


def of_request(body: RequestSubmitted, happened_at: Instant, state: TenantState) -> Ticket | None:
    """The ticket that a form names."""
    return _named(state, (state.named(body.ticket), state.of_client(body.client_ticket)), happened_at)


def of_status_request(body: StatusRequested, happened_at: Instant, state: TenantState) -> Ticket | None:
    """The ticket that it names, or the only one that is open: who asks how things stand brings no new matter."""
    named = _named(state, (state.named(body.ticket), state.of_client(body.client_ticket)), happened_at)
    return named or state.only_open_of(body.contact)


def _named(state: TenantState, named: Iterable[Ticket | None], at: Instant) -> Ticket | None:
    """The first of `named` that is not over, or of what follows them; else the last that follows the first."""
    current = [_followed(ticket, at, state) for ticket in named if ticket is not None]
    return next((ticket for ticket in current if not is_over(ticket, at)), current[0] if current else None)


def _followed(ticket: Ticket, at: Instant, state: TenantState) -> Ticket:
    """`ticket`, or where it is over what follows it: the first that is not over, else the last one."""
    while is_over(ticket, at):
        following = state.follow_ups(ticket)
        if not following:
            return ticket
        ticket = next((each for each in following if not is_over(each, at)), following[-1])
    return ticket


def is_over(ticket: Ticket, at: Instant) -> bool:
    """True if what happens at `at` comes after the end of `ticket`, which has been closed since."""
    return ticket.stage is Stage.CLOSED and ticket.resolved_at is not None and at > ticket.resolved_at


def _owed_to(body: CallReceived, at: Instant, state: TenantState) -> Ticket | None:
    """The ticket that keeps the callback which is owed to the caller, or was at `at`."""
    person = state.person_of(body)
    reached = given_by(by_answer(body, state), state) if body.answered else ()
    for each in dict.fromkeys((person, *state.aliases(person), *reached)):
        home = home_of(each, returns_to(each, None, state), at, state.kept_for(each))
        if home is not None and any(it.objective == Objective.CALLBACK and it.started_at <= at for it in home.clocks):
            return home
    return None


def _waiting_for(body: CallReceived, state: TenantState) -> Ticket | None:
    """The one open ticket whose request must come by telephone, if this call may be its: by whom, of what priority.

    A caller whom the tenant knows calls for tickets of their own, unless they claim what the ticket waits for.
    """
    claimed = state.contract.priority_named(body.priority)
    waiting = [ticket for ticket in state.waiting_for_a_call() if claimed in (None, ticket.priority)]
    numbers = state.aliases(body.caller) if body.caller != WITHHELD else ()
    theirs = [ticket for ticket in waiting if not set(ticket.contacts).isdisjoint(numbers)]
    if not theirs and (claimed is not None or not state.knows(body.caller)):
        theirs = waiting
    return theirs[0] if len(theirs) == 1 else None
