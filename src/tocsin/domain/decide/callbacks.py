"""Decides on callbacks: what a missed call is owed, and what gives it."""

from collections.abc import Iterable

from tocsin.domain.commands.inbound import CallReceived, Input
from tocsin.domain.decide.decision import Decision
from tocsin.domain.events import Event
from tocsin.domain.events.contact import CallbackOwed, CallerReached, CallReturned
from tocsin.domain.instant import Instant
from tocsin.domain.state.callbacks import caller_of_call, home_of
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Mark, Ticket


def callback_owed(body: CallReceived, message: Input, state: TenantState, joined: str | None) -> list[Decision]:
    """Put a missed call on the ticket that keeps its caller's callback, with the callbacks that are known already."""
    number = state.aliases(body.caller)[0]
    caller = state.caller(number)
    home = home_of(caller, message.happened_at, state.kept_for(number))
    keeper = home.id if home else joined
    if keeper is None:
        return []
    owed = CallbackOwed(caller=number, call=body.call, happened_at=message.happened_at)
    named_it = (mark._replace(what=number) for mark in state.caller(caller_of_call(body.call)).returns)
    by_id = [mark for mark in named_it if mark not in caller.returns]
    known_returns = returns_since(message.happened_at, [*caller.returns, *by_id], home)
    heard_of = [CallerReached(caller=number, happened_at=mark.at, offset=mark.offset) for mark in by_id]
    kept: list[Event] = [owed, *known_returns]
    return [Decision(keeper, event) for event in kept] + [Decision(None, event) for event in heard_of]


def returns_since(at: Instant, returns: Iterable[Mark], home: Ticket | None) -> list[CallReturned]:
    """Those of the known `returns` of a caller since `at` that the ticket which keeps the callback has not heard of."""
    return [
        CallReturned(caller=mark.what, happened_at=mark.at, offset=mark.offset)
        for mark in returns
        if mark.at >= at and not (home and mark in home.marks)
    ]


def caller_reached(caller: str, message: Input, state: TenantState) -> list[Decision]:
    """We spoke to `caller`: tell every ticket that keeps a callback for them, and remember it for late records."""
    decisions: list[Decision] = []
    aliases = state.aliases(caller)
    for alias in aliases:
        returned = CallReturned(caller=alias, happened_at=message.happened_at, offset=message.offset)
        decisions += [Decision(home.id, returned) for home in state.kept_for(alias)]
        if alias in {caller, aliases[0]} or state.kept_for(alias):
            reached = CallerReached(caller=alias, happened_at=message.happened_at, offset=message.offset)
            decisions.append(Decision(None, reached))
    return decisions
