"""Decisions in the past tense. The journal keeps them, `evolve` applies them, alerts are made from them."""

from tocsin.domain.events.clock import (
    BreachWithdrawn,
    ClockMoved,
    ClockStarted,
    EscalationRaised,
    NobodyReached,
    ObjectiveAtRisk,
    ObjectiveBreached,
    ObjectiveFulfilled,
    PromiseLapsed,
    PromiseWithdrawn,
)
from tocsin.domain.events.contact import (
    AnswerBounced,
    BounceAnswered,
    CallAttempted,
    CallbackOwed,
    CallbackSpared,
    CallerReached,
    CallReturned,
    CallRevised,
    ChannelViolated,
    ConfirmationAwaited,
    ContactJoined,
    ContactRefused,
    DeliveryFailed,
    OutboundNoted,
    PriorityAssigned,
    PriorityClaimed,
    RequestConfirmed,
    SenderDoubted,
)
from tocsin.domain.events.contract import (
    AttainmentAtRisk,
    AttainmentForgotten,
    AttainmentJudged,
    AttainmentRecovered,
    ContractAdopted,
    ContractReadopted,
    ExclusionLifted,
    ManagementNotified,
    ServerAsked,
    ServerNamed,
    TicketRuledOut,
    WorkAgreed,
    WorkProposed,
    WorkStarted,
)
from tocsin.domain.events.heartbeat import NotifyBeat, NotifyFellSilent, NotifyHeard, NotifyRetired
from tocsin.domain.events.operation import OperationRecorded
from tocsin.domain.events.paging import PageAccepted, PageAnswered, PageAttempted, PageFailed
from tocsin.domain.events.rearranging import ContactSplit, TicketAbsorbed, TicketMerged, TicketMoved
from tocsin.domain.events.sharing import TlpChanged
from tocsin.domain.events.silence import SilenceEvent
from tocsin.domain.events.source import ResolvedBySilence, SeenAgain, SourceResolved
from tocsin.domain.events.ticket import (
    AcknowledgementExpired,
    AcknowledgementWithdrawn,
    CommandRejected,
    DetectionIgnored,
    DetectionRepeated,
    EvidenceTooLate,
    HoldEnded,
    IncidentsClosed,
    MilestoneWithdrawn,
    NoteAdded,
    PriorityChanged,
    ReportIgnored,
    TicketAcknowledged,
    TicketAssigned,
    TicketClosed,
    TicketForgotten,
    TicketHandedOver,
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
    | PromiseLapsed
    | EscalationRaised
    | NobodyReached
)
"""Every event about a clock."""

TicketEvent = (
    DetectionRepeated
    | TicketOpened
    | WorkDone
    | MilestoneWithdrawn
    | ReportIgnored
    | DetectionIgnored
    | PriorityChanged
    | TlpChanged
    | TicketHeld
    | TicketResumed
    | HoldEnded
    | TicketAcknowledged
    | AcknowledgementExpired
    | AcknowledgementWithdrawn
    | TicketAssigned
    | TicketHandedOver
    | TicketLinked
    | NoteAdded
    | TicketClosed
    | TicketReopened
    | TicketForgotten
    | IncidentsClosed
    | TicketAbsorbed
    | TicketMerged
    | TicketMoved
    | ContactSplit
    | EvidenceTooLate
    | CommandRejected
)
"""Every event about a ticket and the work on it."""

SourceEvent = SourceResolved | SeenAgain | ResolvedBySilence
"""Every event about the source of a ticket."""

ContactEvent = (
    ContactJoined
    | ContactRefused
    | ConfirmationAwaited
    | RequestConfirmed
    | SenderDoubted
    | CallbackOwed
    | CallbackSpared
    | CallRevised
    | CallReturned
    | CallerReached
    | CallAttempted
    | OutboundNoted
    | AnswerBounced
    | BounceAnswered
    | DeliveryFailed
    | ChannelViolated
    | PriorityClaimed
    | PriorityAssigned
)
"""Every event about a call, a mail or a request."""

ContractEvent = (
    ContractAdopted
    | ContractReadopted
    | AttainmentAtRisk
    | AttainmentForgotten
    | AttainmentRecovered
    | AttainmentJudged
    | TicketRuledOut
    | ExclusionLifted
    | ServerAsked
    | ServerNamed
    | WorkProposed
    | WorkAgreed
    | WorkStarted
    | ManagementNotified
)
"""Every event about a contract, or by a rule of it."""

PageEvent = PageAttempted | PageAccepted | PageFailed | PageAnswered
"""Every event about a page on its way to a person."""

NotifyEvent = NotifyHeard | NotifyBeat | NotifyFellSilent | NotifyRetired
"""Every event about a notify; they belong to the tenant."""

EventOfTicket = (
    TicketEvent
    | SilenceEvent
    | SourceEvent
    | ContactEvent
    | ContractEvent
    | PageEvent
    | NotifyEvent
    | OperationRecorded
)
"""Every event that may change a ticket itself; clocks have theirs."""

Event = EventOfTicket | ClockEvent
"""Every event. One without an arm in `evolve` and `alerts` does not pass the type checker."""
