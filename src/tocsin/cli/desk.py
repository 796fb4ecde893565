"""`tocsin desk`: the commands of an analyst, each with its outcome."""

import json
from collections.abc import Callable
from typing import Any, get_args

import click
from msgspec.structs import FieldInfo, fields

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._outcome import outcome_of
from tocsin.cli._settings import settings_options
from tocsin.cli._silencing import silencing
from tocsin.client import moving
from tocsin.client.desk import Reply, ask
from tocsin.domain.commands.base import BaseDeskCommand
from tocsin.domain.commands.desk import DeskCommand, Move
from tocsin.domain.commands.fields import help_of, is_argument, option_of, type_of
from tocsin.domain.commands.silence import Maintain, Silence, Unsilence
from tocsin.messages.record import Topic
from tocsin.render.text import safe, safe_json
from tocsin.render.timeline import told
from tocsin.settings import Settings

_PREFIX = "tocsin.desk."
"""Verbs of other types are said by the portal or a gateway, not by an analyst."""
_OF_EVERY_VERB = fields(BaseDeskCommand)
"""They come first in every verb: its ticket and who acts on it."""

_Function = Callable[..., None]


@click.group("desk")
def command() -> None:
    """Act on a TICKET, named by its id or number; or silence pages for a time (docs/silences.md).

    Each command is published to soc.desk; then its outcome is awaited in the journal. Exit status: 0 it was applied,
    1 it was refused, 3 there was no answer in time (it may still be applied).
    """


def _verb(body: type[DeskCommand]) -> click.Command:
    """The command of one desk verb; the fields of its body are its options."""
    own = fields(body)[len(_OF_EVERY_VERB) :]

    def act(ticket: str, settings: Settings, *, as_json: bool, **options: Any) -> None:
        asked = {"ticket": ticket} | {name: options.pop(name) for name in ("analyst", *(field.name for field in own))}
        said = {name: value for name, value in asked.items() if value is not None}
        _finish(run(ask(settings, body.TYPE, said, **options)), settings, as_json=as_json)

    decorators: list[Callable[[_Function], _Function]] = [
        click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON."),
        settings_options(),
        click.option(
            "--timeout",
            "seconds",
            type=click.FloatRange(min=0),
            default=10.0,
            show_default=True,
            help="Seconds to wait.",
        ),
        click.option("--tenant", help="The tenant of the ticket; saves a look-up."),
        click.option("--analyst", envvar=["USER", "LOGNAME"], required=True, help="Who acts.  [default: $USER]"),
        *map(_option, own),
        click.argument("ticket"),
    ]
    function: _Function = act
    for decorate in decorators:
        function = decorate(function)
    return click.command(body.TYPE.removeprefix(_PREFIX).replace("_", "-"), help=body.__doc__)(function)


def _option(field: FieldInfo) -> Callable[[_Function], _Function]:
    if is_argument(field.type):
        return click.argument(field.name)
    name = option_of(field.type) or field.name
    if type_of(field.type) is bool:
        return click.option(f"--{name}", field.name, is_flag=True, help=help_of(field.type))
    kind = field.type if field.type in (int, float) else str
    return click.option(f"--{name}", field.name, type=kind, required=field.required, help=help_of(field.type))


for _body in get_args(DeskCommand):
    if _body.TYPE.startswith(_PREFIX) and _body is not Move:
        command.add_command(_verb(_body))


for _silence in (Silence, Maintain, Unsilence):
    command.add_command(silencing(_silence))


@command.command("move")
@click.argument("ticket")
@click.option("--tenant", "to", required=True, help="The tenant whose ticket it is.")
@click.option("--analyst", envvar=["USER", "LOGNAME"], required=True, help="Who acts.  [default: $USER]")
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="Seconds to wait for each input.",
)
@settings_options()
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def move(  # noqa: PLR0913 - one for each option
    ticket: str, to: str, analyst: str, seconds: float, settings: Settings, *, as_json: bool
) -> None:
    """The TICKET is another tenant's, as one that is unassigned may be.

    Its inputs are published again for that tenant, with the time at which they happened; then it ends where it was. If
    this was interrupted, say it again: what has been moved is not moved twice.
    """
    _finish(run(moving.move(settings, ticket, to, analyst, seconds)), settings, as_json=as_json)


def _finish(reply: Reply | None, settings: Settings, *, as_json: bool) -> None:
    if as_json:
        click.echo(safe_json(json.dumps(outcome_of(reply))))
    if reply is None:
        raise CommandError(
            f"No answer in time; is a worker running? The command stands on {settings.topic(Topic.DESK)} and may "
            "still be applied.",
            Exit.NO_ANSWER,
        )
    if not reply.applied:
        raise CommandError(safe(reply.refusal))
    if not as_json:
        click.echo(safe(told(reply.event)))
