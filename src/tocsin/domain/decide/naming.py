"""Decides what follows when somebody says which server a ticket is about."""

from tocsin.domain.decide.cover import CASES_USED, TERM_OVER, Cover, cover_of
from tocsin.domain.decide.decision import Outcome, Refusal
from tocsin.domain.decide.entitlement import exclusion
from tocsin.domain.decide.open import violations
from tocsin.domain.events import Event
from tocsin.domain.events.contract import ExclusionLifted, ServerNamed, TicketRuledOut
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket


def name_server(name: str, state: TenantState, ticket: Ticket, analyst: str | None) -> Outcome:
    """The events by which `ticket` is judged for the server called `name`, or why it cannot be."""
    known = {each.name.casefold(): each.name for each in state.tenant.servers}
    server = known.get(name.casefold())
    asked = "server" in ticket.notices
    if server is None:
        has = ", ".join(sorted(known.values())) or "none"
        return Refusal("unknown_server", f"{ticket.tenant} has no server {name}; it has {has}")
    if server == ticket.server and not asked:
        return Refusal("same_server", f"{ticket.number} is about {server} already")
    if ticket.contract != state.tenant.contract:
        return Refusal("former_contract", f"{ticket.number} follows a contract of before; readopt it first")
    covered = cover_of(state, server, ticket.opening.at, ticket.opened_at)
    named = ServerNamed(server=server, plan=covered.plan, closes_incident=asked, analyst=analyst)
    return (named, *_excluded(covered, state, ticket, analyst), *_violated(covered, state, ticket))


def _excluded(covered: Cover, state: TenantState, ticket: Ticket, analyst: str | None) -> list[Event]:
    """What held for another server is lifted; what holds for this one begins."""
    lifted = [it for it in ticket.ruled_out if it in (TERM_OVER, CASES_USED) and it != covered.excluded_by]
    events: list[Event] = [ExclusionLifted(reason=reason, analyst=analyst) for reason in lifted]
    found = exclusion(state.contract, covered.plan, covered.excluded_by)
    if found and found.reason not in ticket.ruled_out:
        clause = found.cites.clause
        events.append(TicketRuledOut(reason=found.reason, consequence=found.consequence, clause=clause))
    return events


def _violated(covered: Cover, state: TenantState, ticket: Ticket) -> list[Event]:
    plan, at = state.contract.plans[covered.plan], ticket.opening.at
    violated = violations(plan, ticket.channel, ticket.priority, at, state.contract)
    return [] if "channel" in ticket.notices else [*violated]
