"""`tocsin dead-letters redrive`: publishes dead letters again."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import click
from rich.table import Table

from tocsin.cli._dead_letters import PLACE, filter_options
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._operation import operator_option
from tocsin.cli._settings import settings_options
from tocsin.client import redriving
from tocsin.client.operations import record_operation
from tocsin.client.redriving import Became, Candidate, Outcome
from tocsin.domain.commands.operation import RecordOperation
from tocsin.messages.refused import Place, Wanted
from tocsin.render.progress import progress
from tocsin.render.table import cell, print_table
from tocsin.render.text import safe_json
from tocsin.settings import Settings

_ABOUT_PLACES_MAX = 10
_ROWS_MAX = 200
_GOOD = (Became.ACCEPTED, Became.TAKEN_IN, Became.TO_SEND)


_HELP = """Publish dead letters again on the topics where they stood, and tell what became of each.

Bytes, key and headers are the original ones. Doing it twice changes nothing, also months later: an input that was
accepted is known by where it first stood. One without a time of its own counts as of when it was refused first, and
is marked. Of an input that was refused several times the last attempt counts.

They go in steps. Where nothing of a step is accepted the command stops: the cause is not mended yet.

\b
Examples:
  tocsin dead-letters redrive --reason no_tenant --dry-run
  tocsin dead-letters redrive --reason no_tenant --reason-why "acme's PBX is in the tenants file now"
  tocsin dead-letters show 0/17 --raw > call.json     (then edit call.json)
  tocsin dead-letters redrive 0/17 --value call.json --reason-why "the number was misspelt"

Exit status: 0 when all are in the log now, 1 when one was refused again or cannot be published, 3 when there was no
answer in time (it may still come), 69 when the broker cannot be reached, 77 when it does not permit it.
"""


@click.command("redrive", help=_HELP)
@click.argument("places", nargs=-1, type=PLACE, metavar="[PLACE]...")
@settings_options()
@filter_options
@click.option("--all", "everything", is_flag=True, help="All that were never accepted.")
@click.option(
    "--value",
    "value_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Publish the bytes of this file in place of the one PLACE's: a new input that names the old one.",
)
@click.option("--reason-why", "why", help="Why; it is recorded in the log. Needed without --dry-run.")
@operator_option
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0.1),
    default=30.0,
    show_default=True,
    help="Seconds to wait for an answer.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be published.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def redrive(  # noqa: PLR0913 - the options, by name
    *,
    places: tuple[Place, ...],
    settings: Settings,
    wanted: Wanted,
    value_file: Path | None,
    why: str | None,
    operator: str,
    seconds: float,
    everything: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Publish dead letters again, as `_HELP` says."""
    _require(
        meant=bool(places) or everything or wanted != Wanted(),
        told_why=bool(why) or dry_run,
        one=value_file is None or len(places) == 1,
    )
    value = None if value_file is None else value_file.read_bytes()
    chosen = run(redriving.candidates(settings, wanted._replace(places=places), value))
    if missing := set(places) - {(each.partition, each.offset) for each in chosen}:
        raise CommandError(f"There is no dead letter {', '.join(f'{p}/{o}' for p, o in sorted(missing))}.")
    outcomes = [each.before or Outcome(each.place, each.root, Became.TO_SEND) for each in chosen]
    if not dry_run and any(each.before is None for each in chosen):
        operation = RecordOperation(
            operation="dead-letters redrive", about=_about(chosen), reason=why or "", operator=operator
        )
        sent = run(_redrive(settings, chosen, operation, seconds, value))
        outcomes = [sent.get(outcome.place, outcome) for outcome in outcomes]
    _print(outcomes, as_json=as_json)
    _finish(outcomes, dry_run=dry_run)


def _require(*, meant: bool, told_why: bool, one: bool) -> None:
    """Raise `UsageError` where it is not said what is meant, or why."""
    if not meant:
        raise click.UsageError("Name PLACES, or say which: --reason, --topic, --tenant, --from, --until, or --all.")
    if not told_why:
        raise click.UsageError("Say why: --reason-why is recorded in the log. --dry-run only tells what would be done.")
    if not one:
        raise click.UsageError("--value goes with exactly one PLACE.")


def _about(chosen: Sequence[Candidate]) -> str:
    to_send = [each.place for each in chosen if each.before is None]
    more = ", ..." if len(to_send) > _ABOUT_PLACES_MAX else ""
    return f"{len(to_send)} dead letters: {', '.join(to_send[:_ABOUT_PLACES_MAX])}{more}"


async def _redrive(
    settings: Settings, chosen: Sequence[Candidate], operation: RecordOperation, seconds: float, value: bytes | None
) -> dict[str, Outcome]:
    """What became of each that was published, by its place."""
    await record_operation(settings, operation)
    found: dict[str, Outcome] = {}
    total = sum(each.before is None for each in chosen)
    with progress("Publishing again", total, "inputs") as advance:
        outcomes: AsyncIterator[Outcome] = redriving.redrive(settings, chosen, seconds, value)
        async for outcome in outcomes:
            found[outcome.place] = outcome
            advance(1)
    return found


def _print(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    if as_json:
        for outcome in outcomes:
            click.echo(safe_json(json.dumps(outcome._asdict())))
        return
    table = Table("place", "first stood at", "now", "where, or why not")
    for outcome in sorted(outcomes, key=lambda each: each.became in _GOOD)[:_ROWS_MAX]:
        table.add_row(*map(cell, outcome))
    if outcomes:
        print_table(table)


def _finish(outcomes: Sequence[Outcome], *, dry_run: bool) -> None:
    counts = Counter(outcome.became for outcome in outcomes)
    said = ", ".join(f"{counts[became]} {became}" for became in Became if counts[became]) or "none fits"
    stopped = " It stopped, since nothing of a step was accepted." if counts[Became.TO_SEND] and not dry_run else ""
    if counts[Became.REFUSED] or counts[Became.IMPOSSIBLE]:
        raise CommandError(f"Dead letters: {said}.{stopped}")
    if counts[Became.UNANSWERED]:
        raise CommandError(f"Dead letters: {said}.{stopped}", Exit.NO_ANSWER)
    click.echo(f"Dead letters: {said}.", err=True)
