"""A hundred thousand timers due at one tick are fired once each, in order, in chunks that commit one by one."""

from uuid import UUID

import pytest
from contracts import contract, response
from driver import FIRST, Driver, when
from logs import tick

from tocsin.engine import shard as engine
from tocsin.engine.shard import Shard
from tocsin.messages.record import Chunk, Topic

TICKETS = 100_000


def with_timers(tickets: int) -> Shard:
    """A shard that starts with so many tickets, all of them like the one that it begins with."""
    desk = Driver(contract(response({"P2": 60}))).at("09:00").detection()
    shard = Shard(0)
    for output in desk.outputs:
        if output.topic is Topic.TENANTS:
            shard.load(output.topic, output.key or b"", output.value)
    one = desk.ticket().id
    (state,) = [
        output.value or b"" for output in desk.outputs if output.key == one.encode() and output.topic is Topic.TICKETS
    ]
    for number in range(1, tickets + 1):
        name, count = str(UUID(int=number)), f"ACME-{number:06d}"
        copy = state.replace(one.encode(), name.encode()).replace(FIRST.encode(), count.encode())
        copy = copy.replace(b'"correlation_key":"', b'"correlation_key":"%d ' % number)
        shard.load(Topic.TICKETS, name.encode(), copy)
    return shard


def _breached(chunk: Chunk) -> list[tuple[bytes | None, int]]:
    return [(output.key, output.timestamp) for output in chunk.outputs if output.topic is Topic.ALERTS]


@pytest.mark.slow
def test_a_hundred_thousand_timers_due_at_one_tick_fire_once_each_in_order_in_chunks() -> None:
    shard = with_timers(TICKETS)
    assert shard.next_deadline == when("10:00")
    chunks = list(shard.fold([tick(7, when("10:00:00.001"))]))
    fired = [alert for chunk in chunks for alert in _breached(chunk)]
    assert fired == [(str(UUID(int=number)).encode(), when("10:00")) for number in range(1, TICKETS + 1)]
    assert max(len(chunk.outputs) for chunk in chunks) <= engine._FIRED_OUTPUTS + 10  # noqa: SLF001 - the limit itself
    assert {chunk.position for chunk in chunks[:-1]} == {7}
    assert chunks[-1].position == 8
    assert shard.next_deadline is None
