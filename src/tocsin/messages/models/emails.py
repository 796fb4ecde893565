"""`soc.emails` in our own schema: mail received and sent, as a gateway tells them."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.inbound import Body
from tocsin.domain.tlp import Tlp, tlp_in
from tocsin.messages.arrival import Arrival
from tocsin.messages.known_tenants import TenantKey
from tocsin.messages.mail.addresses import addresses
from tocsin.messages.mail.concerned import by_received, by_sent
from tocsin.messages.models.base import CutLine, Data, Identifier, Line, Lines, PurposeName
from tocsin.messages.persons import (
    client_ticket_number,
    mail_address,
    message_id,
    message_ids,
    ticket_number,
)


def _addresses(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses of all texts; a text may be a whole header. What has none stands as one."""
    return tuple(dict.fromkeys(found for text in texts for found in addresses(text) or (mail_address(text),)))


def _message_ids(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for text in texts for name in message_ids(text))


MessageId = Annotated[Line, AfterValidator(message_id)]
Address = Annotated[Line, AfterValidator(mail_address)]
Addresses = Annotated[Lines, AfterValidator(_addresses)]


def mail_keys(ours: Iterable[str], theirs: Iterable[str]) -> tuple[TenantKey, ...]:
    """The keys of a mail: our mailboxes, then the addresses of the other side."""
    return *(TenantKey(mailbox=address) for address in ours), *(TenantKey(mail_address=address) for address in theirs)


class _Email(Data):
    always_taken = True

    message_id: MessageId = Field("", description="As in the mail's header; replies find the ticket by it.")
    in_reply_to: MessageId | None = None
    references: Annotated[Lines, AfterValidator(_message_ids)] = ()
    sender: Address = Field(alias="from")
    recipients: Addresses = Field(alias="to")
    subject: CutLine = Field(description="A ticket's number in it, as [ACME-000123], counts like `ticket`.")
    ticket: Identifier | None = Field(None, description="Our ticket's id or number.")
    client_ticket: Identifier | None = Field(None, description="The client's own ticket number.")
    automatic: bool = Field(default=False, description="No person wrote it (Auto-Submitted).")

    def body(self, tenant: str = "") -> Body:
        """The domain's form of it, with the numbers that stand in the subject."""
        numbers = {
            "ticket": self.ticket or ticket_number(self.subject, tenant),
            "client_ticket": self.client_ticket or client_ticket_number(self.subject),
        }
        return self.makes(**{**self.__dict__, **numbers})

    @property
    def tlp_of_data(self) -> Tlp | None:
        """The marking in the subject, where FIRST wants it to stand."""
        return tlp_in(self.subject)


class EmailReceived(_Email):
    """A mail came in."""

    makes = commands.EmailReceived

    priority: Identifier | None = Field(None, description="As the client's contract names it.")
    server: Identifier | None = Field(None, description="The server that it is about, as the tenants file names it.")
    bounces: MessageId | None = Field(
        None, description="The id of a mail of ours that did not arrive, as this reports."
    )
    failed: Addresses = Field((), description="Whom that mail did not reach.")

    def tenants(self, arrival: Arrival) -> tuple[str, ...]:
        """The tenants whose mailboxes it went to, or its sender's."""
        return by_received(arrival, self.sender, self.recipients, self.failed)

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """Our mailboxes that it went to, then those whom it says our mail did not reach, then its sender."""
        return mail_keys(self.recipients, [*self.failed, self.sender])


class EmailSent(_Email):
    """We sent a mail."""

    makes = commands.EmailSent

    purpose: PurposeName
    analyst: Identifier

    def tenants(self, arrival: Arrival) -> tuple[str, ...]:
        """The tenants whose people it goes to; of these those whose tickets it may be about."""
        return by_sent(
            arrival,
            self.sender,
            self.recipients,
            self.subject,
            replies=bool(self.in_reply_to or self.references),
        )

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """Our mailbox that it came from, then its recipients."""
        return mail_keys([self.sender], self.recipients)
