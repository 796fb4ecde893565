"""The accepted inputs of a shard, as plain data.

`Input` has the source, the times and the causes; its `body` has the content. Adapters make bodies, the inbox carries
them, `tocsin.domain.decide` answers them with events.
"""

from datetime import date
from typing import ClassVar, get_args

from msgspec import field

from tocsin.domain.commands.base import BaseBody
from tocsin.domain.commands.deliveries import (
    DeliveryAccepted,
    DeliveryAnswered,
    DeliveryAttempted,
    DeliveryFailed,
    NotifyAlive,
)
from tocsin.domain.commands.desk import DeskCommand
from tocsin.domain.commands.operation import RecordOperation
from tocsin.domain.commands.silence import SilenceVerb
from tocsin.domain.contract.rules import Server
from tocsin.domain.fact import Fact
from tocsin.domain.instant import Instant
from tocsin.domain.tlp import Tlp
from tocsin.domain.trace import Trace
from tocsin.domain.vocabulary import CallOutcome, Channel, Priority, Severity


class Detection(BaseBody):
    """A sensor saw something. `key` is its own correlation key, where it has one.

    `resolved`: the sensor says that what it saw under that key is over.
    """

    TYPE = "tocsin.detection"
    signature: str
    severity: Severity
    asset: str
    title: str
    key: str | None = None
    risk: str | None = None
    sophistication: str | None = None
    severity_assumed: bool = False
    resolved: bool = False


class CallReceived(BaseBody):
    """The client rang."""

    answered: ClassVar[bool]
    call: str
    caller: str = field(name="from")  # E.164, or what telephony gives for a withheld number
    line: str = field(name="to")  # the number that was dialled
    contact: str | None = None
    ticket: str | None = None
    client_ticket: str | None = None
    priority: Priority | None = None
    summary: str | None = None
    server: str | None = None
    analyst: str | None = None  # who took the call
    as_written: bool = False  # the caller's number could not be told: it is compared as it is


class CallAnswered(CallReceived):
    """The client rang and an analyst took the call."""

    TYPE = "tocsin.call.answered"
    answered = True


class CallMissed(CallReceived):
    """The client rang and nobody took the call."""

    TYPE = "tocsin.call.missed"
    answered = False


class CallPlaced(BaseBody):
    """We rang `callee`; `returns` is the id of the call that it answers, where telephony knows."""

    TYPE = "tocsin.call.placed"
    call: str
    callee: str = field(name="to")
    line: str = field(name="from")
    outcome: CallOutcome
    purpose: str
    analyst: str
    ticket: str | None = None
    returns: str | None = None
    contact: str | None = None  # the person who was spoken to
    as_written: bool = False  # as above, of the callee's


class EmailReceived(BaseBody):
    """A mail came in. `automatic`: no person wrote it (Auto-Submitted).

    `bounces` is the id of a mail of ours that a mail system says did not arrive, `failed` for whom; none: it does not
    say for whom.
    `spoofed`: it claims to come from us, or from a client whose mail must prove it, and nothing proves that.
    """

    TYPE = "tocsin.email.received"
    message_id: str
    sender: str = field(name="from")
    recipients: tuple[str, ...] = field(name="to")
    subject: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    ticket: str | None = None
    client_ticket: str | None = None
    priority: Priority | None = None
    automatic: bool = False
    server: str | None = None
    bounces: str | None = None
    failed: tuple[str, ...] = ()
    spoofed: bool = False


class EmailSent(BaseBody):
    """We sent a mail. An `automatic` one answers nobody.

    `named_elsewhere`: its subject names a ticket of another tenant, so that it is about this one only in its thread.
    """

    TYPE = "tocsin.email.sent"
    message_id: str
    sender: str = field(name="from")
    recipients: tuple[str, ...] = field(name="to")
    subject: str
    purpose: str
    analyst: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    ticket: str | None = None
    client_ticket: str | None = None
    automatic: bool = False
    named_elsewhere: bool = False


