"""`tocsin repartition`: the same log on another number of partitions, from an export to an export."""

from pathlib import Path

import click
import msgspec

from tocsin.cli._kafka import in_a_sentence
from tocsin.cli._settings import settings_options
from tocsin.messages.record import Topic
from tocsin.recording.exporting import held
from tocsin.recording.importing import complete
from tocsin.recording.manifest import MANIFEST, RecordingError
from tocsin.recording.outcome import Outcome
from tocsin.recording.refolding import TOLD, Work
from tocsin.recording.repartition import repartition
from tocsin.render.progress import progress
from tocsin.settings import Settings


@click.command("repartition")
@click.argument("old", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("new", metavar="NEW", type=click.Path(file_okay=False, path_type=Path))
@click.option("--partitions", type=click.IntRange(min=1, max=10_000), required=True, help="How many there shall be.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for machines.")
@settings_options("deduplication_window")
def command(*, old: Path, new: Path, partitions: int, as_json: bool, settings: Settings) -> None:
    """Make of the export in DIR another one in NEW, whose workers' topics have that many PARTITIONS.

    No cluster is asked. The inbox is laid out anew, with its stamps; journal, alerts and state are folded from it, and
    must tell of every tenant what they told before: events, alerts and numbers of tickets are the same, offsets and
    hashes are new. What was deleted by age cannot be compared, and is said. Topics of inputs stay as they are. Keep
    DIR: proofs and signed heads are about that log.

    \b
    Example:
      tocsin export /backup/soc --reason "more partitions"    # the workers stopped, notify with nothing left to send
      tocsin repartition /backup/soc /backup/soc-12 --partitions 12
      tocsin import /backup/soc-12 --topic-prefix soc12. --app-id soc12 --reason "more partitions"

    Exit status: 0; 2 when DIR cannot be laid out anew, or would tell something else: the sentence says why.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    with in_a_sentence(), held(new):
        manifest = complete(old)
        if any(new.iterdir()):
            raise RecordingError(f"{new} is not empty: name another folder")
        work = Work(old, manifest, new, partitions, settings.deduplication_window)
        with progress("repartition", sum(map(manifest.records, (Topic.INBOX, *TOLD)))) as advance:
            outcome = repartition(work, advance)
    _say(work, outcome, as_json=as_json)


def _say(work: Work, outcome: Outcome, *, as_json: bool) -> None:
    same = {topic: _count(outcome, topic) if work.compares(topic) else None for topic in TOLD}
    later = outcome.more[Topic.ALERTS]
    if as_json:
        counts = {"events": same[Topic.TICKET_EVENTS], "alerts": same[Topic.ALERTS], "later": later}
        click.echo(msgspec.json.encode({"partitions": work.partitions, **counts}))
        return
    old = len(work.manifest.topics[Topic.INBOX].partitions)
    click.echo(f"{old} partitions became {work.partitions}.")
    for topic, count in same.items():
        how = "not compared, since the first ones were deleted by age" if count is None else f"{count} are the same"
        click.echo(f"{topic}: {how}.")
    if later:
        click.echo(f"{later} alerts are younger than the clock that their partition had: they have not been sent yet.")
    click.echo(f"{work.new / MANIFEST} is written; `tocsin import {work.new}` makes a cluster of it.")


def _count(outcome: Outcome, topic: Topic) -> int:
    return sum(count for (of, _), count in outcome.counts.items() if of is topic)
