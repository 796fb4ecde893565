"""Our own schema, as pydantic models: for each type the `data` that strangers may send, and the topic for it."""

from pydantic import create_model

from tocsin.messages.models import calls, desk, emails, portal
from tocsin.messages.models.base import CloudEvent, Data
from tocsin.messages.models.contract import AdoptContract
from tocsin.messages.models.detection import Detection
from tocsin.messages.models.health import HealthReported
from tocsin.messages.names import MessageType
from tocsin.messages.record import Topic

DATA: dict[Topic, dict[MessageType, type[Data]]] = {
    Topic.SECURITY_EVENTS: {
        MessageType.DETECTION: Detection,
        MessageType.HEALTH_REPORTED: HealthReported,
    },
    Topic.CALLS: {
        MessageType.CALL_ANSWERED: calls.CallAnswered,
        MessageType.CALL_MISSED: calls.CallMissed,
        MessageType.CALL_PLACED: calls.CallPlaced,
    },
    Topic.EMAILS: {
        MessageType.EMAIL_RECEIVED: emails.EmailReceived,
        MessageType.EMAIL_SENT: emails.EmailSent,
    },
    Topic.DESK: {
        MessageType.DESK_ACKNOWLEDGE: desk.Acknowledge,
        MessageType.DESK_RESPOND: desk.Respond,
        MessageType.DESK_ACTION_PLAN: desk.EstablishActionPlan,
        MessageType.DESK_WORKAROUND: desk.ProvideWorkaround,
        MessageType.DESK_RESOLVE: desk.Resolve,
        MessageType.DESK_HOLD: desk.Hold,
        MessageType.DESK_RESUME: desk.Resume,
        MessageType.DESK_RECLASSIFY: desk.Reclassify,
        MessageType.DESK_ASSIGN: desk.Assign,
        MessageType.DESK_LINK: desk.Link,
        MessageType.DESK_NOTE: desk.AddNote,
        MessageType.DESK_CLOSE: desk.Close,
        MessageType.DESK_REOPEN: desk.Reopen,
        MessageType.DESK_READOPT: desk.Readopt,
        MessageType.DESK_RULE_OUT: desk.RuleOut,
        MessageType.DESK_PROPOSE_WORK: desk.ProposeWork,
        MessageType.DESK_START_WORK: desk.StartWork,
        MessageType.DESK_SHIP_REPLACEMENT: desk.ShipReplacement,
        MessageType.DESK_CONFIRM_DELETION: desk.ConfirmDeletion,
        MessageType.AGREEMENT_GIVEN: desk.RecordAgreement,
        MessageType.ACCESS_MISSING: desk.ReportAccessMissing,
        MessageType.ACCESS_RESTORED: desk.ReportAccessRestored,
        MessageType.REQUEST_SUBMITTED: portal.RequestSubmitted,
        MessageType.STATUS_REQUESTED: portal.StatusRequested,
        MessageType.EQUIPMENT_FAILED: portal.EquipmentFailed,
        MessageType.DELETION_DEMANDED: portal.DeletionDemanded,
        MessageType.CONTRACT_ADOPT: AdoptContract,
    },
}
"""What each input topic takes in our own schema. Further topics and types are further lines."""


def _event(data: type[Data]) -> type[CloudEvent]:
    return create_model(data.__name__, __base__=CloudEvent, __doc__=data.__doc__, data=(data, ...))


EVENTS: dict[Topic, dict[str, type[CloudEvent]]] = {
    topic: {kind.value: _event(data) for kind, data in kinds.items()} for topic, kinds in DATA.items()
}
"""The whole message, envelope and data, by topic and type."""
