"""A log with what a worker has said of it, as an export holds it, to be verified."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from driver import Driver

from tocsin.engine.rules import FIRST_RULES, RULES
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.record import Output, Record, Topic
from tocsin.replay import line

TOPICS = (Topic.INBOX, Topic.TICKET_EVENTS, Topic.ALERTS, Topic.TICKETS, Topic.TENANTS)
BATCH = 7
"""The number of records that a worker applies at a time: not that of a verification."""

Topics = dict[Topic, list[Record]]


def history() -> Driver:
    """A morning with calls, a breach, and its late correction."""
    desk = Driver("esentire", plan="example").at("09:00").missed("+1").missed("+2").mail("a@x")
    desk.at("09:10").called("+1").detection("critical").at("09:30").tick()
    desk.at("10:00").called("+2", happened="09:15").respond(ticket="ACME-000002").at("12:00").tick()
    desk.of("globex").at("12:30").missed("+3").detection("high").at("15:00").tick().of("acme").at("16:00").tick()
    return desk


def begun(records: Iterable[Record], partition: int = 0) -> list[Record]:
    """The records behind a switch, with which a log begins."""
    rest = [each._replace(offset=each.offset + 1, partition=partition) for each in records]
    start = rest[0].timestamp
    return [Record(Topic.INBOX, partition, 0, start, None, inbox.switch(RULES, first=True)), *rest]


def said_of(log: Sequence[Record], applied: int | None = None) -> Topics:
    """What stands on each topic when a worker has applied so many records; each chunk ends with a marker."""
    partition = log[0].partition
    topics: Topics = defaultdict(list, {Topic.INBOX: list(log)})
    following = Counter[Topic]()
    shard = Shard(partition, rules=FIRST_RULES)
    applied = len(log) if applied is None else applied
    for first in range(0, applied, BATCH):
        for chunk in shard.fold(log[first : min(first + BATCH, applied)]):
            for output in chunk.outputs:
                topics[output.topic].append(recorded(output, partition, following[output.topic]))
                following[output.topic] += 1
            following.update({output.topic for output in chunk.outputs})
    return {topic: topics[topic] for topic in TOPICS}


def recorded(output: Output, partition: int, offset: int) -> Record:
    return Record(output.topic, partition, offset, output.timestamp, output.key, output.value, output.headers)


def exported(folder: Path, partitions: Iterable[Mapping[Topic, Sequence[Record]]]) -> Path:
    """The folder of an export."""
    manifest: dict[str, dict[str, dict[int, dict[str, int]]]] = {}
    for topics in partitions:
        partition = topics[Topic.INBOX][0].partition
        for topic, records in topics.items():
            path = folder / topic / f"{partition}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(line.write(record) + b"\n" for record in records))
            begin, end = (records[0].offset, records[-1].offset + 1) if records else (0, 0)
            stretch = {"begin": 0 if begin < BATCH else begin, "end": end, "records": len(records)}
            manifest.setdefault(topic, {"partitions": {}})["partitions"][partition] = stretch
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "topics": manifest}))
    return folder
