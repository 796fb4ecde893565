"""The commands by which pages are silenced for a time, as plain data: one class for each verb.

Each touches one tenant, that of its message; of what several tenants shall not hear each is told by itself, under one
name.
"""

from typing import Annotated, ClassVar

from tocsin.domain.commands.base import BaseBody
from tocsin.domain.commands.fields import FreeText, Help, Identifier, Identifiers, Line

Until = Annotated[Line, Help("The date, or the time with its offset, at which it ends by itself.")]
Reason = Annotated[FreeText, Help("Why.")]
Servers = Annotated[Identifiers, Help("Servers of the client, as the tenants file names them.")]
Assets = Annotated[Identifiers, Help("Assets, as sensors name them.")]
Sources = Annotated[Identifiers, Help("Sensors, as their detections name them.")]
Signatures = Annotated[Identifiers, Help("Signatures, as sensors name them.")]
Keys = Annotated[Identifiers, Help("Correlation keys of sensors.")]


class BaseSilenceCommand(BaseBody):
    """The fields of all of them: the name of the silence, and who asks.

    `NAME` is the verb's name in the journal, where a command is rejected.
    """

    NAME: ClassVar[str]
    silence: Annotated[Identifier, Help("The name of the silence.")]
    analyst: Annotated[Identifier, Help("Who says it.")]


class Silence(BaseSilenceCommand):
    """Page nobody about what matches, for a time. No clock stands still, and what is late then is told then.

    What is not named is not asked for: without any of these it is all that may be silenced.
    """

    TYPE = "tocsin.desk.silence"
    NAME = "Silence"
    until: Until
    reason: Reason
    tickets: Annotated[Identifiers, Help("Tickets, by id or number.")] = ()
    kinds: Annotated[Identifiers, Help("Kinds of alerts.")] = ()
    objectives: Annotated[Identifiers, Help("Promises with a clock, by their objective.")] = ()
    priorities: Annotated[Identifiers, Help("Priorities, as the contract names them.")] = ()
    roles: Annotated[Identifiers, Help("Roles that are not to be told.")] = ()
    servers: Servers = ()
    assets: Assets = ()
    sources: Sources = ()
    signatures: Signatures = ()
    keys: Keys = ()


class Maintain(BaseSilenceCommand):
    """Planned work: page nobody about what sensors see there in that time."""

    TYPE = "tocsin.desk.maintenance"
    NAME = "Maintain"
    begins: Annotated[Line, Help("The date, or the time with its offset, at which it begins.")]
    until: Until
    reason: Reason
    servers: Servers = ()
    assets: Assets = ()
    sources: Sources = ()


class Quieten(BaseSilenceCommand):
    """A noisy source: page nobody about its detections, for a time. The promises that they start are told as ever."""

    TYPE = "tocsin.source.quieten"
    NAME = "Quieten"
    until: Until
    reason: Reason
    sources: Sources = ()
    signatures: Signatures = ()
    assets: Assets = ()
    keys: Keys = ()


class Unsilence(BaseSilenceCommand):
    """End a silence before its time, or drop one that is planned."""

    TYPE = "tocsin.desk.unsilence"
    NAME = "Unsilence"


SilenceVerb = Silence | Maintain | Quieten | Unsilence
"""All of them."""
