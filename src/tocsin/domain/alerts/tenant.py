"""The alerts that events raise which belong to no ticket."""

from collections.abc import Iterable

from msgspec import UNSET

from tocsin.domain.alerts.alert import AlertEvent, tenant_alert
from tocsin.domain.alerts.silences import tenant_silence_alert
from tocsin.domain.events import Event, NotifyEvent
from tocsin.domain.events.contact import ContactRefused
from tocsin.domain.events.contract import (
    AttainmentAtRisk,
    AttainmentForgotten,
    AttainmentJudged,
    AttainmentRecovered,
)
from tocsin.domain.events.heartbeat import BaseNotifyEvent, NotifyBeat, NotifyFellSilent
from tocsin.domain.events.silence import IncidentSilenced, IncidentUnsilenced
from tocsin.domain.instant import Instant
from tocsin.domain.state.tally import incident_of_month
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.vocabulary import AlertKind, PagingAction

_OfMonth = AttainmentAtRisk | AttainmentRecovered | AttainmentJudged | AttainmentForgotten


def tenant_alerts_of(event: Event, state: TenantState, offsets: tuple[int, ...], at: Instant) -> Iterable[AlertEvent]:
    """The alerts that an event raises which belongs to no ticket."""
    if isinstance(event, ContactRefused):
        return (_refused(event, state, offsets, at),)
    if isinstance(event, BaseNotifyEvent):
        return _of_notify(event, state, offsets, at)
    if isinstance(event, IncidentSilenced | IncidentUnsilenced):
        return (tenant_silence_alert(event, state, offsets, at),)
    if not isinstance(event, _OfMonth):
        return ()
    kind = _kind_of_month(event)
    if kind is None:
        return ()
    standing = event.standing
    topic = incident_of_month(standing)
    ends = kind in (AlertKind.CLEARED, AlertKind.CORRECTED)
    action = PagingAction.RESOLVE if ends else PagingAction.TRIGGER
    credit = event.arithmetic if isinstance(event, AttainmentJudged) else None
    return (
        tenant_alert(
            state,
            kind,
            topic,
            action=action,
            clause=standing.clause,
            source=standing.source,
            offsets=offsets,
            at=at,
            credit=credit or UNSET,
        ),
    )


def _refused(event: ContactRefused, state: TenantState, offsets: tuple[int, ...], at: Instant) -> AlertEvent:
    """Each refusal is a matter of its own, and over with its telling: there is nothing left to do about it."""
    return tenant_alert(
        state,
        AlertKind.UNAUTHORISED_CONTACT,
        "contact",
        incident="/".join(("contact", *map(str, offsets))),
        action=PagingAction.NONE,
        clause=event.clause,
        offsets=offsets,
        at=at,
    )


def _of_notify(event: NotifyEvent, state: TenantState, offsets: tuple[int, ...], at: Instant) -> Iterable[AlertEvent]:
    kind, action = AlertKind.CLEARED, PagingAction.RESOLVE
    if isinstance(event, NotifyFellSilent):
        kind, action = AlertKind.NOTIFY_SILENT, PagingAction.TRIGGER
    elif isinstance(event, NotifyBeat) or not event.closes_incident:
        return ()
    return (tenant_alert(state, kind, f"notify {event.name}", action=action, clause="", offsets=offsets, at=at),)


def _kind_of_month(event: _OfMonth) -> AlertKind | None:
    if isinstance(event, AttainmentAtRisk):
        return AlertKind.ATTAINMENT_AT_RISK
    if isinstance(event, AttainmentRecovered):
        return AlertKind.CLEARED
    if isinstance(event, AttainmentForgotten):
        return AlertKind.CLEARED if event.closes_incident else None
    if not event.kept:
        return AlertKind.BREACHED
    if not event.closes_incident:
        return None
    return AlertKind.CORRECTED if event.again else AlertKind.CLEARED
