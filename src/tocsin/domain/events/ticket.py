"""Decisions about a ticket."""

from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.events.base import BaseEvent
from tocsin.domain.instant import Instant
from tocsin.domain.tlp import Tlp
from tocsin.domain.vocabulary import Channel, HoldEnd, Priority, Severity


class BaseTicketEvent(BaseEvent):
    """An event about a ticket and the work on it."""


class TicketOpened(BaseTicketEvent):
    """A detection, call or mail became a ticket.

    `contact` is the number or address of the client's person and `name` their name, `subject` what they wrote above
    it or said, `analyst` who took the call. `related` are that person's open tickets, to one of which it may belong.
    `unknown` are words that the contract does not know, each behind what it is about.
    """

    TYPE = "TicketOpened"
    PERSONAL = ("contact", "name", "subject", "analyst")
    id: str
    number: str
    contract: str
    plan: str
    channel: Channel
    priority: Priority
    title: str
    evidence: str
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
    call: str | None = None
    as_written: bool | None = None  # True: the number could not be told
    split_from: str | None = None  # number of the ticket on which its contact was before
    related: tuple[str, ...] = ()
    risk: str | None = None
    sophistication: str | None = None
    unknown: tuple[str, ...] = ()
    tlp: Tlp | None = None
    occurred_at: Instant | None = None  # by the sensor's own time, where that is another one


class DetectionRepeated(BaseTicketEvent):
    """The same detection again; on a ticket that it reopened it counts anew from `starts_at`.

    `risk` and `sophistication` are the worst so far. With a `response` the attack has grown, is called by `title` from
    now on, and this is agreed for it.
    """

    TYPE = "DetectionRepeated"
    severity: Severity
    repeats: int
    starts_at: Instant | None = None
    risk: str | None = None
    sophistication: str | None = None
    unknown: tuple[str, ...] = ()
    response: ResponseLevel | None = None
    title: str | None = None
    occurred_at: Instant | None = None  # as above, of what is counted anew


class ReportIgnored(BaseTicketEvent):
    """A health report for which the contract has no ticket."""

    TYPE = "ReportIgnored"
    server: str
    subject: str
    condition: str


class DetectionIgnored(BaseTicketEvent):
    """Below the severity from which the contract has detections open a ticket, or `resolved` and none is open."""

    TYPE = "DetectionIgnored"
    signature: str
    severity: Severity
    resolved: bool | None = None


class WorkDone(BaseTicketEvent):
    """A stage step, report or milestone, by call, desk, or mail to these `recipients` of the client and to `others`.

    `by_system`: a system has said so, which the `analyst` names; nobody has worked.
    """

    TYPE = "WorkDone"
    PERSONAL = ("analyst", "note", "recipients", "others")
    evidence: str
    happened_at: Instant
    channel: Channel
    analyst: str
    note: str = ""
    message: str | None = None
    recipients: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    by_system: bool | None = None


class MilestoneWithdrawn(BaseTicketEvent):
    """An analyst says that the milestone was not reached at `reached_at`, as the input at `offset` had said."""

    TYPE = "MilestoneWithdrawn"
    PERSONAL = ("analyst", "note")
    milestone: str
    reached_at: Instant
    offset: int
    analyst: str
    note: str = ""


class PriorityChanged(BaseTicketEvent):
    """Reclassified by an analyst, or raised by a worse detection."""

    TYPE = "PriorityChanged"
    PERSONAL = ("analyst", "reason")
    priority: Priority
    previous: Priority
    reason: str
    happened_at: Instant
    raised: bool  # more urgent than before
    by_detection: bool = False  # or claimed by the client, or set by an analyst
    condition: str | None = None  # that a health report told of
    severity: Severity | None = None
    title: str | None = None  # of the worse detection
    analyst: str | None = None
    response: ResponseLevel | None = None


class TicketHeld(BaseTicketEvent):
    """Waiting from `happened_at` on, and no longer than `until`."""

    TYPE = "TicketHeld"
    PERSONAL = ("analyst",)
    reason: str
    happened_at: Instant
    analyst: str
    until: Instant | None = None


