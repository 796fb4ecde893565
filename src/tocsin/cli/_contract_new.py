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


@click.command("new")
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder for the files.  [default: this one]",
)
@click.option("--overlay", is_flag=True, help="An overlay: promises that hold beside a contract, such as a law's.")
@contract_options("contracts")
def new(name: str, into: Path, settings: Settings, *, overlay: bool) -> None:
    """Write a contract to begin with, NAME.yaml, and the scenarios that test it, NAME.scenarios.yaml.

    Both are full of comments. The JSON Schemas of both go to the folder `schemas` beside them: an editor that speaks
    YAML (with yaml-language-server) completes and checks them as you type, without a network.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise CommandError(
            f"{name!r} is no name of a contract; write small letters, digits, - and _, a letter first.", Exit.USAGE
        )
    library = library_of(settings)
    if name in (*library.names(), *library.overlays()):
        raise CommandError(f"There is a contract or an overlay {name!r} already; give yours another name.")
    kind = "overlay" if overlay else "contract"
    texts = starter(kind, name)
    if there := [file for file in texts if (into / file).exists()]:
        raise CommandError(f"There is already {', '.join(there)}; nothing was written.")
    schemas = files()
    texts |= {f"schemas/{each}.schema.json": schemas[f"{each}.schema.json"] for each in (kind, "scenarios")}
    (into / "schemas").mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (into / file).write_text(text, encoding="utf-8")
        click.echo(f"written: {into / file}")
    click.echo(f"Next: tocsin contract test {into / f'{name}.yaml'}", err=True)
