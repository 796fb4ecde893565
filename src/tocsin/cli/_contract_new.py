"""`tocsin contract new`: writes a contract to begin with."""

import re
from pathlib import Path

import click

from tocsin.cli._contracts import contract_options, library_of
from tocsin.cli._exit import CommandError, Exit
from tocsin.contracts.notation.contract import NAME_PATTERN
from tocsin.contracts.starters import starter
from tocsin.schemas.files import files
from tocsin.settings import Settings

_SCHEMAS = ("contract.schema.json", "scenarios.schema.json")


@click.command("new")
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder for the files.  [default: this one]",
)
@contract_options("contracts")
def new(name: str, into: Path, settings: Settings) -> None:
    """Write a contract to begin with, NAME.yaml, and the scenarios that test it, NAME.scenarios.yaml.

    Both are full of comments. The JSON Schemas of both go to the folder `schemas` beside them: an editor that speaks
    YAML (with yaml-language-server) completes and checks them as you type, without a network.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise CommandError(
            f"{name!r} is no name of a contract; write small letters, digits, - and _, a letter first.", Exit.USAGE
        )
    if name in library_of(settings).names():
        raise CommandError(f"There is a contract {name!r} already; give yours another name.")
    texts = starter(name)
    if there := [file for file in texts if (into / file).exists()]:
        raise CommandError(f"There is already {', '.join(there)}; nothing was written.")
    schemas = files()
    texts |= {f"schemas/{file}": schemas[file] for file in _SCHEMAS}
    (into / "schemas").mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (into / file).write_text(text, encoding="utf-8")
        click.echo(f"written: {into / file}")
    click.echo(f"Next: tocsin contract test {into / f'{name}.yaml'}", err=True)