class TicketResumed(BaseTicketEvent):
    """The waiting ended at `happened_at`."""

    TYPE = "TicketResumed"
    PERSONAL = ("analyst",)
    happened_at: Instant
    analyst: str


class HoldEnded(BaseTicketEvent):
    """The waiting that began at `held_at` ended by itself at `happened_at`, and `why`: what was waited for came.

    `ended_by` is the inbox offset of the client's word; None where its date ended it.
    """

    TYPE = "HoldEnded"
    reason: str
    held_at: Instant
    happened_at: Instant
    why: HoldEnd
    ended_by: int | None = None


class TicketAcknowledged(BaseTicketEvent):
    """An analyst has taken the incidents that were open, without those that were taken before.

    `covers` names them, as their `dedup_key` ends. Without work the acknowledgement expires. `taken_on` is the number
    of the ticket on which it was given, from which the promises that it covers have come.
    """

    TYPE = "TicketAcknowledged"
    PERSONAL = ("analyst",)
    happened_at: Instant
    expires_at: Instant | None  # None: work has followed
    analyst: str
    covers: tuple[str, ...] = ()
    taken_on: str | None = None


class AcknowledgementExpired(BaseTicketEvent):
    """Acknowledged and forgotten: the escalation of these `incidents` goes on at the step where it stopped."""

    TYPE = "AcknowledgementExpired"
    expired_at: Instant
    incidents: tuple[str, ...] = ()


class AcknowledgementWithdrawn(BaseTicketEvent):
    """An analyst gives back what was taken by those in `whose`: the escalation of these `incidents` goes on."""

    TYPE = "AcknowledgementWithdrawn"
    PERSONAL = ("analyst", "whose")
    happened_at: Instant
    analyst: str
    whose: tuple[str, ...]
    incidents: tuple[str, ...]


class TicketAssigned(BaseTicketEvent):
    """The ticket belongs to this person now."""

    TYPE = "TicketAssigned"
    PERSONAL = ("analyst", "assignee")
    assignee: str
    analyst: str
    happened_at: Instant


class TicketHandedOver(BaseTicketEvent):
    """The ticket is with this team now."""

    TYPE = "TicketHandedOver"
    PERSONAL = ("analyst", "note")
    team: str
    analyst: str
    happened_at: Instant
    note: str = ""


class TicketLinked(BaseTicketEvent):
    """The ticket has to do with another one."""

    TYPE = "TicketLinked"
    PERSONAL = ("analyst",)
    other: str
    analyst: str


class NoteAdded(BaseTicketEvent):
    """Something worth keeping with the ticket; what people write may tell of people."""

    TYPE = "NoteAdded"
    PERSONAL = ("analyst", "note")
    note: str
    analyst: str


class TicketClosed(BaseTicketEvent):
    """By an analyst, or by itself some time after its resolution (`analyst` None)."""

    TYPE = "TicketClosed"
    PERSONAL = ("analyst", "note")
    happened_at: Instant
    analyst: str | None = None
    note: str = ""


class TicketReopened(BaseTicketEvent):
    """It was not over: by an analyst, a repeated detection or the client (`analyst` None)."""

    TYPE = "TicketReopened"
    PERSONAL = ("analyst", "reason")
    happened_at: Instant
    reason: str
    analyst: str | None = None


class TicketForgotten(BaseTicketEvent):
    """The time for late evidence is over: the state of the ticket is dropped, the journal stays."""

    TYPE = "TicketForgotten"
    closed_at: Instant


class IncidentsClosed(BaseTicketEvent):
    """The ticket is over, and with it the incidents that hang on no clock."""

    TYPE = "IncidentsClosed"
    topics: tuple[str, ...]


class EvidenceTooLate(BaseTicketEvent):
    """It names a ticket that has been forgotten."""

    TYPE = "EvidenceTooLate"
    number: str


class CommandRejected(BaseTicketEvent):
    """A desk command that could not be carried out, and why."""

    TYPE = "CommandRejected"
    PERSONAL = ("analyst",)
    command: str
    reason: str
    detail: str
    analyst: str
