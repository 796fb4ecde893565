"""`tocsin contract diff`: what is different between two contracts, and for whom."""

import json
import re
from pathlib import Path

import click

from tocsin.cli._contracts import library_of, refusal
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.client.standing import read_contracts
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.report.differences import differences
from tocsin.domain.contract.model import Contract
from tocsin.render.text import safe, safe_json
from tocsin.settings import Settings

_HASH = re.compile(r"[0-9a-f]{8,64}")


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@settings_options("contracts_dir")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each difference.")
def diff(before: str, after: str, settings: Settings, *, as_json: bool) -> None:
    """Say in words what B promises otherwise than A, and to whom: which plan, which priority, by which clause.

    Each of the two is a file (mine.yaml), the name of a contract, or the hash of one that a tenant has adopted, as
    alerts carry it: its first 8 digits or more. Only a hash needs the broker.
    """
    found = differences(_contract(before, settings), _contract(after, settings))
    for each in found:
        click.echo(safe_json(json.dumps(each._asdict())) if as_json else safe(str(each)))
    if not found and not as_json:
        click.echo("The two promise the same.")


def _contract(name: str, settings: Settings) -> Contract:
    if not name.endswith(".yaml") and _HASH.fullmatch(name):
        return _adopted(name, settings)
    library = library_of(settings)
    try:
        if name.endswith(".yaml"):
            library, name = ContractLibrary.load(None).with_file(Path(name))
        return library.shown(name)
    except ContractError as error:
        raise refusal(error) from None


def _adopted(digits: str, settings: Settings) -> Contract:
    found = {identity: it for identity, it in run(read_contracts(settings)).items() if identity.startswith(digits)}
    if len(found) != 1:
        what = "Several contracts have" if found else "No tenant has adopted a contract with"
        raise CommandError(f"{what} a hash that begins with {digits}.", Exit.FAILED)
    return next(iter(found.values()))
