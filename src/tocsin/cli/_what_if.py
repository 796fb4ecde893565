"""`tocsin replay what-if`: the same log under another contract."""

import asyncio
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.table import Table

from tocsin.cli._contracts import directory_of, library_of, refusal
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._source import source_argument
from tocsin.cli._types import TIME
from tocsin.contracts.compile import TenantOverrides
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.notation.spelling import UNASSIGNED
from tocsin.domain.contract.model import Contract
from tocsin.domain.instant import Instant
from tocsin.messages.record import Topic
from tocsin.recording.source import Spec, opened_source
from tocsin.render.progress import progress
from tocsin.render.table import cell, print_table
from tocsin.render.text import safe, safe_json
from tocsin.replay.file import MalformedLine
from tocsin.replay.fold import Unreplayable
from tocsin.roster.reading import read_roster
from tocsin.roster.roster import Roster
from tocsin.settings import Settings
from tocsin.tenants.file import TenantsFile
from tocsin.tenants.under import overrides_under
from tocsin.whatif.adoptions import Adoptions, ContractFor
from tocsin.whatif.comparison import Comparison, Period
from tocsin.whatif.fold import fold_file, fold_log
from tocsin.whatif.page import page
from tocsin.whatif.plot import plot
from tocsin.whatif.png import NoPillow, pillow, png
from tocsin.whatif.result import LIMITS, Result
from tocsin.whatif.tables import tables
from tocsin.whatif.twin import Twin

_CASES_MAX = 10
"""The cases of each kind that a terminal shows."""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


class _Places(NamedTuple):
    """Where the comparison goes beside the terminal."""

    html: Path | None
    png: Path | None


def _places(function: Callable[..., Any]) -> Callable[..., Any]:
    """Call the command with `places`, from its options. Raises `CommandError` where nothing can draw a PNG."""

    @functools.wraps(function)
    def with_places(html: Path | None, picture: Path | None, **options: Any) -> Any:
        if picture:
            _require_pillow()
        return function(places=_Places(html, picture), **options)

    png_option = click.option(
        "--png", "picture", type=_NEW_FILE, help="Write the plot to this file; needs pip install 'tocsin[plots]'."
    )
    return click.option("--html", type=_NEW_FILE, help="Write a page with the plot to this file.")(
        png_option(with_places)
    )


