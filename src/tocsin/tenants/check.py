"""Checks that the parts of the tenants file fit each other and the contracts."""

from collections.abc import Iterable, Iterator, Mapping

from tocsin.contracts.compile import TenantOverrides
from tocsin.contracts.errors import ContractError, KeyPath, Problem
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.lint import errors
from tocsin.contracts.notation.calendar import CalendarSpec
from tocsin.contracts.notation.contract import ALL
from tocsin.contracts.notation.references import calendar_problems
from tocsin.contracts.notation.spelling import UNASSIGNED
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.rules import Period
from tocsin.tenants import own_topics
from tocsin.tenants.model import TenantSpec, TenantsSpec
from tocsin.tenants.server_term import covered_server

Key = tuple[str, str]
"""A key in a message that can tell its tenant: `sensor`, `mailbox`, `phone`, `address` or `domain`, and its value."""


def owners(tenants: Mapping[str, TenantSpec]) -> dict[Key, str]:
    """The tenant of each key that belongs to exactly one."""
    users: dict[Key, set[str]] = {}
    for name, tenant in tenants.items():
        for key in _hints(tenant):
            users.setdefault(key, set()).add(name)
    only = {key: min(names) for key, names in users.items() if len(names) == 1}
    return only | {key: tenant for key, tenant, _ in _claims(tenants)}


def problems(file: TenantsSpec, library: ContractLibrary, default_contract: str) -> Iterator[Problem]:
    """Each part that does not fit, as its place and a text."""
    taken: dict[Key, str] = {}
    for key, tenant, place in _claims(file.tenants):
        if taken.setdefault(key, tenant) != tenant:
            yield place, f"this {key[0]} belongs to {taken[key]!r} already; it can tell only one tenant"
    yield from own_topics.problems(file.tenants)
    for name, spec in file.tenants.items():
        if spec.authenticated and not file.soc.authserv_ids:
            place = ("tenants", name, "authenticated")
            yield (
                place,
                "name the mail servers that prove it in [soc] authserv_ids; without any nothing does",
            )
        for place, what in _of_tenant(name, spec, library, default_contract):
            yield ("tenants", name, *place), what


def name_list(names: Iterable[str]) -> str:
    """The names, sorted, for an error."""
    return ", ".join(sorted(names))


def _claims(tenants: Mapping[str, TenantSpec]) -> Iterator[tuple[Key, str, KeyPath]]:
    """The key of each source, its tenant and its place. A source belongs to one tenant."""
    for name, tenant in tenants.items():
        sources, place = tenant.sources, ("tenants", name, "sources")
        yield from ((("sensor", it.name), name, (*place, "sensors", i)) for i, it in enumerate(sources.sensors))
        yield from ((("mailbox", it), name, (*place, "mailboxes", i)) for i, it in enumerate(sources.mailboxes))
        yield from ((("phone", it), name, (*place, "phones", i)) for i, it in enumerate(sources.phones))
        yield from ((("domain", it), name, (*place, "mail_domains", i)) for i, it in enumerate(sources.mail_domains))


def _hints(tenant: TenantSpec) -> Iterator[Key]:
    """The keys that several tenants may share: a person who works for two of them, a line that all dial."""
    yield from (("phone", number) for number in tenant.lines.values())
    for contact in tenant.contacts:
        yield from (("phone", number) for number in contact.phones)
        yield from (("address", address) for address in contact.emails)


def _of_tenant(name: str, tenant: TenantSpec, library: ContractLibrary, default_contract: str) -> Iterator[Problem]:
    chosen = UNASSIGNED if name == UNASSIGNED else tenant.contract or default_contract
    if name == UNASSIGNED and tenant.contract not in (None, UNASSIGNED):
        yield ("contract",), f"the tenant {UNASSIGNED!r} always has the contract of that name; leave this out"
    elif chosen in library.overlays():
        yield ("contract",), f"{chosen!r} is an overlay, and holds beside a contract; name it in `overlays`"
    elif chosen not in library.names():
        yield ("contract",), f"there is no contract {chosen!r}; there is {name_list(library.names())}"
    elif unknown := list(_overlays(tenant, library)):
        yield from unknown
    else:
        yield from _within(tenant, library, chosen)


