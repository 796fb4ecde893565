"""`tocsin source`: what is said of the sources of detections."""

import click

from tocsin.cli._silencing import silencing
from tocsin.domain.commands.silence import Quieten


@click.group("source")
def command() -> None:
    """Quieten a noisy source of detections.

    Nobody is paged about what it sees while it is quiet; tickets are opened and their promises told as ever. Its end
    says how many alerts it has swallowed, and tells what is still open. `tocsin silences` lists what is quiet now.
    """


command.add_command(silencing(Quieten))
