"""Which events the outside world is told of, and how."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import singledispatch
from uuid import uuid5

from tocsin.domain.contract import Contract
from tocsin.domain.decision import NAMESPACE
from tocsin.domain.events import (
    BreachWithdrawn,
    ChannelViolated,
    ClockEvent,
    EscalationRaised,
    Event,
    IncidentsClosed,
    ObjectiveAtRisk,
    ObjectiveBreached,
    ObjectiveFulfilled,
    PriorityChanged,
    PromiseWithdrawn,
    TicketAcknowledged,
    TicketOpened,
)
from tocsin.domain.instant import Instant
from tocsin.domain.settle import policy_for
from tocsin.domain.ticket import Clock, Ticket
from tocsin.domain.vocabulary import AlertKind, Channel, Objective, PagingAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An outbound alert event.

    `id` is derived from ticket, kind, objective, cycle, step and repetition, so the same alert has the same id
    however often it is computed. `dedup_key` names the incident in a paging system that `action` opens or closes.
    `offsets` are those of the inbox records that caused it.
    """

    id: str
    kind: AlertKind
    action: PagingAction
    dedup_key: str
    tenant: str
    ticket: str
    number: str
    client_ticket: str | None
    title: str
    priority: str
    stage: str
    objective: str | None
    deadline: Instant | None
    elapsed: int | None
    tier: int | None
    role: str | None
    clause: str
    contract: str
    contract_hash: str
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
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


def alerts_of(
    event: Event, ticket: Ticket, contract: Contract, offsets: tuple[int, ...], now: Instant
) -> Iterator[Alert]:
    """The alerts that `event`, already applied to `ticket`, gives rise to; `offsets` are its cause's."""
    for notice in _notices(event, ticket, contract):
        yield _alert(notice, ticket, contract, offsets, now)


def _alert(notice: _Notice, ticket: Ticket, contract: Contract, offsets: tuple[int, ...], now: Instant) -> Alert:
    clock = notice.clock
    parts = (ticket.id, notice.kind, notice.topic, notice.cycle, notice.step, notice.repetition)
    return Alert(
        id=str(uuid5(NAMESPACE, "|".join(map(str, parts)))),
        kind=notice.kind,
        action=notice.action,
        dedup_key=f"{ticket.tenant}/{ticket.id}/{notice.topic}/{notice.cycle}",
        tenant=ticket.tenant,
        ticket=ticket.id,
        number=ticket.number,
        client_ticket=ticket.client_ticket,
        title=ticket.title,
        priority=ticket.priority,
        stage=ticket.stage,
        objective=clock.objective if clock else None,
        deadline=clock.deadline if clock else None,
        elapsed=_elapsed(clock, now) if clock else None,
        tier=notice.tier,
        role=notice.role,
        clause=notice.clause or (_clause(clock, ticket, contract) if clock else ""),
        contract=contract.name,
        contract_hash=ticket.contract,
        offsets=tuple(clock.offsets) if clock else offsets,
    )


def _elapsed(clock: Clock, now: Instant) -> int:
    return (now if clock.fulfilled_at is None else clock.fulfilled_at) - clock.started_at


def _clause(clock: Clock, ticket: Ticket, contract: Contract) -> str:
    for rule in contract.plans[ticket.plan].objectives:
        if rule.id == clock.rule and clock.priority in rule.targets:
            return rule.targets[clock.priority].cites.clause
    return ""