def _overlays(tenant: TenantSpec, library: ContractLibrary) -> Iterator[Problem]:
    for index, name in enumerate(tenant.overlays):
        if name in library.names():
            yield ("overlays", index), f"{name!r} is a contract, and no overlay; name it in `contract`"
        elif name not in library.overlays():
            yield ("overlays", index), f"there is no overlay {name!r}; there is {name_list(library.overlays())}"
        elif name in tenant.overlays[:index]:
            yield ("overlays", index), f"{name!r} is named twice"


def _within(tenant: TenantSpec, library: ContractLibrary, chosen: str) -> Iterator[Problem]:
    """The faults of the tenant's parts within the contract with its overlays."""
    try:
        contract = library.get(chosen, TenantOverrides(overlays=tenant.overlays))
        unfit = list(_names(tenant, contract, library.calendars(chosen, tenant.overlays)))
    except ContractError as contradiction:
        yield ("overlays",), str(contradiction)
        return
    yield from unfit
    if not unfit:
        yield from _figures(tenant, library.get(chosen, tenant.overrides))


def _names(tenant: TenantSpec, contract: Contract, written: Mapping[str, CalendarSpec]) -> Iterator[Problem]:
    """Names that the contract does not know; its calendars as they are `written`."""
    if tenant.plan not in (None, *contract.plans):
        yield ("plan",), f"{contract.name} has no plan {tenant.plan!r}; it has {name_list(contract.plans)}"
    used = {it for calendar in tenant.calendars.values() for it in (*calendar.made_of, *calendar.without)}
    for name in tenant.calendars:
        if name not in contract.calendars and name not in used:
            yield ("calendars", name), f"{contract.name} has no such calendar; it has {name_list(contract.calendars)}"
        yield from calendar_problems(name, {**written, **tenant.calendars})
    for role in sorted(set(tenant.roles) - _roles(contract)):
        yield ("roles", role), f"{contract.name} tells no such role; it tells {name_list(_roles(contract))}"
    yield from _agreed(tenant, contract)


def _agreed(tenant: TenantSpec, contract: Contract) -> Iterator[Problem]:
    rules = {rule.id for plan in contract.plans.values() for rule in plan.objectives}
    for rule, targets in tenant.targets.items():
        if rule not in rules:
            yield ("targets", rule), f"{contract.name} has no such objective; it has {name_list(rules)}"
        for priority, target in targets.items():
            place = ("targets", rule, priority)
            if priority not in (ALL, *contract.priorities):
                yield place, f"there is no such priority; there is {name_list(contract.priorities)}"
            if target.calendar not in (None, *contract.calendars):
                yield place, f"there is no such calendar; there is {name_list(contract.calendars)}"


def _roles(contract: Contract) -> set[str]:
    plans = contract.plans.values()
    told = {step.role for plan in plans for row in plan.escalation for step in row.steps}
    return told | {notice.role for plan in plans for notice in plan.management}


def _figures(tenant: TenantSpec, contract: Contract) -> Iterator[Problem]:
    """The faults of the contract with this tenant's overrides applied."""
    for finding in errors(contract):
        yield tuple(finding.where.split(".")), finding.text
    plan = contract.plans[tenant.plan or contract.default_plan]
    if tenant.since is None and Period.CONTRACT_YEAR in {it.period for it in plan.attainment} | {
        it.per for it in plan.entitlements
    }:
        text = f"{contract.name} promises something of each year of the contract; say on which day it began"
        yield ("since",), f"{text}: `since = 2026-03-01`"
    rule = plan.contacts
    authorised = sum(contact.authorised and not contact.partner for contact in tenant.contacts)
    if rule and rule.limit is not None and authorised > rule.limit:
        yield ("contacts",), f"{authorised} are authorised; {contract.name} {rule.cites.clause} allows {rule.limit}"
    for index, server in enumerate(tenant.servers):
        try:
            covered_server(server, contract, tenant.timezone)
        except ValueError as error:
            yield ("servers", index), str(error)
