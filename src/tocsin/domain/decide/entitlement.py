"""Decides which contacts may ask, and for what: authorised contacts, exclusions."""

from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.contract.rules import ContactRule, Exclusion
from tocsin.domain.state.tenant import TenantState


def exclusion(contract: Contract, plan: str, reason: str | None) -> Exclusion | None:
    """The exclusion of `plan` for `reason`, in any spelling; None where it has none."""
    return contract.plans[plan].exclusion_named(reason)


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
    if not state.tenant.contacts or is_contact(state, who, authorised=True):
        return False
    called = (name or "").casefold()
    return not any(contact.authorised and contact.name.casefold() == called for contact in state.tenant.contacts)


def is_contact(state: TenantState, who: str, *, authorised: bool) -> bool:
    """True if that number or address is one of a contact's, who is `authorised` where that is asked for."""
    return any(
        who in (*contact.phones, *contact.emails) and (contact.authorised or not authorised)
        for contact in state.tenant.contacts
    )
