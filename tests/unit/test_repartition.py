"""The same log on another number of partitions tells of every tenant what it told before."""

import json
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from tocsin.cli.repartition import command
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.instant import DAY, MINUTE, SECOND, parse
from tocsin.engine.rules import RULES
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.intake import Intake
from tocsin.messages.record import Output, Record, Topic
from tocsin.recording.files import records_in
from tocsin.recording.importing import complete
from tocsin.recording.line_file import LineFile
from tocsin.recording.manifest import ExportedTopic, Manifest, file_of, write_manifest
from tocsin.recording.rebuilding import Shape, difference, fold, last_of_each
from tocsin.recording.refolding import stretch_of
from tocsin.replay import line
from tocsin.streams.kafka.topics import STATE_TOPICS, TOGETHER
from tocsin.tenants.directory import TenantDirectory

TENANTS = TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire")
NAMES = [f"client-{number}" for number in range(12)]
START = parse("2026-03-02T09:00:00Z")
OLD, INPUTS = 2, 240


def call(random: Random, number: int) -> bytes:
    kind = random.choice(["missed", "missed", "answered", "placed"])
    data: dict[str, Any] = {"call": f"c{number}", "from": "+14165550100", "to": "+18445525837"}
    if kind == "placed":
        data = {**data, "from": "+18445525837", "to": "+14165550100", "outcome": "reached", "purpose": "callback"}
        data["analyst"] = "ann"
    event = {"specversion": "1.0", "id": f"i{number}", "source": "pbx", "type": f"tocsin.call.{kind}", "data": data}
    return json.dumps(event | {"tenant": random.choice(NAMES)}).encode()


def inboxes(seed: int, *, first: bool = True) -> list[list[Record]]:
    """The inbox of each old partition: inputs of many tenants, ticks, repeats, and stamps that jump back."""
    random, intake = Random(seed), Intake(TENANTS, OLD)
    found: list[list[Record]] = [[] for _ in range(OLD)]

    def append(partition: int, stamp: int, key: bytes | None, value: bytes | None) -> None:
        records = found[partition]
        offset = records[-1].offset + random.choice([1, 1, 3]) if records else 0
        records.append(Record(Topic.INBOX, partition, offset, stamp, key, value))

    stamp = START
    for partition in range(OLD):
        append(partition, stamp, None, inbox.switch(RULES, first=first))
    for number in range(INPUTS):
        stamp += random.choice([0, SECOND, MINUTE, 11 * MINUTE])
        value = call(random, number if random.random() < 0.9 else max(0, number - 5))
        for chunk in intake.fold([Record(Topic.CALLS, 0, number, stamp, None, value)]):
            for it in chunk.outputs:
                if it.topic is Topic.INBOX:
                    back = random.choice([0, 0, 0, 20 * MINUTE])
                    append(it.partition or 0, stamp - back, it.key, it.value)
        append(random.randrange(OLD), stamp, None, inbox.TICK)
    for partition in range(OLD):
        append(partition, stamp + DAY, None, inbox.TICK)
    return found


def outputs(partition: int, records: list[Record]) -> list[Output]:
    return [it for chunk in Shard(partition, rules=1, partitions=OLD).fold(records) for it in chunk.outputs]


