"""What intake asks about tenants, and by what it knows them."""

from collections.abc import Collection, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple, Protocol

from tocsin.domain.commands.inbound import AdoptContract


class Tenants(Protocol):
    """The questions of intake about tenants; `tocsin.tenants.directory.TenantDirectory` answers them."""

    def tenant_of(
        self,
        *,
        sensor: str | None = None,
        mailbox: str | None = None,
        phone: str | None = None,
        mail_address: str | None = None,
    ) -> str | None:
        """The tenant that the `sources` table gives for one of these."""
        ...

    def tenant_named(self, name: str) -> str | None:
        """The tenant of that name in the tenants file, however its letters are written."""
        ...

    def owner_of_topic(self, name: str) -> str | None:
        """The tenant to which the topic of this default name belongs."""
        ...

    def home_networks(self, tenant: str) -> Sequence[IPv4Network | IPv6Network]:
        """The tenant's own networks."""
        ...

    def timezone_of_sensor(self, sensor: str) -> str | None:
        """The zone in which a sensor writes stamps without an offset."""
        ...

    def region(self, tenant: str) -> str | None:
        """The country (ISO 3166) in which the tenant's numbers are written without one; None where it is not known."""
        ...

    def is_ours(self, mail_address: str) -> bool:
        """True if the address is one of the SOC's own."""
        ...

    def is_our_mailbox(self, mail_address: str) -> bool:
        """True if the address is a mailbox that clients write to, with or without a `+tag`."""
        ...

    @property
    def authserv_ids(self) -> Collection[str]:
        """The mail servers whose `Authentication-Results` are believed, in lower case."""
        ...

    def is_mail_domain(self, domain: str) -> bool:
        """True if the file names it as a mail domain of ours or of a client."""
        ...

    def must_prove(self, mail_address: str) -> bool:
        """True if a client wants that mail from this address of theirs proves who wrote it."""
        ...

    def adoption(self, tenant: str) -> AdoptContract:
        """The contract that the tenant has by the tenants file or by default, `unless_adopted`."""
        ...


class TenantKey(NamedTuple):
    """One key into the `sources` table of the tenants file: exactly one field is given."""

    sensor: str | None = None
    mailbox: str | None = None
    phone: str | None = None
    mail_address: str | None = None
