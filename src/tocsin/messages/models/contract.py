"""`tocsin.contract.adopt`: a tenant's new contract, checked before the log takes it."""

from datetime import date
from typing import Annotated

import msgspec
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from tocsin.contracts.codec import contract_from_json, contract_hash
from tocsin.contracts.lint import errors
from tocsin.contracts.notation.telephone import phone_number
from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.inbound import Body
from tocsin.domain.contract import rules
from tocsin.domain.time.zones import zone
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.models.base import Data, Identifier, Line, Lines, WireModel
from tocsin.messages.persons import mail_address
from tocsin.messages.strict_json import parse_text
from tocsin.messages.text import FREE_TEXT_PATTERN


def _numbers(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(phone_number, texts))


def _addresses(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(mail_address, texts))


def _domains(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.lower().strip(".") for text in texts)


Domains = Annotated[Lines, AfterValidator(_domains)]


def _known_zone(name: str) -> str:
    zone(name)
    return name


class Contact(WireModel):
    """A person of the client."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    phones: Annotated[Lines, AfterValidator(_numbers)] = ()
    emails: Annotated[Lines, AfterValidator(_addresses)] = ()
    authorised: bool = True
    location: Line = ""


class Server(WireModel):
    """Something of the client's that has a plan of its own."""

    model_config = ConfigDict(extra="forbid")

    name: Identifier
    plan: Identifier
    covered_from: Annotated[date, Field(strict=False)]
    covered_until: Annotated[date, Field(strict=False, description="The first day on which it is no longer covered.")]
    timezone: Annotated[Line, AfterValidator(_known_zone)] = Field("UTC", description="Where those days are reckoned.")


class AdoptContract(Data):
    """From here on the tenant's new tickets follow this contract."""

    model_config = ConfigDict(extra="forbid")
    makes = commands.AdoptContract

    tenant: str | None = Field(None, description="Whose contract, where the event has no attribute `tenant`.")
    contract: Annotated[str, StringConstraints(pattern=FREE_TEXT_PATTERN)] = Field(
        description="The compiled contract as canonical JSON text."
    )
    contract_hash: Identifier = Field(description="SHA-256 of that text, in hex.")
    plan: Identifier
    unless_adopted: bool = Field(default=False, description="Changes nothing for a tenant that has a contract.")
    contacts: Annotated[tuple[Contact, ...], Field(strict=False)] = ()
    servers: Annotated[tuple[Server, ...], Field(strict=False)] = ()
    domains: Domains | None = Field(None, description="Of the client's mail addresses, with their subdomains.")

    since: Annotated[date | None, Field(strict=False)] = Field(None, description="The first day of the contract.")

    def body(self, tenant: str = "") -> Body:
        """The command; raises `Rejected` for a contract that this version cannot follow."""
        self._check()
        contacts = tuple(commands.Contact(**contact.__dict__) for contact in self.contacts)
        servers = tuple(rules.Server(**server.__dict__) for server in self.servers)
        fields = {**self.__dict__, "contacts": contacts, "servers": servers}
        del fields["tenant"]
        return commands.AdoptContract(**fields)

    @property
    def claimed_tenant(self) -> str | None:
        """The tenant that the data names."""
        return self.tenant

    def _check(self) -> None:
        if contract_hash(self.contract) != self.contract_hash:
            raise Rejected(DeadLetterReason.INVALID_CONTRACT, "contract_hash is not the SHA-256 of the contract")
        parse_text(self.contract)  # within the limits of every other JSON
        try:
            contract = contract_from_json(self.contract)
        except (msgspec.MsgspecError, ValueError) as error:
            raise Rejected(DeadLetterReason.INVALID_CONTRACT, str(error)) from None
        if faults := errors(contract):
            raise Rejected(DeadLetterReason.INVALID_CONTRACT, faults[0].text)
        if not {self.plan, *(server.plan for server in self.servers)} <= set(contract.plans):
            raise Rejected(DeadLetterReason.INVALID_CONTRACT, "the contract has no plan of that name")
