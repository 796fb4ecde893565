"""Decides on detections and health reports."""

from msgspec.structs import replace

from tocsin.domain.commands.inbound import Detection, HealthReported, Input
from tocsin.domain.contract.model import Plan
from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.decide.attack import at_worst, attack, response_again, response_to, unknown_words
from tocsin.domain.decide.cover import cover
from tocsin.domain.decide.decision import Decision, ticket_id
from tocsin.domain.decide.open import open_ticket, ticket_number
from tocsin.domain.events import Event
from tocsin.domain.events.source import SeenAgain, SourceResolved
from tocsin.domain.events.ticket import (
    DetectionIgnored,
    DetectionRepeated,
    PriorityChanged,
    ReportIgnored,
    TicketOpened,
    TicketReopened,
)
from tocsin.domain.instant import Instant
from tocsin.domain.state.parts import SourceOver
from tocsin.domain.state.sources import is_said_over, resolves_at
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import SEVERITIES, Channel, Evidence, Priority, Severity, Stage


def detected(body: Detection, message: Input, state: TenantState, now: Instant) -> list[Decision]:
    """A detection joins the ticket of its correlation key, or opens one; it counts from when we learned of it."""
    key = body.key or f"{body.signature} {body.asset}"
    known = state.of_detection(key)
    if body.resolved:
        return _said_over(body, SourceOver(key, now, message.offset), known, state)
    if known and known.stage is not Stage.CLOSED:
        return _repeat(body, key, known, state, now, _occurred(message, now))
    plan = state.plan
    worth = _worth(body, plan)
    if worth is None:
        return [Decision(None, DetectionIgnored(signature=body.signature, severity=body.severity))]
    seen = attack(body)
    opened = TicketOpened(
        id=ticket_id(message),
        number=ticket_number(state),
        contract=state.tenant.contract,
        plan=plan.name,
        channel=Channel.SENSOR,
        priority=worth,
        title=body.title,
        evidence=Evidence.DETECTION,
        happened_at=now,
        severity=body.severity,
        correlation_key=key,
        linked_to=known.number if known else None,
        response=response_to(seen, plan, state.contract, now),
        risk=seen.risk,
        sophistication=seen.sophistication,
        unknown=unknown_words(body, plan),
        occurred_at=_occurred(message, now),
    )
    return open_ticket(opened, state)


def _said_over(body: Detection, word: SourceOver, ticket: Ticket | None, state: TenantState) -> list[Decision]:
    """What a sensor says is over stays with the analyst, unless the contract goes by the silence that follows."""
    if ticket is None or not ticket.open or is_said_over(ticket, word.key):
        return [Decision(None, DetectionIgnored(signature=body.signature, severity=body.severity, resolved=True))]
    rule = state.plan_of(ticket).detections
    after = replace(ticket, sources_over=(*ticket.sources_over, word))
    ends = resolves_at(after, rule.source_resolved_after) if rule else None
    return [Decision(ticket.id, SourceResolved(key=word.key, happened_at=word.at, resolves_at=ends))]


def _worth(body: Detection, plan: Plan) -> Priority | None:
    return plan.detections.priorities.get(body.severity) if plan.detections else None


def _occurred(message: Input, now: Instant) -> Instant | None:
    """When it happened, as the sensor says; None if the sensor does not say, or it was now."""
    return None if message.dated_by_arrival or message.happened_at >= now else message.happened_at


