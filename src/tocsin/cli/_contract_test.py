"""`tocsin contract test`: runs the scenarios that stand beside a contract."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from tocsin.cli._contracts import contract_options, library_of, refusal
from tocsin.cli._exit import CommandError, Exit
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary, shipped_overlay_file, shipped_overlays
from tocsin.render.scenarios import document, lines
from tocsin.render.text import safe, safe_json
from tocsin.scenarios.file import ScenarioFile, Verdict, scenarios_beside
from tocsin.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("test")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--scenarios", type=_FILE, help="The file of the scenarios.  [default: FILE's name and .scenarios.yaml]")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each scenario.")
@contract_options("contracts")
def test(files: tuple[Path, ...], scenarios: Path | None, settings: Settings, *, as_json: bool) -> None:
    """Run the scenarios beside each contract or overlay FILE, and say what is not as they expect.

    The scenarios of mine.yaml stand in mine.scenarios.yaml. They need no broker: the inputs go through the real intake
    and the real fold, within milliseconds. The name of an overlay that comes with Tocsin may stand for its file.

    \b
      - scenario: an urgent detection that nobody answers is late after 15 minutes
        clause: "2.1"
        tenant: {timezone: Europe/Berlin}
        inputs:
          - {at: "2026-03-02T18:00+01:00", detection: critical}
          - {at: "2026-03-02T18:20+01:00", respond: Ada}
        expected:
          - {at: "2026-03-02T18:15+01:00", alert: breached, rule: response, clause: "2.1"}
        and_no_other: [breached]
        deadlines: {response: "2026-03-02T18:15+01:00"}

    `tocsin contract new` writes a pair of files to begin with. Exit status: 0, 1 if something is not as expected, 2 if
    a file is wrong.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    if scenarios and len(files) > 1:
        raise click.UsageError("--scenarios goes with one FILE; beside several stand their own.")
    library = library_of(settings)
    run, failed = 0, 0
    try:
        for file in map(_file, files):
            for tested in _tested(file, scenarios or scenarios_beside(file), library):
                run, failed = run + 1, failed + (not tested.passed)
                shown = [json.dumps(document(tested))] if as_json else lines(tested)
                for line in shown:
                    click.echo(safe_json(line) if as_json else safe(line))
    except ContractError as error:
        raise refusal(error) from None
    if failed:
        raise CommandError(f"{failed} of {run} scenarios {'is' if failed == 1 else 'are'} not as expected.")
    if not as_json:
        click.echo(f"{run} scenarios, all as expected.", err=True)


def _file(given: Path) -> Path:
    """The file that is meant: one that exists, or that of a shipped overlay by its name."""
    return shipped_overlay_file(str(given)) if not given.exists() and str(given) in shipped_overlays() else given


def _tested(file: Path, scenarios: Path, library: ContractLibrary) -> Iterator[Verdict]:
    if not scenarios.exists() and file.exists():
        raise CommandError(f"{file} has no scenarios; write them to {scenarios.name}, or name a file.", Exit.USAGE)
    having, name = library.with_file(file)
    return ScenarioFile(scenarios).test(having, name)
