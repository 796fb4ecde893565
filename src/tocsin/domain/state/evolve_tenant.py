"""How an event changes what is known of a tenant beside its tickets."""

from collections.abc import Iterator

from tocsin.domain.clocks.attainment import take_in
from tocsin.domain.events import Event
from tocsin.domain.events.contact import CallbackOwed, CallerReached
from tocsin.domain.events.contract import AttainmentAtRisk, AttainmentJudged, ContractAdopted
from tocsin.domain.events.ticket import TicketForgotten
from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.vocabulary import Evidence


def evolve_tenant(event: Event, state: TenantState) -> None:
    """Apply an event of the tenant's own."""
    tenant = state.tenant
    if isinstance(event, ContractAdopted):
        tenant.contract, tenant.plan = event.contract, event.plan
        tenant.contacts, tenant.servers = list(event.contacts), list(event.servers)
    elif isinstance(event, AttainmentAtRisk | AttainmentJudged):
        take_in(event, state)


def evolve_callers(event: Event, state: TenantState, ticket: str | None) -> list[Caller]:
    """Apply what `event` says of callers; returns those that it changed."""
    match event:
        case CallbackOwed(caller=number, call=call) if ticket is not None:
            caller = state.caller(number)
            state.put_caller(caller, caller.owes(ticket, call))
        case CallerReached(caller=number, happened_at=at, offset=offset):
            caller = state.caller(number)
            caller.reached(at, offset)
            state.put_caller(caller)
        case TicketForgotten() if ticket is not None:
            return list(_left(state, ticket))
        case _:
            return []
    return [caller]


def _left(state: TenantState, ticket: str) -> Iterator[Caller]:
    numbers = dict.fromkeys(mark.what for mark in state.tickets[ticket].marks if mark.kind is Evidence.CALLBACK_OWED)
    for caller in [caller for number in numbers if (caller := state.caller(number)).leave(ticket)]:
        if caller.empty:
            state.drop_caller(caller)
        yield caller
