"""An alert: the CloudEvent that stands on `soc.alerts`, and how it is filled in."""

from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tocsin.domain.contract.model import Contract, ObjectiveRule
from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.decide.decision import alert_id, derived_id
from tocsin.domain.fact import Fact
from tocsin.domain.instant import SECOND, Instant, show
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.tlp import Tlp
from tocsin.domain.trace import Trace
from tocsin.domain.vocabulary import AlertKind, Channel, Climb, PagingAction


class AlertData(Fact):
    """The content of an alert. `elapsed_seconds` counts from the clock's start, in real time."""

    kind: AlertKind
    action: PagingAction
    dedup_key: str
    tenant: str
    ticket: str | None  # None: of the tenant as a whole
    number: str | None
    client_ticket: str | None
    title: str
    priority: str | None
    stage: str | None
    objective: str | None
    deadline: str | None
    elapsed_seconds: float | None
    tier: int | None
    role: str | None
    clause: str
    contract: str
    contract_hash: str
    offsets: tuple[int, ...]
    actions: tuple[str, ...] = ()  # agreed for such an attack, with the opinion and advice to give
    opinion: str = ""
    advice: str = ""
    client_reachable: bool = False  # the client must be available for consultation
    related: tuple[str, ...] | UnsetType = UNSET  # numbers of tickets to one of which this one may belong
    climbed: Climb | UnsetType = UNSET  # why a step was taken before its time, or nobody was reached
    unknown: tuple[str, ...] | UnsetType = UNSET  # words that the contract does not know, each behind what it is about
    owed_by: str | UnsetType = UNSET  # the team that keeps the promise, where it is one between teams
    owed_to: str | UnsetType = UNSET
    silence: str | UnsetType = UNSET  # the name of the one that begins or ends with this alert
    credit: str | UnsetType = UNSET  # what a period credits for its broken promise, with the arithmetic
    present: AlertKind | UnsetType = UNSET  # what there is to tell of the incident now, such as breached
    tlp: Tlp | UnsetType = UNSET  # the marking of the ticket: with whom its content may be shared
    source: str | UnsetType = UNSET  # the overlay that the clause is in; not there: the contract itself


class AlertEvent(Fact, kw_only=True):  # its optional fields stand between the others, as on the wire
    """The CloudEvents envelope of an alert."""

    specversion: str = "1.0"
    id: str
    source: str = "tocsin"
    type: str
    subject: str
    time: str
    tenant: str
    datacontenttype: str = "application/json"
    traceparent: str | UnsetType = UNSET  # of the input that caused it; for a timer, that started the clock
    tracestate: str | UnsetType = UNSET
    tlp: Tlp | UnsetType = UNSET  # as in `data`, for what reads the envelope alone
    data: AlertData

    def traced(self, trace: Trace) -> "AlertEvent":
        """The same with that trace."""
        return replace(self, traceparent=trace.parent, tracestate=trace.state or UNSET)

    def of_silence(self, name: str, present: AlertKind) -> "AlertEvent":
        """The same as told of that silence, with what there is to tell of the incident."""
        return replace(self, data=replace(self.data, silence=name, present=present))


class About(msgspec.Struct, frozen=True, gc=False):  # a named tuple takes four times as long to make
    """The ticket that an alert is about, its contract, and the inbox offsets and time of what caused the alert."""

    ticket: Ticket
    contract: Contract
    offsets: tuple[int, ...]
    at: Instant

    def rule_of(self, clock: Clock) -> ObjectiveRule | None:
        """The promise by which `clock` runs; None where the plan has it no longer."""
        return self.contract.plans[self.ticket.plan].rule(clock.rule)


class Identity(NamedTuple):
    """The parts of an alert's identity beside its ticket and kind, so that it has the same id whenever it is computed.

    `topic` is an objective's rule or another word for the incident; topic and cycle name the incident in a paging
    system; step, repetition and how often its clock was reopened tell its alerts apart.
    """

    topic: str
    cycle: int = 0
    step: int = 0
    repetition: int = 0
    reopenings: int = 0


