"""One message as it arrived, with what adapters need to understand it."""

import re
from collections.abc import Sequence
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple, Protocol

import msgspec

from tocsin.contracts.notation.spelling import TENANT_PATTERN, UNASSIGNED
from tocsin.domain.commands.inbound import AdoptContract, Body
from tocsin.domain.instant import Instant
from tocsin.messages import strict_json
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.record import Record

_TENANT = re.compile(TENANT_PATTERN.removesuffix("$"))


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

    def home_networks(self, tenant: str) -> Sequence[IPv4Network | IPv6Network]:
        """The tenant's own networks."""
        ...

    def timezone_of_sensor(self, sensor: str) -> str | None:
        """The zone in which a sensor writes stamps without an offset."""
        ...

    def is_ours(self, mail_address: str) -> bool:
        """True if the address is one of the SOC's own."""
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


class Accepted(msgspec.Struct, frozen=True):
    """A message as an adapter read it. `id` None: it has none, and gets one made from its bytes.

    `time` None: it does not say when it happened, and is dated by its arrival. `namespace` is where a detection's key
    and signature have their meaning: the product; None: `source`. Intake puts it into the correlation key.
    """

    tenant: str
    source: str
    id: str | None
    time: Instant | None
    body: Body
    namespace: str | None = None


class Arrival:
    """A record that intake judges; its size has been judged before."""

    def __init__(
        self, record: Record, value: bytes, tenants: Tenants, ignored_types: frozenset[str] = frozenset()
    ) -> None:
        self.record = record
        self.value = value
        self.tenants = tenants
        self._ignored_types = ignored_types
        self.headers = {name.lower(): content for name, content in record.headers} if record.headers else {}
        self._document: dict[str, object] | None = None

    @property
    def document(self) -> dict[str, object]:
        """The value as a JSON object. Raises `Rejected` where it is none."""
        if self._document is None:
            document = strict_json.parse(self.value)
            if not isinstance(document, dict):
                raise Rejected(DeadLetterReason.UNKNOWN_SHAPE, "JSON, but no object")
            self._document = document
        return self._document

    def header(self, name: str) -> str | None:
        """The text of the header `name`. Raises `Rejected` where it is not UTF-8."""
        content = self.headers.get(name)
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError:
            raise Rejected(DeadLetterReason.INVALID_ENVELOPE, "a header is not UTF-8") from None

    @property
    def content_type(self) -> str:
        """The media type that the headers give, without its parameters; empty if they give none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def tenant(self, claimed: object, *keys: TenantKey) -> str:
        """The tenant: as the message or its header says, or by the first of `keys` that is known. Raises `Rejected`."""
        named = self.header("tenant") if claimed is None else claimed
        if named is not None:
            if not isinstance(named, str) or not _TENANT.fullmatch(named):
                raise Rejected(DeadLetterReason.INVALID_TENANT, f"a tenant's name is like {TENANT_PATTERN}")
            return named
        tenant = self._by_keys(keys)
        if tenant is None:
            raise Rejected(
                DeadLetterReason.NO_TENANT,
                "no attribute or header `tenant`, and no source in the tenants file fits",
            )
        return tenant

    def tenant_of_contact(self, claimed: object, *keys: TenantKey) -> str:
        """The tenant of a call or mail: `unassigned` where it fits nobody, or names a tenant that cannot be."""
        try:
            return self.tenant(claimed, *keys)
        except Rejected:
            return self._by_keys(keys) or UNASSIGNED

    def _by_keys(self, keys: Sequence[TenantKey]) -> str | None:
        found = (self.tenants.tenant_of(**key._asdict()) for key in keys)
        return next((tenant for tenant in found if tenant is not None), None)

    def judge_type(self, *names: object) -> None:
        """Raise `Ignored` if the settings name one of these, by which the source calls the type of the event."""
        if self._ignored_types and any(name in self._ignored_types for name in names if isinstance(name, str)):
            raise Ignored(IgnoredKind.BY_SETTING)

    def derived_id(self, tenant: str) -> str:
        """The id of a message that has none: SHA-256 of tenant, topic and bytes."""
        return sha256(b"\0".join((tenant.encode(), self.record.topic.encode(), self.value))).hexdigest()

    @property
    def origin(self) -> str:
        """The topic, partition and offset of the message."""
        return f"{self.record.topic}/{self.record.partition}/{self.record.offset}"


def salt_of(value: bytes) -> str:
    """Protects what the journal says of persons: derived from the bytes, so that a replay has the same."""
    return sha256(b"tocsin persons" + value).hexdigest()[:32]
