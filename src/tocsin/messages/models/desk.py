"""`soc.desk`: what analysts and the command line say. The models are made from the commands themselves.

An unknown field is refused: it is a slip.
"""

from typing import Any

from msgspec.structs import FieldInfo
from msgspec.structs import fields as fields_of
from pydantic import ConfigDict, Field, create_model

from tocsin.domain.commands.desk import DeskCommand
from tocsin.domain.commands.fields import TextKind, help_of, kind_of
from tocsin.domain.commands.operation import RecordOperation
from tocsin.domain.commands.silence import SilenceVerb
from tocsin.messages.models.base import Data, FreeText, Identifier, Identifiers, Line

_TEXTS = {
    TextKind.IDENTIFIER: Identifier,
    TextKind.LINE: Line,
    TextKind.FREE_TEXT: FreeText,
    TextKind.IDENTIFIERS: Identifiers,
}


class DeskData(Data):
    """The `data` of a desk command."""

    model_config = ConfigDict(extra="forbid")


def model_of(verb: type[DeskCommand | SilenceVerb | RecordOperation]) -> type[Data]:
    """The model of `verb`, with its fields, their limits and what is said of them."""
    fields: dict[str, Any] = {field.name: _field(field) for field in fields_of(verb)}
    model = create_model(verb.NAME, __base__=DeskData, __doc__=verb.__doc__, **fields)
    model.makes = verb
    return model


def _field(field: FieldInfo) -> tuple[Any, Any]:
    kind = kind_of(field.type)
    default = ... if field.required else field.default
    return (_TEXTS[kind] if kind else field.type), Field(default, description=help_of(field.type))
