"""Decides whom an answer may go to: it is one only if it goes to the client.

The client is who has asked or written on the ticket, a contact of the tenant, and every address of its domains. Where
nobody of the client is known who could be reached in that way, by telephone or by mail, it is whoever we turned to.
"""

from collections.abc import Iterator

from tocsin.domain.decide.entitlement import is_contact
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Channel

NOT_TO_CLIENT = "not to the client"
NOT_TO_CONTACT = "not to a designated contact"


def why_no_answer(state: TenantState, ticket: Ticket, whom: tuple[str, ...]) -> str | None:
    """The reason why what we say to `whom` about `ticket` answers nobody; None if it is an answer."""
    rule = state.plan_of(ticket).contacts
    if rule and rule.answers and state.tenant.contacts:
        return None if any(is_contact(state, who, authorised=False) for who in whom) else NOT_TO_CONTACT
    return None if any(is_client(state, ticket, who) for who in whom) else NOT_TO_CLIENT


def is_client(state: TenantState, ticket: Ticket, who: str) -> bool:
    """True if `who`, a number or an address, is one of the client whose `ticket` it is."""
    domains = state.tenant.domains
    if domains is None or who in ticket.contacts or is_contact(state, who, authorised=False):
        return True
    reached_by = _medium(who)
    if reached_by is Channel.EMAIL and domains:
        return _is_of(who, domains)
    return not any(_medium(known) is reached_by for known in _known(state, ticket))


def _known(state: TenantState, ticket: Ticket) -> Iterator[str]:
    yield from ticket.contacts
    for contact in state.tenant.contacts:
        yield from (*contact.phones, *contact.emails)


def _medium(who: str) -> Channel | None:
    """By which `who` can be reached: a mail address, a number; None for what is neither, such as a withheld one."""
    if "@" in who:
        return Channel.EMAIL
    return Channel.PHONE if who[:1] == "+" or who.isdecimal() else None


def _is_of(address: str, domains: tuple[str, ...]) -> bool:
    domain = address.rpartition("@")[2]
    return any(domain == each or domain.endswith(f".{each}") for each in domains)
