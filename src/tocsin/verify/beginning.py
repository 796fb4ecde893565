"""Where a verification begins: at the beginning of the inbox, or with the state of a checkpoint."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tocsin.engine.shard import Shard
from tocsin.engine.snapshot import SnapshotTooNew
from tocsin.messages.record import Record, Topic
from tocsin.recording.reading import RecordSource
from tocsin.verify.checkpoint import CheckpointError, Kept, read_checkpoint, read_state
from tocsin.verify.folding import switch_in


class Unreadable(Exception):  # noqa: N818 - says what is the matter, and goes into the report
    """The inbox cannot be folded from there."""


def load(shard: Shard, folder: Path) -> tuple[Kept | None, dict[tuple[Topic, bytes], bytes]]:
    """Give `shard` the state of its partition in a checkpoint; what was kept, if anything. Raises `CheckpointError`."""
    kept = read_checkpoint(folder).partitions.get(shard.partition)
    state: dict[tuple[Topic, bytes], bytes] = {}
    for record in read_state(folder, shard.partition, kept) if kept else ():
        key, value = record.key or b"", record.value or b""
        try:
            shard.load(record.topic, key, value)
        except SnapshotTooNew as error:
            raise CheckpointError(str(error)) from error
        state[record.topic, key] = value
    return kept, state


def records_behind(source: RecordSource, shard: Shard, kept: Kept) -> Iterator[Record]:
    """The records behind a checkpoint, once `shard` remembers those before it of which none may be repeated.

    Raises `Unreadable`.
    """
    begin, end = source.extent(Topic.INBOX, shard.partition)
    remembered = shard.deduplication_start
    needed = kept.position if remembered is None else min(kept.position, remembered)
    if end < kept.position:
        raise Unreadable(
            f"{Topic.INBOX} ends at offset {end}, and the checkpoint has seen it up to {kept.position}: it is of "
            "another log, or the end of this one is lost."
        )
    if begin > needed:
        raise Unreadable(
            f"{Topic.INBOX} begins at offset {begin}, and the checkpoint needs it from {needed} on: go on from a later "
            "checkpoint."
        )
    records = source.records(Topic.INBOX, shard.partition, needed)
    for record in records:
        if record.offset >= kept.position:
            return chain([record], records)
        shard.remember(record)
    return iter(())


def all_records(source: RecordSource, partition: int) -> Iterator[Record]:
    """The records from the beginning of the log. Raises `Unreadable` where that is not there any more."""
    begin = source.extent(Topic.INBOX, partition).begin
    records = source.records(Topic.INBOX, partition)
    first = next(records, None)
    if first is None:
        return records
    switch = switch_in(first)
    if begin and not (switch and switch.first):
        raise Unreadable(
            f"{Topic.INBOX} begins at offset {begin}: what stood before it is not there any more. Go on from a "
            "checkpoint (--since)."
        )
    return chain([first], records)
