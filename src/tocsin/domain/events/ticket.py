"""What was decided, in the past tense. The journal keeps these; `evolve` applies them, alerts are made from them.

`PERSONAL` names the fields that tell of persons: the journal keeps them apart, so that a person can be forgotten.
"""

from typing import ClassVar

from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.fact import fact
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import (
    Channel,
    Evidence,
    Priority,
    Severity,
)


@fact
class Event:
    """Something that was decided."""

    PERSONAL: ClassVar[tuple[str, ...]] = ()


@fact
class TicketOpened(Event):
    """A detection, call or mail became a ticket.

    `contact` is the number or address of who turned to us and `name` their name, `subject` what they wrote above it or
    said, `analyst` who took the call.
    """

    PERSONAL = ("contact", "name", "subject", "analyst")
    id: str
    number: str
    contract: str
    plan: str
    channel: Channel
    priority: Priority
    title: str
    evidence: Evidence
    happened_at: Instant
    severity: Severity | None = None
    correlation_key: str | None = None
    client_ticket: str | None = None
    message: str | None = None
    linked_to: str | None = None
    contact: str | None = None
    subject: str | None = None
    what: str = ""
    server: str | None = None
    response: ResponseLevel | None = None
    unknown_priority: str | None = None  # what was claimed and the contract does not know
    name: str | None = None
    analyst: str | None = None


@fact
class DetectionRepeated(Event):
    """The same detection again; on a ticket that it reopened it counts anew from `starts_at`."""

    severity: Severity
    repeats: int
    starts_at: Instant | None = None


@fact
class ReportIgnored(Event):
    """A health report for which the contract has no ticket."""

    server: str
    subject: str
    condition: str


@fact
class DetectionIgnored(Event):
    """Below the severity from which the contract has detections open a ticket."""

    signature: str
    severity: Severity


@fact
class WorkDone(Event):
    """A stage step or report, by call, mail or desk."""

    PERSONAL = ("analyst", "note")
    evidence: Evidence
    happened_at: Instant
    channel: Channel
    analyst: str
    note: str = ""
    message: str | None = None


@fact
class PriorityChanged(Event):
    """Reclassified by an analyst, or raised by a worse detection."""

    PERSONAL = ("analyst", "reason")
    priority: Priority
    previous: Priority
    reason: str
    happened_at: Instant
    raised: bool  # more urgent than before
    by_detection: bool = False  # or claimed by the client, or set by an analyst
    severity: Severity | None = None
    analyst: str | None = None


@fact
class TicketHeld(Event):
    """Waiting for the customer from `happened_at` on."""

    PERSONAL = ("analyst",)
    reason: str
    happened_at: Instant
    analyst: str


@fact
class TicketResumed(Event):
    """The waiting ended at `happened_at`."""

    PERSONAL = ("analyst",)
    happened_at: Instant
    analyst: str


@fact
class TicketAcknowledged(Event):
    """Somebody has taken the ticket; without work the acknowledgement expires."""

    PERSONAL = ("analyst",)
    happened_at: Instant
    expires_at: Instant
    analyst: str


@fact
class AcknowledgementExpired(Event):
    """Acknowledged and forgotten: escalation goes on at the step where it stopped."""

    expired_at: Instant


@fact
class TicketAssigned(Event):
    """The ticket belongs to this person now."""

    PERSONAL = ("analyst", "assignee")
    assignee: str
    analyst: str
    happened_at: Instant


@fact
class TicketLinked(Event):
    """The ticket has to do with another one."""

    PERSONAL = ("analyst",)
    other: str
    analyst: str


@fact
class NoteAdded(Event):
    """Something worth keeping with the ticket; what people write may tell of people."""

    PERSONAL = ("analyst", "note")
    note: str
    analyst: str


@fact
class TicketClosed(Event):
    """By an analyst, or by itself some time after its resolution (`analyst` None)."""

    PERSONAL = ("analyst", "note")
    happened_at: Instant
    analyst: str | None = None
    note: str = ""


@fact
class TicketReopened(Event):
    """It was not over: by an analyst, a repeated detection or the client (`analyst` None)."""

    PERSONAL = ("analyst", "reason")
    happened_at: Instant
    reason: str
    analyst: str | None = None


@fact
class TicketForgotten(Event):
    """The time for late evidence is over: the state of the ticket is dropped, the journal stays."""

    closed_at: Instant


@fact
class IncidentsClosed(Event):
    """The ticket is over, and with it the incidents that hang on no clock."""

    topics: tuple[str, ...]


@fact
class EvidenceTooLate(Event):
    """It names a ticket that has been forgotten."""

    number: str


@fact
class CommandRejected(Event):
    """A desk command that could not be carried out, and why."""

    PERSONAL = ("analyst",)
    command: str
    reason: str
    detail: str
    analyst: str
