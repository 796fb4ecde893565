"""A record of the inbox switches a partition from the rules of earlier releases to those of this one."""

import json
from dataclasses import replace

import msgspec
import pytest
from driver import Driver, folded, states, values, when

from tocsin.domain.instant import Instant
from tocsin.engine import migration, snapshot
from tocsin.engine.rules import FIRST_RULES, RULES, OtherRules
from tocsin.engine.shard import Shard
from tocsin.engine.snapshot import SNAPSHOT_VERSION, PartitionState, SnapshotTooNew
from tocsin.messages import inbox
from tocsin.messages.inbox import InboxRecordUnreadable
from tocsin.messages.record import Output, Record, Topic


def record(value: bytes, offset: int, stamp: Instant) -> Record:
    return Record(Topic.INBOX, 0, offset, stamp, None, value)


def switched(offset: int, stamp: Instant, version: int = RULES, *, first: bool = False) -> Record:
    return record(inbox.switch(version, first=first), offset, stamp)


def of_earlier_rules(desk: Driver) -> Shard:
    """A shard restored from what `desk` has left, as if an earlier release had written it."""
    shard = Shard(0, rules=FIRST_RULES)
    latest = {(output.topic, output.key): output.value for output in desk.outputs}
    for (topic, key), value in latest.items():
        if topic in (Topic.TICKETS, Topic.TENANTS) and key is not None:
            if key.startswith(b"partition/"):
                shard.load(topic, key, earlier(value or b""))
            else:
                shard.load(topic, key, value)
    return shard


def earlier(value: bytes) -> bytes:
    """The state of a partition as releases 0.1 and 0.2 write it."""
    state = {name: content for name, content in json.loads(value).items() if name != "rules"}
    return msgspec.json.encode(state | {"version": 1})


def partition(outputs: list[Output]) -> PartitionState:
    return snapshot.decode_partition(outputs[-1].value or b"")


def test_before_the_switch_every_record_is_refused_also_a_tick() -> None:
    for value in (inbox.TICK, Driver().missed().inbox.records[1].value or b""):
        with pytest.raises(OtherRules, match=r"soc\.inbox/0/0 .* release 0\.1 and 0\.2 .* release 0\.2"):
            folded(Shard(0, rules=FIRST_RULES), [record(value, 0, when("09:00"))])


def test_a_log_that_begins_with_the_switch_is_judged_from_there_on() -> None:
    shard = Shard(0, rules=FIRST_RULES)
    desk = Driver().at("09:00").missed().at("09:30").tick()
    later = [each._replace(offset=each.offset + 1) for each in desk.inbox.records]
    outputs = folded(shard, [switched(0, when("09:00"), first=True), *later])
    kinds = [each["data"]["kind"] for each in values(outputs, Topic.ALERTS)]
    assert kinds == [each["data"]["kind"] for each in values(desk.outputs, Topic.ALERTS)]
    assert partition(outputs).rules == RULES


def test_a_switch_of_state_that_is_missing_is_refused() -> None:
    with pytest.raises(OtherRules, match="state is missing"):
        folded(Shard(0, rules=FIRST_RULES), [switched(7, when("09:00"))])


def test_a_timer_that_came_due_before_the_switch_fires_at_its_own_time() -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed()
    shard = of_earlier_rules(desk)
    outputs = folded(shard, [switched(2, when("09:25"))])
    [alert] = [each for each in values(outputs, Topic.ALERTS) if each["data"]["kind"] == "callback_overdue"]
    assert alert["time"] == "2026-03-02T09:20:00Z"


def test_the_state_behind_a_switch_names_the_rules_so_that_no_earlier_release_goes_on_from_it() -> None:
    desk = Driver().at("09:00").missed()
    state = partition(folded(of_earlier_rules(desk), [switched(2, when("09:01"))]))
    assert (state.rules, state.version, state.position) == (RULES, SNAPSHOT_VERSION, 3)
    assert SNAPSHOT_VERSION > 1


def test_a_second_switch_changes_nothing() -> None:
    desk = Driver().at("09:00").missed()
    shard = of_earlier_rules(desk)
    folded(shard, [switched(2, when("09:01"))])
    [state] = folded(shard, [switched(3, when("09:02"))])
    assert state.key == b"partition/0"


def test_what_stands_before_the_switch_of_a_later_release_is_applied_and_the_switch_refused() -> None:
    desk = Driver().at("09:00").missed()
    chunks = Shard(0).fold([*desk.inbox.records, switched(2, when("09:00"), RULES + 1)])
    assert next(chunks).position == 2
    with pytest.raises(OtherRules, match=r"soc\.inbox/0/2 switches to the rules 3"):
        next(chunks)


def test_what_stands_before_a_record_that_cannot_be_read_is_applied_first() -> None:
    desk = Driver().at("09:00").missed()
    shard = Shard(0)
    unreadable = record(b'{"type": "tocsin.later"}', 2, when("12:00"))
    chunks = shard.fold([*desk.inbox.records, unreadable])
    chunk = next(chunks)
    assert chunk.position == 2
    assert states(chunk.outputs) == states(desk.outputs)
    with pytest.raises(InboxRecordUnreadable):
        next(chunks)
    assert shard.clock == when("09:00")


def test_state_of_the_rules_of_a_later_release_is_refused() -> None:
    later = snapshot.encode(replace(PartitionState(), rules=RULES + 1))
    with pytest.raises(SnapshotTooNew, match="rules 3"):
        Shard(0).load(Topic.TENANTS, b"partition/0", later)


def test_what_a_step_of_the_migration_changes_is_written_with_the_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "STEPS", (lambda state: iter(state.tickets.values()),))
    desk = Driver().at("09:00").missed().missed("+1")
    outputs = folded(of_earlier_rules(desk), [switched(3, when("09:01"))])
    assert states(outputs) == states(desk.outputs)
    tenants = [output.key for output in outputs if output.topic is Topic.TENANTS]
    assert tenants == [b"partition/0"]
