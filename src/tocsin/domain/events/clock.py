"""What was decided about the clocks of a ticket."""

from tocsin.domain.events.ticket import Event
from tocsin.domain.fact import fact
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import PendingStep
from tocsin.domain.vocabulary import Objective, Priority


@fact
class ClockEvent(Event):
    """Something about one clock of the ticket."""

    rule: str
    cycle: int
    objective: Objective


@fact
class ClockStarted(ClockEvent):
    """A promise is owed from `started_at` on."""

    anchor: int
    started_at: Instant
    deadline: Instant | None
    priority: Priority
    warnings: tuple[Instant, ...]
    steps: tuple[PendingStep, ...]
    offsets: tuple[int, ...]
    clause: str
    asked_for: bool = False  # the client wants this report; it is due as it is asked for


@fact
class ClockMoved(ClockEvent):
    """Start, pauses or target changed, and with them what is still to come."""

    started_at: Instant
    deadline: Instant | None
    priority: Priority
    warnings: tuple[Instant, ...]
    steps: tuple[PendingStep, ...]
    offsets: tuple[int, ...]


@fact
class ObjectiveAtRisk(ClockEvent):
    """The deadline comes near."""

    deadline: Instant
    warning: int


@fact
class ObjectiveBreached(ClockEvent):
    """The deadline passed, and the promise was not kept."""

    deadline: Instant


@fact
class ObjectiveFulfilled(ClockEvent):
    """The promise was kept at `fulfilled_at`, in time or late. `again`: late evidence put it at another time."""

    fulfilled_at: Instant
    in_time: bool
    again: bool
    offsets: tuple[int, ...]
    closes_incident: bool  # an alert has opened one, and no withdrawal follows that closes it


@fact
class BreachWithdrawn(ClockEvent):
    """Late evidence shows that the promise was kept in time after all; None: that it began later, and is still owed."""

    closes_incident: bool  # it was not closed before, as that of a promise kept late is
    fulfilled_at: Instant | None = None


@fact
class PromiseWithdrawn(ClockEvent):
    """The promise is no longer owed: another contract, or an exclusion."""

    closes_incident: bool


@fact
class EscalationRaised(ClockEvent):
    """A step of the escalation matrix was taken."""

    step: int
    repetition: int
    role: str
    tier: int
    next_at: Instant | None  # of the next repetition
