"""The plan of an adoption: what it would change for a tenant, before it is made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple, Self

import msgspec

from tocsin.contracts.codec import contract_from_json
from tocsin.contracts.report.changes import Change, contract_changes
from tocsin.domain.commands.inbound import AdoptContract, Contact
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.rules import Server
from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.tenants.directory import TenantDirectory
from tocsin.tenants.readopting import Readopted, readopted

_HALF = 16  # hex digits of each half of a plan's hash
_encode = msgspec.json.Encoder(order="sorted").encode


class Adopted(NamedTuple):
    """What a tenant has adopted, or would: everything by which its new tickets go."""

    contract: str  # its hash
    plan: str
    contacts: tuple[Contact, ...]
    servers: tuple[Server, ...]
    domains: tuple[str, ...] | None  # None: nobody said
    since: date | None  # likewise

    @classmethod
    def of_tenant(cls, tenant: Tenant | None) -> Self | None:
        """Of the tenant as it is in the log; None where it has adopted nothing."""
        if tenant is None or not tenant.contract:
            return None
        contacts, servers, since = tuple(tenant.contacts), tuple(tenant.servers), tenant.since or None
        return cls(tenant.contract, tenant.plan, contacts, servers, tenant.domains, since)

    @classmethod
    def of_adoption(cls, adoption: AdoptContract) -> Self:
        """By what the files say."""
        it = adoption
        return cls(it.contract_hash, it.plan, it.contacts, it.servers, it.domains, it.since)

    def on(self, tenant: Tenant) -> Tenant:
        """`tenant` as the fold makes it when it adopts this: what was counted of it stays."""
        return msgspec.structs.replace(
            tenant,
            contract=self.contract,
            plan=self.plan,
            contacts=list(self.contacts),
            servers=list(self.servers),
            domains=self.domains,
            since=self.since or msgspec.UNSET,
        )

    def names(self) -> Iterator[str]:
        """The numbers, addresses and domains that tell this tenant."""
        for contact in self.contacts:
            yield from (*contact.phones, *contact.emails)
        yield from self.domains or ()


class TicketPlan(NamedTuple):
    """A ticket that stays under the contract which it has, and what `desk readopt` would make of it."""

    ticket: Ticket
    contract: str  # the name of that contract
    readopted: Readopted

    @property
    def newly_late(self) -> bool:
        """True if a promise would be late by the new contract that is not by the old one."""
        return any(promise.newly_late for promise in self.readopted.promises)


class TenantPlan(NamedTuple):
    """The change of one tenant. `before` is None for a first adoption, and so is the contract that goes with it."""

    tenant: str
    before: Adopted | None
    after: Adopted
    contract_before: Contract | None
    contract_after: Contract
    rules: tuple[Change, ...]
    clashes: tuple[str, ...]
    tickets: tuple[TicketPlan, ...]

    @property
    def changes(self) -> bool:
        """True if there is something to adopt."""
        return self.before != self.after


class Standing(NamedTuple):
    """What the log says now: the tenants by name, contracts by hash, tickets with the clock of their partition."""

    tenants: Mapping[str, Tenant]
    contracts: Mapping[str, Contract]
    tickets: Sequence[tuple[Ticket, Instant]]


def plans(chosen: Iterable[str], directory: TenantDirectory, standing: Standing) -> list[TenantPlan]:
    """The plan of each of the `chosen` tenants, which `directory` names."""
    return [_plan(name, directory, standing) for name in chosen]


def plan_hash(chosen: Iterable[str], directory: TenantDirectory, tenants: Mapping[str, Tenant]) -> str:
    """The hash of a plan: one half of what the files say for these tenants, one of what they have adopted.

    Tickets are no part of it: they move meanwhile.
    """
    names = sorted(set(chosen))
    files = {name: Adopted.of_adoption(directory.adoption(name)) for name in names}
    in_force = {name: Adopted.of_tenant(tenants.get(name)) for name in names}
    return f"{_digest(files)}-{_digest(in_force)}"


def what_no_longer_fits(given: str, now: str) -> list[str]:
    """The halves of a plan's hash that differ from that of `now`, as sentences; empty where it still fits."""
    if given == now:
        return []
    files, _, in_force = given.partition("-")
    files_now, _, in_force_now = now.partition("-")
    if len(files) != _HALF or len(in_force) != _HALF:
        return [f"{given!r} is no hash of a plan"]
    said = []
    if files != files_now:
        said.append("the files say something else for these tenants than when it was made, or it was for others")
    if in_force != in_force_now:
        said.append("these tenants have adopted something else since it was made, or it was for others")
    return said


def _digest(adopted: Mapping[str, Adopted | None]) -> str:
    return sha256(_encode(adopted)).hexdigest()[:_HALF]


def _plan(name: str, directory: TenantDirectory, standing: Standing) -> TenantPlan:
    after = Adopted.of_adoption(directory.adoption(name))
    contract = contract_from_json(
        directory.adoption(name).contract
    )  # as the log gives it: with the same order of names
    before = Adopted.of_tenant(standing.tenants.get(name))
    held = standing.contracts.get(before.contract) if before else None
    contracts = {**standing.contracts, after.contract: contract}
    moved = after.on(standing.tenants.get(name, Tenant(name)))
    stays = [
        TicketPlan(ticket, contracts[ticket.contract].name, readopted(ticket, moved, contracts, now))
        for ticket, now in standing.tickets
        if ticket.tenant == name and (ticket.contract, ticket.plan) != (after.contract, after.plan)
    ]
    return TenantPlan(
        tenant=name,
        before=before,
        after=after,
        contract_before=held,
        contract_after=contract,
        rules=tuple(_rules(before, held, after, contract)),
        clashes=tuple(_clashes(name, before, after, directory)),
        tickets=tuple(sorted(stays, key=lambda it: (not it.newly_late, it.ticket.number))),
    )


def _rules(before: Adopted | None, held: Contract | None, after: Adopted, contract: Contract) -> Iterator[Change]:
    """The rules that change: those of the tenant's plan, and of the plans of its servers."""
    if before is None or held is None:
        return
    pairs = {(before.plan, after.plan)} | {(server.plan, server.plan) for server in after.servers}
    seen = set()
    for old, new in sorted(pairs):
        if old in held.plans and new in contract.plans:
            for change in contract_changes(held, held.plans[old], contract, contract.plans[new]):
                if change not in seen:
                    seen.add(change)
                    yield change


def _clashes(name: str, before: Adopted | None, after: Adopted, directory: TenantDirectory) -> Iterator[str]:
    """What is new and does not tell this tenant, since others have it, too."""
    known = set(before.names()) if before else set()
    for each in dict.fromkeys(after.names()):
        told = _told_by(each, directory)
        if each not in known and told != name:
            whose = "no tenant's" if told is None else f"one of {told}"
            yield f"{each} is named for others, too: what comes from it is {whose} unless something else tells"


def _told_by(name: str, directory: TenantDirectory) -> str | None:
    """The tenant that a number, an address or a domain tells by itself."""
    if name.startswith("+"):
        return directory.tenant_of(phone=name)
    return directory.tenant_of(mail_address=name if "@" in name else f"anybody@{name}")
