"""Decides which contacts may ask, and for what: authorised contacts, servers with their own plans, entitlements."""

from typing import NamedTuple

from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.contract.rules import ContactRule, Exclusion, Server
from tocsin.domain.instant import Instant, to_datetime
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.time.zones import to_wall

TERM_OVER = "term_over"
CASES_USED = "cases_used"
_CASES = "support_cases"


class Cover(NamedTuple):
    """The plan under which a new ticket opens, and the exclusion that holds from its start; None for no exclusion."""

    plan: str
    excluded_by: str | None = None


def cover(state: TenantState, server: str | None, at: Instant) -> Cover:
    """The cover of a request about `server` (None: about none in particular) at `at`."""
    known = _server_known(state, server, at)
    plan = state.contract.plans[known.plan] if known else state.plan
    if server is not None and plan.term is not None and (known is None or not _covers(known, at)):
        return Cover(plan.name, TERM_OVER)
    if _cases_are_used(state, plan, server):
        return Cover(plan.name, CASES_USED)
    return Cover(plan.name)


def _server_known(state: TenantState, name: str | None, at: Instant) -> Server | None:
    """The entry of that server that covers `at`, or else its last one; each entry gives it a plan for some days."""
    known = [each for each in state.tenant.servers if each.name == name]
    return next((each for each in known if _covers(each, at)), known[-1] if known else None)


def _covers(server: Server, at: Instant) -> bool:
    day = to_datetime(to_wall(at, server.timezone)).date()
    return server.covered_from <= day < server.covered_until


def _cases_are_used(state: TenantState, plan: Plan, server: str | None) -> bool:
    for entitlement in plan.entitlements:
        if entitlement.name == _CASES and entitlement.limit is not None:
            return state.tenant.cases.get(server or "", 0) >= entitlement.limit
    return False


def exclusion(contract: Contract, plan: str, reason: str | None) -> Exclusion | None:
    """The exclusion of `plan` for `reason`; None where it has none."""
    if reason is None:
        return None
    return next((each for each in contract.plans[plan].exclusions if each.reason == reason), None)


def may_ask(state: TenantState, who: str, name: str | None) -> ContactRule | None:
    """The rule that forbids `who` to ask for support; None if they may. Where no contact is named, anybody may."""
    rule = state.plan.contacts
    return rule if rule and rule.requests and _is_stranger(state, who, name) else None


def must_be_confirmed(state: TenantState, plan: Plan, who: str, name: str | None) -> ContactRule | None:
    """The rule by which a designated contact must confirm what `who` asks for; None if nobody needs to."""
    rule = plan.contacts
    return rule if rule and rule.confirms and _is_stranger(state, who, name) else None


def _is_stranger(state: TenantState, who: str, name: str | None) -> bool:
    """True for somebody who is no authorised contact by number or address, nor by the name that a call gives."""
    if not state.tenant.contacts or _is_contact(state, who, authorised=True):
        return False
    called = (name or "").casefold()
    return not any(contact.authorised and contact.name.casefold() == called for contact in state.tenant.contacts)


def may_be_answered(state: TenantState, plan: Plan, whom: tuple[str, ...]) -> bool:
    """True if an answer to one of `whom` is one to the client."""
    rule = plan.contacts
    if rule is None or not rule.answers or not state.tenant.contacts:
        return True
    return any(_is_contact(state, who, authorised=False) for who in whom)


def _is_contact(state: TenantState, who: str, *, authorised: bool) -> bool:
    return any(
        who in (*contact.phones, *contact.emails) and (contact.authorised or not authorised)
        for contact in state.tenant.contacts
    )
