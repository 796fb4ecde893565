"""What was decided, in the past tense. The journal keeps these; `evolve` applies them, alerts are made from them."""

from tocsin.domain.events.clock import (
    BreachWithdrawn,
    ClockMoved,
    ClockStarted,
    EscalationRaised,
    ObjectiveAtRisk,
    ObjectiveBreached,
    ObjectiveFulfilled,
    PromiseWithdrawn,
)
from tocsin.domain.events.contact import (
    CallAttempted,
    CallbackOwed,
    CallerReached,
    CallReturned,
    ChannelViolated,
    ContactJoined,
    ContactRefused,
    OutboundNoted,
)
from tocsin.domain.events.contract import (
    AttainmentAtRisk,
    AttainmentJudged,
    ContractAdopted,
    ContractReadopted,
    ExclusionLifted,
    ManagementNotified,
    TicketRuledOut,
    WorkAgreed,
    WorkProposed,
    WorkStarted,
)
from tocsin.domain.events.ticket import (
    AcknowledgementExpired,
    CommandRejected,
    DetectionIgnored,
    DetectionRepeated,
    EvidenceTooLate,
    IncidentsClosed,
    NoteAdded,
    PriorityChanged,
    ReportIgnored,
    TicketAcknowledged,
    TicketAssigned,
    TicketClosed,
    TicketForgotten,
    TicketHeld,
    TicketLinked,
    TicketOpened,
    TicketReopened,
    TicketResumed,
    WorkDone,
)

ClockEvent = (
    ClockStarted
    | ClockMoved
    | ObjectiveAtRisk
    | ObjectiveBreached
    | ObjectiveFulfilled
    | BreachWithdrawn
    | PromiseWithdrawn
    | EscalationRaised
)
"""Every event about a clock."""

Event = (
    ClockEvent
    | TicketOpened
    | DetectionRepeated
    | ReportIgnored
    | DetectionIgnored
    | WorkDone
    | PriorityChanged
    | TicketHeld
    | TicketResumed
    | TicketAcknowledged
    | AcknowledgementExpired
    | TicketAssigned
    | TicketLinked
    | NoteAdded
    | TicketClosed
    | TicketReopened
    | TicketForgotten
    | IncidentsClosed
    | EvidenceTooLate
    | CommandRejected
    | ContactJoined
    | ContactRefused
    | CallbackOwed
    | CallReturned
    | CallerReached
    | CallAttempted
    | OutboundNoted
    | ChannelViolated
    | ContractAdopted
    | ContractReadopted
    | AttainmentAtRisk
    | AttainmentJudged
    | TicketRuledOut
    | ExclusionLifted
    | WorkProposed
    | WorkAgreed
    | WorkStarted
    | ManagementNotified
)
"""Every event."""
