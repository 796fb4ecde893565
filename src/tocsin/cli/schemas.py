"""`tocsin schemas`: the JSON Schema of every message, and the AsyncAPI document that names the topics."""

from pathlib import Path

import click

from tocsin.cli._exit import CommandError
from tocsin.schemas.files import files


@click.command("schemas")
@click.argument(
    "directory", type=click.Path(file_okay=False, path_type=Path), default=Path("schemas"), metavar="[DIRECTORY]"
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is not what would be written.")
def command(directory: Path, *, check: bool) -> None:
    """Write the JSON Schema of every message, contract and tenants file, and asyncapi.json, into DIRECTORY (schemas).

    They are made from the models that read and write the messages.
    """
    wanted = files()
    stale = [name for name in sorted(wanted) if _read(directory / name) != wanted[name]]
    if check:
        if stale:
            raise CommandError(f"not current: {', '.join(stale)}; run `tocsin schemas {directory}`")
        click.echo(f"{len(wanted)} files are current", err=True)
        return
    directory.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (directory / name).write_text(wanted[name])
    click.echo(f"{len(stale)} of {len(wanted)} files written to {directory}", err=True)


def _read(file: Path) -> str | None:
    return file.read_text() if file.exists() else None
