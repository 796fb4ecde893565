"""`tocsin rules`: the rules by which each partition of the inbox is judged, and the switch to those of this release."""

import json

import click
from rich.table import Table

from tocsin.cli._exit import Exit
from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.client import rules
from tocsin.client.rules import DRAINED_WITHIN_MAX
from tocsin.engine.rules import RULES
from tocsin.messages.record import Topic
from tocsin.render.table import cell, print_table
from tocsin.settings import Settings
from tocsin.streams.kafka.rules import Standing, Status

_NEXT = {
    Status.EMPTY: "nothing: the first worker of this release begins it",
    Status.READY: "nothing: workers of this release go on here",
    Status.DRAINING: "run workers of the earlier release: they apply what stands before the switch",
    Status.NOT_SWITCHED: "`tocsin rules switch`, while workers of the earlier release run",
}
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON array for machines.")


@click.group("rules")
def command() -> None:
    """By which rules the partitions of the inbox are judged.

    A release whose rules differ from those of the release before judges nothing anew: a record in each partition of the
    inbox says from where on its rules hold. What stands before that record the release before applies; its workers
    stop at the record. On new topics the first worker writes it, and there is nothing to do.

    \b
    The upgrade, with workers of the earlier release running:
      tocsin rules switch     with this release; it takes seconds
      (stop the earlier workers, which end at the switch by themselves)
      tocsin rules show       says that every partition is ready
      tocsin run              with this release

    Until `switch` everything can stay as it is. From then on only releases that know these rules go on.
    """  # noqa: D301 - click reads the backspace as: do not rewrap


@command.command("show")
@settings_options()
@_JSON
def show(settings: Settings, *, as_json: bool) -> None:
    """Show each partition of the inbox: the rules of its state, what is left to apply by them, and what to do.

    Exit status: 0 when workers of this release can start, 1 when an earlier release must go on somewhere first, 69 when
    the broker cannot be reached, 77 when it is not trusted, or does not know or permit us.
    """
    found = run(rules.standings(settings))
    if as_json:
        click.echo(json.dumps([each._asdict() for each in found], indent=2))
    else:
        _print(found)
    if not rules.ready(found):
        raise SystemExit(Exit.FAILED)


@command.command("switch")
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=1, max=DRAINED_WITHIN_MAX),
    default=60.0,
    show_default=True,
    help="Seconds within which the workers must have applied what stands before the switch.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@settings_options("app_id")
def switch(seconds: float, settings: Settings, *, yes: bool) -> None:
    """Switch every partition of the inbox to the rules of this release: all of them, or none.

    Run it while the workers of the earlier release run. It waits until they have applied what stands before the switch;
    meanwhile, mostly less than a second, they see nothing new. Then they meet the switch and end, each with exit status
    70. It needs the rights of a worker on the inbox (deploy/kafka-acls.txt).

    Where it fails nothing was switched, and it can be run again. Exit status: 0 switched, or nothing to switch; 1 the
    workers have not applied everything in time, or somebody said no; 69 when the broker cannot be reached, 77 when it
    is not trusted, or does not know or permit us.
    """
    found = run(rules.standings(settings))
    chosen = [each.partition for each in found if each.status is Status.NOT_SWITCHED]
    if not chosen:
        click.echo("There is nothing to switch.")
        return
    if not yes:
        click.confirm(
            f"{len(chosen)} partitions of {settings.topic(Topic.INBOX)} are switched to the rules {RULES}. From then "
            "on no earlier release can go on with them. Switch them?",
            abort=True,
        )
    run(rules.switch(settings, chosen, seconds))
    click.echo(
        f"{len(chosen)} partitions were switched. The workers of the earlier release end at the switch: stop what "
        "starts them again, then start workers of this release."
    )


def _print(found: list[Standing]) -> None:
    table = Table("partition", "rules", "applied up to", "to apply", "switch", "next")
    for each in found:
        left = each.unapplied if each.status in (Status.DRAINING, Status.NOT_SWITCHED) else None
        table.add_row(*map(cell, (each.partition, each.rules, each.position, left, each.switch, _NEXT[each.status])))
    print_table(table)
