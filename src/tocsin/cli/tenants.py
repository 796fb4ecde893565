"""`tocsin tenants`: checks the tenants file, plans its adoption, and adopts it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.table import Table

from tocsin.cli._contracts import contract_options, directory_of
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._tenants_plan import chosen_of, show_plan, still_to_adopt, tenant_options
from tocsin.cli._tenants_readopt import readopt
from tocsin.client.desk import Reply, ask
from tocsin.render.table import cell, print_table
from tocsin.render.text import safe, safe_json
from tocsin.settings import Settings
from tocsin.tenants.directory import TenantDirectory, example_text
from tocsin.tenants.doubts import doubts
from tocsin.tenants.file import TenantsFile
from tocsin.tenants.proof import readings

_FILE = click.argument(
    "file", required=False, metavar="[FILE]", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


@click.group("tenants")
def command() -> None:
    """Check the tenants file, plan what its adoption would change, adopt it, and mend a mistaken adoption.

    FILE is TOML or YAML; without it the file of the setting `tenants_file` is used. `tocsin tenants example` shows its
    shape, with an example of everything.
    """


command.add_command(readopt)


@command.command("example")
def example() -> None:
    """Print a tenants file with an example of everything, to start from."""
    click.echo(example_text(), nl=False)


@command.command("check")
@_FILE
@contract_options("contracts")
@_JSON
def check(file: Path | None, settings: Settings, *, as_json: bool) -> None:
    """Check that FILE is consistent and fits the contracts; show each tenant as it would be adopted.

    Exit status: 0, or 1 with a message for each fault, which names the line of the file and the correction. What is
    doubtful, such as a domain in which anybody can have an address, is warned of and leaves it 0. Below the table it
    says what counts as mail of ours, and whose mail must prove who wrote it.
    """
    directory = directory_of(settings, file, Exit.FAILED)
    rows = list(_rows(directory))
    read = TenantsFile(file or settings.tenants_file)
    for place, text in doubts(read.spec):
        click.echo(safe(f"warning: {read.document.place(place)}: {text}"), err=True)
    if as_json:
        for row in rows:
            click.echo(safe_json(json.dumps(row)))
        return
    if not rows:
        click.echo("There are no tenants: every one gets the default contract.", err=True)
    else:
        table = Table(*rows[0])
        for row in rows:
            table.add_row(*map(cell, row.values()))
        print_table(table)
    for sentence in readings(directory, sent_topic=settings.sent_topic):
        click.echo(sentence, err=True)


def _rows(directory: TenantDirectory) -> Iterator[dict[str, Any]]:
    for name in directory.names():
        adoption = directory.adoption(name)
        yield {
            "tenant": name,
            "contract": directory.contract(name).name,
            "plan": adoption.plan,
            "contacts": len(adoption.contacts),
            "servers": len(adoption.servers),
            "hash": adoption.contract_hash,
        }


@command.command("plan")
@tenant_options
@_JSON
def plan(tenants: tuple[str, ...], settings: Settings, *, everybody: bool, as_json: bool) -> None:
    """Show what `adopt` would change for these tenants, before anything is changed.

    For each: contract and plan now and then; the rules that change, in words; contacts, servers and domains that come
    and go; numbers that would no longer tell the tenant; and each ticket that is not closed and stays under an earlier
    contract, with the deadlines that it would have after `tocsin desk readopt`, and which of these have passed.

    At the end stands a hash, of what the files say and of what these tenants have adopted. `adopt` wants it, and
    refuses where one of the two has changed since. Tickets are no part of it.

    \b
        tocsin tenants plan acme
        tocsin tenants adopt acme --plan 3f0c9a1e22d4b7a8-9b1c44e0f2a77d13

    With --json: an object for each tenant, then one with the hash. Exit status: 0, also where there is nothing to do.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    show_plan(settings, tenants, everybody=everybody, as_json=as_json)


@command.command("adopt")
@tenant_options
@click.option("--plan", "given", metavar="HASH", help="What `tocsin tenants plan` has printed for the same tenants.")
@click.option(
    "--timeout", "seconds", type=click.FloatRange(min=0), default=10.0, show_default=True, help="Seconds for each."
)
@_JSON
def adopt(  # noqa: PLR0913 - its options
    tenants: tuple[str, ...], seconds: float, settings: Settings, *, given: str | None, everybody: bool, as_json: bool
) -> None:
    """Put the tenants file into force for these tenants: new tickets follow it from then on, also while workers run.

    It needs the hash of a plan (`tocsin tenants plan`), and refuses where the files, or what these tenants have
    adopted, have changed since that was made. A tenant that has adopted all of it is left alone.

    Open tickets stay with the contract that they were opened under (`tocsin desk readopt` moves one). Exit status: 0
    adopted, 1 refused, 3 no answer in time.
    """
    directory = directory_of(settings)
    chosen = chosen_of(directory, tenants, everybody=everybody)
    if given is None:
        raise click.UsageError(
            "Name the plan with --plan: `tocsin tenants plan` shows what would change, and its hash."
        )
    to_adopt = still_to_adopt(given, chosen, directory, settings)
    replies = {name: run(_adopt(settings, directory, name, seconds)) for name in chosen if name in to_adopt}
    for name in chosen:
        if name in replies:
            _say(name, replies[name], as_json=as_json)
        else:
            _print(name, "unchanged", "It has adopted that already.", as_json=as_json)
    if not all(replies.values()):
        raise CommandError("No answer in time; is a worker running? It may still be adopted.", Exit.NO_ANSWER)
    if not all(reply.applied for reply in replies.values() if reply):
        raise CommandError("Not everything was adopted.")


async def _adopt(settings: Settings, directory: TenantDirectory, tenant: str, seconds: float) -> Reply | None:
    adoption = msgspec.structs.replace(directory.adoption(tenant), unless_adopted=False)
    return await ask(settings, adoption.TYPE, msgspec.to_builtins(adoption), tenant, seconds)


def _say(tenant: str, reply: Reply | None, *, as_json: bool) -> None:
    outcome = "unanswered" if reply is None else "adopted" if reply.applied else "refused"
    _print(tenant, outcome, reply.refusal if reply else "", as_json=as_json)


def _print(tenant: str, outcome: str, why: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(safe_json(json.dumps({"tenant": tenant, "outcome": outcome, "reason": why or None})))
    else:
        click.echo(safe(" ".join(filter(None, (f"{tenant}: {outcome}.", why)))))