@singledispatch
def _notices(event: Event, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    """Most events are nobody else's business."""
    return iter(())


def _of_clock(  # noqa: PLR0913 - the parts of an alert's identity, by name
    event: ClockEvent,
    ticket: Ticket,
    kind: AlertKind,
    action: PagingAction = PagingAction.TRIGGER,
    *,
    step: int = 0,
    repetition: int = 0,
) -> _Notice:
    clock = ticket.clock(event.rule, event.cycle)
    return _Notice(
        kind=kind, action=action, topic=event.rule, cycle=event.cycle, step=step, repetition=repetition, clock=clock
    )


@_notices.register
def _(event: TicketOpened, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    if event.channel is Channel.SENSOR:
        yield _detection(ticket, contract)


@_notices.register
def _(event: PriorityChanged, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    if event.by_detection:
        yield _detection(ticket, contract)


def _detection(ticket: Ticket, contract: Contract) -> _Notice:
    rule = contract.plans[ticket.plan].detections
    return _Notice(
        kind=AlertKind.DETECTION,
        action=PagingAction.TRIGGER,
        topic="detection",
        cycle=len(ticket.reopened_at),
        repetition=ticket.raised,
        clause=rule.cites.clause if rule else "",
    )


@_notices.register
def _(event: ChannelViolated, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    yield _Notice(
        kind=AlertKind.CHANNEL_VIOLATION,
        action=PagingAction.TRIGGER,
        topic="channel",
        cycle=len(ticket.reopened_at),
        clause=event.clause,
    )


@_notices.register
def _(event: ObjectiveAtRisk, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    yield _of_clock(event, ticket, AlertKind.AT_RISK, step=event.warning)


@_notices.register
def _(event: ObjectiveBreached, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    late_callback = event.objective is Objective.CALLBACK
    kind = AlertKind.CALLBACK_OVERDUE if late_callback else AlertKind.BREACHED
    withdrawals = ticket.clock(event.rule, event.cycle).withdrawals
    yield _of_clock(event, ticket, kind, repetition=withdrawals)


@_notices.register
def _(event: EscalationRaised, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    notice = _of_clock(event, ticket, AlertKind.ESCALATED, step=event.step, repetition=event.repetition)
    policy = policy_for(contract.plans[ticket.plan], event.rule, ticket.clock(event.rule, event.cycle).priority)
    clause = policy.cites.clause if policy else ""
    yield replace(notice, role=event.role, tier=event.tier, clause=clause)


@_notices.register
def _(event: ObjectiveFulfilled, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    if event.closes_incident:
        times = ticket.clock(event.rule, event.cycle).fulfilments - 1
        yield _of_clock(event, ticket, AlertKind.CLEARED, PagingAction.RESOLVE, repetition=times)


@_notices.register
def _(event: BreachWithdrawn, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    times = ticket.clock(event.rule, event.cycle).withdrawals - 1
    yield _of_clock(event, ticket, AlertKind.CORRECTED, PagingAction.RESOLVE, repetition=times)


@_notices.register
def _(event: PromiseWithdrawn, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    if event.closes_incident:
        yield _Notice(kind=AlertKind.CLEARED, action=PagingAction.RESOLVE, topic=event.rule, cycle=event.cycle)


@_notices.register
def _(event: IncidentsClosed, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    for topic in event.topics:
        yield _Notice(kind=AlertKind.CLEARED, action=PagingAction.RESOLVE, topic=topic, cycle=len(ticket.reopened_at))


@_notices.register
def _(event: TicketAcknowledged, ticket: Ticket, contract: Contract) -> Iterator[_Notice]:
    """One for every incident that is open, for paging systems acknowledge each by its key."""
    times, episode = ticket.acknowledgements, len(ticket.reopened_at)
    paged = [clock for clock in ticket.clocks if clock.paged]
    for clock in paged:
        yield _Notice(
            kind=AlertKind.ACKNOWLEDGED,
            action=PagingAction.ACKNOWLEDGE,
            topic=clock.rule,
            cycle=clock.cycle,
            repetition=times,
            clock=clock,
        )
    for topic in ticket.notices or ([] if paged else ["ticket"]):
        yield _Notice(
            kind=AlertKind.ACKNOWLEDGED,
            action=PagingAction.ACKNOWLEDGE,
            topic=topic,
            cycle=episode,
            repetition=times,
        )
