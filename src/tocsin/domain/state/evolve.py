"""The change that each event makes to a ticket. Nothing is judged here: what was decided is applied."""

from typing import assert_never

from msgspec import UNSET

from tocsin.domain.events import EventOfTicket, TicketEvent
from tocsin.domain.events.contact import BaseContactEvent
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
from tocsin.domain.instant import Instant
from tocsin.domain.state.acknowledgements import evolve_acknowledgement, keep, uncover
from tocsin.domain.state.evolve_contact import evolve_contact
from tocsin.domain.state.evolve_contract import evolve_contract
from tocsin.domain.state.evolve_page import evolve_page
from tocsin.domain.state.marks import (
    add_mark,
    end_by_itself,
    end_hold,
    set_marks,
    update_stage,
    with_answer,
    with_contact,
    with_name,
)
from tocsin.domain.state.priorities import changed
from tocsin.domain.state.silences import with_event
from tocsin.domain.state.sources import evolve_source
from tocsin.domain.state.takings import mark_taking
from tocsin.domain.state.ticket import SENSOR, WORD, HoldSpan, Mark, PriorityChange, Ticket, incident
from tocsin.domain.vocabulary import Channel, Evidence, Stage


def opened(event: TicketOpened, tenant: str, now: Instant, offset: int) -> Ticket:
    """The ticket that `event` opens; `offset` is the inbox offset of its cause."""
    return Ticket(
        id=event.id,
        number=event.number,
        tenant=tenant,
        contract=event.contract,
        plan=event.plan,
        opened_at=now,
        channel=event.channel,
        priority=event.priority,
        title=event.subject or event.title,
        severity=event.severity,
        risk=event.risk,
        sophistication=event.sophistication,
        response=event.response,
        unknown=event.unknown,
        correlation_key=event.correlation_key,
        client_ticket=event.client_ticket,
        contacts=with_name((), event.contact),
        messages=with_name((), event.message),
        received=with_contact((), offset, event),
        split_from=event.split_from,
        links=with_name(with_name((), event.linked_to), event.split_from),
        follows=event.linked_to,
        related=event.related,
        server=event.server,
        tlp=event.tlp or UNSET,
        marks=_first_marks(event, offset),
        notices=("detection",) if event.channel is Channel.SENSOR else (WORD,) if event.unknown else (),
    )


def _first_marks(event: TicketOpened, offset: int) -> list[Mark]:
    opening = Mark(event.happened_at, event.evidence, offset, event.what)
    if event.occurred_at is None:
        return [opening]
    return [Mark(event.occurred_at, Evidence.OCCURRED, offset), opening]


def evolve(event: EventOfTicket, ticket: Ticket, offset: int) -> None:
    """Apply `event` to `ticket`; `offset` is the inbox offset of its cause. Of clocks see `evolve_clock`."""
    if isinstance(event, BaseTicketEvent):
        _evolve_ticket(event, ticket, offset)
    elif isinstance(event, BaseSourceEvent):
        evolve_source(event, ticket, offset)
    elif isinstance(event, BasePageEvent):
        evolve_page(event, ticket, offset)
    elif isinstance(event, BaseNotifyEvent | OperationRecorded):
        pass  # it belongs to the tenant
    elif isinstance(event, BaseSilenceEvent):
        ticket.quiet = with_event(ticket.quiet, event)
    elif isinstance(event, BaseContactEvent):
        evolve_contact(event, ticket, offset)
    else:
        evolve_contract(event, ticket)


def _evolve_ticket(event: TicketEvent, ticket: Ticket, offset: int) -> None:  # noqa: C901, PLR0912 - one arm for each
    match event:
        case DetectionRepeated():
            _repeat(event, ticket, offset)
        case WorkDone():
            _do_work(event, ticket, offset)
        case MilestoneWithdrawn():
            _withdraw_milestone(event, ticket)
        case PriorityChanged():
            _change_priority(event, ticket, offset)
        case TlpChanged():
            ticket.tlp, ticket.tlp_overruled = event.tlp, event.overrules or ticket.tlp_overruled
        case TicketHeld():
            ticket.holds = (*ticket.holds, HoldSpan(event.reason, event.happened_at, until=event.until))
        case TicketResumed():
            end_hold(ticket, event.happened_at)
        case HoldEnded():
            end_by_itself(ticket, event)
        case TicketAcknowledged() | AcknowledgementExpired() | AcknowledgementWithdrawn():
            _take(event, ticket, offset)
        case TicketAssigned() | TicketHandedOver():
            _give(event, ticket, offset)
        case TicketLinked():
            ticket.links = with_name(ticket.links, event.other)
        case TicketClosed():
            _close(event, ticket, offset)
        case TicketReopened():
            _reopen(event, ticket, offset)
        case IncidentsClosed():
            _close_incidents(ticket)
        case TicketMerged() | TicketMoved():
            ticket.stage = Stage.CLOSED
        case TicketAbsorbed() | ContactSplit():
            pass  # they change two tickets: see `merging`
        case TicketOpened() | TicketForgotten():
            pass  # the first makes the ticket, the last drops it
        case NoteAdded() | EvidenceTooLate() | CommandRejected() | DetectionIgnored() | ReportIgnored():
            pass  # they change the journal alone
        case forgotten:
            assert_never(forgotten)


