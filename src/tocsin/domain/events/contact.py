"""Decisions about calls and mails, the client's and ours."""

from tocsin.domain.events.base import BaseEvent
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import CallOutcome, Channel, Priority


class BaseContactEvent(BaseEvent):
    """An event about a call, a mail or a request."""


class ContactJoined(BaseContactEvent):
    """A call or mail of the client belongs to this ticket. `evidence` None: it starts no clock (automatic mail)."""

    TYPE = "ContactJoined"
    PERSONAL = ("contact", "name", "subject", "analyst")
    channel: Channel
    evidence: str | None
    happened_at: Instant
    client_ticket: str | None = None
    message: str | None = None
    contact: str | None = None
    what: str = ""
    subject: str | None = None
    name: str | None = None
    analyst: str | None = None
    call: str | None = None
    as_written: bool | None = None  # True: the number could not be told


class ContactRefused(BaseContactEvent):
    """A person who is no authorised contact made a request: refused politely, and recorded."""

    TYPE = "ContactRefused"
    PERSONAL = ("contact", "name", "subject")
    channel: Channel
    contact: str
    clause: str
    happened_at: Instant
    subject: str | None = None
    name: str | None = None


class ConfirmationAwaited(BaseContactEvent):
    """A person who is no designated contact has asked: the clocks of the ticket wait for one who is."""

    TYPE = "ConfirmationAwaited"
    clause: str


class RequestConfirmed(BaseContactEvent):
    """A designated contact has turned to us about what somebody else had asked for."""

    TYPE = "RequestConfirmed"


class SenderDoubted(BaseContactEvent):
    """The mail that opened the ticket claims to be from this address, and nothing proves it."""

    TYPE = "SenderDoubted"
    PERSONAL = ("claimed",)
    claimed: str


class CallbackOwed(BaseContactEvent):
    """A missed call is to be returned; this ticket holds what its caller is owed."""

    TYPE = "CallbackOwed"
    PERSONAL = ("caller",)
    caller: str
    call: str
    happened_at: Instant


class CallRevised(BaseContactEvent):
    """Another leg of a call says more about it: it came earlier, was answered, or its caller may ask.

    `offset` is that of the leg by which the call is known.
    """

    TYPE = "CallRevised"
    offset: int
    evidence: str
    happened_at: Instant
    what: str = ""


class CallbackSpared(BaseContactEvent):
    """The missed call at `offset` was answered on another leg: it is owed no callback."""

    TYPE = "CallbackSpared"
    PERSONAL = ("caller",)
    caller: str
    call: str
    offset: int


class CallReturned(BaseContactEvent):
    """A call that we placed, or one that we took, gives a caller what this ticket owes. `offset` is that call's."""

    TYPE = "CallReturned"
    PERSONAL = ("caller",)
    caller: str
    happened_at: Instant
    offset: int


class CallerReached(BaseContactEvent):
    """We spoke to a caller (or left word); it answers missed calls of before, also those we have yet to hear of.

    `narrow`: it answers no others who ring from the same number and give another name, unless about the ticket of the
    id `about`.
    """

    TYPE = "CallerReached"
    PERSONAL = ("caller",)
    caller: str
    happened_at: Instant
    offset: int
    narrow: bool = False
    about: str | None = None


class CallAttempted(BaseContactEvent):
    """We rang and did not get through: an attempt, not a return."""

    TYPE = "CallAttempted"
    PERSONAL = ("analyst",)
    outcome: CallOutcome
    happened_at: Instant
    call: str
    analyst: str


class OutboundNoted(BaseContactEvent):
    """A call or mail of ours that fulfils nothing: automatic, not to the client, or no ticket is known for it.

    `unknown`: its purpose is a word that the contract does not know, as it is told.
    """

    TYPE = "OutboundNoted"
    PERSONAL = ("analyst",)
    channel: Channel
    purpose: str
    analyst: str
    why: str
    message: str | None = None
    unknown: str | None = None


class AnswerBounced(BaseContactEvent):
    """A mail of ours did not reach those in `failed`. `withdrawn`: nor anybody else of the client, so it is no answer.

    `offset` is that mail's in the inbox, `sent_at` when it was sent.
    """

    TYPE = "AnswerBounced"
    PERSONAL = ("failed",)
    message: str
    offset: int
    sent_at: Instant
    failed: tuple[str, ...]
    withdrawn: bool


class BounceAnswered(BaseContactEvent):
    """The client has an answer after all, beside the one that did not arrive."""

    TYPE = "BounceAnswered"


class DeliveryFailed(BaseContactEvent):
    """A mail that we have yet to hear of did not reach those in `failed`; none: it is not said whom."""

    TYPE = "DeliveryFailed"
    PERSONAL = ("failed",)
    message: str
    failed: tuple[str, ...]


class ChannelViolated(BaseContactEvent):
    """The contract wants a request of this priority by another channel."""

    TYPE = "ChannelViolated"
    channel: Channel
    priority: Priority
    clause: str


class PriorityClaimed(BaseContactEvent):
    """The client claims a priority, where the contract says who assigns it.

    Where the vendor does and has, this changes nothing until we have answered; `opens_incident`: no other claim waits
    for an answer. Where the client does, we may not lower what they claim.
    """

    TYPE = "PriorityClaimed"
    priority: Priority
    assigned: Priority
    clause: str
    opens_incident: bool


class PriorityAssigned(BaseContactEvent):
    """An analyst says that this priority holds, which answers what the client has claimed.

    `closes_incident`: a claim had been told.
    """

    TYPE = "PriorityAssigned"
    PERSONAL = ("analyst", "reason")
    priority: Priority
    analyst: str
    closes_incident: bool
    reason: str = ""
