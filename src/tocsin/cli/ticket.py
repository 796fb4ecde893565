"""`tocsin ticket`: the tickets as they are now."""

import json
import time
from pathlib import Path

import click

from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.cli._source import source_argument
from tocsin.cli._timeline import print_timeline, read_timeline, with_promises, write_picture
from tocsin.client import silences, tickets
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Stage
from tocsin.recording.source import Spec
from tocsin.render.silence import document as silence_document
from tocsin.render.silence import silence_table
from tocsin.render.table import print_table
from tocsin.render.text import safe_json
from tocsin.render.ticket import clock_table, contact_table, document, head_table, list_table
from tocsin.render.timeline import readable
from tocsin.settings import Settings

_ALL = "all"


@click.group("ticket")
def command() -> None:
    """Look at the tickets as they are now, and at how they came to be so.

    Time left is counted by the clock of the log, which stands still where no worker runs.
    """


@command.command("list")
@click.option("--tenant", help="Only tickets of this tenant.")
@click.option(
    "--stage", type=click.Choice([stage.value for stage in Stage]), help="Only tickets in exactly this stage."
)
@click.option("--objective", help="Only tickets that owe a promise of this name now.")
@settings_options()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(tenant: str | None, stage: str | None, objective: str | None, settings: Settings, *, as_json: bool) -> None:
    """List the tickets; without --stage those that are not closed."""
    listed = run(_list(settings, tenant, stage, objective))
    if as_json:
        for ticket, now in listed:
            click.echo(safe_json(json.dumps(document(ticket, now))))
    else:
        print_table(list_table(listed))


@command.command("show")
@click.argument("ticket")
@click.option("--tenant", help="The tenant, if several have a ticket of that number.")
@settings_options()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(ticket: str, tenant: str | None, settings: Settings, *, as_json: bool) -> None:
    """Show a TICKET (its id or number): what it is, its clocks, and its journal."""
    run(_show(settings, ticket, tenant, as_json=as_json))


@command.command("timeline")
@click.argument("ticket")
@click.option("--tenant", help="The tenant, if several have a ticket of that number.")
@click.option(
    "--explain",
    multiple=True,
    metavar="OBJECTIVE",
    help=f"Show how the deadlines of this promise came about, or of `{_ALL}`; can be given several times.",
)
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Write a picture of it to this file, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with the arithmetic of every promise.")
@source_argument()
def timeline(  # noqa: PLR0913, PLR0917 - its options
    ticket: str,
    tenant: str | None,
    explain: tuple[str, ...],
    svg: Path | None,
    spec: Spec,
    settings: Settings,
    *,
    as_json: bool,
) -> None:
    """Tell the story of a TICKET (its id or number), and how its deadlines came about.

    One line for each decision and each alert, in the order of the log: when (by the client's clocks), the inbox offsets
    that caused it, what, and who. The tickets that were merged into it are told with it; where its matter goes on in
    another ticket, that one is named. It needs the journal alone, so it tells of forgotten tickets too; without a
    journal, FILE may hold the inbox, which is folded.

    --explain adds, for each promise, what began it, every stretch of time until its deadline that counted, was closed,
    a holiday or paused, with the offset behind it, their sum, the rule and its clause, and the result.

    \b
    Examples:
      tocsin ticket timeline ACME-000003
      tocsin ticket timeline ACME-000003 --explain callback
      tocsin ticket timeline ACME-000003 export/ --explain all --svg acme-3.svg

    Exit status: 0; 1 when there is no such ticket or promise; 2 when FILE is wrong; 69 when no broker answers.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    told = read_timeline(spec, ticket, tenant)
    chosen = told if not explain or _ALL in explain else with_promises(told, explain)
    print_timeline(chosen, explain=bool(explain), as_json=as_json)
    if svg is not None:
        write_picture(chosen, svg)


async def _list(
    settings: Settings, tenant: str | None, stage: str | None, objective: str | None
) -> list[tuple[Ticket, Instant]]:
    found = await tickets.read(
        settings,
        lambda ticket: (
            tenant in (None, ticket.tenant)
            and (ticket.stage is not Stage.CLOSED if stage is None else ticket.stage == stage)
            and (objective is None or any(it.running and it.objective == objective for it in ticket.clocks))
        ),
    )
    clocks = {partition: await _now(settings, partition) for partition in {each.partition for each in found}}
    return [(each.ticket, clocks[each.partition]) for each in found]


async def _show(settings: Settings, name: str, tenant: str | None, *, as_json: bool) -> None:
    found = await tickets.find(settings, name, tenant)
    now = await _now(settings, found.partition)
    records = await tickets.journal(settings, found)
    silenced = await silences.about(settings, found.ticket)
    if as_json:
        events = [json.loads(record.value or b"{}") for record in records]
        told = [silence_document(found.ticket.tenant, each) for each in silenced]
        click.echo(safe_json(json.dumps({**document(found.ticket, now), "silences": told, "journal": events})))
        return
    print_table(head_table(found.ticket, now))
    if silenced:
        print_table(silence_table((found.ticket.tenant, each) for each in silenced))
    if found.ticket.known_contacts:
        print_table(contact_table(found.ticket))
    print_table(clock_table(found.ticket, now))
    for record in records:
        click.echo(readable(record))


async def _now(settings: Settings, partition: int) -> Instant:
    return await tickets.clock_of(settings, partition) or time.time_ns() // 1_000_000