def exported(folder: Path, logs: list[list[Record]]) -> Path:
    """An export of the cluster that has these inboxes, and one receipt."""
    records: dict[tuple[Topic, int], list[Record]] = defaultdict(list)
    for partition, log in enumerate(logs):
        told = outputs(partition, log)
        records[Topic.INBOX, partition] = log
        for topic in (Topic.TICKET_EVENTS, Topic.ALERTS):
            records[topic, partition] = [
                Record(topic, partition, n, it.timestamp, it.key, it.value, it.headers)
                for n, it in enumerate(it for it in told if it.topic is topic)
            ]
        state = last_of_each(Record(it.topic, partition, 0, it.timestamp, it.key, it.value) for it in told)
        for topic in STATE_TOPICS:
            kept = [it for it in state.values() if it.topic is topic]
            records[topic, partition] = [it._replace(offset=n) for n, it in enumerate(kept)]
    alert = records[Topic.ALERTS, 1][3]
    records[Topic.DELIVERIES, 0] = [Record(Topic.DELIVERIES, 0, 0, START, None, receipt(alert))]
    records[Topic.DEAD_LETTERS, 0] = [Record(Topic.DEAD_LETTERS, 0, 4, START, None, b"\xff")]
    stretches: dict[str, dict[int, Any]] = defaultdict(dict)
    for (topic, partition), each in records.items():
        with LineFile(folder / topic / f"{partition}.jsonl") as file:
            for record in each:
                file.write(line.write_faithfully(record))
        stretches[topic][partition] = stretch_of(file)
    topics = {name: ExportedTopic(partitions=partitions) for name, partitions in stretches.items()}
    write_manifest(folder, Manifest(all_topics=True, at_rest=True, topics=topics))
    return folder


def receipt(alert: Record) -> bytes:
    name = json.loads(alert.value or b"")["id"]
    return json.dumps({"data": {"alert": name, "partition": alert.partition, "offset": alert.offset}}).encode()


def records_of(folder: Path, topic: Topic) -> list[Record]:
    partitions = complete(folder).topics[topic].partitions
    return [record for number in partitions for record in records_in(file_of(folder, topic, number))]


