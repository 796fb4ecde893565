"""`tocsin history`: records histories from short scripts."""

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from tocsin.audit.journal import read_event
from tocsin.audit.support_log import SupportLog
from tocsin.cli._exit import CommandError, Exit
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.report.histories import EXPECTED
from tocsin.domain import instant
from tocsin.messages.record import Output, Topic
from tocsin.render.history import timeline
from tocsin.render.text import safe
from tocsin.replay import file as replay_file
from tocsin.replay.file import MalformedLine
from tocsin.replay.fold import Unreplayable
from tocsin.replay.history import expected_file, input_files, unlike
from tocsin.replay.script import Script, ScriptError, parse
from tocsin.replay.script_alerts import with_alerts_named
from tocsin.settings import Settings
from tocsin.tenants.directory import TenantDirectory

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("history")
def command() -> None:
    """Record histories: inputs with their expected outputs, which the tests replay."""


@command.command("record")
@click.argument("script", type=_FILE)
@click.option("--into", type=_FOLDER, help="Folder for the files.  [default: the script's own]")
@click.option("--force", is_flag=True, help="Overwrite a history that is there.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is not what would be written.")
def record(script: Path, into: Path | None, *, force: bool, check: bool) -> None:
    """Write the history that SCRIPT tells: NAME.jsonl, NAME.expected.json and, if need be, NAME.tenants.toml.

    The outputs are printed as a timeline: compare it with the contract's document before you commit the history. The
    expected outputs are those of the replay. Better, announce every alert in the script, as the document has it: the
    history is written only if exactly these alerts come.

    \b
      contract: esentire
      promise: A missed call that is not returned in 20 minutes alerts the shift lead.
      clause: Telephone Support
      shows: standard.objectives.callback
      tenant: acme
      date: 2026-03-02
      defaults: call.placed from=+18445525837 purpose=callback analyst=Ada
    \b
      09:00 call.missed from=+14165550100 to=+18445525837 as=c1
      09:20 ! callback_overdue
      09:20 ! escalated role="shift lead"
      09:25 ! cleared
      +25m  call.placed to=+14165550100 outcome=reached returns=c1

    A line is a time, a type (here tocsin.call.missed), and the members of its data as `tocsin schemas` names them.
    `as` names the input; `at` is the time at which it happened, if it is recorded later; `!` announces an alert, a list
    of its members with commas. A receipt names its alert: alert=!2 is the second one, alert=! the last `escalated`.

    Further parts of the header: plan, timezone, note, until, events (the types of events that are expected; all by
    default), support_log (yes: it is expected too), and tenants (a tenants file, every line indented).

    Exit status: 0, 1 if other alerts came or a file would be overwritten, 2 if the script is wrong.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    told, outputs = _replayed(script)
    for line in timeline(told.lines, outputs):
        click.echo(line)
    if differences := unlike(told, outputs):
        raise CommandError("\n".join(["The alerts are not as announced.", *map(safe, differences)]))
    log = _support_log(outputs) if "support_log" in told.header else []
    files = input_files(told) | {EXPECTED: expected_file(told, outputs, log)}
    folder = into or script.parent
    _finish({folder / f"{script.stem}{ending}": text for ending, text in files.items()}, force=force, check=check)


def _replayed(path: Path) -> tuple[Script, list[Output]]:
    """The script in `path`, and its outputs. Raises `CommandError` if it is wrong."""
    try:
        script = with_alerts_named(parse(path.read_text(encoding="utf-8")), _alerts)
        return script, _outputs(script)
    except (UnicodeDecodeError, ScriptError, ContractError, MalformedLine, Unreplayable) as error:
        raise CommandError("\n".join(safe(line) for line in str(error).splitlines()), Exit.USAGE) from None


def _alerts(script: Script, until: str) -> list[dict[str, Any]]:
    said = _outputs(script, until)
    return [json.loads(output.value or b"") for output in said if output.topic is Topic.ALERTS]


def _outputs(script: Script, ends: str | None = None) -> list[Output]:
    """The outputs of the script, replayed from files as every history is; until `ends`, where that is given."""
    outputs: list[Output] = []
    contract = script.options.get("contract", Settings.model_fields["default_contract"].default)
    last = ends or script.options.get("until")
    until = instant.parse(last) if last else None
    with tempfile.TemporaryDirectory() as name:
        for ending, text in input_files(script).items():
            Path(name, f"history{ending}").write_text(text, encoding="utf-8")
        tenants = Path(name, "history.tenants.toml") if script.tenants else None
        directory = TenantDirectory.from_file(tenants, ContractLibrary.load(None), contract)
        with Path(name, "history.jsonl").open("rb") as stream:
            replay_file.replay(stream, directory, until, outputs.append)
    return outputs


def _support_log(outputs: list[Output]) -> list[dict[str, Any]]:
    library = ContractLibrary.load(None)

    def fields_of(_tenant: str, contract: str, plan: str) -> tuple[str, ...]:
        rule = library.get(contract).plans[plan].support_log
        return rule.fields if rule else ()

    log = SupportLog(fields_of)
    for output in outputs:
        if output.topic is Topic.TICKET_EVENTS:
            log.take(read_event(output.value))
    return [entry.document() for entry in log.entries]


def _finish(files: dict[Path, str], *, force: bool, check: bool) -> None:
    stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if check:
        if stale:
            raise CommandError(f"not current: {_names(stale)}")
        click.echo(f"{len(files)} files are current", err=True)
        return
    there = [path for path in stale if path.exists()]
    if there and not force:
        raise CommandError(f"There is already {_names(there)}; --force overwrites.")
    for path in stale:
        path.write_text(files[path], encoding="utf-8")
    click.echo(f"{len(stale)} of {len(files)} files written", err=True)


def _names(paths: list[Path]) -> str:
    return ", ".join(map(str, paths))
