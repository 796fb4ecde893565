"""An event of the tenant changes no ticket and tells nobody of one; an event of a ticket changes no tenant."""

from copy import deepcopy

import pytest
from driver import Driver, shipped

from tocsin.domain.alerts import alerts_of
from tocsin.domain.alerts.alert import About
from tocsin.domain.contract.rules import Consequence
from tocsin.domain.events import ContactEvent, ContractEvent
from tocsin.domain.events.contact import CallerReached, ContactRefused
from tocsin.domain.events.contract import (
    AttainmentAtRisk,
    AttainmentJudged,
    ContractAdopted,
    ContractReadopted,
    ExclusionLifted,
    ManagementNotified,
    Standing,
    TicketRuledOut,
    WorkAgreed,
    WorkProposed,
    WorkStarted,
)
from tocsin.domain.state.evolve import evolve
from tocsin.domain.state.evolve_contract import evolve_tenant
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.vocabulary import Channel, Objective

_STANDING = Standing(
    month="2026-03",
    plan="enterprise",
    objective=Objective.FIRST_RESPONSE,
    priority="P1",
    met=1,
    missed=1,
    promised=0.95,
    clause="5",
)
OF_THE_TENANT: list[ContactEvent | ContractEvent] = [
    ContractAdopted(contract="hash", name="esentire", plan="standard"),
    AttainmentAtRisk(standing=_STANDING),
    AttainmentJudged(standing=_STANDING, kept=False, closes_incident=False),
    ContactRefused(channel=Channel.EMAIL, contact="eve@x.example", clause="3", happened_at=1),
    CallerReached(caller="+1", happened_at=1, offset=7),
]
OF_A_TICKET: list[ContractEvent] = [
    ContractReadopted(contract="hash", previous="before", plan="standard", analyst="Ann Lee"),
    TicketRuledOut(reason="training", consequence=Consequence.REFER, clause="5.2"),
    ExclusionLifted(reason="training", analyst="Ann Lee"),
    WorkProposed(work="installation", clause="5.2", analyst="Ann Lee"),
    WorkAgreed(work="installation", agreed_by="Kim", analyst="Ann Lee"),
    WorkStarted(work="installation", analyst="Ann Lee"),
    ManagementNotified(role="senior management", clause="2.1"),
]


@pytest.mark.parametrize("event", OF_THE_TENANT, ids=lambda event: event.TYPE)
def test_an_event_of_the_tenant_changes_no_ticket_and_alerts_about_none(event: ContactEvent | ContractEvent) -> None:
    ticket = Driver("esentire").at("09:00").missed().ticket()
    before = deepcopy(ticket)
    evolve(event, ticket, offset=9)
    assert ticket == before
    assert [*alerts_of(event, About(ticket, shipped("esentire"), (9,), 1))] == []


@pytest.mark.parametrize("event", OF_A_TICKET, ids=lambda event: event.TYPE)
def test_an_event_of_a_ticket_changes_no_tenant(event: ContractEvent) -> None:
    tenant = Tenant("acme", contract="before", plan="example", tickets_opened=3)
    before = deepcopy(tenant)
    evolve_tenant(event, tenant)
    assert tenant == before


def test_a_ticket_that_goes_on_and_on_keeps_a_bounded_number_of_marks_and_the_first_steps_of_its_stages() -> None:
    desk = Driver("esentire", plan="example").at("09:00").mail().action_plan()  # no clock runs any more
    for minute in range(600):
        desk.at(f"{10 + minute // 60}:{minute % 60:02}").respond()
    ticket = desk.ticket()
    assert len(ticket.marks) <= 502
    assert ticket.stage == "action_plan"
