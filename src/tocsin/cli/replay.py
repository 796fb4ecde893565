"""`tocsin replay`: folds the log once more."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import click
import msgspec
from rich.table import Table

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._live_replay import NO_END, Stretch, as_lines, on_the_board
from tocsin.cli._replay_rebuild import rebuild
from tocsin.cli._replay_verify import checkpoint, verify
from tocsin.cli._source import source_argument
from tocsin.cli._types import TIME
from tocsin.cli._what_if import what_if
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.instant import Instant
from tocsin.messages.record import Output
from tocsin.recording.source import Spec
from tocsin.render.table import print_table
from tocsin.render.text import safe, safe_json
from tocsin.render.timeline import readable
from tocsin.replay import file as replay_file
from tocsin.replay import line
from tocsin.replay.file import MalformedLine
from tocsin.replay.fold import ENDLESS_HOURS, Summary, Unreplayable
from tocsin.settings import Settings
from tocsin.tenants.directory import TenantDirectory

_DEFAULT_CONTRACT = Settings.model_fields["default_contract"].default
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("replay")
def command() -> None:
    """Fold the log once more: the same input gives the same bytes every time."""


command.add_command(verify)
command.add_command(checkpoint)
command.add_command(rebuild)
command.add_command(what_if)


@command.command("file")
@click.argument("file", type=click.File("rb"))
@click.option("--tenants", type=_FILE, help="Tenants file. Without it no tenant is configured.")
@click.option("--contracts", type=_FOLDER, help="Folder of further contract files.")
@click.option(
    "--contract", default=_DEFAULT_CONTRACT, show_default=True, help="Contract of a tenant that is not configured."
)
@click.option("--until", type=TIME, help="Run every clock to this time, and leave out what was recorded later.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, and the summary as the last line of stderr.")
def file(  # noqa: PLR0913  # its options
    file: BinaryIO, tenants: Path | None, contracts: Path | None, contract: str, until: Instant | None, *, as_json: bool
) -> None:
    """Print the outputs of FILE (- for standard input): every ticket event, alert and dead letter, in order.

    FILE holds one recorded message a line, in the order of the log:

    \b
      {"topic": "soc.calls", "recorded_at": "2026-03-01T09:00:00Z", "value": {...}}

    optionally with key, headers, partition and offset. A value that is an object is the message's JSON, a string is
    base64 of its bytes, null is a tombstone. recorded_at is the time of the inbox; a later line with an earlier time
    does not turn the clock back. An input without an offset gets its line number as offset.

    Lines of input topics: without --until the clock runs on until no deadline is left; a step that repeats without
    end runs for 24 h after the last input. Lines of soc.inbox (`tocsin inbox export`): each partition's clock stops
    at its last stamp, so the outputs are those of a worker so far. A file holds one kind or the other. What releases of
    other rules have judged is refused with the name of the release that replays it (`tocsin rules --help`).

    The environment and settings files are not read: the same file gives the same bytes on every machine. No topic's
    rights stand behind a file: raw mail from our address counts as ours where no mail server has left a trace on it,
    unless the tenants file names authserv_ids. A worker takes it for ours only where that is proven.

    Exit status: 0, or 2 when a line, a tenants file or a contract is wrong.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    say = _say_json if as_json else _say_readable
    try:
        directory = TenantDirectory.from_file(tenants, ContractLibrary.load(contracts), contract)
        fold = replay_file.replay(file, directory, until, say)
    except (ContractError, MalformedLine, Unreplayable) as error:
        sys.stdout.flush()
        raise CommandError("\n".join(safe(each) for each in str(error).splitlines()), Exit.USAGE) from error
    sys.stdout.flush()
    if fold.cut:
        click.echo(f"A step repeats without end; it was cut {ENDLESS_HOURS} h past the last input.", err=True)
    if as_json:
        click.echo(msgspec.json.encode(asdict(fold.summary())), err=True)
    else:
        _print_table(fold.summary())


@command.command("topic")
@click.option("--from", "start", type=TIME, required=True, help="Where the replay begins.")
@click.option("--to", "end", type=TIME, default=NO_END, show_default="the end of the log", help="Where it ends.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0.1, max=100_000),
    default=60.0,
    show_default=True,
    help="How many times as fast as it was.",
)
@click.option("--no-board", is_flag=True, help="Print the alerts when they come instead of serving a board.")
@click.option("--json", "as_json", is_flag=True, help="With --no-board: print one JSON object a line.")
@source_argument(
    *("board_host", "board_port", "board_rows", "board_access_file", "board_url", "board_session_hours"),
)
def topic(  # noqa: PLR0913 - its options
    *, spec: Spec, settings: Settings, start: Instant, end: Instant, speed: float, no_board: bool, as_json: bool
) -> None:
    """Replay a stretch of the log once more on a board of its own, with its pauses: the night of the 14th.

    The inbox is folded from its beginning up to --from as fast as can be; from there on the board shows what a board
    would have shown then. It reads the inbox alone, of a cluster or of FILE (a recorded file, or the folder of an
    export), writes nothing, and nobody can act on it. Every page says that nothing of it is happening now. Who may look
    is asked as `tocsin board` asks; without --board-port it takes a free port. On a terminal Enter pauses it.

    \b
    Examples:
      tocsin replay topic --from 2026-03-14T02:00:00Z --to 2026-03-14T06:00:00Z --speed 60
      tocsin replay topic export/ --from 2026-03-14T02:00:00Z --no-board --speed 3600

    Exit status: 0 when it was asked to stop, or with --no-board when it has come to its end; 1 when the log ends before
    --from; 2 when an option, a setting or FILE is wrong, or the log is of other rules; 69 when no broker answers.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    if start >= end:
        raise CommandError("--to must be later than --from.", Exit.USAGE)
    if as_json and not no_board:
        raise CommandError("--json is for --no-board.", Exit.USAGE)
    stretch = Stretch(start, end, speed)
    if no_board:
        as_lines(spec, stretch, as_json=as_json)
    else:
        on_the_board(spec, settings, stretch)


def _say_json(output: Output) -> None:
    sys.stdout.write(safe_json(line.write(output).decode()) + "\n")


def _say_readable(output: Output) -> None:
    sys.stdout.write(readable(output) + "\n")


def _print_table(summary: Summary) -> None:
    table = Table("summary", "count")
    for name, count in asdict(summary).items():
        if name != "alerts":
            table.add_row(name, str(count))
    for kind, count in summary.alerts.items():
        table.add_row(f"alerts: {kind}", str(count))
    print_table(table)
