"""Judges what stands: now and then, and at the end of a run, when everything has come to rest."""

from tests.simulation import agreement
from tests.simulation.bench import Bench
from tests.simulation.ticketing import State, require_same
from tests.simulation.verdict import require

from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic
from tocsin.streams.core.port import Source

ALIVE = "nothing stands still for good"
VISIBLE = "what is committed can be read"
STATE = "the state is that of one uninterrupted fold"
RESTORED = "a restored shard goes on like one that never stopped"

_ALL = 1_000_000_000
_HOUR = 3_600_000
_REPEATS = 20


def look(bench: Bench) -> None:
    """Let the second oracle judge what stands just now. Raise `Violation` for what is wrong."""
    for source in bench.inboxes:
        if bench.ticketing[source].whole and bench.watch.positions[source]:
            bench.judged["looks"] += 1
            bench.ticketing[source].hearing.judge(bench.ticketing[source].state)
            bench.judged["unjudged"] += agreement.judge(bench, source)["unjudged"]


def judge(bench: Bench) -> None:
    """Raise `Violation` for what is wrong."""
    for source, position in bench.watch.positions.items():
        committed = bench.broker.committed.get(source, position)  # they may have expired
        done = bench.broker.partitions[source].is_done(position)
        require(done and committed == position, ALIVE, source, position, committed)
    for source in bench.inboxes:
        _judge_alerts(bench, source)
        _judge_state(bench, source)
        bench.ticketing[source].hearing.judge(bench.ticketing[source].state)
        bench.judged["swallowed"] += len(bench.ticketing[source].hearing.swallowed)
        bench.judged += agreement.judge(bench, source)


def _judge_alerts(bench: Bench, source: Source) -> None:
    """Whoever reads the topic finds what was committed, in that order."""
    records, _ = bench.broker.partitions[Source(Topic.ALERTS, source.partition)].read(0, _ALL)
    require([record.value for record in records] == bench.ticketing[source].alerts, VISIBLE, source)


def _judge_state(bench: Bench, source: Source) -> None:
    right = {key: value for key, value in bench.ticketing[source].state.items() if value is not None}
    stored = _stored(bench, source)
    for key in right.keys() | stored.keys():
        require(right.get(key) == stored.get(key), STATE, key, "is", stored.get(key), "and not", right.get(key))
    reference, restored = bench.ticketing[source].reference, _restored(bench, source)
    further = _further(bench, source, reference)
    expected, found = (
        [output for chunk in shard.fold(further) for output in chunk.outputs] for shard in (reference, restored)
    )
    require_same(expected, found, RESTORED)


def _stored(bench: Bench, source: Source) -> State:
    stored: State = {}
    for topic in (Topic.TICKETS, Topic.TENANTS):
        records, _ = bench.broker.partitions[Source(topic, source.partition)].read(0, _ALL)
        stored |= {(topic, record.key): record.value for record in records}
    return {key: value for key, value in stored.items() if value is not None}


def _restored(bench: Bench, source: Source) -> Shard:
    shard = Shard(source.partition, bench.setting.window)
    for (topic, key), value in _stored(bench, source).items():
        shard.load(topic, key or b"", value)
    start = shard.deduplication_start
    if start is not None:
        for record in bench.broker.partitions[source].read(start, _ALL)[0]:
            shard.remember(record)
    return shard


def _further(bench: Bench, source: Source, reference: Shard) -> list[Record]:
    """What could come next: time passes, and the last inputs come once more."""
    offset, stamp = bench.watch.positions[source], reference.clock
    last = [record for record in bench.broker.partitions[source].read(0, _ALL)[0] if record.key][-_REPEATS:]
    tick = Record(source.topic, source.partition, offset, stamp + _HOUR, None, inbox.TICK)
    again = [
        record._replace(offset=offset + number, timestamp=stamp + _HOUR) for number, record in enumerate(last, start=1)
    ]
    return [tick, *again]
