"""The commands that silence pages: each publishes a message for every tenant that it touches."""

import functools
import json
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import click
from msgspec.structs import FieldInfo, fields

from tocsin.cli._contracts import directory_of
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.client import silences, tickets
from tocsin.client.desk import Reply, ask
from tocsin.contracts.notation.targets import parse_duration
from tocsin.domain.commands.fields import TextKind, help_of, kind_of
from tocsin.domain.commands.silence import BaseSilenceCommand, SilenceVerb, Unsilence
from tocsin.domain.instant import parse, show
from tocsin.render.text import safe, safe_json
from tocsin.render.timeline import facts
from tocsin.settings import Settings

_Function = Callable[..., None]
_OF_EVERY_VERB = tuple(field.name for field in fields(BaseSilenceCommand))
_SINGULAR = {"priorities": "priority"}


def silencing(body: type[SilenceVerb]) -> click.Command:
    """The command of one verb; what it is about, with its limits, are its options."""
    own = [field for field in fields(body) if field.name not in _OF_EVERY_VERB]

    def act(settings: Settings, **options: Any) -> None:
        about = {field.name: options.pop(_option_of(field)) for field in own}
        if "until" in about:
            about["until"] = _until(about["until"], options.pop("lasts"), about.get("begins"))
        said = {name: value for name, value in about.items() if value}
        _publish(settings, body, said, **options)

    decorators = [*_common(body), *map(_option, own)]
    function: _Function = functools.reduce(lambda decorated, decorate: decorate(decorated), decorators, act)
    name = body.TYPE.rpartition(".")[2]
    return click.command(name, help=body.__doc__)(function)


def _common(body: type[SilenceVerb]) -> list[Callable[[_Function], _Function]]:
    lasts = click.option("--for", "lasts", help="How long it lasts, such as `2 h`, in place of --until.")
    name = click.option("--name", "silence", help="What the silence is called.  [default: a new name]")
    ended = click.argument("silence")
    return [
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each tenant."),
        settings_options("tenants_file", "contracts_dir", "default_contract"),
        click.option(
            "--timeout",
            "seconds",
            type=click.FloatRange(min=0),
            default=10.0,
            show_default=True,
            help="Seconds for each.",
        ),
        click.option("--all-tenants", is_flag=True, help="Every tenant of the tenants file."),
        click.option("--tenant", "tenants", multiple=True, help="The tenant; may be given several times."),
        click.option("--analyst", envvar=["USER", "LOGNAME"], required=True, help="Who acts.  [default: $USER]"),
        *([ended] if body is Unsilence else [name, lasts]),
    ]


def _option_of(field: FieldInfo) -> str:
    if kind_of(field.type) is not TextKind.IDENTIFIERS:
        return field.name
    return _SINGULAR.get(field.name, field.name.removesuffix("s"))


def _option(field: FieldInfo) -> Callable[[_Function], _Function]:
    several = kind_of(field.type) is TextKind.IDENTIFIERS
    required = field.required and field.name != "until"
    more = " May be given several times." if several else ""
    return click.option(
        f"--{_option_of(field)}", multiple=several, required=required, help=f"{help_of(field.type)}{more}"
    )


def _until(until: str | None, lasts: str | None, begins: str | None) -> str:
    """The end that is asked for. Raises `UsageError` unless it is given in one way."""
    if (until is None) == (lasts is None):
        raise click.UsageError("Say when it ends, by --until or by --for: every silence has an end.")
    if lasts is None:
        return until or ""
    try:
        return show((parse(begins) if begins else time.time_ns() // 1_000_000) + parse_duration(lasts))
    except ValueError as error:
        raise click.UsageError(f"--for: {error}.") from None


def _publish(  # noqa: PLR0913 - one for each option
    settings: Settings,
    body: type[SilenceVerb],
    said: dict[str, Any],
    *,
    silence: str | None,
    analyst: str,
    tenants: Sequence[str],
    all_tenants: bool,
    seconds: float,
    as_json: bool,
) -> None:
    name = silence or f"silence-{uuid4().hex[:8]}"
    touched = _touched(settings, body, said, name, tenants, all_tenants=all_tenants)
    data = {"silence": name, "analyst": analyst, **said}
    replies = {tenant: run(ask(settings, body.TYPE, data, tenant, seconds)) for tenant in touched}
    for tenant, reply in replies.items():
        _say(tenant, name, reply, as_json=as_json)
    if not all(replies.values()):
        raise CommandError("No answer in time; is a worker running? It may still be applied.", Exit.NO_ANSWER)
    if not all(reply.applied for reply in replies.values() if reply):
        raise CommandError("Not everything was applied.")


def _touched(  # noqa: PLR0913 - what may say whom it touches
    settings: Settings,
    body: type[SilenceVerb],
    said: dict[str, Any],
    name: str,
    tenants: Sequence[str],
    *,
    all_tenants: bool,
) -> list[str]:
    """The tenants that are meant: those named, all of the tenants file, or those that tickets or the silence tell."""
    if tenants and all_tenants:
        raise click.UsageError("Say --tenant or --all-tenants.")
    if all_tenants:
        every = list(directory_of(settings).names())
        if not every:
            raise click.UsageError("There are no tenants in the tenants file; name one with --tenant.")
        return every
    if tenants:
        return list(dict.fromkeys(tenants))
    if body is Unsilence:
        found = [it.tenant for it in run(silences.read(settings, lambda _: True)) if it.silence.name == name]
        if not found:
            raise CommandError(safe(f"There is no silence {name}; `tocsin silences` shows those there are."))
        return found
    if named := said.get("tickets"):
        return list(dict.fromkeys(run(tickets.find(settings, ticket, None)).ticket.tenant for ticket in named))
    raise click.UsageError("Name the tenants with --tenant, or say --all-tenants.")


def _say(tenant: str, name: str, reply: Reply | None, *, as_json: bool) -> None:
    outcome = "unanswered" if reply is None else "applied" if reply.applied else "refused"
    told = facts(reply.event) if reply and reply.applied else {}
    if as_json:
        why = reply.refusal or None if reply else None
        click.echo(
            safe_json(json.dumps({"tenant": tenant, "silence": name, "outcome": outcome, "reason": why, **told}))
        )
        return
    text = {"unanswered": "no answer", "refused": reply.refusal if reply else ""}.get(outcome) or _in_words(told)
    click.echo(safe(f"{tenant}: {name}: {text}"))


def _in_words(told: dict[str, Any]) -> str:
    """What became of the command, for people."""
    if "swallowed" in told:
        return f"ended; it has swallowed {told['swallowed']} alerts."
    return f"from {told['begins_at']} until {told['until']}."
