"""Alerts on the wire: CloudEvents on `soc.alerts`."""

import msgspec

from tocsin.domain.alerts import Alert
from tocsin.domain.instant import SECOND, Instant, show
from tocsin.domain.vocabulary import AlertKind, PagingAction


class AlertData(msgspec.Struct, kw_only=True, frozen=True):
    """What an alert says. `elapsed_seconds` counts from the clock's start, in real time."""

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


class AlertEvent(msgspec.Struct, kw_only=True, frozen=True):
    """The CloudEvents envelope of an alert."""

    specversion: str = "1.0"
    id: str
    source: str = "tocsin"
    type: str
    subject: str
    time: str
    tenant: str
    datacontenttype: str = "application/json"
    data: AlertData


_encoder = msgspec.json.Encoder()


def encode(alert: Alert, at: Instant) -> bytes:
    """The value of the record of `alert`, which holds from `at` on."""
    response = alert.response
    data = AlertData(
        kind=alert.kind,
        action=alert.action,
        dedup_key=alert.dedup_key,
        tenant=alert.tenant,
        ticket=alert.ticket,
        number=alert.number,
        client_ticket=alert.client_ticket,
        title=alert.title,
        priority=alert.priority,
        stage=alert.stage,
        objective=alert.objective,
        deadline=None if alert.deadline is None else show(alert.deadline),
        elapsed_seconds=None if alert.elapsed is None else alert.elapsed / SECOND,
        tier=alert.tier,
        role=alert.role,
        clause=alert.clause,
        contract=alert.contract,
        contract_hash=alert.contract_hash,
        offsets=alert.offsets,
        actions=response.actions if response else (),
        opinion=response.opinion if response else "",
        advice=response.advice if response else "",
        client_reachable=response is not None and response.client_reachable,
    )
    event = AlertEvent(
        id=alert.id,
        type=f"tocsin.alert.{alert.kind}",
        subject=alert.ticket or alert.tenant,
        time=show(at),
        tenant=alert.tenant,
        data=data,
    )
    return _encoder.encode(event)
