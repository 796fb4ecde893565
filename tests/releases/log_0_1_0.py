"""The log of release 0.1.0, what stood on the topics of the state while it was written, and a shard restored from that.

`0.1.0/inbox.jsonl.xz` is a log of 104 partitions: one for each history that the release was tested with, and six of
random steps. `0.1.0/state.jsonl.xz` holds what the release had written of the state after two thirds of each
partition (`after` records), and at its end; releases 0.1.0 and 0.2.0 write the same bytes. `0.1.0/told.txt.xz` holds
the beginnings of the ids of all alerts up to there, escalations apart. The wheel beside them is the release itself.
"""

import json
import lzma
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from tocsin.engine.rules import FIRST_RULES
from tocsin.engine.shard import Shard
from tocsin.messages.record import Record, Topic

FOLDER = Path(__file__).parent / "0.1.0"
BATCH = 7
ID_BEGINS = 8
"""Characters of an alert's id in `told.txt.xz`."""


class Stop(NamedTuple):
    """A place in a partition of the log at which a release had stopped: `after` so many records."""

    partition: int
    after: int


StateLine = dict[str, Any]


def _lines(name: str) -> Iterator[str]:
    with lzma.open(FOLDER / name, "rt", encoding="utf-8") as lines:
        yield from lines


def records() -> Iterator[Record]:
    """The records of the log, partition by partition."""
    for it in map(json.loads, _lines("inbox.jsonl.xz")):
        key = None if it["key"] is None else it["key"].encode()
        yield Record(Topic.INBOX, it["partition"], it["offset"], it["timestamp"], key, it["value"].encode())


@cache
def log() -> dict[int, list[Record]]:
    """The records of each partition."""
    return {partition: list(each) for partition, each in groupby(records(), key=lambda record: record.partition)}


@cache
def states() -> dict[Stop, list[StateLine]]:
    """What stood on the topics of the state, `topic`, `key` and `value`, at each stop."""
    found: dict[Stop, list[StateLine]] = {}
    for line in map(json.loads, _lines("state.jsonl.xz")):
        found.setdefault(Stop(line["partition"], line["after"]), []).append(line)
    return found


@cache
def told(stop: Stop) -> frozenset[str]:
    """The beginnings of the ids of the alerts that the release had published up to `stop`."""
    lines = [line.split() for line in _lines("told.txt.xz")]
    return frozenset(
        begins
        for partition, after, begins in lines
        if (int(partition), int(after)) <= stop and int(partition) == stop.partition
    )


def restored(stop: Stop) -> Shard:
    """A shard as a worker of this release restores it at `stop`."""
    shard = Shard(stop.partition, rules=FIRST_RULES)
    for line in states()[stop]:
        shard.load(Topic(line["topic"]), line["key"].encode(), line["value"].encode())
    start = shard.deduplication_start
    for record in log()[stop.partition][: stop.after]:
        if start is not None and record.offset >= start:
            shard.remember(record)
    return shard
