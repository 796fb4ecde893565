"""The alerts that each event raises. Most events raise none."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from tocsin.domain.alerts.alert import About, AlertEvent, Identity, tenant_alert, ticket_alert
from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.events import ContactEvent, ContractEvent, Event, TicketEvent
from tocsin.domain.events.contact import (
    BaseContactEvent,
    CallAttempted,
    CallbackOwed,
    CallerReached,
    CallReturned,
    ChannelViolated,
    ContactJoined,
    ContactRefused,
    OutboundNoted,
)
from tocsin.domain.events.contract import (
    AttainmentAtRisk,
    AttainmentJudged,
    ContractAdopted,
    ContractReadopted,
    ExclusionLifted,
    ManagementNotified,
    TicketRuledOut,
    WorkAgreed,
    WorkProposed,
    WorkStarted,
)
from tocsin.domain.events.ticket import (
    AcknowledgementExpired,
    BaseTicketEvent,
    CommandRejected,
    DetectionIgnored,
    DetectionRepeated,
    EvidenceTooLate,
    IncidentsClosed,
    NoteAdded,
    PriorityChanged,
    ReportIgnored,
    TicketAcknowledged,
    TicketAssigned,
    TicketClosed,
    TicketForgotten,
    TicketHeld,
    TicketLinked,
    TicketOpened,
    TicketReopened,
    TicketResumed,
    WorkDone,
)
from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.vocabulary import AlertKind, Channel, PagingAction

Alerts = Iterable[AlertEvent]


def alerts_of(event: TicketEvent | ContactEvent | ContractEvent, about: About) -> Alerts:
    """The alerts that `event` raises, which has been applied to the ticket. Of clocks see `clock_alerts`."""
    if isinstance(event, BaseTicketEvent):
        return _of_ticket(event, about)
    if isinstance(event, BaseContactEvent):
        return _of_contact(event, about)
    return _of_contract(event, about)


def _of_ticket(event: TicketEvent, about: About) -> Alerts:
    match event:
        case DetectionRepeated():
            return () if event.starts_at is None else (_detection(about),)
        case WorkDone() | TicketAssigned() | TicketClosed() | TicketReopened() | TicketForgotten() | TicketLinked():
            return ()
        case TicketOpened():
            return (_detection(about, event.response),) if event.channel is Channel.SENSOR else ()
        case PriorityChanged():
            return (_detection(about),) if event.by_detection else ()
        case TicketAcknowledged():
            return _acknowledged(about)
        case IncidentsClosed():
            return _cleared(event, about)
        case TicketHeld() | TicketResumed() | AcknowledgementExpired() | NoteAdded():
            return ()
        case DetectionIgnored() | ReportIgnored() | EvidenceTooLate() | CommandRejected():
            return ()
        case forgotten:
            assert_never(forgotten)


def _detection(about: About, response: ResponseLevel | None = None) -> AlertEvent:
    ticket = about.ticket
    rule = about.contract.plans[ticket.plan].detections
    return ticket_alert(
        about,
        AlertKind.DETECTION,
        Identity("detection", cycle=ticket.notices_closed, repetition=ticket.raised),
        clause=rule.cites.clause if rule else "",
        response=response,
    )


def _acknowledged(about: About) -> Iterator[AlertEvent]:
    """One alert for each open incident: paging systems acknowledge each by its key."""
    ticket, action = about.ticket, PagingAction.ACKNOWLEDGE
    times = ticket.acknowledgements
    paged = [clock for clock in ticket.clocks if clock.paged]
    for clock in paged:
        yield ticket_alert(
            about,
            AlertKind.ACKNOWLEDGED,
            Identity(clock.rule, clock.cycle, repetition=times),
            action=action,
            clock=clock,
        )
    for topic in ticket.notices or ([] if paged else ["ticket"]):
        yield ticket_alert(
            about,
            AlertKind.ACKNOWLEDGED,
            Identity(topic, ticket.notices_closed, repetition=times),
            action=action,
        )


def _cleared(event: IncidentsClosed, about: About) -> Iterator[AlertEvent]:
    cycle = about.ticket.notices_closed - 1  # the event has been counted
    for topic in event.topics:
        yield ticket_alert(about, AlertKind.CLEARED, Identity(topic, cycle), action=PagingAction.RESOLVE)


def _of_contact(event: ContactEvent, about: About) -> Alerts:
    match event:
        case ChannelViolated():
            identity = Identity("channel", about.ticket.notices_closed)
            return (ticket_alert(about, AlertKind.CHANNEL_VIOLATION, identity, clause=event.clause),)
        case ContactJoined() | CallbackOwed() | CallReturned() | CallAttempted() | OutboundNoted():
            return ()
        case ContactRefused() | CallerReached():
            return ()  # they belong to the tenant
        case forgotten:
            assert_never(forgotten)


def _of_contract(event: ContractEvent, about: About) -> Alerts:
    match event:
        case ManagementNotified():
            return (
                ticket_alert(
                    about,
                    AlertKind.MANAGEMENT_NOTICE,
                    Identity("management", about.ticket.notices_closed),
                    role=event.role,
                    clause=event.clause,
                ),
            )
        case TicketRuledOut() | ExclusionLifted() | WorkProposed() | WorkAgreed() | WorkStarted() | ContractReadopted():
            return ()
        case ContractAdopted() | AttainmentAtRisk() | AttainmentJudged():
            return ()  # they belong to the tenant
        case forgotten:
            assert_never(forgotten)


def tenant_alerts_of(event: Event, state: TenantState, offsets: tuple[int, ...], at: Instant) -> Alerts:
    """The alerts that an event raises which belongs to no ticket."""
    if isinstance(event, ContactRefused):
        refused = AlertKind.UNAUTHORISED_CONTACT
        return (tenant_alert(state, refused, "contact", clause=event.clause, offsets=offsets, at=at),)
    if not isinstance(event, AttainmentAtRisk | AttainmentJudged):
        return ()
    kind = _kind_of_month(event)
    if kind is None:
        return ()
    standing = event.standing
    topic = f"attainment {standing.month} {standing.plan} {standing.objective} {standing.priority}"
    action = PagingAction.RESOLVE if kind is AlertKind.CLEARED else PagingAction.TRIGGER
    return (tenant_alert(state, kind, topic, action=action, clause=standing.clause, offsets=offsets, at=at),)


def _kind_of_month(event: AttainmentAtRisk | AttainmentJudged) -> AlertKind | None:
    if isinstance(event, AttainmentAtRisk):
        return AlertKind.ATTAINMENT_AT_RISK
    if not event.kept:
        return AlertKind.BREACHED
    return AlertKind.CLEARED if event.closes_incident else None
