"""Every kind of message that comes in.

A line for its model gives its topic, type, body, schema and, for what the desk may ask, its command. Every desk command
is here by itself.
"""

from typing import get_args

from pydantic import create_model

from tocsin.domain.commands.desk import DeskCommand
from tocsin.domain.commands.operation import RecordOperation
from tocsin.domain.commands.silence import SilenceVerb
from tocsin.messages.models import calls, deliveries, desk, emails, portal
from tocsin.messages.models.base import CloudEvent, Data
from tocsin.messages.models.contract import AdoptContract
from tocsin.messages.models.detection import Detection
from tocsin.messages.models.health import HealthReported
from tocsin.messages.record import Topic

DATA: dict[Topic, tuple[type[Data], ...]] = {
    Topic.SECURITY_EVENTS: (Detection, HealthReported),
    Topic.CALLS: (calls.CallAnswered, calls.CallMissed, calls.CallPlaced),
    Topic.EMAILS: (emails.EmailReceived, emails.EmailSent),
    Topic.SENT: (calls.CallPlaced, emails.EmailSent),
    Topic.DESK: (
        *map(desk.model_of, (*get_args(DeskCommand), *get_args(SilenceVerb), RecordOperation)),
        portal.RequestSubmitted,
        portal.StatusRequested,
        portal.EquipmentFailed,
        portal.DeletionDemanded,
        AdoptContract,
    ),
    Topic.DELIVERIES: (
        deliveries.DeliveryAttempted,
        deliveries.DeliveryAccepted,
        deliveries.DeliveryFailed,
        deliveries.DeliveryAnswered,
        deliveries.NotifyAlive,
    ),
}
"""The `data` that each input topic takes in our own schema."""


def _event(data: type[Data]) -> type[CloudEvent]:
    return create_model(data.__name__, __base__=CloudEvent, __doc__=data.__doc__, data=(data, ...))


EVENTS: dict[Topic, dict[str, type[CloudEvent]]] = {
    topic: {data.makes.TYPE: _event(data) for data in kinds} for topic, kinds in DATA.items()
}
"""The whole message, envelope and data, by topic and type."""
