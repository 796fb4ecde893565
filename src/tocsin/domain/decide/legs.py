"""Decides what another leg of a call says. One id of one caller is one call, whatever telephony tells of it.

A call rings at several telephones and each of them tells: it was answered if one was, and came when the first one rang.
"""

from typing import NamedTuple

from tocsin.domain.commands.inbound import CallReceived, Input
from tocsin.domain.decide.callbacks import returns_since
from tocsin.domain.decide.decision import Decision
from tocsin.domain.decide.entitlement import must_be_confirmed
from tocsin.domain.decide.reach import returns_to
from tocsin.domain.events.contact import CallbackSpared, CallRevised
from tocsin.domain.instant import DAY
from tocsin.domain.state.persons import WITHHELD
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import UNCONFIRMED, Mark, Ticket
from tocsin.domain.vocabulary import Evidence

_IDS_USED_AGAIN_AFTER = DAY
"""A telephone system may begin to count anew; no call lasts so long."""

_CALLS = (Evidence.CALL_ANSWERED, Evidence.CALL_MISSED)


class Leg(NamedTuple):
    """What is known of a call by a leg that we heard of before: its ticket, and its mark there."""

    ticket: Ticket
    mark: Mark


def earlier_legs(body: CallReceived, message: Input, state: TenantState) -> list[Leg]:
    """What is known of the call; on more than one ticket only where a leg has named another one."""
    known = [(ticket, each) for ticket in state.of_calls(body.call) for each in ticket.received if each.id == body.call]
    offsets = {(ticket.id, each.offset): ticket for ticket, each in known if _may_be_one(body, each.contact, state)}
    return [
        Leg(ticket, mark)
        for (_, offset), ticket in offsets.items()
        for mark in ticket.marks
        if mark.offset == offset and mark.kind in _CALLS and abs(mark.at - message.happened_at) < _IDS_USED_AGAIN_AFTER
    ]


def _may_be_one(body: CallReceived, caller: str, state: TenantState) -> bool:
    return WITHHELD in (body.caller, caller) or body.caller in state.aliases(caller)


def names_no_other(body: CallReceived, ticket: Ticket, state: TenantState) -> bool:
    """True if the call names `ticket`, or none at all."""
    return (state.named(body.ticket) or state.of_client(body.client_ticket) or ticket) is ticket


def another_leg(body: CallReceived, message: Input, state: TenantState, legs: list[Leg]) -> list[Decision]:
    """The decisions by which the call is what `legs` and this one say together."""
    callbacks = [(home, mark) for leg in legs for home, mark in _owed(body.call, leg.mark.offset, state)]
    decisions: list[Decision] = []
    for leg in legs:
        asker = must_be_confirmed(state, state.plan_of(leg.ticket), body.caller, body.contact)
        revised = _revision(body, message, leg.mark, UNCONFIRMED if asker else "")
        on = {leg.ticket.id: None, **{home.id: None for home, mark in callbacks if mark.offset == leg.mark.offset}}
        decisions += [Decision(ticket, revised) for ticket in on if revised]
    for home, mark in callbacks:
        decisions += _spared(body.call, home, mark) if body.answered else _returned(message, home, mark, state)
    return decisions


def _spared(call: str, home: Ticket, mark: Mark) -> list[Decision]:
    return [Decision(home.id, CallbackSpared(caller=mark.what, call=call, offset=mark.offset))]


def _returned(message: Input, home: Ticket, mark: Mark, state: TenantState) -> list[Decision]:
    """The callbacks that are known and came before what was known of the call, but after this leg."""
    known = returns_since(message.happened_at, returns_to(mark.what, home.id, state), home)
    return [Decision(home.id, event) for event in known]


def _revision(body: CallReceived, message: Input, mark: Mark, what: str) -> CallRevised | None:
    answered = body.answered or mark.kind == Evidence.CALL_ANSWERED
    revised = CallRevised(
        offset=mark.offset,
        evidence=Evidence.CALL_ANSWERED if answered else Evidence.CALL_MISSED,
        happened_at=min(mark.at, message.happened_at),
        what=mark.what and what,
    )
    known = (mark.kind, mark.at, mark.what)
    return None if known == (revised.evidence, revised.happened_at, revised.what) else revised


def _owed(call: str, offset: int, state: TenantState) -> list[tuple[Ticket, Mark]]:
    """The callback that is owed for the leg at `offset` of that call, with the ticket that keeps it."""
    return [
        (home, mark)
        for caller in state.callers_of(call)
        for home in state.kept_for(caller)
        for mark in home.marks
        if (mark.kind, mark.what, mark.offset) == (Evidence.CALLBACK_OWED, caller, offset)
    ]
