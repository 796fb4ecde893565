"""`tocsin audit ocsf`: the journal for a SIEM."""

from importlib.metadata import version

import click

from tocsin.audit.chain import NotOfTheJournal
from tocsin.audit.ocsf import OcsfJournal, canonical
from tocsin.cli._exit import CommandError
from tocsin.cli._kafka import run
from tocsin.cli._logged import partition_of, watched
from tocsin.cli._operation import operation_options
from tocsin.cli._source import source_argument
from tocsin.client.operations import record_operation
from tocsin.domain.commands.operation import RecordOperation
from tocsin.messages.record import Topic
from tocsin.recording.source import Spec, opened_source
from tocsin.render.text import safe_json
from tocsin.settings import Settings


@click.command("ocsf")
@operation_options
@source_argument()
def ocsf(*, spec: Spec, settings: Settings, reason: str, operator: str) -> None:
    """Print the journal as events of OCSF 1.9 with the profile record_integrity, one a line.

    Each event has a fingerprint of its canonical JSON and that of the event before it in its partition, so that whoever
    keeps them notices one that was changed or left out. What tells of persons is not in them. That they were printed is
    recorded in the log, unless they are those of FILE.

    \b
    Example:
      tocsin audit ocsf --reason 'evidence for the SIEM' > journal.ocsf.jsonl
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    if isinstance(spec, Settings):
        done = RecordOperation(operation="audit.ocsf", about=Topic.TICKET_EVENTS, reason=reason, operator=operator)
        run(record_operation(spec, done))
    with opened_source(spec) as source:
        for number in source.partitions(Topic.TICKET_EVENTS):
            journal = OcsfJournal(version("tocsin"))
            for record in watched(source, partition_of(source, Topic.TICKET_EVENTS, number), 0):
                try:
                    click.echo(safe_json(canonical(journal.event(record)).decode()))
                except (NotOfTheJournal, KeyError, TypeError, ValueError) as error:
                    place = f"{record.topic}/{record.partition}, offset {record.offset}"
                    raise CommandError(f"{place}: no event of the journal ({error})") from error
