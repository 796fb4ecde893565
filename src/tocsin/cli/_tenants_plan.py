"""What `tocsin tenants plan` shows, and what `tocsin tenants adopt` compares with it."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from tocsin.cli._contracts import directory_of
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.client import standing
from tocsin.domain.instant import DAY, show
from tocsin.domain.state.tenant import Tenant
from tocsin.render.contract import report_table
from tocsin.render.table import print_table
from tocsin.render.text import safe, safe_json
from tocsin.settings import Settings
from tocsin.tenants.directory import TenantDirectory
from tocsin.tenants.plan import Adopted, Standing, TenantPlan, plan_hash, plans, what_no_longer_fits
from tocsin.tenants.plan_words import document, headline, sentences, tables

_LOOKED_BACK = 7 * DAY
"""How long ago an adoption may be that is named as the one which came in between."""

_SENTENCE_MAX = 2_000

_OPTIONS = (
    click.argument("tenants", metavar="[TENANT]...", nargs=-1),
    click.option("--all", "everybody", is_flag=True, help="Every tenant of the tenants file."),
    settings_options("tenants_file", "contracts_dir", "default_contract"),
)


def tenant_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The tenants of a plan or an adoption, and the settings that say where their files are."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def chosen_of(directory: TenantDirectory, tenants: Sequence[str], *, everybody: bool) -> Sequence[str]:
    """The tenants that are meant. Raises `CommandError` for one that the file does not name."""
    chosen = directory.names() if everybody else tuple(dict.fromkeys(tenants))
    if not chosen:
        raise click.UsageError("Name the tenants, or say --all.")
    for unknown in sorted(set(chosen) - set(directory.names())):
        raise CommandError(f"There is no tenant {unknown!r} in the tenants file.", Exit.USAGE)
    return chosen


def show_plan(settings: Settings, tenants: Sequence[str], *, everybody: bool, as_json: bool) -> None:
    """Print the plan of these tenants, with the hash by which it is adopted."""
    directory = directory_of(settings)
    chosen = chosen_of(directory, tenants, everybody=everybody)
    found = Standing(*run(standing.read_standing(settings, frozenset(chosen))))
    planned = plans(chosen, directory, found)
    identity = plan_hash(chosen, directory, found.tenants)
    changing = sum(each.changes for each in planned)
    if as_json:
        for each in planned:
            click.echo(safe_json(json.dumps(document(each))))
        click.echo(json.dumps({"plan": identity, "changes": changing}))
        return
    for each in planned:
        _print(each)
    for name in _unnamed(directory, found.tenants) if everybody else ():
        click.echo(safe(f"{name}: the tenants file does not name it; it keeps what it has adopted."))
    if not changing:
        click.echo("Nothing to do: these tenants have adopted what the files say.")
        return
    whom = "--all" if everybody else " ".join(chosen)
    click.echo(
        "New tickets would follow it. What the file says of sensors, mailboxes and networks holds from a start on."
    )
    click.echo(f"To adopt it: tocsin tenants adopt {whom} --plan {identity}")


def _print(plan: TenantPlan) -> None:
    click.echo(safe(headline(plan)))
    for table in tables(plan):
        print_table(report_table(table))
    for sentence in sentences(plan):
        click.echo(safe(sentence))


def _unnamed(directory: TenantDirectory, tenants: Mapping[str, Tenant]) -> list[str]:
    """Tenants with a contract that the file does not name, such as one that was taken out of it."""
    return sorted(name for name, tenant in tenants.items() if tenant.contract and name not in directory.names())


def still_to_adopt(given: str, chosen: Sequence[str], directory: TenantDirectory, settings: Settings) -> frozenset[str]:
    """The tenants of the plan of that hash for which there is something to adopt.

    Raises `CommandError` where files or tenants are no longer as they were when it was made, and names what changed.
    """
    tenants = run(standing.read_adopted(settings))
    if why := what_no_longer_fits(given, plan_hash(chosen, directory, tenants)):
        adopted = run(standing.adoptions_since(settings, chosen, time.time_ns() // 1_000_000 - _LOOKED_BACK))
        said = "".join(f" {name} adopted {what} at {show(at)}." for name, (at, what) in sorted(adopted.items()))
        raise CommandError(
            safe(
                f"Nothing was adopted: {'; and '.join(why)}.{said} `tocsin tenants plan` shows what would change now.",
                _SENTENCE_MAX,
            )
        )
    in_force = {name: Adopted.of_tenant(tenants.get(name)) for name in chosen}
    return frozenset(name for name in chosen if in_force[name] != Adopted.of_adoption(directory.adoption(name)))
