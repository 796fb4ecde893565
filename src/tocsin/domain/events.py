"""What was decided, in the past tense. The journal keeps these; `evolve` applies them, alerts are made from them.

`PERSONAL` names the fields that tell of persons: the journal keeps them apart, so that a person can be forgotten.
"""

from dataclasses import dataclass
from typing import ClassVar

from tocsin.domain.commands import Contact
from tocsin.domain.instant import Instant
from tocsin.domain.terms import Consequence, ResponseLevel, Server
from tocsin.domain.vocabulary import (
    CallOutcome,
    Channel,
    Evidence,
    Objective,
    Priority,
    Purpose,
    Severity,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that was decided."""

    PERSONAL: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractAdopted(Event):
    """The tenant's new tickets follow this contract and plan from here on."""

    PERSONAL = ("contacts",)
    contract: str
    name: str
    plan: str
    contacts: tuple[Contact, ...] = ()
    servers: tuple[Server, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a month stands: the clocks of one objective, plan and priority that were due in it."""

    month: str  # 2026-03
    plan: str
    objective: Objective
    priority: Priority
    met: int
    missed: int
    promised: float
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttainmentAtRisk(Event):
    """The share in time has fallen below what is promised; the month can still recover."""

    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class AttainmentJudged(Event):
    """The month is over: the promise was kept, or broken."""

    standing: Standing
    kept: bool
    closes_incident: bool  # somebody was told that it was at risk


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionRepeated(Event):
    """The same detection again; on a ticket that it reopened it counts anew from `starts_at`."""

    severity: Severity
    repeats: int
    starts_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIgnored(Event):
    """A health report for which the contract has no ticket."""

    server: str
    subject: str
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionIgnored(Event):
    """Below the severity from which the contract has detections open a ticket."""

    signature: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactJoined(Event):
    """A call or mail of the client belongs to this ticket. `evidence` None: it starts no clock (automatic mail)."""

    PERSONAL = ("contact", "name", "subject", "analyst")
    channel: Channel
    evidence: Evidence | None
    happened_at: Instant
    client_ticket: str | None = None
    message: str | None = None
    contact: str | None = None
    what: str = ""
    subject: str | None = None
    name: str | None = None
    analyst: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRefused(Event):
    """Somebody asked who is no authorised contact: refused politely, and recorded."""

    PERSONAL = ("contact", "name", "subject")
    channel: Channel
    contact: str
    clause: str
    happened_at: Instant
    subject: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRuledOut(Event):
    """An exclusion of the contract holds: what it ends is no longer owed."""

    PERSONAL = ("analyst",)
    reason: str
    consequence: Consequence
    clause: str
    analyst: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionLifted(Event):
    """What an exclusion rested on is over: what it had ended is owed again."""

    PERSONAL = ("analyst",)
    reason: str
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkProposed(Event):
    """Work for an extra fee; nothing of it begins before the client has agreed in writing."""

    PERSONAL = ("analyst",)
    work: str
    clause: str
    analyst: str
    extra_fee: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkAgreed(Event):
    """The client has agreed to the work, its terms and its rates."""

    PERSONAL = ("agreed_by", "analyst")
    work: str
    agreed_by: str
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStarted(Event):
    """Agreed work for a fee has begun."""

    PERSONAL = ("analyst",)
    work: str
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementNotified(Event):
    """The contract has management know of a ticket of this priority."""

    role: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackOwed(Event):
    """A missed call is to be returned; this ticket holds what its caller is owed."""

    PERSONAL = ("caller",)
    caller: str
    call: str
    happened_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReturned(Event):
    """A call that we placed, or one that we took, gives a caller what this ticket owes. `offset` is that call's."""

    PERSONAL = ("caller",)
    caller: str
    happened_at: Instant
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerReached(Event):
    """We spoke to a caller (or left word); it answers missed calls of before, also those we have yet to hear of."""

    PERSONAL = ("caller",)
    caller: str
    happened_at: Instant
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAttempted(Event):
    """We rang and did not get through: an attempt, not a return."""

    PERSONAL = ("analyst",)
    outcome: CallOutcome
    happened_at: Instant
    call: str
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDone(Event):
    """A stage step or report, by call, mail or desk."""

    PERSONAL = ("analyst", "note")
    evidence: Evidence
    happened_at: Instant
    channel: Channel
    analyst: str
    note: str = ""
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundNoted(Event):
    """A call or mail of ours that fulfils nothing by itself: automatic, or no ticket is known for it."""

    PERSONAL = ("analyst",)
    channel: Channel
    purpose: Purpose
    analyst: str
    why: str
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelViolated(Event):
    """The contract wants a request of this priority by another channel."""

    channel: Channel
    priority: Priority
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHeld(Event):
    """Waiting for the customer from `happened_at` on."""

    PERSONAL = ("analyst",)
    reason: str
    happened_at: Instant
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResumed(Event):
    """The waiting ended at `happened_at`."""

    PERSONAL = ("analyst",)
    happened_at: Instant
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAcknowledged(Event):
    """Somebody has taken the ticket; without work the acknowledgement expires."""

    PERSONAL = ("analyst",)
    happened_at: Instant
    expires_at: Instant
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementExpired(Event):
    """Acknowledged and forgotten: escalation goes on at the step where it stopped."""

    expired_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAssigned(Event):
    """The ticket belongs to this person now."""

    PERSONAL = ("analyst", "assignee")
    assignee: str
    analyst: str
    happened_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLinked(Event):
    """The ticket has to do with another one."""

    PERSONAL = ("analyst",)
    other: str
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(Event):
    """Something worth keeping with the ticket; what people write may tell of people."""

    PERSONAL = ("analyst", "note")
    note: str
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClosed(Event):
    """By an analyst, or by itself some time after its resolution (`analyst` None)."""

    PERSONAL = ("analyst", "note")
    happened_at: Instant
    analyst: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReopened(Event):
    """It was not over: by an analyst, a repeated detection or the client (`analyst` None)."""

    PERSONAL = ("analyst", "reason")
    happened_at: Instant
    reason: str
    analyst: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketForgotten(Event):
    """The time for late evidence is over: the state of the ticket is dropped, the journal stays."""

    closed_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractReadopted(Event):
    """The open ticket moved to the contract that its tenant has now."""

    PERSONAL = ("analyst",)
    contract: str
    previous: str
    plan: str
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentsClosed(Event):
    """The ticket is over, and with it the incidents that hang on no clock."""

    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTooLate(Event):
    """It names a ticket that has been forgotten."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRejected(Event):
    """A desk command that could not be carried out, and why."""

    PERSONAL = ("analyst",)
    command: str
    reason: str
    detail: str
    analyst: str
