"""The base of all that can be asked."""

from typing import Annotated, ClassVar

from tocsin.domain.commands.fields import Help, Identifier
from tocsin.domain.fact import Fact


class BaseBody(Fact, omit_defaults=True, forbid_unknown_fields=True):
    """The body of an input, as it stands in `data` of an inbox record: defaults are left out, no field is unknown.

    `TYPE` is the `type` of that record.
    """

    TYPE: ClassVar[str]


class BaseDeskCommand(BaseBody):
    """The fields of every desk verb: the ticket (id or number) and who asks.

    `NAME` is the verb's name in the journal, where a command is rejected.
    """

    NAME: ClassVar[str]
    ticket: Annotated[Identifier, Help("The ticket's id or number.")]
    analyst: Annotated[Identifier, Help("Who says it.")]
