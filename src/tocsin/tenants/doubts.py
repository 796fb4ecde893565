"""What is doubtful in a tenants file that can be used: addresses that make somebody else the client."""

from collections.abc import Iterator

from tocsin.contracts.errors import KeyPath, Problem
from tocsin.tenants.model import TenantSpec, TenantsSpec

_FREE_MAIL = """
126.com 163.com aol.com bluewin.ch btinternet.com fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch
gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr hotmail.it
icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru me.com msn.com naver.com o2.pl orange.fr
outlook.com outlook.de pm.me proton.me protonmail.com qq.com seznam.cz t-online.de tuta.com tutanota.com
wanadoo.fr web.de wp.pl yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru ymail.com zoho.com
"""
"""Domains in which anybody can have an address; the best known of them."""


def doubts(file: TenantsSpec) -> Iterator[Problem]:
    """Each doubtful part, as its place and a text."""
    owners = {domain: name for name, tenant in file.tenants.items() for domain in tenant.sources.mail_domains}
    ours = {*file.soc.mail_domains, *(_domain(mailbox) for mailbox in file.soc.mailboxes)}
    for name, tenant in file.tenants.items():
        for index, domain in enumerate(tenant.sources.mail_domains):
            for text in _of_domain(domain, name, owners, ours):
                yield ("tenants", name, "sources", "mail_domains", index), text
        yield from _of_contacts(name, tenant, owners)


def _of_domain(domain: str, name: str, owners: dict[str, str], ours: set[str]) -> Iterator[str]:
    if domain in _FREE_MAIL.split():
        yield f"anybody can have an address of {domain}, and would count as this client; name the persons as contacts"
    if domain in ours:
        yield f"{domain} is our own domain; name it only for a tenant who is our own staff"
    _, _, parent = domain.partition(".")
    if (owner := _owner(parent, owners)) not in (None, name):
        yield f"{domain} lies within a domain of {owner!r}, for whom an answer to it counts too"


def _of_contacts(name: str, tenant: TenantSpec, owners: dict[str, str]) -> Iterator[Problem]:
    for number, contact in enumerate(tenant.contacts):
        for index, address in enumerate(contact.emails):
            owner = _owner(_domain(address), owners)
            if not contact.partner and owner not in (None, name):
                place: KeyPath = ("tenants", name, "contacts", number, "emails", index)
                yield place, f"the domain of this address belongs to {owner!r}; a contact of a partner has `partner`"


def _owner(domain: str, owners: dict[str, str]) -> str | None:
    """The tenant of `domain` or of one that it lies in."""
    while domain and domain not in owners:
        domain = domain.partition(".")[2]
    return owners.get(domain)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
