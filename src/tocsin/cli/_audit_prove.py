"""`tocsin audit prove`: that the records of a ticket were in the log when it was signed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from tocsin.audit.kept_heads import KeptHeads
from tocsin.audit.leaf import LOGGED
from tocsin.audit.proof import PROOF_VERSION, CannotProve, Story, must_be_there, proven, stories, stretch_of
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._heads import KEY, HeadsHere, heads_options, public_keys, sentences
from tocsin.cli._kafka import run
from tocsin.cli._logged import partition_of, watched
from tocsin.cli._operation import operation_options
from tocsin.cli._source import source_argument
from tocsin.client.operations import record_operation
from tocsin.domain.commands.operation import RecordOperation
from tocsin.messages.record import Topic
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec, opened_source
from tocsin.render.text import safe, safe_json
from tocsin.settings import Settings


@click.command("prove")
@click.argument("ticket")
@click.option("--tenant", help="The tenant, if several have a ticket of that number.")
@KEY
@operation_options
@source_argument()
@heads_options()
def prove(  # noqa: PLR0913 - its options
    *,
    spec: Spec,
    settings: Settings,
    ticket: str,
    tenant: str | None,
    here: HeadsHere,
    key: Sequence[Path],
    reason: str,
    operator: str,
) -> None:
    """Print a proof that every record of TICKET (its id or number) was in the log when a head of it was signed.

    It is one JSON document: the records of its journal and the inputs that caused them, each with its place in the tree
    (RFC 6962), and the signed heads. A third party checks it without the log and without Tocsin, by the public key and
    docs/verify_proof.py. Of other tickets it discloses nothing but hashes. What stands behind the last head is counted
    as unsigned. That a proof was made is recorded in the log, unless it is made from FILE.

    \b
    Example:
      tocsin audit prove ACME-000042 --heads heads.jsonl --key heads.pem.pub --reason 'claim 7' > proof.json
      python docs/verify_proof.py proof.json heads.pem.pub

    Exit status: 0, or 1 where a record that was signed has gone or was changed.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    if not key:
        raise CommandError("Whose heads? Name the public key: --key heads.pem.pub", Exit.USAGE)
    with here.read(public_keys(key)) as kept, opened_source(spec) as source:
        if kept.faults:
            raise CommandError(f"The heads are not in order, so nothing is proven.\n{sentences(kept.faults)}")
        story = _story(source, ticket, tenant)
        document = _document(source, story, kept)
    if isinstance(spec, Settings):
        about = story.number or story.ticket
        done = RecordOperation(operation="audit.prove", about=about, reason=reason, operator=operator)
        run(record_operation(spec, done, [story.tenant]))
    click.echo(safe_json(json.dumps(document, ensure_ascii=False)))
    click.echo(f"{len(document['records'])} records proven, {document['unsigned']} not signed yet", err=True)


def _story(source: RecordSource, name: str, tenant: str | None) -> Story:
    """The one ticket of that name. Raises `CommandError`."""
    found = [
        story
        for partition in source.partitions(Topic.TICKET_EVENTS)
        for story in stories(watched(source, partition_of(source, Topic.TICKET_EVENTS, partition), 0), name)
        if tenant in (None, story.tenant)
    ]
    if not found:
        raise CommandError(f"The journal has no ticket {safe(name)}.")
    if len(found) > 1:
        tenants = ", ".join(safe(each.tenant) for each in found)
        raise CommandError(f"Several tenants have a ticket {safe(name)} ({tenants}); --tenant names one.")
    return found[0]


def _document(source: RecordSource, story: Story, kept: KeptHeads) -> dict[str, Any]:
    """The proof. Raises `CommandError`."""
    heads: list[Mapping[str, Any]] = []
    records: list[dict[str, Any]] = []
    unsigned = 0
    for topic in LOGGED:
        offsets = story.offsets(topic)
        of_partition = kept.by_partition.get((topic, story.partition))
        stretch = stretch_of(of_partition, offsets) if of_partition else None
        unsigned += len(offsets) - (len(stretch.offsets) if stretch else 0)
        if stretch is None or of_partition is None:
            continue
        try:
            partition = partition_of(source, topic, story.partition)
            must_be_there(stretch, partition.begin)
            read = watched(source, partition, stretch.start)
            records += proven(stretch, read, len(heads))
        except CannotProve as error:
            raise CommandError(f"Not proven: {error}.") from None
        line = msgspec.to_builtins(of_partition.signed(stretch.head))
        heads.append({"head": line["head"], "signature": line["signature"]})
    return {
        "type": "tocsin.proof",
        "v": PROOF_VERSION,
        "ticket": story.ticket,
        "number": story.number,
        "tenant": story.tenant,
        "unsigned": unsigned,
        "heads": heads,
        "records": records,
    }
