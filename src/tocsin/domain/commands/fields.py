"""The kinds of text that a command holds, and what is said of a field.

The models of the wire, the schemas and the options of the command line are made from these. The inbox is read without
them: what was accepted once is never refused later.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any


class TextKind(StrEnum):
    """A kind of text, each with its own limits."""

    IDENTIFIER = "identifier"
    LINE = "line"
    FREE_TEXT = "free_text"
    IDENTIFIERS = "identifiers"


@dataclass(frozen=True, slots=True)
class Help:
    """The purpose of a field, in one sentence.

    On the command line an `argument` stands without its name, and an `option` has this name in place of the field's.
    """

    text: str
    argument: bool = False
    option: str | None = None


Identifier = Annotated[str, TextKind.IDENTIFIER]
Line = Annotated[str, TextKind.LINE]
FreeText = Annotated[str, TextKind.FREE_TEXT]
Identifiers = Annotated[tuple[str, ...], TextKind.IDENTIFIERS]

Note = Annotated[FreeText, Help("What was done, said or found.")]
MilestoneName = Annotated[Identifier, Help("The milestone, as the contract names it.", argument=True)]
Work = Annotated[Identifier, Help("The work, by a name of your own or as the contract lists it.")]


def kind_of(annotation: Any) -> TextKind | None:
    """The kind of text of a field; None for a field that holds something else."""
    return next((each for each in _said_of(annotation) if isinstance(each, TextKind)), None)


def type_of(annotation: Any) -> Any:
    """The type of a field, without what is said of it."""
    return getattr(annotation, "__origin__", annotation)


def help_of(annotation: Any) -> str | None:
    """The purpose of a field; None if it has none."""
    return next((each.text for each in _said_of(annotation) if isinstance(each, Help)), None)


def is_argument(annotation: Any) -> bool:
    """True for a field that stands on the command line without its name."""
    return any(isinstance(each, Help) and each.argument for each in _said_of(annotation))


def option_of(annotation: Any) -> str | None:
    """The name of a field's option on the command line, where it is not the field's own."""
    return next((each.option for each in _said_of(annotation) if isinstance(each, Help)), None)


def _said_of(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__metadata__", ())
