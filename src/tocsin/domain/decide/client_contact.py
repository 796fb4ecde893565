"""What the client brings, whatever the channel."""

from typing import NamedTuple

from tocsin.domain.contract.evidence import CHANNEL_OF
from tocsin.domain.vocabulary import Channel, Evidence, Priority


class ClientContact(NamedTuple):
    """A call, mail or request of the client, in the fields of the events that come of it.

    `evidence` None: it starts no clock. `names` is the ticket that it names, `priority` what it claims.
    """

    channel: Channel
    evidence: str | None
    contact: str
    title: str
    subject: str | None = None
    names: str | None = None
    client_ticket: str | None = None
    priority: Priority | None = None
    message: str | None = None
    server: str | None = None
    what: str = ""
    excluded_by: str | None = None
    name: str | None = None
    analyst: str | None = None
    call: str | None = None
    as_written: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """True for what a person asks for, which a contract may have only some persons do."""
        return self.evidence == Evidence.STATUS_REQUESTED or self.evidence in CHANNEL_OF
