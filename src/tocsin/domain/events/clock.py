"""Decisions about the clocks of a ticket."""

from typing import NamedTuple

from tocsin.domain.events.base import BaseEvent
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import Climb, Priority


class PendingStep(NamedTuple):
    """An escalation step that has not been taken: its place in the policy, and when it is due."""

    step: int
    at: Instant


class BaseClockEvent(BaseEvent):
    """Something about one clock of the ticket."""

    rule: str
    cycle: int
    objective: str


class ClockStarted(BaseClockEvent):
    """A promise is owed from `started_at` on."""

    TYPE = "ClockStarted"
    anchor: int
    started_at: Instant
    deadline: Instant | None
    priority: Priority
    warnings: tuple[Instant, ...]
    steps: tuple[PendingStep, ...]
    offsets: tuple[int, ...]
    clause: str
    asked_for: bool = False  # the client wants this report; it is due as it is asked for
    continues: tuple[int, ...] | None = None  # starts of promises that were told on another ticket
    bound: int | None = None  # by which of its deadlines at the latest that is; None: by its target


class ClockMoved(BaseClockEvent):
    """Start, pauses or target changed, and with them what is still to come."""

    TYPE = "ClockMoved"
    started_at: Instant
    deadline: Instant | None
    priority: Priority
    warnings: tuple[Instant, ...]
    steps: tuple[PendingStep, ...]
    offsets: tuple[int, ...]
    raised: bool = False  # it is more urgent than before: an acknowledgement of before does not cover it
    reopened: bool = False  # it was over and is owed again: it is judged, and escalates, anew
    risen: bool = False  # it is owed from a rise of the priority: it warns, and escalates, anew
    continues: tuple[int, ...] | None = None
    bound: int | None = None  # by which of its deadlines at the latest that is; None: by its target


class ObjectiveAtRisk(BaseClockEvent):
    """The deadline comes near."""

    TYPE = "ObjectiveAtRisk"
    deadline: Instant
    warning: int


class ObjectiveBreached(BaseClockEvent):
    """The deadline passed, and the promise was not kept. `told_on` is the ticket on which that has been told."""

    TYPE = "ObjectiveBreached"
    deadline: Instant
    told_on: str | None = None


class ObjectiveFulfilled(BaseClockEvent):
    """The promise was kept at `fulfilled_at`, in time or late. `again`: late evidence put it at another time."""

    TYPE = "ObjectiveFulfilled"
    fulfilled_at: Instant
    in_time: bool
    again: bool
    offsets: tuple[int, ...]
    closes_incident: bool  # an alert has opened one, and no withdrawal follows that closes it
    took: int | None = None  # milliseconds in its hours, without pauses; where a mean or percentile is promised


class BreachWithdrawn(BaseClockEvent):
    """Late evidence shows that the promise was kept in time after all; None: that it began later, and is still owed."""

    TYPE = "BreachWithdrawn"
    closes_incident: bool  # it was not closed before, as that of a promise kept late is
    fulfilled_at: Instant | None = None


class PromiseWithdrawn(BaseClockEvent):
    """The promise is no longer owed: another contract, or an exclusion."""

    TYPE = "PromiseWithdrawn"
    closes_incident: bool


class PromiseLapsed(BaseClockEvent):
    """The ticket fell to a priority for which this is not promised: from `lapsed_at` on it is owed no longer.

    What had been told by then stands. A later rise begins another cycle.
    """

    TYPE = "PromiseLapsed"
    lapsed_at: Instant
    closes_incident: bool


class EscalationRaised(BaseClockEvent):
    """A step of the escalation matrix was taken, in its time or because the page before it has `climbed`."""

    TYPE = "EscalationRaised"
    step: int
    repetition: int
    role: str
    tier: int
    next_at: Instant | None  # of the next repetition
    climbed: Climb | None = None
    receipt: int | None = None  # the inbox offset of the one by which it climbed


class NobodyReached(BaseClockEvent):
    """The last page would climb, and the escalation matrix has no further step."""

    TYPE = "NobodyReached"
    why: Climb
    receipt: int | None
