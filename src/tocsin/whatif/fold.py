"""Folds a log twice: that of a cluster or an export, or a file as `tocsin replay file` takes it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tocsin.engine.rules import FIRST_RULES, OtherRules
from tocsin.engine.shard_state import NoContract
from tocsin.messages.known_tenants import Tenants
from tocsin.messages.record import Output, Record, Topic
from tocsin.recording.files import opened_lines
from tocsin.recording.reading import RecordSource
from tocsin.replay import file
from tocsin.replay.fold import MakeFolding, Unreplayable

_BATCH = 1_000


def fold_log(source: RecordSource, make: MakeFolding) -> None:
    """Fold each partition of the inbox, one after the other. Raises `Unreplayable`."""
    for partition in source.partitions(Topic.INBOX):
        folding = make(partition, FIRST_RULES)
        try:
            for batch in _batches(source.records(Topic.INBOX, partition)):
                for _ in folding.fold(batch):
                    pass
        except (NoContract, OtherRules, ValueError) as error:
            raise Unreplayable(str(error)) from error


def fold_file(path: Path, tenants: Tenants, make: MakeFolding) -> None:
    """Fold a file of recorded lines: of the inbox, or inputs, which `tenants` are found for.

    Raises `MalformedLine`, or `Unreplayable`.
    """
    with opened_lines(path) as stream:
        file.replay(stream, tenants, None, _nothing, make)


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    remaining = iter(records)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _nothing(_: Output) -> None:
    """Neither fold puts anything out here."""
