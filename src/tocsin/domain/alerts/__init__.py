"""The alerts that each event raises. Most events raise none."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from tocsin.domain.alerts.alert import About, AlertEvent, Identity, clause_of_detections, ticket_alert
from tocsin.domain.alerts.silences import silence_alerts
from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.events import ContactEvent, ContractEvent, EventOfTicket, TicketEvent
from tocsin.domain.events.contact import (
    AnswerBounced,
    BaseContactEvent,
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
from tocsin.domain.events.contract import (
    AttainmentAtRisk,
    AttainmentForgotten,
    AttainmentJudged,
    AttainmentRecovered,
    ContractAdopted,
    ContractReadopted,
    ExclusionLifted,
    ManagementNotified,
    ServerAsked,
    ServerNamed,
    TicketRuledOut,
    WorkAgreed,
    WorkProposed,
    WorkStarted,
)
from tocsin.domain.events.heartbeat import BaseNotifyEvent
from tocsin.domain.events.operation import OperationRecorded
from tocsin.domain.events.paging import BasePageEvent
from tocsin.domain.events.rearranging import ContactSplit, TicketAbsorbed, TicketMerged, TicketMoved
from tocsin.domain.events.sharing import TlpChanged
from tocsin.domain.events.silence import BaseSilenceEvent
from tocsin.domain.events.source import BaseSourceEvent
from tocsin.domain.events.ticket import (
    AcknowledgementExpired,
    AcknowledgementWithdrawn,
    BaseTicketEvent,
    CommandRejected,
    DetectionIgnored,
    DetectionRepeated,
    EvidenceTooLate,
    HoldEnded,
    IncidentsClosed,
    MilestoneWithdrawn,
    NoteAdded,
    PriorityChanged,
    ReportIgnored,
    TicketAcknowledged,
    TicketAssigned,
    TicketClosed,
    TicketForgotten,
    TicketHandedOver,
    TicketHeld,
    TicketLinked,
    TicketOpened,
    TicketReopened,
    TicketResumed,
    WorkDone,
)
from tocsin.domain.state.acknowledgements import open_incidents
from tocsin.domain.state.bounces import NOTICE
from tocsin.domain.state.evolve import pages
from tocsin.domain.state.evolve_contract import MANAGEMENT
from tocsin.domain.state.ticket import WORD, incident
from tocsin.domain.vocabulary import AlertKind, Channel, PagingAction

Alerts = Iterable[AlertEvent]


def alerts_of(event: EventOfTicket, about: About) -> Alerts:
    """The alerts that `event` raises, which has been applied to the ticket. Of clocks see `clock_alerts`."""
    if isinstance(event, BaseTicketEvent):
        return _of_ticket(event, about)  # nearly always
    if isinstance(event, BaseSourceEvent | BasePageEvent | BaseNotifyEvent | OperationRecorded):
        return ()  # what becomes of its promises is told by their clocks
    if isinstance(event, BaseSilenceEvent):
        return silence_alerts(event, about)
    if isinstance(event, BaseContactEvent):
        return _of_contact(event, about)
    return _of_contract(event, about)


def _of_ticket(event: TicketEvent, about: About) -> Alerts:  # noqa: C901, PLR0912 - one arm for each
    match event:
        case DetectionRepeated():
            told = event.starts_at is not None or event.response is not None
            return (_detection(about, event.response),) if told else ()
        case (
            WorkDone()
            | MilestoneWithdrawn()
            | TicketHandedOver()
            | TicketAssigned()
            | TicketClosed()
            | TicketReopened()
            | TicketLinked()
        ):
            return ()
        case TlpChanged():
            return ()
        case TicketForgotten():
            return _forgotten(about)
        case TicketOpened():
            return _opened(event, about)
        case PriorityChanged():
            return (_detection(about, event.response),) if pages(event, about.ticket) else ()
        case TicketAcknowledged():
            return _acknowledged(event, about)
        case AcknowledgementWithdrawn():
            return _unacknowledged(event, about)
        case IncidentsClosed():
            return _cleared(event, about)
        case TicketAbsorbed() | TicketMerged() | TicketMoved() | ContactSplit():
            return ()  # what was told on a ticket that is dropped ends with its promises
        case TicketHeld() | TicketResumed() | HoldEnded() | AcknowledgementExpired() | NoteAdded():
            return ()
        case DetectionIgnored() | ReportIgnored() | EvidenceTooLate() | CommandRejected():
            return ()
        case forgotten:
            assert_never(forgotten)


def _opened(event: TicketOpened, about: About) -> Iterator[AlertEvent]:
    """What a sensor has seen is told at once, with words that nobody knows; those of people are told by themselves."""
    if event.channel is Channel.SENSOR:
        yield _detection(about, event.response)
    elif event.unknown:
        equipment = about.contract.plans[about.ticket.plan].equipment
        identity = Identity(WORD, about.ticket.notices_closed)
        yield ticket_alert(about, AlertKind.UNKNOWN_WORD, identity, clause=equipment.cites.clause if equipment else "")


def _detection(about: About, response: ResponseLevel | None = None) -> AlertEvent:
    ticket = about.ticket
    return ticket_alert(
        about,
        AlertKind.DETECTION,
        Identity("detection", cycle=ticket.notices_closed, repetition=ticket.raised),
        clause=clause_of_detections(about),
        response=response,
    )


def _acknowledged(event: TicketAcknowledged, about: About) -> Iterator[AlertEvent]:
    """One alert for each incident: paging systems acknowledge each by its key. For none, one about the ticket."""
    names = event.covers or (incident("ticket", about.ticket.notices_closed),)
    if event.taken_on is not None:
        names = tuple(name for name in event.covers if name in open_incidents(about.ticket, about.at))
    for name in names:
        yield _of_incident(name, AlertKind.ACKNOWLEDGED, PagingAction.ACKNOWLEDGE, about, about.ticket.acknowledgements)


def _unacknowledged(event: AcknowledgementWithdrawn, about: About) -> Iterator[AlertEvent]:
    for name in event.incidents:
        yield _of_incident(name, AlertKind.UNACKNOWLEDGED, PagingAction.TRIGGER, about, about.ticket.acknowledgements)


def _of_incident(name: str, kind: AlertKind, action: PagingAction, about: About, repetition: int) -> AlertEvent:
    """The alert about an incident of the ticket, whatever it hangs on."""
    clock = next((each for each in about.ticket.clocks if each.incident == name), None)
    topic, _, cycle = name.rpartition("/")
    identity = Identity(topic, int(cycle), repetition=repetition)
    return ticket_alert(about, kind, identity, action=action, clock=clock)


def _forgotten(about: About) -> Iterator[AlertEvent]:
    """What is still open ends with the ticket, since nothing could close it later. A late promise stays late."""
    for name in open_incidents(about.ticket, about.at):
        yield _of_incident(name, AlertKind.FORGOTTEN, PagingAction.RESOLVE, about, 0)


def _cleared(event: IncidentsClosed, about: About) -> Iterator[AlertEvent]:
    cycle = about.ticket.notices_closed - 1  # the event has been counted
    for topic in event.topics:
        yield ticket_alert(about, AlertKind.CLEARED, Identity(topic, cycle), action=PagingAction.RESOLVE)


def _of_contact(event: ContactEvent, about: About) -> Alerts:  # noqa: C901, PLR0912 - one arm for each
    match event:
        case ChannelViolated():
            identity = Identity("channel", about.ticket.notices_closed)
            return (ticket_alert(about, AlertKind.CHANNEL_VIOLATION, identity, clause=event.clause),)
        case SenderDoubted():
            return (ticket_alert(about, AlertKind.SPOOFED_SENDER, Identity("sender", about.ticket.notices_closed)),)
        case ConfirmationAwaited():
            return (ticket_alert(about, AlertKind.UNAUTHORISED_CONTACT, _of_contacts(about), clause=event.clause),)
        case RequestConfirmed():
            return (ticket_alert(about, AlertKind.CLEARED, _of_contacts(about, 1), action=PagingAction.RESOLVE),)
        case PriorityClaimed():
            claim = ticket_alert(about, AlertKind.PRIORITY_CLAIMED, _of_claims(about), clause=event.clause)
            return (claim,) if event.opens_incident else ()
        case PriorityAssigned():
            cleared = ticket_alert(about, AlertKind.CLEARED, _of_claims(about, 1), action=PagingAction.RESOLVE)
            return (cleared,) if event.closes_incident else ()
        case AnswerBounced():
            bounced = ticket_alert(about, AlertKind.ANSWER_BOUNCED, _of_bounces(about))
            return (bounced,) if event.withdrawn else ()
        case BounceAnswered():
            return (ticket_alert(about, AlertKind.CLEARED, _of_bounces(about), action=PagingAction.RESOLVE),)
        case OutboundNoted():
            return _unknown_purpose(event, about)
        case ContactJoined() | CallRevised() | CallAttempted():
            return ()
        case CallbackOwed() | CallbackSpared() | CallReturned():
            return ()
        case ContactRefused() | CallerReached() | DeliveryFailed():
            return ()  # they belong to the tenant
        case forgotten:
            assert_never(forgotten)


def _unknown_purpose(event: OutboundNoted, about: About) -> Iterator[AlertEvent]:
    """A word is told once, when it is new on the ticket."""
    words = about.ticket.unknown
    if event.unknown is not None and event.unknown in words:
        identity = Identity(WORD, about.ticket.notices_closed, repetition=len(words))
        yield ticket_alert(about, AlertKind.UNKNOWN_WORD, identity)


def _of_contacts(about: About, ended: int = 0) -> Identity:
    """The incident of an unconfirmed request; `ended`: the confirmation that ends it has been counted."""
    return Identity("contact", about.ticket.notices_closed, repetition=about.ticket.confirmations - ended)


def _of_claims(about: About, answered: int = 0) -> Identity:
    """The incident of a claim; `answered`: the answer that ends it has been counted."""
    return Identity("priority", about.ticket.notices_closed, repetition=about.ticket.claims_answered - answered)


def _of_bounces(about: About) -> Identity:
    return Identity(NOTICE, about.ticket.notices_closed, repetition=about.ticket.bounces)


def _of_contract(event: ContractEvent, about: About) -> Alerts:
    match event:
        case ManagementNotified():
            return (
                ticket_alert(
                    about,
                    AlertKind.MANAGEMENT_NOTICE,
                    Identity(MANAGEMENT, about.ticket.notices_closed),
                    role=event.role,
                    clause=event.clause,
                ),
            )
        case ServerAsked():
            return (ticket_alert(about, AlertKind.UNKNOWN_SERVER, _of_server(about), clause=event.clause),)
        case ServerNamed():
            cleared = ticket_alert(about, AlertKind.CLEARED, _of_server(about), action=PagingAction.RESOLVE)
            return (cleared,) if event.closes_incident else ()
        case TicketRuledOut() | ExclusionLifted() | WorkProposed() | WorkAgreed() | WorkStarted() | ContractReadopted():
            return ()
        case ContractAdopted():
            return ()  # it belongs to the tenant, and so do these
        case AttainmentAtRisk() | AttainmentRecovered() | AttainmentJudged() | AttainmentForgotten():
            return ()
        case forgotten:
            assert_never(forgotten)


def _of_server(about: About) -> Identity:
    return Identity("server", about.ticket.notices_closed)
