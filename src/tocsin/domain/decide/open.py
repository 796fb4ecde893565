"""How a ticket begins."""

from typing import NamedTuple

from tocsin.domain.commands.inbound import Input
from tocsin.domain.contract.model import ChannelRule, Contract, Plan
from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.decide.decision import Decision, ticket_id
from tocsin.domain.decide.entitlement import Cover, exclusion
from tocsin.domain.events import Event
from tocsin.domain.events.contact import ChannelViolated
from tocsin.domain.events.contract import TicketRuledOut
from tocsin.domain.events.ticket import TicketOpened
from tocsin.domain.instant import SECOND, Instant
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.time import deadlines as clock
from tocsin.domain.vocabulary import Channel, Evidence, Priority, Severity

_ASKING = (Channel.PHONE, Channel.EMAIL, Channel.PORTAL, Channel.WEB)
"""The channels by which a client asks for support."""


class Opening(NamedTuple):
    """The facts of a new ticket."""

    channel: Channel
    priority: Priority
    title: str
    evidence: Evidence
    happened_at: Instant
    cover: Cover
    subject: str | None = None
    severity: Severity | None = None
    correlation_key: str | None = None
    client_ticket: str | None = None
    message: str | None = None
    contact: str | None = None
    linked_to: str | None = None
    what: str = ""
    server: str | None = None
    response: ResponseLevel | None = None
    name: str | None = None
    analyst: str | None = None
    unknown_priority: str | None = None  # what was claimed and the contract does not know


def open_ticket(facts: Opening, message: Input, state: TenantState) -> list[Decision]:
    """The events by which a ticket of the tenant's contract begins."""
    tenant = state.tenant
    plan = state.contract.plans[facts.cover.plan]
    opened = TicketOpened(
        id=ticket_id(tenant.name, message.source, message.id),
        number=f"{tenant.name.upper()}-{tenant.tickets_opened + 1:06d}",
        contract=tenant.contract,
        plan=plan.name,
        channel=facts.channel,
        priority=facts.priority,
        title=facts.title,
        evidence=facts.evidence,
        happened_at=facts.happened_at,
        severity=facts.severity,
        correlation_key=facts.correlation_key,
        client_ticket=facts.client_ticket,
        message=facts.message,
        linked_to=facts.linked_to,
        contact=facts.contact,
        subject=facts.subject,
        what=facts.what,
        server=facts.server,
        response=facts.response,
        unknown_priority=facts.unknown_priority,
        name=facts.name,
        analyst=facts.analyst,
    )
    violated = violations(plan, facts.channel, facts.priority, facts.happened_at, state.contract)
    events: list[Event] = [opened, *violated]
    ruled_out = exclusion(state.contract, plan.name, facts.cover.excluded_by)
    if ruled_out:
        events.append(
            TicketRuledOut(reason=ruled_out.reason, consequence=ruled_out.consequence, clause=ruled_out.cites.clause)
        )
    return [Decision(opened.id, event) for event in events]


def violations(
    plan: Plan, channel: Channel, priority: Priority, at: Instant, contract: Contract
) -> list[ChannelViolated]:
    """A request of `priority` that came by a channel which the plan does not have for it."""
    if channel not in _ASKING:
        return []
    return [
        ChannelViolated(channel=channel, priority=priority, clause=rule.cites.clause)
        for rule in plan.channels
        if rule.priority == priority and not accepts(rule, channel, at, contract)
    ]


def accepts(rule: ChannelRule, channel: Channel, at: Instant, contract: Contract) -> bool:
    """Whether `rule` takes a request by `channel` at that time."""
    if channel not in rule.channels:
        return False
    by_phone_in_hours = channel is Channel.PHONE and rule.telephone_calendar is not None
    return not by_phone_in_hours or is_open(contract, rule.telephone_calendar or "", at)


def is_open(contract: Contract, calendar: str, at: Instant) -> bool:
    """Whether that calendar of the contract is open at `at`."""
    return clock.elapsed(at, at + SECOND, contract.calendars[calendar]) > 0