def ticket_alert(  # noqa: PLR0913 - what is particular about an alert, by name
    about: About,
    kind: AlertKind,
    identity: Identity,
    *,
    action: PagingAction = PagingAction.TRIGGER,
    clock: Clock | None = None,
    tier: int | None = None,
    role: str | None = None,
    clause: str = "",
    response: ResponseLevel | None = None,
) -> AlertEvent:
    """The alert of that kind about a ticket; `action` opens or closes the incident that its `dedup_key` names."""
    ticket = about.ticket
    data = AlertData(
        kind=kind,
        action=action,
        dedup_key=f"{ticket.tenant}/{ticket.id}/{identity.topic}/{identity.cycle}",
        tenant=ticket.tenant,
        ticket=ticket.id,
        number=ticket.number,
        client_ticket=ticket.client_ticket,
        title=ticket.title,
        priority=ticket.priority,
        stage=ticket.stage,
        objective=clock.objective if clock else None,
        deadline=show(clock.deadline) if clock and clock.deadline is not None else None,
        elapsed_seconds=_elapsed(clock, about.at) / SECOND if clock else None,
        tier=tier,
        role=role,
        contract=about.contract.name,
        contract_hash=ticket.contract,
        offsets=clock.offsets if clock else about.offsets,
        **(_cited(clause, clock, about) | _response(response) | _teams(clock, about)),
        related=ticket.related or UNSET,
        unknown=ticket.unknown or UNSET,
        tlp=ticket.tlp,
    )
    return _event(alert_id(ticket.id, kind, identity[:-1], identity.reopenings), data, about.at)


_OF_NO_TICKET: dict[str, Any] = dict.fromkeys(
    (
        "ticket",
        "number",
        "client_ticket",
        "priority",
        "stage",
        "objective",
        "deadline",
        "elapsed_seconds",
        "tier",
        "role",
    )
)
"""What only the alerts about tickets have."""


def tenant_alert(  # noqa: PLR0913 - as `ticket_alert`
    state: TenantState,
    kind: AlertKind,
    topic: str,
    *,
    incident: str = "",
    action: PagingAction = PagingAction.TRIGGER,
    clause: str,
    offsets: tuple[int, ...],
    at: Instant,
    source: str | UnsetType = UNSET,
    credit: str | UnsetType = UNSET,
) -> AlertEvent:
    """The alert of that kind about the tenant as a whole; its event has been counted in the tenant's sequence.

    `incident` names what it opens or closes, where that is not the topic.
    """
    tenant = state.tenant
    data = AlertData(
        kind=kind,
        action=action,
        dedup_key=f"{tenant.name}/{incident or topic}",
        tenant=tenant.name,
        title=topic,
        **_OF_NO_TICKET,
        clause=clause,
        contract=state.contract.name,
        contract_hash=tenant.contract,
        offsets=offsets,
        source=source,
        credit=credit,
    )
    return _event(derived_id(f"{tenant.name}|{kind}|{topic}|{tenant.sequence}"), data, at)


def clause_of_detections(about: About) -> str:
    """The clause by which what has opened the ticket is told."""
    plan = about.contract.plans[about.ticket.plan]
    rule = plan.health if about.ticket.channel is Channel.MONITORING else plan.detections
    return rule.cites.clause if rule else ""


def _event(alert_id: str, data: AlertData, at: Instant) -> AlertEvent:
    return AlertEvent(
        id=alert_id,
        type=f"tocsin.alert.{data.kind}",
        subject=data.ticket or data.tenant,
        time=show(at),
        tenant=data.tenant,
        tlp=data.tlp,
        data=data,
    )


def _response(response: ResponseLevel | None) -> dict[str, Any]:
    """The members that tell what was agreed for such an attack."""
    if response is None:
        return {}
    return {
        "actions": response.actions,
        "opinion": response.opinion,
        "advice": response.advice,
        "client_reachable": response.client_reachable,
    }


def _teams(clock: Clock | None, about: About) -> dict[str, Any]:
    """The members that tell between whom the promise is, if it is one between teams."""
    rule = about.rule_of(clock) if clock else None
    named = (("owed_by", rule.owed_by), ("owed_to", rule.owed_to)) if rule else ()
    return {name: team for name, team in named if team}


def _elapsed(clock: Clock, now: Instant) -> int:
    return (now if clock.fulfilled_at is None else clock.fulfilled_at) - clock.started_at


def _cited(clause: str, clock: Clock | None, about: About) -> dict[str, Any]:
    """The clause, which is that of the promise where no other is given, and the overlay that it is in."""
    rule = about.rule_of(clock) if clock else None
    if clock is None or rule is None or clock.priority not in rule.targets:
        return {"clause": clause}
    promised = rule.targets[clock.priority] if clock.bound is None else rule.at_the_latest[clock.bound].promised
    return {"clause": clause or promised.cites.clause, "source": promised.cites.source or UNSET}
