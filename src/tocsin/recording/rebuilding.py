"""The state of a partition, folded anew from its inbox, and where it differs from the one that was exported. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, takewhile
from typing import Any, NamedTuple

import msgspec

from tocsin.engine import snapshot
from tocsin.engine.rules import FIRST_RULES, OtherRules
from tocsin.engine.shard import Shard
from tocsin.engine.shard_state import NoContract
from tocsin.messages.inbox import InboxRecordUnreadable
from tocsin.messages.partitioning import MisplacedError
from tocsin.messages.record import Record, Topic

_BATCH = 1_000

State = dict[tuple[Topic, bytes], Record]
"""The last record of each key of the state topics of a partition, without tombstones."""


class NotFoldedError(Exception):
    """The inbox cannot be folded from its beginning by this release. The message says why."""


class Shape(NamedTuple):
    """A partition among so many, and how many inputs a repeat is looked for in."""

    partition: int
    partitions: int
    deduplication_window: int


def last_of_each(records: Iterable[Record]) -> State:
    """The state that `records` of the state topics leave."""
    state: State = {}
    for record in records:
        if record.key is None:
            continue
        state.pop((record.topic, record.key), None)
        if record.value is not None:
            state[record.topic, record.key] = record
    return state


def position_in(state: State, partition: int) -> int | None:
    """The inbox offset up to which `state` goes; None where it has seen nothing. Raises `SnapshotTooNew`."""
    record = state.get((Topic.TENANTS, f"partition/{partition}".encode()))
    return None if record is None or record.value is None else snapshot.decode_partition(record.value).position


def fold(shape: Shape, inbox: Iterable[Record], position: int) -> State:
    """The state behind the records of the inbox before `position`. Raises `NotFoldedError`."""
    partition, partitions, window = shape
    shard = Shard(partition, window, FIRST_RULES, partitions)
    wanted = takewhile(lambda record: record.offset < position, inbox)
    return last_of_each(_outputs(shard, wanted))


def _outputs(shard: Shard, inbox: Iterator[Record]) -> Iterator[Record]:
    try:
        while batch := list(islice(inbox, _BATCH)):
            for chunk in shard.fold(batch):
                for it in chunk.outputs:
                    if it.topic in (Topic.TICKETS, Topic.TENANTS):
                        yield Record(it.topic, shard.partition, 0, it.timestamp, it.key, it.value)
    except (OtherRules, NoContract, InboxRecordUnreadable, MisplacedError) as error:
        raise NotFoldedError(str(error)) from error


def difference(exported: State, folded: State) -> str | None:
    """A sentence about the first record, by topic and key, in which they differ; None where they are equal."""
    for place in sorted({*exported, *folded}):
        was, now = exported.get(place), folded.get(place)
        if was is None or now is None or was.value != now.value:
            topic, key = place
            where = f"{topic}, {key.decode(errors='replace')}"
            if was is None or now is None:
                return f"{where}: {'only the export has it' if now is None else 'the export lacks it'}"
            return f"{where}: {_first_field(was.value, now.value)}"
    return None


def _first_field(was: bytes | None, now: bytes | None) -> str:
    before, after = msgspec.json.decode(was or b"null"), msgspec.json.decode(now or b"null")
    path, one, other = next(_differing("", before, after), ("", before, after))
    return f"{path.lstrip('.') or 'value'} is {_short(one)} in the export, and {_short(other)} by the inbox"


def _differing(path: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in dict.fromkeys([*one, *other]):
            yield from _differing(f"{path}.{name}", one.get(name), other.get(name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from _differing(f"{path}[{number}]", a, b)
    elif one != other:
        yield path, one, other


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 100 else f"{text[:100]}..."  # noqa: PLR2004 - characters that one still reads
