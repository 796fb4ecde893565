"""`make simulate`: seeded SOC days over all cores, a failing seed made short, and the hunt for planted bugs."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from tests.simulation import hunt, seeds, telling
from tests.simulation.bugs import BUGS
from tests.simulation.campaign import judged, outcomes
from tests.simulation.history import History
from tests.simulation.plan import plan
from tests.simulation.planting import planted
from tests.simulation.run import Outcome, run
from tests.simulation.shrink import Shrinking
from tests.simulation.telling import Totals

_SEEDS = "1-200"
_FAILING_MAX = 3  # so many are made short; one is mostly enough to see what is wrong
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
_NOTES = Console(stderr=True)


def _seeds(_context: click.Context, _parameter: click.Parameter, text: str) -> list[int]:
    try:
        return seeds.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--seeds",
    "chosen",
    default=_SEEDS,
    show_default=True,
    callback=_seeds,
    help="Which runs: 17, 1-200, or 3,9,100-120. Each seed is one run of one to sixty days.",
)
@click.option("--history", is_flag=True, help="Tell each run in full, with what its workers have logged.")
@click.option(
    "--shrink",
    "shrink_seconds",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="Seconds that may be spent on making a failing run short; 0 leaves it as it is.",
)
@click.option("--bug", type=click.Choice(sorted(BUGS)), metavar="NAME", help="Plant this bug first, to see it found.")
@click.option("--bugs", "all_bugs", is_flag=True, help="Look for every planted bug from seed 1 on; write RESULTS.md.")
@click.option(
    "--results",
    type=click.Path(dir_okay=False, path_type=Path),
    default=hunt.RESULTS,
    help="Where --bugs writes to instead.",
)
def main(chosen: list[int], bug: str | None, shrink_seconds: float, results: Path, **flags: bool) -> None:
    """Simulate days of a security operations centre, each run wholly given by its seed.

    Workers die, hang and come back, brokers and networks fail, clocks are set, and every transaction is judged as it
    is committed. If an invariant does not hold the failing run is made short: what it takes to see it is listed in the
    order of time, with the command that does it all again.

    \b
    Examples:
      make simulate                               # seeds 1 to 200
      make simulate SEEDS=1-2000
      make simulate SEEDS=17 ARGS='--history'     # one run, told in full
      make simulate ARGS='--bug stale-batch-applied'
      make simulate ARGS='--bugs'                 # is every planted bug found?

    \b
    Exit status: 0 every invariant holds, 1 one does not (with --bugs: a bug was not found), 2 wrong use.
    `make` itself says 2 for anything but 0.
    """
    if flags["all_bugs"]:
        sys.exit(_hunt(results))
    if flags["history"]:
        sys.exit(max(_tell(seed, bug) for seed in chosen))
    failed = _simulate(chosen, bug)
    for outcome in failed[:_FAILING_MAX]:
        _explain(outcome, bug, shrink_seconds)
    sys.exit(1 if failed else 0)


def _simulate(chosen: list[int], bug: str | None) -> list[Outcome]:
    """Carry all runs out and print the table; those that have failed, by seed."""
    totals, failed, began = Totals(), [], time.monotonic()
    with _progress("Simulating", len(chosen)) as progress:
        for outcome in outcomes(chosen, bug) if len(chosen) > 1 else [judged(chosen[0], bug)]:
            progress.advance(progress.task_ids[0])
            totals.add(outcome)
            if outcome.violation:
                failed.append(outcome)
                progress.console.print(telling.finding(outcome), markup=False, highlight=False, soft_wrap=True)
    Console().print(totals.table(time.monotonic() - began))
    click.echo(f"Violated by {len(failed)} of {len(chosen)} seeds." if failed else "Every invariant holds.")
    return sorted(failed, key=lambda outcome: outcome.seed)


def _progress(what: str, total: int) -> Progress:
    progress = Progress(*_COLUMNS, console=_NOTES, transient=True, disable=not _NOTES.is_terminal)
    progress.add_task(what, total=total)
    return progress


def _explain(outcome: Outcome, bug: str | None, seconds: float) -> None:
    """Make the run of a failing seed short, and tell what remains."""
    violation = outcome.violation
    if violation is None:
        return
    whole = plan(outcome.seed)
    click.echo(f"\n{telling.finding(outcome)}\n\nIts plan: {telling.plan_told(whole)}.")
    with planted(BUGS[bug] if bug else None), _NOTES.status(f"Making seed {outcome.seed} short ..."):
        shrinking = Shrinking(violation.invariant, seconds)
        short = shrinking.shortened(whole, outcome.ended_at)
        again = run(short, told := History())
    click.echo(f"What remains after {shrinking.tries} tries: {telling.plan_told(short)}.\n")
    _print(telling.story(told, short, details=False))
    if again.violation:
        click.echo(f"\n{telling.finding(again)}")
    replay = telling.replay(outcome.seed, bug)
    click.echo(f"\nReplay it:         {replay}\nIn full, unshrunk: {telling.replay_in_full(outcome.seed, bug)}")


def _tell(seed: int, bug: str | None) -> int:
    """Tell the whole run of `seed`; whether it failed."""
    whole = plan(seed)
    click.echo(f"Seed {seed}: {telling.plan_told(whole)}.")
    with planted(BUGS[bug] if bug else None):
        outcome = run(whole, told := History())
    _print(telling.story(told, whole, details=True))
    click.echo(telling.finding(outcome))
    return 1 if outcome.violation else 0


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _hunt(results: Path) -> int:
    """Look for every planted bug, and write down when it was found."""
    found = []
    with _progress("Looking for bugs", len(BUGS)) as progress:
        for catch in hunt.everywhere():
            progress.advance(progress.task_ids[0])
            progress.console.print(catch.told(), markup=False, highlight=False, soft_wrap=True)
            found.append(catch)
    hunt.write(results, found, sys.argv[1:])
    click.echo(f"Written: {results}")
    return 0 if all(catch.seed for catch in found) else 1


if __name__ == "__main__":
    main(prog_name="make simulate")
