"""`tocsin doctor`: what stands in the way of Tocsin, and the commands that mend it."""

import json
from collections.abc import Sequence

import click
from rich.table import Table

from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.doctor import rights
from tocsin.doctor.examine import examine
from tocsin.doctor.finding import Finding, Level, exit_code
from tocsin.render.progress import progress
from tocsin.render.table import cell, print_table
from tocsin.render.text import safe_json
from tocsin.settings import Settings

_CHECKS = 14
_ROWS = (Level.FAULT, Level.WARNING, Level.UNKNOWN, Level.OK)


@click.command("doctor")
@settings_options("app_id", "tenants_file", "heartbeat_tick")
@click.option(
    "--role",
    type=click.Choice(rights.ROLES),
    default="worker",
    show_default=True,
    help="What the user of these settings does: its rights are tried.",
)
@click.option("--dev", is_flag=True, help="The cluster is one of `tocsin dev`: its stamps are its own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, as it is found.")
def command(settings: Settings, role: str, *, dev: bool, as_json: bool) -> None:
    """Look whether everything is as it should be, and say which command mends what is not.

    It changes nothing and writes nothing to a topic. It listens to the inbox for as long as a tick may take
    (`heartbeat_tick`, 30 s), unless every partition is heard of before.

    \b
    Examples:
      tocsin doctor
      tocsin doctor --json | jq -r 'select(.level == "fault") | .command'
      tocsin doctor --role notify

    Exit status: 0 without a fault (warnings are none), 1 with one, 69 when a broker cannot be reached, 77 when it is
    not trusted, or does not know or permit us, 78 when the topics cannot be used.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    found = run(_examined(settings, role, dev=dev, as_json=as_json))
    if not as_json:
        _print(found)
    if code := exit_code(found):
        raise SystemExit(code)


async def _examined(settings: Settings, role: str, *, dev: bool, as_json: bool) -> list[Finding]:
    everything: list[Finding] = []
    with progress("Asking", _CHECKS, "checks") as advance:
        async for found in examine(settings, role, dev=dev):
            advance(1)
            everything += found
            for finding in found if as_json else ():
                click.echo(safe_json(json.dumps(finding._asdict())))
    return everything


def _print(found: Sequence[Finding]) -> None:
    table = Table("level", "check", "finding", "what mends it")
    for finding in sorted(found, key=lambda each: _ROWS.index(each.level)):
        table.add_row(*map(cell, (finding.level, finding.check, finding.sentence, finding.command)))
    print_table(table)
