"""`tocsin roster`: who carries a role of the escalation matrix at which hour."""

import asyncio
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._types import TIME
from tocsin.contracts.errors import ContractError
from tocsin.contracts.notation.targets import show_duration
from tocsin.domain.instant import DAY, Instant, show
from tocsin.render.table import cell, print_table
from tocsin.render.text import safe_json
from tocsin.roster.file import example_text
from tocsin.roster.lint import RosterFinding, lint
from tocsin.roster.reading import KnownRoster, read_known
from tocsin.roster.roster import Reach, Roster, Span

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_TENANT = click.option("--tenant", help="For this client, whose own layers lie over those for all.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
_FROM = click.option("--from", "start", type=TIME, help="Begin here.  [default: now]")

_FAULTS = ("gap", "unknown")
"""The kinds of findings for which `check` fails."""


@click.group("roster")
def command() -> None:
    """Look who carries a role at which hour.

    FILE is TOML or YAML. A role is a list of layers: weekly shifts, rotations, iCalendar files; a later layer lies over
    the ones before it, and overrides lie over all of them. `tocsin roster example` shows its shape.
    """


@command.command("example")
def example() -> None:
    """Print a roster file with an example of everything, to start from."""
    click.echo(example_text(), nl=False)


@command.command("check")
@_FILE
@_FROM
@click.option("--days", type=click.IntRange(1, 366), default=28, show_default=True, help="Days to look at.")
@_JSON
def check(file: Path, start: Instant | None, days: int, *, as_json: bool) -> None:
    """Find hours in which nobody carries a role, people who carry two, and names that mean nobody.

    Exit status: 0, 1 where a role is not carried or a calendar names nobody, 2 where FILE is wrong.
    """
    begins = _now() if start is None else start
    found = list(lint(_read(file), begins, begins + days * DAY))
    _print(map(_finding, found), as_json=as_json)
    if faults := sum(each.kind in _FAULTS for each in found):
        raise CommandError(f"Faults in {days} days: {faults}.", Exit.FAILED)


@command.command("show")
@_FILE
@_TENANT
@_FROM
@click.option("--to", "end", type=TIME, help="End here.  [default: seven days later]")
@click.option("--role", help="Only this role.")
@_JSON
def show_roster(file: Path, tenant: str | None, role: str | None, *, as_json: bool, **period: Instant | None) -> None:
    """List who carries which role from when to when."""
    roster = _read(file)
    begins = _now() if period["start"] is None else period["start"]
    ends = begins + 7 * DAY if period["end"] is None else period["end"]
    if ends <= begins:
        raise click.UsageError("--to is not after --from.")
    names = [_known(roster, tenant, role)] if role else roster.role_names(tenant)
    spans = ((name, span) for name in names for span in roster.spans(name, tenant, begins, ends))
    _print((_span(name, span, roster) for name, span in spans), as_json=as_json)


@command.command("who")
@click.argument("role")
@_FILE
@_TENANT
@click.option("--at", type=TIME, help="At this time.  [default: now]")
@_JSON
def who(role: str, file: Path, tenant: str | None, at: Instant | None, *, as_json: bool) -> None:
    """Say who carries ROLE, until when, and how to reach that person; with --json also the hash of the roster.

    Exit status: 0, or 1 where nobody does.
    """
    roster, identity, _ = _known_roster(file)
    when = _now() if at is None else at
    span = roster.on_duty(_known(roster, tenant, role), tenant, when)
    row = _span(role, span, roster)
    person = roster.people[span.who] if span.who else None
    if person is not None:
        row["rests"] = person.rests(when)
        row["reach"] = [_way(each) for each in person.reach]
    if as_json:
        row["roster"] = identity
    _print([row], as_json=as_json)
    if person is None:
        raise CommandError(f"Nobody carries {role!r} then.", Exit.FAILED)


def _read(file: Path) -> Roster:
    return _known_roster(file).roster


def _known_roster(file: Path) -> KnownRoster:
    try:
        return asyncio.run(read_known(file))
    except ContractError as error:
        raise CommandError(str(error), Exit.USAGE) from None


def _known(roster: Roster, tenant: str | None, role: str) -> str:
    known = roster.role_names(tenant)
    if role not in known:
        raise CommandError(f"There is no role {role!r}; there is {', '.join(map(repr, known))}.", Exit.USAGE)
    return role


def _now() -> Instant:
    return int(time.time() * 1000)


def _span(role: str, span: Span, roster: Roster) -> dict[str, Any]:
    name = roster.people[span.who].name if span.who else None
    return {"role": role, "who": name, "from": show(span.start), "to": show(span.end), "by": span.by}


def _way(reach: Reach) -> str:
    later = f" after {show_duration(reach.after)}" if reach.after else ""
    return f"{reach.via} {reach.to}{later}"


def _finding(each: RosterFinding) -> dict[str, Any]:
    times = [None if time is None else show(time) for time in (each.start, each.end)]
    return {"kind": each.kind, "about": each.about, "finding": each.text, "from": times[0], "to": times[1]}


def _print(rows: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    found = list(rows)
    if as_json:
        for row in found:
            click.echo(safe_json(json.dumps(row)))
    elif found:
        table = Table(*found[0])
        for row in found:
            table.add_row(*(cell(", ".join(it) if isinstance(it, list) else it) for it in row.values()))
        print_table(table)
