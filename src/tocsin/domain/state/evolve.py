"""How each event changes a ticket. Nothing is judged here: what was decided is applied."""

from bisect import insort
from functools import singledispatch

from tocsin.domain.events import ClockEvent, Event
from tocsin.domain.events.contact import CallbackOwed, CallReturned, ChannelViolated, ContactJoined, OutboundNoted
from tocsin.domain.events.contract import (
    ContractReadopted,
    ExclusionLifted,
    ManagementNotified,
    TicketRuledOut,
    WorkAgreed,
    WorkProposed,
)
from tocsin.domain.events.ticket import (
    AcknowledgementExpired,
    DetectionRepeated,
    IncidentsClosed,
    PriorityChanged,
    TicketAcknowledged,
    TicketAssigned,
    TicketClosed,
    TicketHeld,
    TicketLinked,
    TicketOpened,
    TicketReopened,
    TicketResumed,
    WorkDone,
)
from tocsin.domain.handlers import Handlers
from tocsin.domain.instant import Instant
from tocsin.domain.state.evidence import episodes
from tocsin.domain.state.evolve_clock import evolve_clock
from tocsin.domain.state.ticket import Acknowledgement, Hold, Mark, Ticket
from tocsin.domain.vocabulary import STAGE_OF, STAGES, Channel, Evidence, Stage

_NAMES_KEPT = 100
_MARKS_KEPT = 500

_of_clock = Handlers(evolve_clock.dispatch)


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
        correlation_key=event.correlation_key,
        client_ticket=event.client_ticket,
        contacts=_with((), event.contact),
        messages=_with((), event.message),
        links=_with((), event.linked_to),
        server=event.server,
        marks=[Mark(event.happened_at, event.evidence, offset, event.what)],
        notices=("detection",) if event.channel is Channel.SENSOR else (),
    )


@singledispatch
def evolve(event: Event, ticket: Ticket, offset: int) -> None:
    """Apply `event` to `ticket`; `offset` is its cause's in the inbox. Many events change the journal alone."""


def _mark(ticket: Ticket, at: Instant, kind: Evidence, offset: int, what: str = "") -> None:
    insort(ticket.marks, Mark(at, kind, offset, what))
    if len(ticket.marks) > _MARKS_KEPT:
        _drop_old_marks(ticket)
    _stand(ticket)


def _drop_old_marks(ticket: Ticket) -> None:
    """Bound the memory of a ticket that goes on and on: drop the oldest marks that no clock and no stage hangs on."""
    owed_since = min((clock.started_at for clock in ticket.clocks if clock.running), default=ticket.marks[-1].at)
    kept = {mark for episode in episodes(ticket.marks) for mark in (episode[0], *_steps(episode).values())}
    too_many = len(ticket.marks) - _MARKS_KEPT
    ticket.marks = [
        mark for i, mark in enumerate(ticket.marks) if i >= too_many or mark.at >= owed_since or mark in kept
    ]


def _steps(episode: list[Mark]) -> dict[Stage, Mark]:
    """The stages that an episode has come to, each with the mark that first brought it there."""
    return {STAGE_OF[mark.kind]: mark for mark in reversed(episode) if mark.kind in STAGE_OF}


def _stand(ticket: Ticket) -> None:
    """How far the work has come, by the marks since the ticket was opened last."""
    was_open = ticket.open
    *_, episode = episodes(ticket.marks)
    steps = _steps(episode)
    ticket.resolved_at = steps[Stage.RESOLVED].at if Stage.RESOLVED in steps else None
    ticket.stage = max(steps, key=STAGES.index, default=Stage.RECEIVED) if ticket.closed_at is None else Stage.CLOSED
    if ticket.open and not was_open:
        ticket.acknowledgement = None
    elif was_open and ticket.resolved_at is not None:
        _end_hold(ticket, ticket.resolved_at)


def _with(names: tuple[str, ...], new: str | None) -> tuple[str, ...]:
    """`names` with a `new` one, as long as there are not too many."""
    return (*names, new) if new and new not in names and len(names) < _NAMES_KEPT else names


def _without(names: tuple[str, ...], old: str) -> tuple[str, ...]:
    return tuple(name for name in names if name != old)


def _end_hold(ticket: Ticket, at: Instant) -> None:
    if held := ticket.held:
        held.end = max(at, held.start)


def _work_followed(ticket: Ticket) -> None:
    """Work after an acknowledgement makes it last."""
    if ticket.acknowledgement:
        ticket.acknowledgement.expires_at = None


@evolve.register
def _(event: DetectionRepeated, ticket: Ticket, offset: int) -> None:
    ticket.repeats = event.repeats
    if event.starts_at is not None:
        _mark(ticket, event.starts_at, Evidence.DETECTION, offset)
        ticket.notices = _with(ticket.notices, "detection")


