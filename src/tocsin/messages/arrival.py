"""One message as it arrived, with what adapters need to understand it."""

import json
import re
from collections.abc import Sequence
from copy import copy
from hashlib import sha256

import msgspec

from tocsin.contracts.notation.spelling import TENANT_PATTERN, UNASSIGNED
from tocsin.domain.commands.inbound import Body
from tocsin.domain.instant import Instant
from tocsin.domain.tlp import Tlp, tlp_of
from tocsin.domain.trace import Trace, trace_of
from tocsin.messages import strict_json
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.known_tenants import TenantKey, Tenants
from tocsin.messages.record import VALUE_BYTES, Record
from tocsin.messages.sent import Sent

FRAMES_MAX = 3
"""Frames around an input, one within the other."""

PARTS_MAX = 1_000
"""Inputs in one record."""

_TENANT = re.compile(TENANT_PATTERN.removesuffix("$"))


class Accepted(msgspec.Struct, frozen=True):
    """A message as an adapter read it. `id` None: it has none, and gets one made from its bytes.

    `time` None: it does not say when it happened, and is dated by its arrival. `namespace` is where a detection's key
    and signature have their meaning: the product; None: `source`. Intake puts it into the correlation key. `also` is
    the same message for the further tenants that it concerns. `trace` is that of an event; None: the
    headers may have one. `tlp` is the marking that the message has itself.
    """

    tenant: str
    source: str
    id: str | None
    time: Instant | None
    body: Body
    namespace: str | None = None
    also: "tuple[Accepted, ...]" = ()
    trace: Trace | None = None
    tlp: Tlp | None = None


