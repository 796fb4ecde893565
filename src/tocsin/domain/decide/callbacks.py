"""Decides on callbacks: what a missed call is owed, and what gives it."""

from collections.abc import Iterable

from tocsin.domain.commands.inbound import CallReceived, Input
from tocsin.domain.decide.decision import Decision
from tocsin.domain.decide.reach import Reach, about, given_by, remembered_for, returns_to
from tocsin.domain.events import Event
from tocsin.domain.events.contact import CallbackOwed, CallerReached, CallReturned
from tocsin.domain.instant import Instant
from tocsin.domain.state.callbacks import home_of
from tocsin.domain.state.persons import caller_of_call
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Mark, Ticket


def callback_owed(body: CallReceived, message: Input, state: TenantState, joined: str | None) -> list[Decision]:
    """Put a missed call on the ticket that keeps its caller's callback, with the callbacks that are known already."""
    person = state.person_of(body)
    known = returns_to(person, joined, state)
    home = home_of(person, known, message.happened_at, state.kept_for(person))
    keeper = home.id if home else joined
    if keeper is None:
        return []
    owed = CallbackOwed(caller=person, call=body.call, happened_at=message.happened_at)
    named_it = (mark._replace(what=person) for mark in state.caller(caller_of_call(body.call)).returns)
    by_id = [mark for mark in named_it if mark not in known]
    known_returns = returns_since(message.happened_at, [*known, *by_id], home)
    heard_of = [
        CallerReached(
            caller=person, happened_at=mark.at, offset=mark.offset, narrow=person != caller_of_call(body.call)
        )
        for mark in by_id
    ]
    kept: list[Event] = [owed, *known_returns]
    return [Decision(keeper, event) for event in kept] + [Decision(None, event) for event in heard_of]


def returns_since(at: Instant, returns: Iterable[Mark], home: Ticket | None) -> list[CallReturned]:
    """Those of the known `returns` of a caller since `at` that the ticket which keeps the callback has not heard of."""
    return [
        CallReturned(caller=mark.what, happened_at=mark.at, offset=mark.offset)
        for mark in returns
        if mark.at >= at and not (home and mark in home.marks)
    ]


def caller_reached(reach: Reach, message: Input, state: TenantState) -> list[Decision]:
    """We spoke to somebody: tell every ticket that keeps a callback for them, and remember it for late records."""
    decisions: list[Decision] = []
    for person in given_by(reach, state):
        returned = CallReturned(caller=person, happened_at=message.happened_at, offset=message.offset)
        decisions += [Decision(home.id, returned) for home in state.kept_for(person)]
    for person, narrow in remembered_for(reach, state).items():
        reached = CallerReached(
            caller=person,
            happened_at=message.happened_at,
            offset=message.offset,
            narrow=narrow,
            about=about(reach, person, state) if narrow else None,
        )
        decisions.append(Decision(None, reached))
    return decisions
