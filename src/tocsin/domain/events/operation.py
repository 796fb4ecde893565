"""What operators have done with the log itself."""

from tocsin.domain.events.base import BaseEvent


class OperationRecorded(BaseEvent):
    """An operator has changed the log, or given much of it away. It belongs to a tenant, and changes nothing."""

    TYPE = "OperationRecorded"
    PERSONAL = ("operator", "reason")
    operation: str
    about: str
    reason: str
    operator: str