@evolve.register
def _(event: ContactJoined, ticket: Ticket, offset: int) -> None:
    if event.evidence:
        _mark(ticket, event.happened_at, event.evidence, offset, event.what)
    ticket.contacts = _with(ticket.contacts, event.contact)
    ticket.messages = _with(ticket.messages, event.message)
    ticket.client_ticket = ticket.client_ticket or event.client_ticket


@evolve.register
def _(event: CallbackOwed, ticket: Ticket, offset: int) -> None:
    _mark(ticket, event.happened_at, Evidence.CALLBACK_OWED, offset, event.caller)


@evolve.register
def _(event: CallReturned, ticket: Ticket, offset: int) -> None:
    _mark(ticket, event.happened_at, Evidence.CALL_RETURNED, event.offset, event.caller)
    _work_followed(ticket)


@evolve.register
def _(event: OutboundNoted, ticket: Ticket, offset: int) -> None:
    ticket.messages = _with(ticket.messages, event.message)


@evolve.register
def _(event: WorkDone, ticket: Ticket, offset: int) -> None:
    _mark(ticket, event.happened_at, event.evidence, offset)
    ticket.messages = _with(ticket.messages, event.message)
    _work_followed(ticket)


@evolve.register
def _(event: PriorityChanged, ticket: Ticket, offset: int) -> None:
    ticket.priority = event.priority
    if event.raised and not event.by_detection:  # a sensor asks for nothing
        _mark(ticket, event.happened_at, Evidence.PRIORITY_RAISED, offset)
    if event.by_detection:
        ticket.raised += 1
        ticket.severity = event.severity


@evolve.register
def _(event: TicketRuledOut, ticket: Ticket, offset: int) -> None:
    ticket.ruled_out = _with(ticket.ruled_out, event.reason)


@evolve.register
def _(event: ExclusionLifted, ticket: Ticket, offset: int) -> None:
    ticket.ruled_out = _without(ticket.ruled_out, event.reason)


@evolve.register
def _(event: WorkProposed, ticket: Ticket, offset: int) -> None:
    ticket.proposed = _with(ticket.proposed, event.work)


@evolve.register
def _(event: WorkAgreed, ticket: Ticket, offset: int) -> None:
    ticket.proposed = _without(ticket.proposed, event.work)
    ticket.agreed = _with(ticket.agreed, event.work)


@evolve.register
def _(event: ManagementNotified, ticket: Ticket, offset: int) -> None:
    ticket.management_knows = True
    ticket.notices = _with(ticket.notices, "management")


@evolve.register
def _(event: ChannelViolated, ticket: Ticket, offset: int) -> None:
    ticket.notices = _with(ticket.notices, "channel")


@evolve.register
def _(event: IncidentsClosed, ticket: Ticket, offset: int) -> None:
    ticket.notices = ()
    ticket.notices_closed += 1


@evolve.register
def _(event: TicketHeld, ticket: Ticket, offset: int) -> None:
    ticket.holds = (*ticket.holds, Hold(event.reason, event.happened_at))


@evolve.register
def _(event: TicketResumed, ticket: Ticket, offset: int) -> None:
    _end_hold(ticket, event.happened_at)


@evolve.register
def _(event: TicketAcknowledged, ticket: Ticket, offset: int) -> None:
    ticket.acknowledgement = Acknowledgement(event.analyst, event.happened_at, event.expires_at)
    ticket.acknowledgements += 1


@evolve.register
def _(event: AcknowledgementExpired, ticket: Ticket, offset: int) -> None:
    ticket.acknowledgement = None
    for clock in ticket.clocks:
        if clock.steps:
            delay = max(0, event.expired_at - clock.steps[0].at)
            clock.steps = tuple(step._replace(at=step.at + delay) for step in clock.steps)
        if clock.repeat_at is not None:
            clock.repeat_at = max(clock.repeat_at, event.expired_at)


@evolve.register
def _(event: TicketAssigned, ticket: Ticket, offset: int) -> None:
    ticket.assignee = event.assignee
    _mark(ticket, event.happened_at, Evidence.ASSIGNED, offset)


@evolve.register
def _(event: TicketLinked, ticket: Ticket, offset: int) -> None:
    ticket.links = _with(ticket.links, event.other)


@evolve.register
def _(event: TicketClosed, ticket: Ticket, offset: int) -> None:
    if ticket.open:
        _mark(ticket, event.happened_at, Evidence.RESOLUTION, offset)
    ticket.closed_at = event.happened_at
    _stand(ticket)


@evolve.register
def _(event: TicketReopened, ticket: Ticket, offset: int) -> None:
    ticket.closed_at = None
    ticket.reopenings += 1
    if event.analyst is not None:
        _mark(ticket, event.happened_at, Evidence.REOPENED, offset)


@evolve.register
def _(event: ContractReadopted, ticket: Ticket, offset: int) -> None:
    ticket.contract = event.contract
    ticket.plan = event.plan


@evolve.register
def _(event: ClockEvent, ticket: Ticket, offset: int) -> None:
    _of_clock[type(event)](event, ticket)
