"""Which events the outside world is told of."""

from collections.abc import Iterator
from functools import singledispatch

from msgspec import structs

from tocsin.domain.clocks.schedule import policy_for
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.events import Event
from tocsin.domain.events.clock import (
    BaseClockEvent,
    BreachWithdrawn,
    ClockStarted,
    EscalationRaised,
    ObjectiveAtRisk,
    ObjectiveBreached,
    ObjectiveFulfilled,
    PromiseWithdrawn,
)
from tocsin.domain.events.contact import ChannelViolated, ContactRefused
from tocsin.domain.events.contract import AttainmentAtRisk, AttainmentJudged, ManagementNotified
from tocsin.domain.events.ticket import (
    DetectionRepeated,
    IncidentsClosed,
    PriorityChanged,
    TicketAcknowledged,
    TicketOpened,
)
from tocsin.domain.fact import Fact
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import AlertKind, Channel, Evidence, Objective, PagingAction


class Notice(Fact):
    """What is particular about an alert."""

    kind: AlertKind
    action: PagingAction
    topic: str  # objective, or what else the incident is about
    cycle: int = 0
    step: int = 0
    repetition: int = 0
    clock: Clock | None = None
    tier: int | None = None
    role: str | None = None
    clause: str = ""
    response: ResponseLevel | None = None


