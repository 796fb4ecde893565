"""`soc.desk`: what the client says by portal, web or in writing, other than calls and mails."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tocsin.contracts.notation.telephone import phone_number
from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.inbound import Body
from tocsin.domain.vocabulary import Channel
from tocsin.messages.known_tenants import TenantKey
from tocsin.messages.models.base import CutLine, Data, Identifier, Line
from tocsin.messages.persons import mail_address


def _one_spelling(contact: str) -> str:
    return mail_address(contact) if "@" in contact else phone_number(contact)


Contact = Annotated[Line, AfterValidator(_one_spelling)]

Portal = Annotated[Literal["portal", "web", "email", "phone"], Field(description="The way by which it came.")]


def _contact_key(contact: str) -> TenantKey:
    return TenantKey(mail_address=contact) if "@" in contact else TenantKey(phone=contact)


class _Asked(Data):
    """The client asked for something."""

    channel: Portal = "portal"
    contact: Contact = Field(description="The asker's mail address or number, as the tenants file has it.")
    ticket: Identifier | None = Field(None, description="Our ticket's id or number, where the client named it.")
    client_ticket: Identifier | None = Field(None, description="The client's own ticket number.")

    def body(self, tenant: str = "") -> Body:
        """The domain's form of it."""
        return self.makes(**{**self.__dict__, "channel": Channel(self.channel)})

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """The mail address or number of the contact."""
        return (_contact_key(self.contact),)


class RequestSubmitted(_Asked):
    """The client asked for support in the portal or on the web."""

    makes = commands.RequestSubmitted

    channel: Literal["portal", "web"] = "portal"
    subject: CutLine
    priority: Identifier | None = Field(None, description="As the client's contract names it.")
    server: Identifier | None = Field(None, description="The server that it is about, as the tenants file names it.")


class StatusRequested(_Asked):
    """The client wants to know how things stand."""

    makes = commands.StatusRequested


class EquipmentFailed(Data):
    """Hardware at the client's site has failed."""

    makes = commands.EquipmentFailed

    device: Identifier
    kind: Identifier = Field(description="As the client's contract names it, such as sensor or soho.")
    contact: Contact = Field(description="Who reports it.")
    excluded_by: Identifier | None = Field(None, description="The exclusion of the contract that holds, if one does.")

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """The mail address or number of the contact."""
        return (_contact_key(self.contact),)


class DeletionDemanded(Data):
    """A written notice to delete personal data."""

    makes = commands.DeletionDemanded

    contact: Contact = Field(description="Who gives notice.")
    subject: Line
    after_end: bool = Field(description="Whether it was given on or after the end of the services.")

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """The mail address or number of the contact."""
        return (_contact_key(self.contact),)
