"""`tocsin silences`: what nobody is paged about, planned and in force."""

import json

import click

from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.client import silences
from tocsin.render.silence import document, silence_table
from tocsin.render.table import print_table
from tocsin.render.text import safe_json
from tocsin.settings import Settings


@click.command("silences")
@click.option("--tenant", help="Only silences of this tenant.")
@settings_options()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(tenant: str | None, settings: Settings, *, as_json: bool) -> None:
    """List the silences that are planned or in force, with the alerts that each has swallowed so far.

    `tocsin desk silence`, `tocsin desk maintenance` and `tocsin source quieten` begin one, `tocsin desk unsilence` ends
    it. How many alerts an ended one has swallowed stands in the journal: `tocsin tail ticket-events`.
    """
    found = run(silences.read(settings, lambda name: tenant in (None, name)))
    if as_json:
        for each in found:
            click.echo(safe_json(json.dumps(document(each.tenant, each.silence))))
    elif found:
        print_table(silence_table(found))
    else:
        click.echo("Nothing is silenced.", err=True)