def _repeat(event: DetectionRepeated, ticket: Ticket, offset: int) -> None:
    ticket.repeats = event.repeats
    if event.starts_at is not None:
        add_mark(ticket, event.starts_at, Evidence.DETECTION, offset)
        if event.occurred_at is not None:
            add_mark(ticket, event.occurred_at, Evidence.OCCURRED, offset)
        ticket.notices = with_name(ticket.notices, "detection")
    ticket.risk = event.risk or ticket.risk
    ticket.sophistication = event.sophistication or ticket.sophistication
    for word in event.unknown:
        ticket.unknown = with_name(ticket.unknown, word)
    if event.response is not None:
        ticket.response = event.response
        ticket.title = event.title or ticket.title
        _page_anew(ticket)


def _do_work(event: WorkDone, ticket: Ticket, offset: int) -> None:
    add_mark(ticket, event.happened_at, event.evidence, offset)
    ticket.messages = with_name(ticket.messages, event.message)
    ticket.answers = with_answer(ticket.answers, offset, event)
    if not event.by_system:
        keep(ticket)


def _take(
    event: TicketAcknowledged | AcknowledgementExpired | AcknowledgementWithdrawn, ticket: Ticket, offset: int
) -> None:
    evolve_acknowledgement(event, ticket)
    if isinstance(event, TicketAcknowledged):
        mark_taking(event, ticket, offset)


def _withdraw_milestone(event: MilestoneWithdrawn, ticket: Ticket) -> None:
    withdrawn = Mark(event.reached_at, event.milestone, event.offset)
    set_marks(ticket, (mark for mark in ticket.marks if mark != withdrawn))


def pages(event: PriorityChanged, ticket: Ticket) -> bool:
    """True for a rise that makes what a sensor has seen on an open `ticket` more urgent, whoever raised it."""
    return event.by_detection or (
        event.raised and ticket.open and ticket.channel in (Channel.SENSOR, Channel.MONITORING)
    )


def _change_priority(event: PriorityChanged, ticket: Ticket, offset: int) -> None:
    ticket.priority_changes = changed(
        ticket.priority_changes, PriorityChange(event.happened_at, offset, ticket.priority, event.priority)
    )
    ticket.priority = event.priority
    ticket.determined = ticket.determined or event.analyst is not None
    if event.raised:
        add_mark(ticket, event.happened_at, Evidence.PRIORITY_RAISED, offset, SENSOR if event.by_detection else "")
    if event.by_detection:
        ticket.severity = event.severity
        ticket.title = event.title or ticket.title
    ticket.response = event.response or ticket.response
    if pages(event, ticket):
        _page_anew(ticket)
    if event.condition is not None:
        add_mark(ticket, event.happened_at, Evidence.HEALTH_REPORT, offset, event.condition)


def _page_anew(ticket: Ticket) -> None:
    """What was detected has grown: who took it before has taken another one."""
    ticket.raised += 1
    ticket.notices = with_name(ticket.notices, "detection")
    uncover(ticket, incident("detection", ticket.notices_closed))


def _give(event: TicketAssigned | TicketHandedOver, ticket: Ticket, offset: int) -> None:
    if isinstance(event, TicketAssigned):
        ticket.assignee = event.assignee
        add_mark(ticket, event.happened_at, Evidence.ASSIGNED, offset)
    else:
        ticket.team = event.team
        add_mark(ticket, event.happened_at, Evidence.HANDED_OVER, offset, event.team)


def _close(event: TicketClosed, ticket: Ticket, offset: int) -> None:
    if ticket.open:
        add_mark(ticket, event.happened_at, Evidence.RESOLUTION, offset)
    ticket.closed_at = event.happened_at
    update_stage(ticket)


def _reopen(event: TicketReopened, ticket: Ticket, offset: int) -> None:
    ticket.closed_at = None
    ticket.reopenings += 1
    if event.analyst is not None:
        add_mark(ticket, event.happened_at, Evidence.REOPENED, offset)


def _close_incidents(ticket: Ticket) -> None:
    uncover(ticket, *(incident(topic, ticket.notices_closed) for topic in ticket.notices))
    ticket.notices = ()
    ticket.notices_closed += 1
