"""`tocsin settings`: every setting with its value, where the value comes from, and what it means."""

import json

import click
from rich.table import Table

from tocsin.cli._settings import settings_options
from tocsin.render.table import cell, print_table
from tocsin.settings import SECRETS, Settings


@click.command("settings")
@settings_options(*(name for name in Settings.model_fields if name not in SECRETS))
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def command(settings: Settings, *, as_json: bool) -> None:
    """Show every setting with its value, its source and its meaning.

    A setting is taken from the command line (--web-port), else from the environment (TOCSIN_WEB_PORT), else from
    the TOML file (web_port = ...), else it has its default. Secrets are masked; the command line takes none, since
    other users of the machine could read them there.
    """
    rows = settings.describe()
    if as_json:
        click.echo(json.dumps([row._asdict() for row in rows], indent=2))
        return
    table = Table("setting", "value", "source", "description")
    for row in rows:
        table.add_row(*map(cell, row))
    print_table(table)
