"""Decisions about what a sensor says of the state of what it saw."""

from tocsin.domain.events.base import BaseEvent
from tocsin.domain.instant import Instant


class BaseSourceEvent(BaseEvent):
    """An event about the source of a ticket."""


class SourceResolved(BaseSourceEvent):
    """A sensor says that what it saw is over. Nothing that is promised to the client ends by that.

    `resolves_at`: the contract has it resolve the ticket then, if the sensor does not see it again before.
    """

    TYPE = "SourceResolved"
    key: str
    happened_at: Instant
    resolves_at: Instant | None = None


class SeenAgain(BaseSourceEvent):
    """A sensor sees again what it said was over."""

    TYPE = "SeenAgain"
    key: str
    happened_at: Instant


class ResolvedBySilence(BaseSourceEvent):
    """The contract resolves the ticket: what the sensors saw is over, as they say, and was not seen again since.

    `offset` is the inbox offset of the last that said so.
    """

    TYPE = "ResolvedBySilence"
    happened_at: Instant
    offset: int
