"""Tickets that are not in use are kept packed: they weigh little, and nothing that comes of them is different."""

import gc
from weakref import ref

import pytest
from driver import Driver, folded
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import Step, closing_tick, log
from opening import opening, restored, saved
from random_histories import HISTORIES, histories
from weighed import weighed

from tocsin.domain.instant import HOUR
from tocsin.engine import shelf
from tocsin.engine.shard import Shard
from tocsin.engine.shelf import KeptTickets, Shelf
from tocsin.messages.record import Output, Record

BYTES_MAX = 1_100
"""Of an open ticket, with all that finds, counts and times it."""

TRACKED_MAX = 0.3
"""Objects of an open ticket that the garbage collector looks at in every full collection."""


@settings(HISTORIES, max_examples=HISTORIES.max_examples // 2)
@given(histories(size=25, silenced=True), st.sampled_from((0, 1, 2)))
def test_it_does_not_matter_how_many_tickets_are_packed(steps: list[Step], in_use: int) -> None:
    records = log(steps)
    records.append(closing_tick(records, after=12 * HOUR))
    unpacked = _one_by_one(Shard(0), records)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shelf, "IN_USE_MAX", in_use)
        assert _one_by_one(Shard(0), records) == unpacked


def _one_by_one(shard: Shard, records: list[Record]) -> list[Output]:
    """The outputs of `records`, each in a chunk of its own: tickets are packed between chunks."""
    return [output for record in records for output in folded(shard, [record])]


def test_an_open_ticket_weighs_a_kilobyte_after_a_restart_and_leaves_the_collector_little_to_do() -> None:
    state = saved(Shard(0), opening(3_000))
    gc.collect()
    before = len(gc.get_objects())
    shard = restored(state)
    gc.collect()
    tracked = len(gc.get_objects()) - before
    weight = weighed(shard)
    assert weight.total() / 3_000 < BYTES_MAX, weight.most_common(8)
    assert tracked / 3_000 < TRACKED_MAX


def test_of_a_running_shard_only_so_many_tickets_stay_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "IN_USE_MAX", 100)
    shard = Shard(0)
    for each in opening(3_000):
        folded(shard, [each])
    weight = weighed(shard)
    assert weight.total() / 3_000 < BYTES_MAX * 1.3, weight.most_common(8)


def test_going_through_all_tickets_keeps_only_so_many_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "IN_USE_MAX", 10)
    whole = Shelf()
    kept = whole.of("acme")
    desk = Driver("esentire", "standard").at("09:00")
    for number in range(40):
        desk.missed(f"+1{number:09}")
    for ticket in desk.tickets():
        kept[ticket.id] = ticket
    for ticket in kept.values():
        ticket.title = "changed"
    assert _unpacked(kept) <= 10 + 1
    assert {ticket.title for ticket in kept.values()} == {"changed"}


def test_state_that_a_worker_lets_go_of_is_gone_without_the_garbage_collector() -> None:
    shard = restored(saved(Shard(0), opening(40)))
    gone = ref(shard._state._shelf)  # noqa: SLF001 - all tickets hang on it
    gc.disable()
    try:
        del shard
        assert gone() is None
    finally:
        gc.enable()


def _unpacked(kept: KeptTickets) -> int:
    return sum(not isinstance(each, shelf._Packed) for each in kept._kept.values())  # noqa: SLF001 - not seen from outside
