"""`tocsin contract`: shows contracts, checks them, and forecasts their deadlines."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from rich.table import Table

from tocsin.cli._contract_diff import diff
from tocsin.cli._contract_new import new
from tocsin.cli._contract_test import test
from tocsin.cli._contracts import contract_options, directory_of, library_of, refusal
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._types import TIME
from tocsin.contracts.checks.base import Finding, Level
from tocsin.contracts.client_zone import WITHOUT_TENANT, ClientZone
from tocsin.contracts.codec import contract_hash, contract_to_json
from tocsin.contracts.errors import ContractError
from tocsin.contracts.forecast import forecast
from tocsin.contracts.library import PLAIN, SHIPPED, ContractLibrary, alone, contract_files, shipped_overlays
from tocsin.contracts.lint import lint
from tocsin.contracts.report.forecasts import forecast_document, forecast_table, interval_tables
from tocsin.contracts.report.histories import histories
from tocsin.contracts.report.markdown import rule_table, short_rule_table
from tocsin.contracts.report.tables import LEGEND, contract_tables
from tocsin.contracts.source.loader import read_spec
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.contract.rules import AdoptedOverlay
from tocsin.domain.instant import Instant, show
from tocsin.render.contract import report_table, whole_cell
from tocsin.render.table import cell, print_table
from tocsin.render.text import safe_json
from tocsin.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_TENANT = click.option("--tenant", help="The contract as it holds for this tenant of the tenants file.")


@click.group("contract")
def command() -> None:
    """Look into the contracts: what they promise, by which clause, and what is doubtful about them.

    Five come with Tocsin: esentire, senstar, sentinelone, sorb, and unassigned for callers whose tenant is unknown. A
    contract of your own is a YAML file in the folder `contracts_dir`. So is an overlay, a file with `kind: overlay`:
    what it promises holds beside the contract of each tenant that names it in `overlays`, such as a duty to report.
    `plain` is a contract without promises, for a tenant who has only overlays.
    """


for _each in (diff, new, test):
    command.add_command(_each)


@command.command("list")
@contract_options("contracts")
@_JSON
def list_contracts(settings: Settings, *, as_json: bool) -> None:
    """List the contracts with their plans and their hashes, then the overlays that can hold beside them."""
    library = library_of(settings)
    table = Table("contract", "title", "plans (default first)", "hash")
    for name in library.names():
        contract = library.get(name)
        plans = sorted(contract.plans, key=lambda plan: plan != contract.default_plan)
        identity = contract_hash(contract_to_json(contract))
        if as_json:
            row = {"kind": "contract", "name": name, "title": contract.title, "plans": plans, "hash": identity}
            click.echo(safe_json(json.dumps(row)))
        table.add_row(cell(name), cell(contract.title), cell(", ".join(plans)), identity[:12])
    overlays = [_title(library.shown(name), name) for name in library.overlays()]
    if as_json:
        for it in overlays:
            click.echo(
                safe_json(json.dumps({"kind": "overlay", "name": it.name, "title": it.title, "source": it.source}))
            )
        return
    print_table(table)
    if overlays:
        print_table(_overlay_table(overlays))


def _overlay_table(overlays: Iterable[Contract | AdoptedOverlay]) -> Table:
    table = Table("overlay", "title", "source")
    for it in overlays:
        table.add_row(*map(cell, (it.name, it.title, it.source)))
    return table


@command.command("show")
@click.argument("name", metavar="CONTRACT")
@click.option("--plan", help="Only this plan.")
@_TENANT
@contract_options("contracts", "tenants")
@_JSON
def show_contract(name: str, plan: str | None, tenant: str | None, settings: Settings, *, as_json: bool) -> None:
    """Show a contract as tables, each rule with its clause; a `*` marks what is assumed, not stated.

    With --json: the compiled contract, as an adoption carries it.
    """
    contract, zone = _contract(name, tenant, settings)
    if as_json:
        click.echo(safe_json(contract_to_json(contract)))
        return
    plans = [_plan(contract, plan)] if plan else list(contract.plans.values())
    title = _title(contract, name)
    click.echo(f"{title.title} ({title.name})\nSource: {title.source}\n{LEGEND}")
    for each in contract_tables(contract, plans, zone):
        click.echo()
        print_table(report_table(each))


@command.command("lint")
@click.argument("names", metavar="[CONTRACT|FILE]...", nargs=-1)
@contract_options("contracts")
@_JSON
def lint_contracts(names: tuple[str, ...], settings: Settings, *, as_json: bool) -> None:
    """List what is doubtful: contradictions, gaps, impossible calendars, assumed rules.

    Without a name: every contract. Exit status 1 if there are errors; warnings and notes leave it 0.
    """
    found = list(_findings(names or _everything(settings), settings))
    if as_json:
        for name, finding in found:
            click.echo(safe_json(json.dumps({"contract": name, **finding._asdict()})))
    else:
        _print_findings(found)
    errors = sum(finding.level is Level.ERROR for _, finding in found)
    if errors:
        raise CommandError(f"{errors} {'error' if errors == 1 else 'errors'} found.")


@command.command("table")
@click.option("--histories", "folder", type=_FOLDER, help="Recorded histories, one folder a contract.")
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write it to this file.")
@click.option("--short", is_flag=True, help="One row per enforced rule, with one history.")
@contract_options("contracts")
def table(folder: Path | None, output: Path | None, *, short: bool, settings: Settings) -> None:
    """Print every rule of every contract as Markdown: clause, stated or assumed, and the histories that show it.

    A history is NAME.jsonl with NAME.expected.json beside it, whose `shows` names rules, such as
    premium.exclusions.training.
    """
    library = library_of(settings)
    contracts = [library.get(name) for name in library.names() if name != PLAIN]  # it has no rules of a document
    make = short_rule_table if short else rule_table
    page = make(contracts, histories(folder) if folder else [], output.parent if output else Path())
    if output:
        output.write_text(page, encoding="utf-8")
    else:
        click.echo(page, nl=False)


@command.command("explain")
@click.argument("name", metavar="CONTRACT")
@click.option("--plan", help="The support plan.  [default: the contract's, or the tenant's]")
@click.option("--priority", help="As the contract writes it.  [default: the plan's]")
@click.option("--at", type=TIME, required=True, help="The start of every clock, 2026-03-01T09:00:00Z.")
@_TENANT
@contract_options("contracts", "tenants")
@_JSON
def explain(  # noqa: PLR0913 - its options
    name: str,
    *,
    plan: str | None,
    priority: str | None,
    at: Instant,
    tenant: str | None,
    settings: Settings,
    as_json: bool,
) -> None:
    """Show what would be due, and when and why, if every clock of that plan and priority started at a given time.

    With --json: one line for each promise, with its deadline, its warnings and escalation steps, and the intervals that
    count or do not count.
    """
    contract, zone = _contract(name, tenant, settings)
    chosen = _plan(contract, plan or _plan_of(tenant, settings))
    urgency = priority or chosen.default_priority
    if urgency not in contract.priorities:
        raise CommandError(f"There is no priority {urgency!r}; there is {', '.join(contract.priorities)}.", Exit.USAGE)
    promises = list(forecast(contract, chosen, urgency, at))
    if as_json:
        for promise in promises:
            click.echo(safe_json(json.dumps(forecast_document(promise, contract, zone))))
        return
    of = f"{_title(contract, name).title}, {chosen.title or chosen.name}, {urgency}"
    click.echo(f"{of}, as if every clock started at {show(at)}\n{LEGEND}")
    for each in (forecast_table(promises), *interval_tables(contract, zone, promises)):
        print_table(report_table(each))


def _contract(name: str, tenant: str | None, settings: Settings) -> tuple[Contract, ClientZone]:
    """The contract `name`, as it holds for `tenant` if one is given, and the client's time zone.

    Raises `CommandError` if there is none.
    """
    if tenant is None:
        library = library_of(settings)
        try:
            return library.shown(name), library.client_zone(name, unknown=WITHOUT_TENANT)
        except ContractError as error:
            raise refusal(error) from None
    directory = directory_of(settings)
    if tenant not in directory.names():
        raise CommandError(f"There is no tenant {tenant!r} in the tenants file.", Exit.USAGE)
    contract = directory.contract(tenant)
    if contract.name != name:
        raise CommandError(f"The tenant {tenant!r} has the contract {contract.name!r}.", Exit.USAGE)
    return contract, directory.client_zone(tenant)


def _plan_of(tenant: str | None, settings: Settings) -> str | None:
    return directory_of(settings).adoption(tenant).plan if tenant else None


def _plan(contract: Contract, name: str | None) -> Plan:
    chosen = name or contract.default_plan
    if chosen not in contract.plans:
        raise CommandError(f"{contract.name} has no plan {chosen!r}; it has {', '.join(contract.plans)}.", Exit.USAGE)
    return contract.plans[chosen]


def _everything(settings: Settings) -> Iterable[str]:
    return [*SHIPPED, *shipped_overlays(), *map(str, contract_files(settings.contracts_dir))]


def _findings(names: Iterable[str], settings: Settings) -> Iterator[tuple[str, Finding]]:
    shipped = ContractLibrary.load(None)
    known = {*shipped.names(), *shipped.overlays()}
    for name in names:
        path, asked = Path(name), name
        try:
            if path.suffix == ".yaml":
                spec = read_spec(path)
                contract, asked = alone(spec), spec.name
            else:
                contract = (shipped if name in known else library_of(settings)).shown(name)
        except ContractError as error:
            yield from ((path.name, Finding(Level.ERROR, "invalid", "", "", line)) for line in str(error).splitlines())
        else:
            of_the_base = lint(shipped.get(PLAIN)) if contract.overlays else ()
            title = _title(contract, asked)
            yield from ((title.name, finding) for finding in lint(contract) if finding not in of_the_base)


def _title(contract: Contract, asked: str) -> Contract | AdoptedOverlay:
    """What was asked for: the contract, or the overlay of that name, which is shown beside none."""
    return next((it for it in contract.overlays if it.name == asked), contract)


def _print_findings(found: list[tuple[str, Finding]]) -> None:
    table = Table("contract", "level", "code", "clause", "finding", "where")
    for name, it in found:
        table.add_row(*map(cell, (name, it.level, it.code, it.clause)), whole_cell(it.text), whole_cell(it.where))
    print_table(table)
