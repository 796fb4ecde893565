"""The change that each event about a contract makes to a ticket and to its tenant."""

from typing import assert_never

from msgspec import UNSET

from tocsin.domain.events import ContractEvent, Event
from tocsin.domain.events.contact import DeliveryFailed
from tocsin.domain.events.contract import (
    AttainmentAtRisk,
    AttainmentForgotten,
    AttainmentJudged,
    AttainmentRecovered,
    BaseContractEvent,
    ContractAdopted,
    ContractReadopted,
    ExclusionLifted,
    ManagementNotified,
    ServerAsked,
    ServerNamed,
    Standing,
    TicketRuledOut,
    WorkAgreed,
    WorkProposed,
    WorkStarted,
)
from tocsin.domain.events.heartbeat import BaseNotifyEvent
from tocsin.domain.events.silence import BaseSilenceEvent
from tocsin.domain.state.acknowledgements import uncover
from tocsin.domain.state.bounces import keep
from tocsin.domain.state.heartbeats import evolve_heartbeats
from tocsin.domain.state.marks import with_name, without_name
from tocsin.domain.state.silences import with_event, with_silence
from tocsin.domain.state.tally import Tally, month_key
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket, incident

MANAGEMENT = "management"
"""The incident of a ticket of which management has been notified."""


def evolve_contract(event: ContractEvent, ticket: Ticket) -> None:  # noqa: C901 - one arm for each
    """Apply `event` to `ticket`."""
    match event:
        case ManagementNotified():
            ticket.management_knows = True
            ticket.notices = with_name(ticket.notices, MANAGEMENT)
        case TicketRuledOut():
            ticket.ruled_out = with_name(ticket.ruled_out, event.reason)
        case ExclusionLifted():
            ticket.ruled_out = without_name(ticket.ruled_out, event.reason)
        case WorkProposed():
            ticket.proposed = with_name(ticket.proposed, event.work)
        case WorkAgreed():
            ticket.proposed = without_name(ticket.proposed, event.work)
            ticket.agreed = with_name(ticket.agreed, event.work)
        case ContractReadopted():
            _readopt(event, ticket)
        case ServerAsked():
            ticket.notices = with_name(ticket.notices, "server")
        case ServerNamed():
            _name_server(event, ticket)
        case WorkStarted():
            pass  # it is written down, and changes nothing that is owed
        case ContractAdopted():
            pass  # it belongs to the tenant, and so do these
        case AttainmentAtRisk() | AttainmentRecovered() | AttainmentJudged() | AttainmentForgotten():
            pass  # they belong to the tenant
        case forgotten:
            assert_never(forgotten)


def _readopt(event: ContractReadopted, ticket: Ticket) -> None:
    if event.mistaken:
        ticket.mistaken = with_name(ticket.mistaken or (), ticket.contract_and_plan)
    ticket.contract, ticket.plan = event.contract, event.plan
    _trust_again(ticket)


def _trust_again(ticket: Ticket) -> None:
    """What the ticket is under now is no mistake, whatever it was before."""
    ticket.mistaken = without_name(ticket.mistaken or (), ticket.contract_and_plan) or UNSET


def _name_server(event: ServerNamed, ticket: Ticket) -> None:
    """Let what is owed, and what was judged, go by the plan of that server from the start."""
    former = ticket.contract_and_plan
    ticket.server, ticket.plan = event.server, event.plan
    _trust_again(ticket)
    ticket.notices = without_name(ticket.notices, "server")
    uncover(ticket, incident("server", ticket.notices_closed))
    for clock in ticket.clocks:
        if clock.contract_and_plan == former:
            clock.contract_and_plan = ticket.contract_and_plan


def evolve_tenant(event: Event, tenant: Tenant) -> None:
    """Apply an event that belongs to no ticket."""
    if isinstance(event, BaseContractEvent):
        _evolve_tenant(event, tenant)
    elif isinstance(event, DeliveryFailed):
        keep(event, tenant)
    elif isinstance(event, BaseNotifyEvent):
        evolve_heartbeats(event, tenant.heartbeats)
    elif isinstance(event, BaseSilenceEvent):
        tenant.silences = with_silence(tenant.silences, event)
        tenant.quiet = with_event(tenant.quiet, event)


def _evolve_tenant(event: ContractEvent, tenant: Tenant) -> None:  # noqa: C901 - one arm for each
    match event:
        case ContractAdopted():
            tenant.contract, tenant.plan = event.contract, event.plan
            tenant.contacts, tenant.servers = list(event.contacts), list(event.servers)
            tenant.domains = event.domains
            tenant.since = event.since or UNSET
        case AttainmentAtRisk():
            if tally := _tally_of(event.standing, tenant):
                tally.at_risk = True
        case AttainmentRecovered():
            if tally := _tally_of(event.standing, tenant):
                tally.at_risk = False
        case AttainmentJudged():
            if tally := _tally_of(event.standing, tenant):
                tally.judged = True
        case AttainmentForgotten():
            tenant.months.pop(month_key(event.standing), None)
        case TicketRuledOut() | ExclusionLifted() | WorkProposed() | WorkAgreed() | WorkStarted():
            pass  # these and the next ones belong to a ticket
        case ContractReadopted() | ManagementNotified() | ServerAsked() | ServerNamed():
            pass
        case forgotten:
            assert_never(forgotten)


def _tally_of(standing: Standing, tenant: Tenant) -> Tally | None:
    return tenant.months.get(month_key(standing))