def _repeat(  # noqa: PLR0913, PLR0917 - what a repeat depends on
    body: Detection, key: str, ticket: Ticket, state: TenantState, now: Instant, occurred_at: Instant | None
) -> list[Decision]:
    events: list[Event] = [SeenAgain(key=key, happened_at=now)] if is_said_over(ticket, key) else []
    starts_at = None
    if ticket.resolved_at is not None:
        if _worth(body, state.plan_of(ticket)) is None:
            return [Decision(None, DetectionIgnored(signature=body.signature, severity=body.severity))]
        starts_at = max(now, ticket.resolved_at + 1)
        events.append(TicketReopened(happened_at=starts_at, reason="the detection was repeated"))
    worse = _worse_priority(body.severity, ticket, state)
    again = starts_at is not None or worse is not None
    worst = at_worst(ticket, body)
    response = response_again(worst, ticket, state, now, told_anyway=again)
    told = response if worse is None or starts_at else None
    events.append(
        DetectionRepeated(
            severity=body.severity,
            repeats=ticket.repeats + 1,
            starts_at=starts_at,
            risk=worst.risk,
            sophistication=worst.sophistication,
            unknown=unknown_words(body, state.plan_of(ticket)),
            response=told,
            title=body.title if told else None,
            occurred_at=_since_its_end(occurred_at, ticket) if starts_at else None,
        )
    )
    if worse:
        events.append(_rise(body, worse, ticket, response, now))
    return [Decision(ticket.id, event) for event in events]


def _since_its_end(at: Instant | None, ticket: Ticket) -> Instant | None:
    return at if at is not None and ticket.resolved_at is not None and at > ticket.resolved_at else None


def _rise(
    body: Detection, worse: Priority, ticket: Ticket, response: ResponseLevel | None, now: Instant
) -> PriorityChanged:
    return PriorityChanged(
        priority=worse,
        previous=ticket.priority,
        reason=f"severity rose to {body.severity}",
        happened_at=now,
        raised=True,
        by_detection=True,
        severity=body.severity,
        title=body.title,
        response=response,
    )


def _worse_priority(severity: Severity, ticket: Ticket, state: TenantState) -> Priority | None:
    if ticket.severity is None or SEVERITIES.index(severity) <= SEVERITIES.index(ticket.severity):
        return None
    contract, rule = state.contract_of(ticket), state.plan_of(ticket).detections
    worth = rule.priorities.get(severity) if rule else None
    return worth if worth and contract.rank(worth) < contract.rank(ticket.priority) else None


def health_reported(body: HealthReported, message: Input, state: TenantState, now: Instant) -> list[Decision]:
    """A bad report joins the ticket of its server and subject, or opens one; it is no request, so no clock starts."""
    covered = cover(state, body.server, None, now, now)
    rule = state.contract.plans[covered.plan].health
    worth = rule.worth(body.condition) if rule and covered.excluded_by is None else None
    if worth is None:
        ignored = ReportIgnored(server=body.server, subject=body.subject, condition=body.condition)
        return [Decision(None, ignored)]
    key = f"health {body.server} {body.subject}"
    known = state.of_detection(key)
    if known and known.open:
        repeated = DetectionRepeated(severity=Severity.MEDIUM, repeats=known.repeats + 1)
        return [Decision(known.id, event) for event in (repeated, *_worsened(body, known, state, now))]
    opened = TicketOpened(
        id=ticket_id(message),
        number=ticket_number(state),
        contract=state.tenant.contract,
        plan=covered.plan,
        channel=Channel.MONITORING,
        priority=worth,
        title=_title(body),
        evidence=Evidence.HEALTH_REPORT,
        happened_at=now,
        what=body.condition,
        correlation_key=key,
        linked_to=known.number if known else None,
        server=body.server,
    )
    return open_ticket(opened, state, covered.excluded_by, covered.in_doubt_by)


def _title(body: HealthReported) -> str:
    return f"{body.server}: {body.subject} {body.condition}"


def _worsened(body: HealthReported, ticket: Ticket, state: TenantState, now: Instant) -> list[Event]:
    """The rise of priority by a report that is worse than any before it on the ticket."""
    contract, rule = state.contracts[ticket.contract], state.plan_of(ticket).health
    worth = rule.worth(body.condition) if rule else None
    if rule is None or worth is None:
        return []
    reported = (rule.worth(mark.what) for mark in ticket.marks if mark.kind == Evidence.HEALTH_REPORT)
    known = [contract.rank(priority) for priority in (ticket.priority, *reported) if priority]
    if contract.rank(worth) >= min(known):
        return []
    raised = PriorityChanged(
        priority=worth,
        previous=ticket.priority,
        reason=f"{body.subject} {body.condition}",
        happened_at=now,
        raised=True,
        by_detection=True,
        condition=body.condition,
        title=_title(body),
    )
    return [raised]