class Arrival:
    """A record that intake judges, or an input that a frame in it holds. Its size has been judged before.

    `value` is what adapters read. `element` is the place and the value of the element of an array that it came from,
    such as 0 or 2.1; a dead letter keeps that instead of the record.
    """

    def __init__(
        self,
        record: Record,
        value: bytes,
        tenants: Tenants,
        ignored_types: frozenset[str] = frozenset(),
        value_bytes_max: int = VALUE_BYTES,
    ) -> None:
        self.record = record
        self.value = value
        self.element: tuple[str, bytes] | None = None
        self.sender: str | None = None
        """The host, account or device that a frame names; the tenants file may know it as a sensor."""
        self.otherwise: Rejected | None = None
        """The verdict if no adapter recognises what a frame holds, since it may not be a frame then."""
        self._frames = 0
        self._parts = [0]  # shared by all parts of a record
        self.value_bytes_max = value_bytes_max
        self.sent = Sent.PROVEN
        """What counts as sent by us."""
        self.tenants = tenants
        self.owner = tenants.owner_of_topic(record.name) if record.own else None
        """The tenant to which the topic belongs; None for a topic of all."""
        self._ignored_types = ignored_types
        # a header without a value is none: strangers write such, and nobody would look for them
        self.headers = {name.lower(): content for name, content in record.headers if content is not None}
        self._document: dict[str, object] | None = None

    def part(
        self,
        held: object,
        *,
        sender: object = None,
        without_headers: tuple[str, ...] = (),
        otherwise: Rejected | None = None,
    ) -> "Arrival":
        """The input that a frame holds: bytes, text or a JSON document. Raises `Rejected` where frames nest too deep.

        Its value, of which its id is made, is those bytes, or the document written without white space. Headers
        whose names begin with one of `without_headers` belong to the frame.
        """
        if self._frames >= FRAMES_MAX:
            raise Rejected(DeadLetterReason.TOO_DEEP, f"more than {FRAMES_MAX} frames, one within the other")
        part = copy(self)
        part._frames += 1  # noqa: SLF001 - a part is one of these, too
        part._document = held if isinstance(held, dict) else None  # noqa: SLF001 - the same
        part.value = _bytes_of(held)
        part.otherwise = otherwise
        if isinstance(sender, str) and sender:
            part.sender = sender
        if without_headers:
            part.headers = {name: held for name, held in self.headers.items() if not name.startswith(without_headers)}
        return part

    def parts(self, elements: Sequence[object]) -> "list[Arrival]":
        """The inputs in an array, each an input with an id and a verdict of its own. Raises `Rejected`."""
        if not elements:
            raise Rejected(DeadLetterReason.EMPTY, "an array without elements")
        self._parts[0] += len(elements)
        if self._parts[0] > PARTS_MAX:
            raise Rejected(DeadLetterReason.TOO_LARGE, f"more than {PARTS_MAX} messages in one record")
        parts = [self.part(element, without_headers=("ce_", "content-type")) for element in elements]
        within = "" if self.element is None else f"{self.element[0]}."
        for number, part in enumerate(parts):
            part.element = (f"{within}{number}", part.value)
        return parts

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

    def trace(self, prefix: str = "") -> Trace | None:
        """The trace that headers with this beginning name; without one those of instrumented producers."""
        parent = self.headers.get(f"{prefix}traceparent")
        if parent is None:
            return None
        state = self.headers.get(f"{prefix}tracestate", b"")
        return trace_of(parent.decode(errors="replace"), state.decode(errors="replace"))

    @property
    def tlp(self) -> Tlp | None:
        """The marking of the Traffic Light Protocol that the header `tlp` gives; None without one."""
        content = self.headers.get("tlp")
        return None if content is None else tlp_of(content.decode(errors="replace"))

    @property
    def content_type(self) -> str:
        """The media type that the headers give, without its parameters; empty if they give none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def is_binary_event(self) -> bool:
        """True if the headers are those of a CloudEvent, and `content-type` does not say that the value is one."""
        return "ce_specversion" in self.headers and not self.content_type.startswith("application/cloudevents")

    def tenant(self, claimed: object, *keys: TenantKey) -> str:
        """The tenant: whose the topic is, as the message or its header says, or by the first of `keys` that is known.

        Raises `Rejected`.
        """
        named = self.header("tenant") if claimed is None else claimed
        if self.owner is not None:
            return _not_foreign(self.owner, named)
        if named is not None:
            if not isinstance(named, str) or not _TENANT.fullmatch(named):
                raise Rejected(DeadLetterReason.INVALID_TENANT, f"a tenant's name is like {TENANT_PATTERN}")
            return named
        tenant = self._by_keys(keys if self.sender is None else (*keys, TenantKey(sensor=self.sender)))
        if tenant is None:
            raise Rejected(
                DeadLetterReason.NO_TENANT,
                "no attribute or header `tenant`, and no source in the tenants file fits",
            )
        return tenant

    def tenant_of_contact(self, claimed: object, *keys: TenantKey) -> str:
        """The tenant of a call or mail: `unassigned` where it fits nobody, or names a tenant that cannot be.

        Raises `Rejected` where the topic belongs to another tenant than it names.
        """
        if self.owner is not None:
            return self.tenant(claimed, *keys)
        try:
            return self.tenant(claimed, *keys)
        except Rejected:
            return self._by_keys(keys) or UNASSIGNED

    def tenants_of_contact(self, *keys: TenantKey) -> tuple[str, ...]:
        """The tenants that `keys` tell, each once; only the one that the header names, where it names one.

        Raises `Rejected` as `tenant_of_contact` does.
        """
        if self.owner is not None:
            return (self.tenant(None, *keys),)
        named = self.headers.get("tenant", b"").decode(errors="replace")
        if _TENANT.fullmatch(named):
            return (named,)
        found = dict.fromkeys(self.tenants.tenant_of(**key._asdict()) for key in keys)
        return tuple(tenant for tenant in found if tenant is not None)

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
        return f"{self.record.name}/{self.record.partition}/{self.record.offset}"


def _not_foreign(owner: str, named: object) -> str:
    """The tenant of what stands on a topic of `owner`. Raises `Rejected` where the message names another one."""
    if named not in (None, owner):
        raise Rejected(
            DeadLetterReason.FOREIGN_TENANT, f"the topic belongs to {owner}, and the message names another tenant"
        )
    return owner


def _bytes_of(held: object) -> bytes:
    if isinstance(held, bytes):
        return held
    if isinstance(held, str):
        return held.encode("utf-8", "surrogatepass")  # what was no text is found where it is read
    return json.dumps(held, separators=(",", ":")).encode()


def salt_of(value: bytes) -> str:
    """Protects what the journal says of persons: derived from the bytes, so that a replay has the same."""
    return sha256(b"tocsin persons" + value).hexdigest()[:32]