@click.command("what-if")
@click.option("--contract", required=True, metavar="NAME|FILE.yaml", help="The contract that is to have held.")
@click.option("--plan", help="The plan in it.  [default: the plan that each tenant has]")
@click.option("--tenant", "tenants", multiple=True, help="Only for this tenant; may be repeated.  [default: for all]")
@click.option("--from", "start", type=TIME, help="Report what comes from here on.  [default: from the beginning]")
@click.option("--to", "end", type=TIME, help="Report what comes before.  [default: to the end]")
@click.option("--roster", "roster_file", type=_FILE, help="Count pages by the turns of this roster.")
@_places
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, with every difference.")
@source_argument("tenants_file", "contracts_dir", "default_contract")
def what_if(  # noqa: PLR0913 - its options
    *,
    spec: Spec,
    settings: Settings,
    contract: str,
    plan: str | None,
    tenants: tuple[str, ...],
    start: Instant | None,
    end: Instant | None,
    roster_file: Path | None,
    places: _Places,
    as_json: bool,
) -> None:
    """Fold the same log twice, as it was and as if another contract had held, and compare what comes of it.

    \b
      tocsin replay what-if --contract stricter.yaml --tenant acme --html what-if.html quarter.jsonl

    FILE is an export, or a recorded file of soc.inbox or of inputs (`tocsin replay file`); without it the cluster's
    inbox is read. Every adoption of the tenants, but for `unassigned`, carries the other contract from the beginning of
    the log on. What the tenants file agrees with a tenant holds there too; of others only the zone in the log does.

    --from and --to limit what is reported; all is folded, since what is open then depends on what came before. Without
    --roster a shift is a third of the client's day. What people did stands in the log as it was: tickets on which they
    would have done otherwise are named. The same log gives the same bytes.

    Exit status: 0, also where nothing differs; 1 where a tenant is not in the log; 2 where a file or a plan is wrong.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    adoptions = Adoptions(_other(contract, plan, tenants, settings), plan, tenants or None, (UNASSIGNED,))
    period, roster = _period(start, end), None if roster_file is None else _roster(roster_file)
    with progress("Folding twice", _total(spec)) as advance:
        comparison = Comparison(adoptions, period, roster, advance)
        _fold(spec, settings, adoptions, comparison)
    _require(tenants, adoptions)
    _show(comparison.result(), places, as_json=as_json)


def _other(contract: str, plan: str | None, tenants: tuple[str, ...], settings: Settings) -> ContractFor:
    """Finds the contract as it holds for a tenant. Raises `CommandError`."""
    library, name = library_of(settings), contract
    try:
        if Path(contract).suffix in (".yaml", ".yml"):
            library, name = library.with_file(Path(contract))
        plans = library.get(name).plans
        agreed = overrides_under(TenantsFile(settings.tenants_file), library, name, plan, tenants or None)
    except ContractError as error:
        raise refusal(error) from None
    if plan not in (None, *plans):
        raise CommandError(f"{name} has no plan {plan!r}; it has {', '.join(plans)}.", Exit.USAGE)
    return functools.partial(_contract_for, library, name, agreed)


def _contract_for(
    library: ContractLibrary, name: str, agreed: dict[str, TenantOverrides], tenant: str, adopted: Contract
) -> Contract:
    zone = adopted.client_zone
    return library.get(name, agreed.get(tenant) or TenantOverrides(timezone=zone.name if zone else "UTC"))


def _period(start: Instant | None, end: Instant | None) -> Period:
    if start is not None and end is not None and end <= start:
        raise click.UsageError("--to is not after --from.")
    return Period(start, end)


def _roster(path: Path) -> Roster:
    try:
        return asyncio.run(read_roster(path))
    except ContractError as error:
        raise refusal(error) from None


def _total(spec: Spec) -> int | None:
    """The records of the inbox; None for a file, which would have to be read to tell."""
    if isinstance(spec, Path) and spec.is_file():
        return None
    with opened_source(spec) as source:
        extents = [source.extent(Topic.INBOX, partition) for partition in source.partitions(Topic.INBOX)]
    return sum(it.end - it.begin for it in extents)


def _fold(spec: Spec, settings: Settings, adoptions: Adoptions, comparison: Comparison) -> None:
    def make(partition: int, rules: int) -> Twin:
        return Twin(partition, rules, adoptions, comparison)

    try:
        if isinstance(spec, Path) and spec.is_file():
            fold_file(spec, directory_of(settings), make)
        else:
            with opened_source(spec) as source:
                fold_log(source, make)
    except (MalformedLine, Unreplayable) as error:
        raise CommandError(safe(str(error)), Exit.USAGE) from error


def _require(tenants: tuple[str, ...], adoptions: Adoptions) -> None:
    there = ", ".join(sorted(adoptions.adopted)) or "nobody"
    if missing := sorted(set(tenants) - set(adoptions.replaced)):
        raise CommandError(safe(f"{', '.join(missing)} adopts no contract in this log; {there} does."))
    if not adoptions.replaced:
        raise CommandError(safe(f"No tenant adopts a contract in this log, but {there}: there is nothing to compare."))


def _require_pillow() -> None:
    try:
        pillow()
    except NoPillow as error:
        raise CommandError(f"{error}", Exit.USAGE) from None


def _show(result: Result, places: _Places, *, as_json: bool) -> None:
    if places.html:
        places.html.write_text(page(result), encoding="utf-8")
    if places.png:
        places.png.write_bytes(png(plot(result)))
    if as_json:
        for document in result.documents():
            click.echo(safe_json(json.dumps(document, ensure_ascii=False)))
        return
    _print(result)


def _print(result: Result) -> None:
    plans: Any = ", ".join(f"{tenant} ({plan})" for tenant, plan in result.plans.items())
    click.echo(safe(f"As if {result.contract} had held for {plans}; {result.records} records."))
    for table in tables(result, _CASES_MAX):
        click.echo(f"\n{table.title}")
        shown = Table(*table.columns)
        for row in table.rows:
            shown.add_row(*map(cell, row))
        print_table(shown)
        if table.note:
            click.echo(table.note)
    click.echo("\nWhat this can and cannot tell")
    for text in LIMITS:
        click.echo(f"- {text}")