class RequestSubmitted(BaseBody):
    """The client asked for support in the portal or on the web. `contact` is the asker's address or number."""

    TYPE = "tocsin.request.submitted"
    channel: Channel
    contact: str
    subject: str
    ticket: str | None = None
    client_ticket: str | None = None
    priority: Priority | None = None
    server: str | None = None


class StatusRequested(BaseBody):
    """The client wants to know how things stand."""

    TYPE = "tocsin.status.requested"
    channel: Channel
    contact: str
    ticket: str | None = None
    client_ticket: str | None = None


class HealthReported(BaseBody):
    """A server of the client's told of its storage, its devices or itself."""

    TYPE = "tocsin.health.reported"
    server: str
    subject: str  # storage, devices or server
    condition: str
    detail: str = ""


class EquipmentFailed(BaseBody):
    """Hardware at the client's site has failed. `excluded_by` names the exclusion that holds, if any."""

    TYPE = "tocsin.equipment.failed"
    device: str
    kind: str
    contact: str
    excluded_by: str | None = None


class DeletionDemanded(BaseBody):
    """A written notice to delete personal data; `after_end`: given on or after the end of the services."""

    TYPE = "tocsin.deletion.demanded"
    contact: str
    subject: str
    after_end: bool


class AdoptContract(BaseBody):
    """From here on the tenant's new tickets follow this contract.

    `contract` is the compiled contract as JSON text, `contract_hash` its SHA-256. With `unless_adopted` it
    changes nothing for a tenant that has a contract already. `domains` are those of the client's mail addresses, with
    their subdomains; None: nobody said (before 0.3), so that anybody may be the client. `since` is the first day of the
    contract, on which its years begin; None: nobody said.
    """

    TYPE = "tocsin.contract.adopt"
    contract: str
    contract_hash: str
    plan: str
    unless_adopted: bool = False
    contacts: tuple["Contact", ...] = ()
    servers: tuple[Server, ...] = ()
    domains: tuple[str, ...] | None = None
    since: date | None = None


class Contact(Fact):
    """A person of the client, by number and address."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    authorised: bool = True
    location: str = ""


class Tick(BaseBody):
    """Time has passed: the broker's stamp on this record is the news."""

    TYPE = "tocsin.tick"


class SwitchRules(BaseBody):
    """From here on the partition is judged by these rules. `first`: its log begins with this record."""

    TYPE = "tocsin.rules"
    version: int
    first: bool = False


OUR_OWN = (Tick, SwitchRules)
"""Records of the inbox that are no inputs: the worker itself has written them."""

Body = (
    Detection
    | CallAnswered
    | CallMissed
    | CallPlaced
    | EmailReceived
    | EmailSent
    | DeskCommand
    | SilenceVerb
    | RequestSubmitted
    | StatusRequested
    | HealthReported
    | EquipmentFailed
    | DeletionDemanded
    | AdoptContract
    | DeliveryAttempted
    | DeliveryAccepted
    | DeliveryFailed
    | DeliveryAnswered
    | NotifyAlive
    | RecordOperation
    | SwitchRules
    | Tick
)
"""Every body."""

BODIES: dict[str, type[Body]] = {body.TYPE: body for body in get_args(Body)}
"""Every body by its `type` on the wire."""


class Input(Fact):
    """One record of the inbox.

    `recorded_at` is the inbox stamp: when we learned of it. `happened_at` is when it happened, never later than
    that; `dated_by_arrival` marks one whose own time was missing or unreadable. `offset` is its place in the
    inbox partition. `salt` is derived from the original bytes; it protects what the journal says of persons. `trace`
    is the one that its source began or went on with, if any. `redriven` is the name by which an input that was
    published again from a dead letter is known; empty for any other. `tlp` is its marking of the Traffic Light
    Protocol.
    """

    tenant: str
    source: str
    id: str
    recorded_at: Instant
    happened_at: Instant
    offset: int
    body: Body
    dated_by_arrival: bool = False
    salt: str = ""
    trace: Trace | None = None
    redriven: str = ""
    tlp: Tlp | None = None
