"""Keeps the state of a cluster as it stands on its topics, at one offset of the inbox."""

import time
from pathlib import Path

from tocsin.engine.snapshot import decode_partition
from tocsin.messages.record import Topic
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec, opened_source
from tocsin.verify.checkpoint import CheckpointError, Kept, write_state

_PASSES_MAX = 60
_PAUSE_SECONDS = 0.2


def keep_state(spec: Spec, folder: Path) -> dict[int, Kept]:
    """Write the state of every partition. Raises `CheckpointError` where it does not stand still for a moment."""
    with opened_source(spec) as source:
        found = {each: _keep(source, folder, each) for each in source.partitions(Topic.TENANTS)}
    return {partition: kept for partition, kept in found.items() if kept is not None}


def _keep(source: RecordSource, folder: Path, partition: int) -> Kept | None:
    still = _Still(source, partition)
    for number in range(_PASSES_MAX):
        if still.read():
            break
        if number:
            time.sleep(_PAUSE_SECONDS)
    else:
        raise CheckpointError(
            f"The state of partition {partition} does not stand still: workers apply what comes. Stop them for a "
            "moment."
        )
    value = still.state.get((Topic.TENANTS, b"partition/%d" % partition))
    if value is None:
        return None
    state = decode_partition(value)
    return Kept(
        position=state.position or 0,
        rules=state.rules,
        journal=still.ends[Topic.TICKET_EVENTS],
        alerts=still.ends[Topic.ALERTS],
        records=len(still.state),
        sha256=write_state(folder, partition, still.state),
    )


class _Still:
    """Reads both topics of the state until nothing comes: then they, journal and alerts are of one moment.

    Each chunk writes to `soc.tenants`, and it appears on one topic after the other.
    """

    def __init__(self, source: RecordSource, partition: int) -> None:
        self.state: dict[tuple[Topic, bytes], bytes] = {}
        self.ends: dict[Topic, int] = {}
        self._source, self._partition = source, partition
        self._next = dict.fromkeys((Topic.TICKETS, Topic.TENANTS), 0)
        self._quiet = 0

    def read(self) -> bool:
        """Read what is new; returns whether nothing was, twice in a row."""
        before = dict(self.ends)
        self.ends = {t: self._source.extent(t, self._partition).end for t in (Topic.TICKET_EVENTS, Topic.ALERTS)}
        new = sum(map(self._read, self._next))
        self._quiet = self._quiet + 1 if not new and self.ends == before else 0
        return self._quiet > 1

    def _read(self, topic: Topic) -> int:
        count = 0
        for record in self._source.records(topic, self._partition, self._next[topic]):
            place = topic, record.key or b""
            self.state.pop(place, None)
            if record.value is not None:
                self.state[place] = record.value
            count, self._next[topic] = count + 1, record.offset + 1
        return count
