"""Our own schema, as pydantic models: for each type the `data` that strangers may send, and the topic for it."""

from pydantic import create_model

from tocsin.messages.models import calls, desk, emails, portal
from tocsin.messages.models.base import CloudEvent, Data
from tocsin.messages.models.contract import AdoptContract
from tocsin.messages.models.detection import Detection
from tocsin.messages.models.health import HealthReported
from tocsin.messages.record import Topic

DATA: dict[Topic, tuple[type[Data], ...]] = {
    Topic.SECURITY_EVENTS: (
        Detection,
        HealthReported,
    ),
    Topic.CALLS: (
        calls.CallAnswered,
        calls.CallMissed,
        calls.CallPlaced,
    ),
    Topic.EMAILS: (
        emails.EmailReceived,
        emails.EmailSent,
    ),
    Topic.DESK: (
        desk.Acknowledge,
        desk.Respond,
        desk.EstablishActionPlan,
        desk.ProvideWorkaround,
        desk.Resolve,
        desk.Hold,
        desk.Resume,
        desk.Reclassify,
        desk.Assign,
        desk.Link,
        desk.AddNote,
        desk.Close,
        desk.Reopen,
        desk.Readopt,
        desk.RuleOut,
        desk.ProposeWork,
        desk.StartWork,
        desk.ShipReplacement,
        desk.ConfirmDeletion,
        desk.RecordAgreement,
        desk.ReportAccessMissing,
        desk.ReportAccessRestored,
        portal.RequestSubmitted,
        portal.StatusRequested,
        portal.EquipmentFailed,
        portal.DeletionDemanded,
        AdoptContract,
    ),
}
"""What each input topic takes in our own schema. Further topics and types are further lines."""


def _event(data: type[Data]) -> type[CloudEvent]:
    return create_model(data.__name__, __base__=CloudEvent, __doc__=data.__doc__, data=(data, ...))


EVENTS: dict[Topic, dict[str, type[CloudEvent]]] = {
    topic: {data.makes.TYPE: _event(data) for data in kinds} for topic, kinds in DATA.items()
}
"""The whole message, envelope and data, by topic and type."""
