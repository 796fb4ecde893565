"""The command line: one module for each noun."""

import errno
import gc
import importlib
import keyword
import os
import sys
from collections.abc import Sequence

import click

_COMMANDS = {
    "audit": "Prove that the log is what it was; print the support log, or which promises were kept.",
    "board": "Serve the wallboard: open promises by their next deadline, live.",
    "contract": "Look into the contracts, write one of your own, test it by scenarios.",
    "dead-letters": "Look at inputs that were refused; publish them again.",
    "deadline": "Work out deadlines from a file of cases.",
    "desk": "Act on a ticket.",
    "dev": "Run everything on this machine: Kafka, a worker and a simulated shift.",
    "doctor": "Find what stands in the way, with the command that mends it.",
    "export": "Export topics as files, to keep them and to recover a cluster from.",
    "forget": "Show every place where a person still stands.",
    "gateway": "Take mail and HTTP, for systems that do not speak Kafka.",
    "history": "Record a history from a short script of its inputs.",
    "import": "Make a cluster of an export again.",
    "inbox": "Export the log.",
    "notify": "Bring alerts to people and paging systems.",
    "publish": "Send a file to a topic.",
    "repartition": "Lay an export out on another number of partitions.",
    "replay": "Fold the log once more: to check it, on a board, under another contract.",
    "report": "Report to a client what was kept, each figure with its proof; to a shift, what it inherits.",
    "roster": "Show who carries a role at which hour; check for gaps.",
    "rules": "Show by which rules the inbox is judged; switch it to those of this release.",
    "run": "Run a worker.",
    "schemas": "Write the JSON Schemas of all messages.",
    "silences": "List what nobody is paged about, for how long, and what that has swallowed.",
    "source": "Quieten a noisy source of detections.",
    "settings": "Show every setting with its value and meaning.",
    "tail": "Follow a topic.",
    "tenants": "Check the tenants file, plan its adoption, adopt it.",
    "ticket": "Look at tickets, and at how they came to be so.",
    "topics": "Create or check the topics.",
}
"""Name and one-line help of each command; each is imported from the module of its name when it is used."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _LazyGroup(click.Group):
    """Imports a command's module when it is asked for, so that `tocsin --help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name.replace("-", "_")
        gc.disable()  # modules are never garbage; the search for it took a sixth of the time
        try:
            command = importlib.import_module(f"tocsin.cli.{module}").command
        finally:
            gc.enable()
        if not isinstance(command, click.Command):
            raise TypeError(f"tocsin.cli.{cmd_name}.command is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tocsin")
def main_group() -> None:
    """Tocsin watches the promises that a security operations centre has made, and rings when one is at risk."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script."""
    try:
        try:
            main_group(arguments, prog_name="tocsin")
        finally:
            sys.stdout.flush()  # so that it is not lost where the disk of the output is full
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would not fit at the end either
        click.echo(
            f"Error: {error.strerror}{f': {error.filename}' if error.filename else ''}. What was written is not whole. "
            "Make room, and say it again.",
            err=True,
        )
        sys.exit(1)
