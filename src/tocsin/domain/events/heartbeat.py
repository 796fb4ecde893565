"""Decisions about whether those who bring alerts to people are at work."""

from typing import ClassVar

from tocsin.domain.events.base import BaseEvent
from tocsin.domain.instant import Instant


class BaseNotifyEvent(BaseEvent):
    """Something about the notify of that name: its consumer group."""

    name: str


class NotifyHeard(BaseNotifyEvent):
    """It makes progress: it is new, or was silent and `closes_incident`. It said that it would say so by then."""

    TYPE = "NotifyHeard"
    expected_by: Instant
    closes_incident: bool


class NotifyBeat(BaseNotifyEvent):
    """It still makes progress, as it said it would."""

    TYPE = "NotifyBeat"
    JOURNALED: ClassVar[bool] = False
    expected_by: Instant


class NotifyFellSilent(BaseNotifyEvent):
    """It has not said in time that it makes progress."""

    TYPE = "NotifyFellSilent"
    expected_by: Instant


class NotifyRetired(BaseNotifyEvent):
    """It has stopped for good, and is not waited for."""

    TYPE = "NotifyRetired"
    closes_incident: bool
