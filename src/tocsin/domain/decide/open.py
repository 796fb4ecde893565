"""Opens tickets."""

from msgspec.structs import replace

from tocsin.domain.contract.model import ChannelRule, Contract, Plan
from tocsin.domain.decide.decision import Decision
from tocsin.domain.decide.entitlement import exclusion
from tocsin.domain.events import Event
from tocsin.domain.events.contact import ChannelViolated
from tocsin.domain.events.contract import ServerAsked, TicketRuledOut
from tocsin.domain.events.ticket import TicketOpened
from tocsin.domain.instant import SECOND, Instant
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.time import deadlines
from tocsin.domain.vocabulary import Channel, Priority


def ticket_number(state: TenantState) -> str:
    """The number of the tenant's next ticket."""
    return f"{state.tenant.name.upper()}-{state.tenant.tickets_opened + 1:06d}"


def open_ticket(
    opened: TicketOpened, state: TenantState, excluded_by: str | None = None, in_doubt_by: str | None = None
) -> list[Decision]:
    """The decisions that open a ticket: its opening, a violated channel rule, an exclusion that holds at once.

    `in_doubt_by` is the clause by which its server is asked for; None where that is known.
    """
    contract = state.contract
    plan = contract.plans[opened.plan]
    followed = state.named(opened.linked_to)
    if followed and followed.tlp:
        opened = replace(opened, tlp=followed.tlp)  # it goes on with the same matter
    violated = violations(plan, opened.channel, opened.priority, opened.happened_at, contract)
    events: list[Event] = [opened, *violated]
    ruled_out = exclusion(contract, plan.name, excluded_by)
    if ruled_out:
        events.append(
            TicketRuledOut(reason=ruled_out.reason, consequence=ruled_out.consequence, clause=ruled_out.cites.clause)
        )
    if in_doubt_by is not None:
        events.append(ServerAsked(server=opened.server, clause=in_doubt_by))
    return [Decision(opened.id, event) for event in events]


def violations(
    plan: Plan, channel: Channel, priority: Priority, at: Instant, contract: Contract
) -> list[ChannelViolated]:
    """The violations of the plan's channel rules by a request of `priority` that came by `channel`."""
    if not channel.by_persons:
        return []
    return [
        ChannelViolated(channel=channel, priority=priority, clause=rule.cites.clause)
        for rule in plan.channels
        if rule.priority == priority and not accepts(rule, channel, at, contract)
    ]


def accepts(rule: ChannelRule, channel: Channel, at: Instant, contract: Contract) -> bool:
    """True if `rule` allows a request by `channel` at that time."""
    if channel not in rule.channels:
        return False
    by_phone_in_hours = channel is Channel.PHONE and rule.telephone_calendar is not None
    return not by_phone_in_hours or is_open(contract, rule.telephone_calendar or "", at)


def is_open(contract: Contract, calendar: str, at: Instant) -> bool:
    """True if that calendar of the contract is open at `at`."""
    return deadlines.elapsed(at, at + SECOND, contract.calendars[calendar]) > 0