@singledispatch
def notices(event: Event, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    """What the outside world is told of `event`; most events are nobody else's business."""
    return iter(())


def _of_clock(  # noqa: PLR0913 - the parts of an alert's identity, by name
    event: BaseClockEvent,
    ticket: Ticket,
    kind: AlertKind,
    action: PagingAction = PagingAction.TRIGGER,
    *,
    step: int = 0,
    repetition: int = 0,
) -> Notice:
    clock = ticket.clock(event.rule, event.cycle)
    return Notice(
        kind=kind, action=action, topic=event.rule, cycle=event.cycle, step=step, repetition=repetition, clock=clock
    )


@notices.register
def _(event: TicketOpened, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    if event.channel is Channel.SENSOR:
        yield _detection(ticket, contract, event.response)


@notices.register
def _(event: DetectionRepeated, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    if event.starts_at is not None:
        yield _detection(ticket, contract)


@notices.register
def _(event: PriorityChanged, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    if event.by_detection:
        yield _detection(ticket, contract)


def _detection(ticket: Ticket, contract: Contract, response: ResponseLevel | None = None) -> Notice:
    rule = contract.plans[ticket.plan].detections
    return Notice(
        kind=AlertKind.DETECTION,
        action=PagingAction.TRIGGER,
        topic="detection",
        cycle=ticket.notices_closed,
        repetition=ticket.raised,
        clause=rule.cites.clause if rule else "",
        response=response,
    )


@notices.register
def _(event: ChannelViolated, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    yield Notice(
        kind=AlertKind.CHANNEL_VIOLATION,
        action=PagingAction.TRIGGER,
        topic="channel",
        cycle=ticket.notices_closed,
        clause=event.clause,
    )


@notices.register
def _(event: ManagementNotified, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    yield Notice(
        kind=AlertKind.MANAGEMENT_NOTICE,
        action=PagingAction.TRIGGER,
        topic="management",
        cycle=ticket.notices_closed,
        role=event.role,
        clause=event.clause,
    )


@notices.register
def _(event: ClockStarted, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    if event.asked_for:
        yield _of_clock(event, ticket, AlertKind.STATUS_REPORT_DUE)


@notices.register
def _(event: ObjectiveAtRisk, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    yield _of_clock(event, ticket, AlertKind.AT_RISK, step=event.warning)


@notices.register
def _(event: ObjectiveBreached, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    kind = AlertKind.BREACHED
    if event.objective is Objective.CALLBACK:
        kind = AlertKind.CALLBACK_OVERDUE
    elif _is_periodic(event, ticket, contract):
        kind = AlertKind.STATUS_REPORT_DUE
    withdrawals = ticket.clock(event.rule, event.cycle).withdrawals
    yield _of_clock(event, ticket, kind, repetition=withdrawals)


def _is_periodic(event: BaseClockEvent, ticket: Ticket, contract: Contract) -> bool:
    """Whether it is a report due again and again: its period is the tenant's own, so no promise is broken by it."""
    rules = contract.plans[ticket.plan].objectives
    return any(rule.id == event.rule and Evidence.STATUS_REPORT in rule.starts for rule in rules)


@notices.register
def _(event: EscalationRaised, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    notice = _of_clock(event, ticket, AlertKind.ESCALATED, step=event.step, repetition=event.repetition)
    policy = policy_for(contract.plans[ticket.plan], event.rule, ticket.clock(event.rule, event.cycle).priority)
    clause = policy.cites.clause if policy else ""
    yield structs.replace(notice, role=event.role, tier=event.tier, clause=clause)


@notices.register
def _(event: ObjectiveFulfilled, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    if event.closes_incident:
        times = ticket.clock(event.rule, event.cycle).fulfilments - 1
        yield _of_clock(event, ticket, AlertKind.CLEARED, PagingAction.RESOLVE, repetition=times)


@notices.register
def _(event: BreachWithdrawn, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    times = ticket.clock(event.rule, event.cycle).withdrawals - 1
    action = PagingAction.RESOLVE if event.closes_incident else PagingAction.NONE
    yield _of_clock(event, ticket, AlertKind.CORRECTED, action, repetition=times)


@notices.register
def _(event: PromiseWithdrawn, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    if event.closes_incident:
        voided = ticket.clock(event.rule, event.cycle).voided
        yield _of_clock(event, ticket, AlertKind.CLEARED, PagingAction.RESOLVE, step=-1, repetition=voided)


@notices.register
def _(event: IncidentsClosed, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    for topic in event.topics:
        cycle = ticket.notices_closed - 1  # the event has been counted
        yield Notice(kind=AlertKind.CLEARED, action=PagingAction.RESOLVE, topic=topic, cycle=cycle)


@notices.register
def _(event: TicketAcknowledged, ticket: Ticket, contract: Contract) -> Iterator[Notice]:
    """One for every incident that is open, for paging systems acknowledge each by its key."""
    times, episode = ticket.acknowledgements, ticket.notices_closed
    paged = [clock for clock in ticket.clocks if clock.paged]
    for clock in paged:
        yield Notice(
            kind=AlertKind.ACKNOWLEDGED,
            action=PagingAction.ACKNOWLEDGE,
            topic=clock.rule,
            cycle=clock.cycle,
            repetition=times,
            clock=clock,
        )
    for topic in ticket.notices or ([] if paged else ["ticket"]):
        yield Notice(
            kind=AlertKind.ACKNOWLEDGED,
            action=PagingAction.ACKNOWLEDGE,
            topic=topic,
            cycle=episode,
            repetition=times,
        )


def tenant_notice(event: Event) -> Notice | None:
    """What the outside world is told of an event that belongs to no ticket."""
    match event:
        case ContactRefused(clause=clause):
            return Notice(
                kind=AlertKind.UNAUTHORISED_CONTACT, action=PagingAction.TRIGGER, topic="contact", clause=clause
            )
        case AttainmentAtRisk(standing=standing):
            kind = AlertKind.ATTAINMENT_AT_RISK
        case AttainmentJudged(standing=standing, kept=False):
            kind = AlertKind.BREACHED
        case AttainmentJudged(standing=standing, kept=True, closes_incident=True):
            kind = AlertKind.CLEARED
        case _:
            return None
    topic = f"attainment {standing.month} {standing.plan} {standing.objective} {standing.priority}"
    action = PagingAction.RESOLVE if kind is AlertKind.CLEARED else PagingAction.TRIGGER
    return Notice(kind=kind, action=action, topic=topic, clause=standing.clause)
