"""The directory of tenants: finds the tenant of a message, and the contract of a tenant."""

from collections.abc import Iterator
from importlib import resources
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Self

from tocsin.contracts.client_zone import NOT_GIVEN, ClientZone
from tocsin.contracts.codec import contract_hash, contract_to_json
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.notation.spelling import UNASSIGNED
from tocsin.contracts.notation.telephone import without_extension
from tocsin.contracts.source.loader import refuse
from tocsin.domain.commands.inbound import AdoptContract, Contact
from tocsin.domain.contract.model import Contract
from tocsin.tenants.check import name_list, owners, problems
from tocsin.tenants.file import TenantsFile
from tocsin.tenants.model import TenantSpec, TenantsSpec
from tocsin.tenants.own_topics import OwnTopics, own_topics
from tocsin.tenants.server_term import covered_server

_NOBODY = TenantSpec()


def example_text() -> str:
    """A tenants file with an example of everything, as TOML."""
    return resources.files("tocsin.tenants").joinpath("tenants.example.toml").read_text(encoding="utf-8")


class TenantDirectory:
    """The tenants file, indexed. A look-up costs a dictionary access or two."""

    def __init__(self, tenants: TenantsSpec, library: ContractLibrary, default_contract: str) -> None:
        """`tenants` must fit `library`; `from_file` checks that."""
        self._tenants = tenants.tenants
        self._library = library
        self._default_contract = default_contract
        self._adoptions: dict[str, AdoptContract] = {}
        self._names = {name.lower(): name for name in self._tenants}
        self._owners = owners(self._tenants)
        self.own_topics = OwnTopics(own_topics(self._tenants))
        """The input topics that belong to one tenant each."""
        self._sensor_zones = {
            sensor.name: sensor.timezone for tenant in self._tenants.values() for sensor in tenant.sources.sensors
        }
        self._our_mailboxes = set(tenants.soc.mailboxes).union(*(it.sources.mailboxes for it in self._tenants.values()))
        self._our_domains = set(tenants.soc.mail_domains)
        self.authserv_ids = frozenset(tenants.soc.authserv_ids)
        """The mail servers whose `Authentication-Results` are believed."""
        proving = [self._tenants[name] for name in self.proving()]
        self._proving_addresses = {address for it in proving for person in it.contacts for address in person.emails}
        self._proving_domains = {domain for it in proving for domain in it.sources.mail_domains}

    @classmethod
    def from_file(cls, path: Path | None, library: ContractLibrary, default_contract: str) -> Self:
        """The tenants of a TOML or YAML file; None is a file without tenants.

        Raises `ContractError` with one line a fault, for what does not fit the contracts too.
        """
        if default_contract not in library.names():
            raise ContractError(
                f"default_contract: there is no {default_contract!r}; there is {name_list(library.names())}"
            )
        file = TenantsFile(path)
        refuse(file.document, problems(file.spec, library, default_contract))
        return cls(file.spec, library, default_contract)

    def names(self) -> tuple[str, ...]:
        """The tenants that the file names, sorted."""
        return tuple(sorted(self._tenants))

    def proving(self) -> tuple[str, ...]:
        """The tenants whose mail must prove who wrote it, sorted."""
        return tuple(name for name in self.names() if self._tenants[name].authenticated)

    @property
    def has_addresses_of_ours(self) -> bool:
        """True if the file names an address or a mail domain of the SOC."""
        return bool(self._our_mailboxes or self._our_domains)

    def tenant_of(
        self,
        *,
        sensor: str | None = None,
        mailbox: str | None = None,
        phone: str | None = None,
        mail_address: str | None = None,
    ) -> str | None:
        """The tenant of the first of these that belongs to exactly one; None if none does.

        `mailbox` is one of ours, `mail_address` one of the client's (a contact's, or of its domain), `phone` (E.164)
        the client's number or a line of ours that only this client was given. A mailbox may have a `+tag`, which names
        the tenant where the mailbox is all clients' (`soc+acme@`).
        """
        if sensor and (tenant := self._owners.get(("sensor", sensor))):
            return tenant
        if mailbox and (tenant := self._owner_of_mailbox(mailbox.lower())):
            return tenant
        for number in dict.fromkeys((phone, without_extension(phone))) if phone else ():
            if tenant := self._owners.get(("phone", number)):
                return tenant
        return self._owner_of_address(mail_address.lower()) if mail_address else None

    def tenant_named(self, name: str) -> str | None:
        """The tenant of that name in the file, however its letters are written; None if there is none."""
        return self._names.get(name.lower())

    def owner_of_topic(self, name: str) -> str | None:
        """The tenant to which the topic of this default name belongs."""
        return self.own_topics.owner_of(name)

    def home_networks(self, tenant: str) -> tuple[IPv4Network | IPv6Network, ...]:
        """The tenant's own networks: an endpoint in one of them is its asset."""
        return self._tenants.get(tenant, _NOBODY).home_networks

    def region(self, tenant: str) -> str | None:
        """The country (ISO 3166) in which the tenant's numbers are written without one; None where nobody said."""
        return self._tenants.get(tenant, _NOBODY).region

    def timezone_of_sensor(self, sensor: str) -> str | None:
        """The time zone in which this sensor writes stamps that have none."""
        return self._sensor_zones.get(sensor)

    def is_ours(self, mail_address: str) -> bool:
        """True if the SOC itself sends from this address."""
        address = mail_address.lower()
        return self.is_our_mailbox(address) or address.rpartition("@")[2] in self._our_domains

    def is_our_mailbox(self, mail_address: str) -> bool:
        """True if the address is a mailbox that clients write to, with or without a `+tag`."""
        return mail_address.lower() in self._our_mailboxes or _untagged(mail_address.lower())[0] in self._our_mailboxes

    def is_mail_domain(self, domain: str) -> bool:
        """True if the file names it as a mail domain of ours or of a client."""
        return domain in self._our_domains or ("domain", domain) in self._owners

    def must_prove(self, mail_address: str) -> bool:
        """True if a client wants that mail from this address of theirs proves who wrote it."""
        address = mail_address.lower()
        domain = address.rpartition("@")[2]
        return address in self._proving_addresses or any(it in self._proving_domains for it in _with_parents(domain))

    def contract(self, tenant: str) -> Contract:
        """The contract of `tenant` with its overrides; the default one for a tenant that the file does not name."""
        tenant_spec = self._tenants.get(tenant, _NOBODY)
        name = UNASSIGNED if tenant == UNASSIGNED else tenant_spec.contract or self._default_contract
        return self._library.get(name, tenant_spec.overrides)

    def client_zone(self, tenant: str) -> ClientZone:
        """The time zone that `client` stands for in the contract of `tenant`, which the file names."""
        spec = self._tenants[tenant]
        unknown = "" if "timezone" in spec.model_fields_set else NOT_GIVEN
        return self._library.client_zone(self.contract(tenant).name, spec.overrides, unknown)

    def adoption(self, tenant: str) -> AdoptContract:
        """The adoption of that contract. It changes nothing for a tenant that has a contract already."""
        if tenant not in self._tenants and tenant != UNASSIGNED:
            return self._adoption("")
        return self._adoption(tenant)

    def _adoption(self, tenant: str) -> AdoptContract:
        if tenant not in self._adoptions:
            self._adoptions[tenant] = self._make_adoption(tenant)
        return self._adoptions[tenant]

    def _make_adoption(self, tenant: str) -> AdoptContract:
        tenant_spec, contract = self._tenants.get(tenant, _NOBODY), self.contract(tenant)
        text = contract_to_json(contract)
        return AdoptContract(
            contract=text,
            contract_hash=contract_hash(text),
            plan=tenant_spec.plan or contract.default_plan,
            unless_adopted=True,
            contacts=tuple(
                Contact(
                    name=it.name,
                    phones=it.phones,
                    emails=it.emails,
                    authorised=it.authorised,
                    location=it.location,
                )
                for it in tenant_spec.contacts
            ),
            servers=tuple(covered_server(it, contract, tenant_spec.timezone) for it in tenant_spec.servers),
            domains=tenant_spec.sources.mail_domains,
            since=tenant_spec.since,
        )

    def _owner_of_mailbox(self, mailbox: str) -> str | None:
        owner = self._owners.get(("mailbox", mailbox))
        if owner is not None or "+" not in mailbox:
            return owner
        untagged, tag = _untagged(mailbox)
        named = self._names.get(tag) if untagged in self._our_mailboxes else None
        return self._owners.get(("mailbox", untagged)) or named

    def _owner_of_address(self, address: str) -> str | None:
        tenant = self._owners.get(("address", address))
        known = (self._owners.get(("domain", each)) for each in _with_parents(address.rpartition("@")[2]))
        return tenant or next((each for each in known if each is not None), None)


def _with_parents(domain: str) -> Iterator[str]:
    """The domain and those above it."""
    while domain:
        yield domain
        domain = domain.partition(".")[2]


def _untagged(mailbox: str) -> tuple[str, str]:
    """The mailbox without its `+tag`, and the tag."""
    local, at, domain = mailbox.rpartition("@")
    untagged, _, tag = local.partition("+")
    return f"{untagged}{at}{domain}", tag
