"""What can be asked of a shard: the accepted inputs, as plain data.

`Input` says who, when and why; its `body` says what. Adapters make bodies, the inbox carries them,
`tocsin.domain.decide` answers them with events.
"""

from dataclasses import field

from tocsin.domain.commands.desk import (
    Acknowledge,
    AddNote,
    Assign,
    Close,
    ConfirmDeletion,
    EstablishActionPlan,
    Hold,
    Link,
    ProposeWork,
    ProvideWorkaround,
    Readopt,
    Reclassify,
    RecordAgreement,
    Reopen,
    ReportAccessMissing,
    ReportAccessRestored,
    Resolve,
    Respond,
    Resume,
    RuleOut,
    ShipReplacement,
    StartWork,
)
from tocsin.domain.contract.rules import Server
from tocsin.domain.fact import fact
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import CallOutcome, Channel, Priority, Purpose, Severity


@fact
class Detection:
    """A sensor saw something. `key` is its own correlation key, where it has one."""

    signature: str
    severity: Severity
    asset: str
    title: str
    key: str | None = None
    risk: str | None = None
    sophistication: str | None = None
    severity_assumed: bool = False


@fact
class CallReceived:
    """The client rang; `answered` says whether an analyst took the call."""

    call: str
    caller: str  # E.164, or what telephony gives for a withheld number
    line: str  # the number that was dialled
    answered: bool
    contact: str | None = None
    ticket: str | None = None
    client_ticket: str | None = None
    priority: Priority | None = None
    summary: str | None = None
    server: str | None = None
    analyst: str | None = None  # who took the call


@fact
class CallPlaced:
    """We rang `callee`; `returns` is the id of the call that it answers, where telephony knows."""

    call: str
    callee: str
    line: str
    outcome: CallOutcome
    purpose: Purpose
    analyst: str
    ticket: str | None = None
    returns: str | None = None


@fact
class EmailReceived:
    """A mail came in. `automatic`: no person wrote it (Auto-Submitted)."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    ticket: str | None = None
    client_ticket: str | None = None
    priority: Priority | None = None
    automatic: bool = False
    server: str | None = None


@fact
class EmailSent:
    """We sent a mail. An `automatic` one answers nobody."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    purpose: Purpose
    analyst: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    ticket: str | None = None
    client_ticket: str | None = None
    automatic: bool = False


@fact
class RequestSubmitted:
    """The client asked for support in the portal or on the web. `contact` is the asker's address or number."""

    channel: Channel
    contact: str
    subject: str
    ticket: str | None = None
    client_ticket: str | None = None
    priority: Priority | None = None
    server: str | None = None


@fact
class StatusRequested:
    """The client wants to know how things stand."""

    channel: Channel
    contact: str
    ticket: str | None = None
    client_ticket: str | None = None


@fact
class HealthReported:
    """A server of the client's told of its storage, its devices or itself."""

    server: str
    subject: str  # storage, devices or server
    condition: str
    detail: str = ""


@fact
class EquipmentFailed:
    """Hardware at the client's site has failed. `excluded_by` names the exclusion that holds, if any."""

    device: str
    kind: str
    contact: str
    excluded_by: str | None = None


@fact
class DeletionDemanded:
    """A written notice to delete personal data; `after_end`: given on or after the end of the services."""

    contact: str
    subject: str
    after_end: bool


@fact
class AdoptContract:
    """From here on the tenant's new tickets follow this contract.

    `contract` is the compiled contract as JSON text, `contract_hash` its SHA-256. With `unless_adopted` it
    changes nothing for a tenant that has a contract already.
    """

    contract: str
    contract_hash: str
    plan: str
    unless_adopted: bool = False
    contacts: tuple["Contact", ...] = ()
    servers: tuple[Server, ...] = ()


@fact
class Contact:
    """A person of the client, by number and address."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    authorised: bool = True
    location: str = ""


@fact
class Tick:
    """Time has passed: the broker's stamp on this record is the news."""


Body = (
    Detection
    | CallReceived
    | CallPlaced
    | EmailReceived
    | EmailSent
    | RequestSubmitted
    | StatusRequested
    | HealthReported
    | EquipmentFailed
    | DeletionDemanded
    | Acknowledge
    | Respond
    | EstablishActionPlan
    | ProvideWorkaround
    | Resolve
    | Hold
    | Resume
    | Reclassify
    | Assign
    | Link
    | AddNote
    | Close
    | Reopen
    | ReportAccessMissing
    | ReportAccessRestored
    | RuleOut
    | ProposeWork
    | RecordAgreement
    | StartWork
    | ShipReplacement
    | ConfirmDeletion
    | Readopt
    | AdoptContract
    | Tick
)


@fact
class Input:
    """One record of the inbox.

    `recorded_at` is the inbox stamp: when we learned of it. `happened_at` is when it happened, never later than
    that; `dated_by_arrival` marks one whose own time was missing or unreadable. `offset` is its place in the
    inbox partition. `salt` is derived from the original bytes; it protects what the journal says of persons.
    """

    tenant: str
    source: str
    id: str
    recorded_at: Instant
    happened_at: Instant
    offset: int
    body: Body
    dated_by_arrival: bool = False
    salt: str = field(default="", repr=False)
