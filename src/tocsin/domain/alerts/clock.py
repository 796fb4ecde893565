"""The alerts that events about clocks raise."""

from typing import assert_never

from msgspec.structs import replace

from tocsin.domain.alerts.alert import About, AlertEvent, Identity, ticket_alert
from tocsin.domain.clocks.schedule import policy_for
from tocsin.domain.contract.model import Missed, ObjectiveRule, Plan
from tocsin.domain.events import ClockEvent
from tocsin.domain.events.clock import (
    BreachWithdrawn,
    ClockMoved,
    ClockStarted,
    EscalationRaised,
    NobodyReached,
    ObjectiveAtRisk,
    ObjectiveBreached,
    ObjectiveFulfilled,
    PromiseLapsed,
    PromiseWithdrawn,
)
from tocsin.domain.state.ticket import Clock
from tocsin.domain.vocabulary import AlertKind, Climb, Evidence, Objective, PagingAction


def clock_alerts(event: ClockEvent, clock: Clock, about: About) -> tuple[AlertEvent, ...]:
    """The alerts that `event` raises, which has been applied to `clock`."""
    match event:
        case ClockMoved():
            return ()
        case ClockStarted():
            return (_alert(about, clock, AlertKind.STATUS_REPORT_DUE),) if event.asked_for else ()
        case ObjectiveAtRisk():
            return (_alert(about, clock, AlertKind.AT_RISK, step=event.warning),)
        case ObjectiveBreached():
            return _breached(event, clock, about)
        case EscalationRaised():
            return (_escalated(event, clock, about),)
        case NobodyReached():
            alert = _alert(about, clock, AlertKind.UNREACHED, repetition=clock.withdrawals + clock.voided)
            return (_climbed(alert, event.why, event.receipt),)
        case ObjectiveFulfilled():
            return (_cleared(about, clock, repetition=clock.fulfilments - 1),) if event.closes_incident else ()
        case PromiseWithdrawn() | PromiseLapsed():
            return (_cleared(about, clock, step=-1, repetition=clock.voided),) if event.closes_incident else ()
        case BreachWithdrawn():
            action = PagingAction.RESOLVE if event.closes_incident else PagingAction.NONE
            return (_alert(about, clock, AlertKind.CORRECTED, action, repetition=clock.withdrawals - 1),)
        case forgotten:
            assert_never(forgotten)


def _breached(event: ObjectiveBreached, clock: Clock, about: About) -> tuple[AlertEvent, ...]:
    if event.told_on is not None:
        return ()
    kind = kind_of_breach(clock, about.contract.plans[about.ticket.plan])
    return (_alert(about, clock, kind, repetition=clock.withdrawals + clock.voided),)


def _alert(  # noqa: PLR0913 - the parts of an alert's identity, by name
    about: About,
    clock: Clock,
    kind: AlertKind,
    action: PagingAction = PagingAction.TRIGGER,
    *,
    step: int = 0,
    repetition: int = 0,
) -> AlertEvent:
    identity = Identity(clock.rule, clock.cycle, step, repetition, clock.reopenings)
    return ticket_alert(about, kind, identity, action=action, clock=clock)


def _cleared(about: About, clock: Clock, *, step: int = 0, repetition: int) -> AlertEvent:
    return _alert(about, clock, AlertKind.CLEARED, PagingAction.RESOLVE, step=step, repetition=repetition)


def _escalated(event: EscalationRaised, clock: Clock, about: About) -> AlertEvent:
    policy = policy_for(about.contract.plans[about.ticket.plan], clock.rule, clock.priority)
    alert = ticket_alert(
        about,
        AlertKind.ESCALATED,
        Identity(clock.rule, clock.cycle, event.step, event.repetition, clock.reopenings),
        clock=clock,
        tier=event.tier,
        role=event.role,
        clause=policy.cites.clause if policy else "",
    )
    return alert if event.climbed is None else _climbed(alert, event.climbed, event.receipt)


def _climbed(alert: AlertEvent, why: Climb, receipt: int | None) -> AlertEvent:
    """`alert`, which the receipt with that offset has caused beside the marks of its clock."""
    offsets = alert.data.offsets if receipt is None else (*alert.data.offsets, receipt)
    return replace(alert, data=replace(alert.data, climbed=why, offsets=offsets))


def kind_of_breach(clock: Clock, plan: Plan) -> AlertKind:
    """The kind of the alert that tells of the breach of `clock`."""
    if clock.objective == Objective.CALLBACK:
        return AlertKind.CALLBACK_OVERDUE
    rule = plan.rule(clock.rule)
    return AlertKind.STATUS_REPORT_DUE if rule and _is_reminder(rule) else AlertKind.BREACHED


def _is_reminder(rule: ObjectiveRule) -> bool:
    """True for a report that is due again and again: unless said otherwise its period is the tenant's own."""
    if rule.missed is not None:
        return rule.missed is Missed.REMINDER
    return Evidence.STATUS_REPORT in rule.starts
