"""The command by which the log remembers what an operator did with it."""

from typing import Annotated, ClassVar

from tocsin.domain.commands.base import BaseBody
from tocsin.domain.commands.fields import FreeText, Help, Identifier, Line


class RecordOperation(BaseBody):
    """An operator has changed the log, or given much of it away: which command, about what, and why.

    It changes no ticket and no clock.
    """

    TYPE = "tocsin.operation"
    NAME: ClassVar[str] = "RecordOperation"
    operation: Annotated[Identifier, Help("The command, such as `export`.")]
    about: Annotated[Line, Help("What it was about: topics, range, ticket.")]
    reason: Annotated[FreeText, Help("Why.")]
    operator: Annotated[Identifier, Help("Who did it.")]
