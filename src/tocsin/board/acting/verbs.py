"""What can be asked on a ticket's page, and the forms that ask it. Fields and limits are those of the desk commands."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import FieldInfo, fields

from tocsin.domain.commands import desk
from tocsin.domain.commands.base import BaseDeskCommand
from tocsin.domain.commands.fields import TextKind, help_of, kind_of
from tocsin.domain.commands.milestones import MarkMilestone, UnmarkMilestone
from tocsin.domain.contract.model import Contract
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.tlp import TLPS
from tocsin.domain.vocabulary import Setter
from tocsin.messages.models.base import FREE_TEXT_LENGTH_MAX, IDENTIFIER_LENGTH_MAX, LINE_LENGTH_MAX

_LENGTHS = {
    TextKind.IDENTIFIER: IDENTIFIER_LENGTH_MAX,
    TextKind.LINE: LINE_LENGTH_MAX,
    TextKind.FREE_TEXT: FREE_TEXT_LENGTH_MAX,
}
_OF_EVERY_VERB = fields(BaseDeskCommand)


class Verb(NamedTuple):
    """A verb of the desk, as a page calls it."""

    label: str
    command: type[desk.DeskCommand]


VERBS: Mapping[str, Verb] = {
    verb.command.TYPE.removeprefix("tocsin.desk."): verb
    for verb in (
        Verb("Acknowledge", desk.Acknowledge),
        Verb("Give back", desk.Unacknowledge),
        Verb("Resume", desk.Resume),
        Verb("Note", desk.AddNote),
        Verb("Assign", desk.Assign),
        Verb("Hand over", desk.HandOver),
        Verb("Hold", desk.Hold),
        Verb("Responded", desk.Respond),
        Verb("Action plan", desk.EstablishActionPlan),
        Verb("Workaround", desk.ProvideWorkaround),
        Verb("Resolved", desk.Resolve),
        Verb("Milestone", MarkMilestone),
        Verb("Withdraw milestone", UnmarkMilestone),
        Verb("Reclassify", desk.Reclassify),
        Verb("TLP", desk.SetTlp),
        Verb("Merge", desk.Merge),
        Verb("Link", desk.Link),
        Verb("Close", desk.Close),
        Verb("Reopen", desk.Reopen),
    )
}
"""By the name that forms say. The ones without a field come first: they are one button."""


class Field(NamedTuple):
    """A field of a form."""

    name: str
    help: str
    long: bool  # has several lines
    required: bool
    length_max: int
    value: str = ""
    choices: tuple[str, ...] = ()


class Form(NamedTuple):
    """The form of a verb."""

    verb: str
    label: str
    help: str
    fields: tuple[Field, ...]


def forms(ticket: Ticket, contract: Contract | None, analyst: str) -> Iterator[Form]:
    """The forms for `ticket`. All of them: what does not fit is refused in a sentence, as from the command line."""
    known = {
        ("hold", "reason"): tuple(hold.reason for hold in contract.holds) if contract else (),
        ("reclassify", "priority"): contract.priorities if contract else (),
        ("tlp", "tlp"): TLPS,
        ("mark", "milestone"): _markable(contract),
        ("unmark", "milestone"): tuple(kind.name for kind in contract.milestones) if contract else (),
    }
    values = {
        ("assign", "assignee"): analyst,
        ("reclassify", "priority"): ticket.priority,
        ("tlp", "tlp"): ticket.tlp or "",
    }
    for name, verb in VERBS.items():
        if contract and not known.get((name, "milestone"), (name,)):
            continue  # a contract without milestones has nothing to choose from
        own = fields(verb.command)[len(_OF_EVERY_VERB) :]
        made = tuple(_field(it, known.get((name, it.name), ()), values.get((name, it.name), "")) for it in own)
        yield Form(name, verb.label, verb.command.__doc__ or "", made)


def _markable(contract: Contract | None) -> tuple[str, ...]:
    return tuple(kind.name for kind in contract.milestones if Setter.DESK in kind.set_by) if contract else ()


def _field(field: FieldInfo, choices: tuple[str, ...], value: str) -> Field:
    kind, text = kind_of(field.type) or TextKind.LINE, help_of(field.type) or ""
    return Field(field.name, text, kind is TextKind.FREE_TEXT, field.required, _LENGTHS[kind], value, choices)


def said(verb: Verb, form: Mapping[str, str]) -> dict[str, str]:
    """What a form says of the verb's own fields. One that is empty is not said."""
    names = [field.name for field in fields(verb.command)[len(_OF_EVERY_VERB) :]]
    given = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in names}
    return {name: value for name, value in given.items() if value}
