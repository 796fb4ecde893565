"""What was decided about calls and mails, the client's and ours."""

from tocsin.domain.events.ticket import Event
from tocsin.domain.fact import fact
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import CallOutcome, Channel, Evidence, Priority, Purpose


@fact
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


@fact
class ContactRefused(Event):
    """Somebody asked who is no authorised contact: refused politely, and recorded."""

    PERSONAL = ("contact", "name", "subject")
    channel: Channel
    contact: str
    clause: str
    happened_at: Instant
    subject: str | None = None
    name: str | None = None


@fact
class CallbackOwed(Event):
    """A missed call is to be returned; this ticket holds what its caller is owed."""

    PERSONAL = ("caller",)
    caller: str
    call: str
    happened_at: Instant


@fact
class CallReturned(Event):
    """A call that we placed, or one that we took, gives a caller what this ticket owes. `offset` is that call's."""

    PERSONAL = ("caller",)
    caller: str
    happened_at: Instant
    offset: int


@fact
class CallerReached(Event):
    """We spoke to a caller (or left word); it answers missed calls of before, also those we have yet to hear of."""

    PERSONAL = ("caller",)
    caller: str
    happened_at: Instant
    offset: int


@fact
class CallAttempted(Event):
    """We rang and did not get through: an attempt, not a return."""

    PERSONAL = ("analyst",)
    outcome: CallOutcome
    happened_at: Instant
    call: str
    analyst: str


@fact
class OutboundNoted(Event):
    """A call or mail of ours that fulfils nothing by itself: automatic, or no ticket is known for it."""

    PERSONAL = ("analyst",)
    channel: Channel
    purpose: Purpose
    analyst: str
    why: str
    message: str | None = None


@fact
class ChannelViolated(Event):
    """The contract wants a request of this priority by another channel."""

    channel: Channel
    priority: Priority
    clause: str
