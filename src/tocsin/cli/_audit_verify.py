"""`tocsin audit verify`: is the journal one chain, and is the log what was signed."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from tocsin.audit.chain import Chain, Fault
from tocsin.audit.checking import Check
from tocsin.audit.journal_file import RecordPlace
from tocsin.audit.kept_heads import HeadsOfPartition, KeptHeads
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._heads import KEY, HeadsHere, heads_options, public_keys, sentences
from tocsin.cli._journal import JOURNAL_FILE, each_record
from tocsin.cli._kafka import in_a_sentence
from tocsin.cli._logged import partition_of, watched
from tocsin.cli._settings import settings_options
from tocsin.messages.record import Topic
from tocsin.recording.manifest import RecordingError
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import opened_source
from tocsin.render.audit import chain_table, check_table
from tocsin.render.table import print_table
from tocsin.render.text import safe, safe_json
from tocsin.settings import Settings


@click.command("verify")
@JOURNAL_FILE
@KEY
@click.option("--heads-only", is_flag=True, help="Check the heads alone, without the log.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@settings_options()
@heads_options(required=False)
def verify(  # noqa: PLR0913 - its options
    *,
    file: Path | None,
    settings: Settings,
    here: HeadsHere | None,
    key: Sequence[Path],
    heads_only: bool,
    as_json: bool,
) -> None:
    """Verify that nothing in the log was changed, added, moved or left out.

    Without heads: the journal alone. Every record carries the hash of the one before it in its partition. A person may
    have been forgotten (`persons` removed): the chain still holds. If FILE begins in the middle of a partition, its
    first record is taken on trust. Whoever may write the topic could write all of it anew, which only heads show.

    With --heads or --topic, and --key: inbox and journal, against the heads that `tocsin audit sign` has signed. What
    stood before the last head is as it was then, or the faults name it: by offset where the head's tags tell, else by
    the heads that it stands between. Heads that contradict each other are named as forked.

    \b
    Example:
      tocsin audit verify
      tocsin audit verify /backups/2026-11 --heads heads.jsonl --key heads.pem.pub

    Exit status: 0, or 1 if something is wrong.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    if here is None:
        _verify_chain(file, settings, as_json=as_json)
        return
    if not key:
        raise CommandError("Whose heads? Name the public key: --key heads.pem.pub", Exit.USAGE)
    with in_a_sentence(), here.read(public_keys(key)) as kept:
        if not kept.count:
            raise CommandError("There is no head yet.", Exit.USAGE)
        checks, faults = ([], []) if heads_only else _checked(kept, file, settings)
        _tell(kept, checks, as_json=as_json)
        if all_faults := [*kept.faults, *faults, *(it for check in checks for it in check.faults)]:
            raise CommandError(sentences(all_faults))


def _checked(kept: KeptHeads, file: Path | None, settings: Settings) -> tuple[list[Check], list[Fault]]:
    """Every partition against its heads; and what cannot be read of FILE."""
    checks: list[Check] = []
    try:
        with opened_source(file or settings) as source:
            for (topic, partition), heads in kept.by_partition.items():
                checks.append(_check_of(source, Topic(topic), partition, heads))
    except RecordingError as error:
        return checks, [Fault(str(file), f"cannot be read further: {error}")]
    return checks, []


def _check_of(source: RecordSource, topic: Topic, number: int, heads: HeadsOfPartition) -> Check:
    """The partition against its heads. One that is not there lacks all that was signed."""
    partition = partition_of(source, topic, number)
    check = Check(heads, lambda head: heads.signed(head).tags, partition.begin)
    for record in watched(source, partition, 0):
        check.take(record)
    check.finish()
    return check


def _tell(kept: KeptHeads, checks: Sequence[Check], *, as_json: bool) -> None:
    if as_json:
        told = {"heads": kept.count, "faults": [f"{it.place}: {it.why}" for it in kept.faults]}
        click.echo(safe_json(json.dumps(told)))
        for check in checks:
            click.echo(safe_json(json.dumps(check.document())))
        return
    click.echo(f"{kept.count} heads of {len(kept.by_partition)} partitions")
    if checks:
        print_table(check_table(checks))


def _verify_chain(file: Path | None, settings: Settings, *, as_json: bool) -> None:
    chains: dict[int, Chain] = {}

    def take(value: bytes | None, place: RecordPlace) -> None:
        chain = chains.setdefault(place.partition, Chain(from_beginning=not place.offset))
        chain.take(value, str(place))

    each_record(file, settings, take)
    for partition, chain in sorted(chains.items()):
        if as_json:
            click.echo(json.dumps({"partition": partition, **chain.document()}))
    if not as_json:
        print_table(chain_table(chains))
    broken = [chain.fault for chain in chains.values() if chain.fault]
    if broken:
        raise CommandError("; ".join(f"{safe(fault.place)} {fault.why}" for fault in broken))
