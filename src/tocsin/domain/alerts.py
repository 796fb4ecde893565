"""Which events the outside world is told of, and how."""

from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.decide.decision import derived_id
from tocsin.domain.events import Event
from tocsin.domain.fact import Fact
from tocsin.domain.handlers import Handlers
from tocsin.domain.instant import Instant
from tocsin.domain.notices import Notice, notices, tenant_notice
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import AlertKind, PagingAction, Priority, Stage

_told_of = Handlers(notices.dispatch)


class Alert(Fact):
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
    ticket: str | None
    number: str | None
    client_ticket: str | None
    title: str
    priority: Priority | None
    stage: Stage | None
    objective: str | None
    deadline: Instant | None
    elapsed: int | None
    tier: int | None
    role: str | None
    clause: str
    contract: str
    contract_hash: str
    offsets: tuple[int, ...]
    response: ResponseLevel | None = None


def alerts_of(event: Event, ticket: Ticket, contract: Contract, offsets: tuple[int, ...], now: Instant) -> list[Alert]:
    """The alerts that `event`, already applied to `ticket`, gives rise to; `offsets` are its cause's."""
    told = _told_of[type(event)](event, ticket, contract)
    return [_alert(notice, ticket, contract, offsets, now) for notice in told]


def _alert(notice: Notice, ticket: Ticket, contract: Contract, offsets: tuple[int, ...], now: Instant) -> Alert:
    clock = notice.clock
    place = f"{notice.topic}|{notice.cycle}|{notice.step}|{notice.repetition}"
    return Alert(
        id=derived_id(f"{ticket.id}|{notice.kind}|{place}"),
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
        offsets=clock.offsets if clock else offsets,
        response=notice.response,
    )


def tenant_alert_of(event: Event, state: TenantState, offsets: tuple[int, ...]) -> Alert | None:
    """The alert that an event of the tenant's own, already counted in its sequence, gives rise to."""
    notice, tenant = tenant_notice(event), state.tenant
    if notice is None:
        return None
    return Alert(
        id=derived_id(f"{tenant.name}|{notice.kind}|{notice.topic}|{tenant.sequence}"),
        kind=notice.kind,
        action=notice.action,
        dedup_key=f"{tenant.name}/{notice.topic}",
        tenant=tenant.name,
        ticket=None,
        number=None,
        client_ticket=None,
        title=notice.topic,
        priority=None,
        stage=None,
        objective=None,
        deadline=None,
        elapsed=None,
        tier=None,
        role=None,
        clause=notice.clause,
        contract=state.contract.name,
        contract_hash=tenant.contract,
        offsets=offsets,
    )


def _elapsed(clock: Clock, now: Instant) -> int:
    return (now if clock.fulfilled_at is None else clock.fulfilled_at) - clock.started_at


def _clause(clock: Clock, ticket: Ticket, contract: Contract) -> str:
    for rule in contract.plans[ticket.plan].objectives:
        if rule.id == clock.rule and clock.priority in rule.targets:
            return rule.targets[clock.priority].cites.clause
    return ""