def told(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What became of each tenant, in order."""
    found = defaultdict(list)
    for record in records_of(folder, Topic.TICKET_EVENTS):
        event = json.loads(record.value or b"")
        found[event["tenant"]].append(tuple(event.get(name) for name in ("type", "at", "number", "seq", "input")))
    return found


def alerts(folder: Path) -> set[tuple[str, str]]:
    return {(it["id"], it["time"]) for it in (json.loads(r.value or b"") for r in records_of(folder, Topic.ALERTS))}


def repartitioned(old: Path, new: Path, partitions: int, *options: str) -> Result:
    arguments = [str(old), str(new), "--partitions", str(partitions), *options]
    return CliRunner().invoke(command, arguments, env={"TOCSIN_CONFIG": None})


@pytest.mark.parametrize(("seed", "partitions"), [(1, 5), (2, 1), (3, 2), (4, 12)])
def test_every_tenant_is_told_the_same_in_the_same_order(tmp_path: Path, seed: int, partitions: int) -> None:
    old, new = exported(tmp_path / "old", inboxes(seed)), tmp_path / "new"
    done = repartitioned(old, new, partitions, "--json")
    assert done.exit_code == 0, done.output
    assert {topic: len(complete(new).topics[topic].partitions) for topic in TOGETHER} == dict.fromkeys(
        TOGETHER, partitions
    )
    assert told(new) == told(old)
    assert alerts(new) == alerts(old)
    assert json.loads(done.stdout)["events"] == sum(map(len, told(old).values())) > INPUTS
    assert len(alerts(old)) > 100


def test_where_a_clock_had_not_come_as_far_as_the_others_what_it_owed_follows(tmp_path: Path) -> None:
    logs = inboxes(10)
    logs[1].pop()  # the last tick of this partition, a day later than the others
    old, new = exported(tmp_path / "old", logs), tmp_path / "new"
    done = repartitioned(old, new, 3)
    assert done.exit_code == 0, done.output
    assert "have not been sent yet" in done.output
    before, after = told(old), told(new)
    assert all(after[tenant][: len(events)] == events for tenant, events in before.items())
    assert alerts(old) < alerts(new)


def test_alerts_whose_beginning_was_deleted_by_age_are_not_said_to_be_the_same(tmp_path: Path) -> None:
    old, new = exported(tmp_path / "old", inboxes(11)), tmp_path / "new"
    path, manifest = file_of(old, Topic.ALERTS, 0), complete(old)
    kept = path.read_bytes().splitlines()[5:]
    path.unlink()
    with LineFile(path) as file:
        for each in kept:
            file.write(each)
    manifest.topics[Topic.ALERTS].partitions[0] = msgspec.structs.replace(stretch_of(file), begin=5, end=5 + len(kept))
    write_manifest(old, manifest)
    done = repartitioned(old, new, 3, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["alerts"], said["events"]) == (None, sum(map(len, told(old).values())))
    assert alerts(new) >= alerts(old)
    assert "soc.alerts: not compared" in repartitioned(old, tmp_path / "again", 3).output


def test_the_new_export_is_one_of_a_cluster_whose_state_is_what_its_inbox_gives(tmp_path: Path) -> None:
    old, new = exported(tmp_path / "old", inboxes(5)), tmp_path / "new"
    assert repartitioned(old, new, 3).exit_code == 0
    for number, stretch in complete(new).topics[Topic.INBOX].partitions.items():
        state = last_of_each(it for topic in STATE_TOPICS for it in records_in(file_of(new, topic, number)))
        log = records_in(file_of(new, Topic.INBOX, number))
        assert difference(state, fold(Shape(number, 3, 250_000), log, stretch.end)) is None
    assert records_of(new, Topic.DEAD_LETTERS) == records_of(old, Topic.DEAD_LETTERS)


def test_a_receipt_names_its_alert_where_that_stands_now(tmp_path: Path) -> None:
    old, new = exported(tmp_path / "old", inboxes(6)), tmp_path / "new"
    assert repartitioned(old, new, 5).exit_code == 0
    [record] = records_of(new, Topic.DELIVERIES)
    said = json.loads(record.value or b"")["data"]
    [alert] = [it for it in records_of(new, Topic.ALERTS) if json.loads(it.value or b"")["id"] == said["alert"]]
    assert (said["partition"], said["offset"]) == (alert.partition, alert.offset)


def test_a_journal_that_tells_something_else_is_refused_and_no_export_is_left(tmp_path: Path) -> None:
    old, new = exported(tmp_path / "old", inboxes(7)), tmp_path / "new"
    manifest = complete(old)
    path = file_of(old, Topic.TICKET_EVENTS, 0)
    lines = path.read_bytes().splitlines()
    path.unlink()
    with LineFile(path) as file:
        for each in lines:
            file.write(each.replace(b'"type":"CallbackOwed"', b'"type":"CallReturned"'))
    manifest.topics[Topic.TICKET_EVENTS].partitions[0] = stretch_of(file)
    write_manifest(old, manifest)
    done = repartitioned(old, new, 4)
    assert done.exit_code == 2
    assert "tell something else than soc.ticket-events did" in done.output
    assert not (new / "manifest.json").exists()


def test_a_log_that_was_switched_from_earlier_rules_is_refused(tmp_path: Path) -> None:
    logs = inboxes(8)
    old = exported(tmp_path / "old", logs)
    switch = logs[0][0]._replace(value=inbox.switch(RULES, first=False))
    path, manifest = file_of(old, Topic.INBOX, 0), complete(old)
    path.unlink()
    with LineFile(path) as file:
        for record in (switch, *logs[0][1:]):
            file.write(line.write_faithfully(record))
    manifest.topics[Topic.INBOX].partitions[0] = stretch_of(file)
    write_manifest(old, manifest)
    done = repartitioned(old, tmp_path / "new", 4)
    assert (done.exit_code, "switches from the rules of an earlier release" in done.output) == (2, True)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    old, new = exported(tmp_path / "old", inboxes(9)), tmp_path / "new"
    new.mkdir()
    (new / "kept").write_text("kept")
    assert repartitioned(old, new, 4).exit_code == 2
    assert [it.name for it in new.iterdir()] == ["kept"]
