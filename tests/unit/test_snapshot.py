"""State as records: what a restart finds again is what was there."""

from typing import Any

import msgspec
import pytest
from driver import Driver, states, values
from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tally import Tally
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.engine import snapshot
from tocsin.engine.shard import Shard
from tocsin.engine.snapshot import SNAPSHOT_VERSION, PartitionState, SnapshotTooNew
from tocsin.messages.record import Topic


def any_of(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Values of a struct, all fields drawn; what Hypothesis itself makes of a default factory is no value."""
    return st.builds(kind, **{field.name: st.from_type(field.type) for field in msgspec.structs.fields(kind)})


@given(any_of(Ticket))
def test_a_ticket_comes_back_as_it_was(ticket: Ticket) -> None:
    assert snapshot.decode_ticket(snapshot.encode(ticket)) == ticket


@given(st.builds(Tenant, months=st.dictionaries(st.text(), st.builds(Tally, promised=st.floats(0, 1)))))
def test_a_tenant_comes_back_as_it_was(tenant: Tenant) -> None:
    assert snapshot.decode_tenant(snapshot.encode(tenant)) == tenant


@given(any_of(Caller))
def test_a_caller_comes_back_as_it_was(caller: Caller) -> None:
    assert snapshot.decode_caller(snapshot.encode(caller)) == caller


def test_a_state_that_a_newer_version_wrote_stops_the_worker() -> None:
    newer = snapshot.encode(PartitionState(version=SNAPSHOT_VERSION + 1))
    with pytest.raises(SnapshotTooNew, match="run that version"):
        snapshot.decode_partition(newer)
    with pytest.raises(SnapshotTooNew):
        Shard(0).load(Topic.TENANTS, b"partition/0", newer)


def test_a_state_of_todays_version_does_not() -> None:
    state = PartitionState(clock=5, journal_head="abc", deduplication_start=3)
    assert snapshot.decode_partition(snapshot.encode(state)) == state


def test_a_record_that_is_no_state_of_ours_stops_the_worker() -> None:
    with pytest.raises(ValueError, match="no state of Tocsin"):
        Shard(0).load(Topic.TENANTS, b"something/else", b"{}")


def test_a_chunk_saves_each_piece_of_state_once_and_the_partitions_last() -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed()
    before = len(desk.outputs)
    desk.at("12:00").tick()
    written = [(output.topic, output.key) for output in desk.outputs[before:]]
    saved = [key for topic, key in written if topic in (Topic.TICKETS, Topic.TENANTS)]
    assert len(saved) == len(set(saved))
    assert written[-1] == (Topic.TENANTS, b"partition/0")


def test_state_is_kept_under_keys_that_say_what_it_is() -> None:
    desk = Driver("esentire").at("09:00").missed("+1")
    keys = {output.key.decode() for output in desk.outputs if output.topic is Topic.TENANTS}
    contract = desk.ticket().contract
    assert keys == {"tenant/acme", "caller/acme/+1", f"contract/{contract}", "partition/0"}
    assert [output.key.decode() for output in desk.outputs if output.topic is Topic.TICKETS] == [desk.ticket().id]


def test_what_is_over_leaves_tombstones() -> None:
    desk = Driver("esentire").at("09:00").missed("+1").called("+1").close()
    desk.at("10:00", day=45).tick().at("10:00", day=47).tick()
    assert states(desk.outputs) == {}
    latest = {output.key: output.value for output in desk.outputs if output.topic is Topic.TENANTS}
    assert latest[b"caller/acme/+1"] is None


def test_a_shard_that_starts_from_a_tombstone_alone_knows_nothing() -> None:
    shard = Shard(0)
    shard.load(Topic.TICKETS, b"some-id", None)
    shard.load(Topic.TENANTS, b"caller/acme/+1", None)
    assert shard.next_deadline is None
    assert list(shard.fold([])) == []


def test_a_restore_drops_each_tenants_forgotten_tickets_and_keeps_one_that_came_again() -> None:
    desk = Driver("esentire").at("09:00").missed("+1").missed("+2").of("globex").missed("+1")
    saved = {output.key or b"": output.value for output in desk.outputs if output.topic is Topic.TICKETS}
    first, second, others = saved
    restored = Shard(0)
    for output in desk.outputs:
        if output.topic in (Topic.TICKETS, Topic.TENANTS):
            restored.load(output.topic, output.key or b"", output.value)
    for key, value in ((first, None), (others, None), (second, None), (second, saved[second])):
        restored.load(Topic.TICKETS, key, value)
    assert restored.next_deadline is not None
    assert [(tenant, count) for (tenant, *_), count in restored.open_tickets().items() if count] == [("acme", 1)]


def test_the_partition_says_where_to_begin_reading_again() -> None:
    desk = Driver("esentire", window=2).at("09:00").mail("a@x").mail("b@x").mail("c@x")
    (*_, partition) = [each for each in values(desk.outputs, Topic.TENANTS) if "deduplication_start" in each]
    assert partition["deduplication_start"] == 2
