"""Several processes of notify share the work: what one has let go of is the other's, and nobody's twice."""

import asyncio
import math
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.notify.alert import Alert, AlertContent, Place, Received
from tocsin.notify.counts import Counts
from tocsin.notify.delivery import Delivery, GaveUp
from tocsin.notify.feed import Feed
from tocsin.notify.lane import Lane
from tocsin.notify.memory import Memory
from tocsin.notify.message import Message
from tocsin.notify.model import RouteSpec, WebhookSpec
from tocsin.notify.receipts import ACCEPTED, Receipt, feed_receipt
from tocsin.notify.routes import Routes
from tocsin.notify.sinks.base import SinkError
from tocsin.settings import Settings

SPEC = WebhookSpec.model_validate(
    {"kind": "webhook", "url": "https://h", "secret": {"env": "S"}, "at_once": 1, "retry_first": "1 s"}
)


def alert(name: str, partition: int = 0, offset: int = 0, action: str = "trigger") -> Received:
    content = AlertContent("breached", action, f"acme/{name}", "acme")
    return Received(
        Alert(name, "2026-03-02T09:00:00Z", content), Place(partition, offset), int(time.time() * 1_000), b"{}"
    )


class Sink:
    """A sink that keeps what is open. While it is `down` it takes nothing."""

    gathers = True
    actions = frozenset({"trigger", "resolve"})

    def __init__(self) -> None:
        self.down = False
        self.tries = 0
        self.sent: list[list[str]] = []
        self.open: set[str] = set()

    async def send(self, message: Message) -> None:
        self.tries += 1
        if self.down:
            raise SinkError(DeliveryFailure.UNREACHABLE, "down", retryable=True)
        self.sent.append([each.alert.id for each in message.alerts])

    async def close(self) -> None:
        """Nothing is open."""

    def restore(self, triggers: Iterable[Received]) -> None:
        self.open |= {each.alert.data.dedup_key for each in triggers}

    def release(self, partition: int) -> None:
        """See `KeepingSink`."""

    async def end(self, dedup_keys: Collection[str]) -> None:
        self.open -= set(dedup_keys)

    async def tend(self) -> None:
        await asyncio.Event().wait()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - there are several
            await asyncio.sleep(0.001)


# ---- the end of trying


async def test_a_page_is_given_up_in_time_to_climb_and_the_end_of_an_incident_is_tried_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tocsin.notify.delivery.backoff", lambda *_: 0.01)
    sink = Sink()
    sink.gathers, sink.down = False, True
    delivery = Delivery(sink, SPEC.model_copy(update={"pages": True, "page_within": 50}))
    over = asyncio.create_task(delivery.deliver(alert("over", action="resolve")))
    with pytest.raises(GaveUp):
        await delivery.deliver(alert("page"))
    assert not over.done()
    sink.down = False
    await over


# ---- digests


async def test_a_digest_that_waits_to_be_tried_again_leaves_out_what_a_lane_has_let_go_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tocsin.notify.delivery.backoff", lambda *_: 0.01)
    sink = Sink()
    delivery = Delivery(sink, SPEC)
    digests = asyncio.create_task(delivery.send_digests())
    sink.down = True
    tasks = {name: asyncio.create_task(delivery.deliver(alert(name))) for name in "abcd"}
    await until(lambda: sink.tries > 6)
    for gone in "abc":  # a goes alone, b and c in the digest
        tasks[gone].cancel()
    await asyncio.sleep(0)
    sink.down = False
    assert (await tasks["d"]).digest is False
    assert sink.sent == [["d"]]
    sink.down = True
    tasks = {name: asyncio.create_task(delivery.deliver(alert(name))) for name in "efg"}
    before = sink.tries
    await until(lambda: sink.tries > before + 4)
    for task in tasks.values():
        task.cancel()
    await asyncio.sleep(0.05)
    sink.down = False
    await asyncio.sleep(0.05)
    assert sink.sent == [["d"]]
    digests.cancel()


# ---- what is open at a sink that forgets


class Rereader:
    """Finds every alert."""

    def __init__(self, alerts: Sequence[Received]) -> None:
        self._alerts = {each.place: each for each in alerts}

    async def read(self, places: Collection[Place]) -> list[Received]:
        await asyncio.sleep(0)
        return [self._alerts[place] for place in places]


async def test_only_who_has_the_partition_tells_again_what_is_open_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.notify.feed._STRANGE_SECONDS", 0.01)
    ours, theirs, redriven = alert("ours", 0), alert("theirs", 1), alert("redriven", 0, 5)
    sink, memory = Sink(), Memory()
    feed = Feed(
        "am",
        SPEC,
        sink,
        routes=Routes([RouteSpec.model_validate({"to": ["am"]})]),
        memory=memory,
        publisher=None,  # type: ignore[arg-type]  # nothing is written
        rereader=Rereader([ours, theirs, redriven]),  # type: ignore[arg-type]  # takes its place
        counts=Counts(),
    )

    def learn(received: Received) -> None:
        data = feed_receipt(received, "am", 1, page=False)
        memory.learn(Receipt(ACCEPTED, "another", "acme", data), 0)

    learn(ours)
    attending = asyncio.create_task(feed.attend())
    await feed.begin([0])
    assert sink.open == {"acme/ours"}
    learn(theirs)
    learn(redriven)
    await until(lambda: len(sink.open) > 1)
    assert sink.open == {"acme/ours", "acme/redriven"}
    learn(alert("ours", 0, 7, "resolve"))
    await until(lambda: len(sink.open) == 1)
    assert sink.open == {"acme/redriven"}
    attending.cancel()


# ---- partitions


class Consumer:
    """Has partitions until they are taken away, as a group does that rebalances."""

    def __init__(self) -> None:
        self.assigned: set[int] = set()
        self.committed_now: list[int] = []
        self.latency = 0.0

    async def position(self, tp: TopicPartition) -> int:
        return 3

    async def end_offsets(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, 4)

    async def committed(self, tp: TopicPartition) -> int:
        return 3

    async def beginning_offsets(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, 0)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        if tp.partition not in self.assigned:
            raise IllegalStateError(f"no assignment of {tp}")

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        await asyncio.sleep(self.latency)
        for tp in offsets:
            self.seek(tp, 0)
        self.committed_now += sorted(tp.partition for tp in offsets)


class Work:
    """Counts what it was given. Its sink is dead: nothing is ever done."""

    name = "am"
    limit = 1

    def __init__(self) -> None:
        self.begun: list[list[int]] = []

    async def begin(self, partitions: Iterable[int]) -> None:
        self.begun.append(sorted(partitions))

    def end(self, partition: int) -> None:
        """See `tocsin.notify.work.Work`."""

    def hear(self, received: Received) -> None:
        """See `tocsin.notify.work.Work`."""

    def sequence(self, received: Received) -> str:
        return received.alert.id

    def owed(self, received: Received) -> bool:
        return True

    async def handle(self, received: Received) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize("left", [{0, 1}, {0}])  # the old assignment still stands, or does not
async def test_partitions_that_are_taken_away_while_receipts_are_read_are_left_to_the_other(left: set[int]) -> None:
    consumer, work = Consumer(), Work()

    class Deliveries:
        """While receipts are read the first time the group rebalances."""

        calls = 0

        async def caught_up(self) -> None:
            self.calls += 1
            if self.calls == 1:
                await lane.on_partitions_revoked([TopicPartition("t", 0), TopicPartition("t", 1)])
                consumer.assigned = left

    parts: Any = (Settings(), work, Memory(), Deliveries(), None)
    lane = Lane(*parts)
    lane._consumer = consumer  # noqa: SLF001 - `run` would need a broker
    consumer.assigned = {0, 1}
    await lane.on_partitions_assigned([TopicPartition("t", 0), TopicPartition("t", 1)])
    await lane._begin_new()  # noqa: SLF001 - as above
    assert (work.begun, lane.ready) == ([], False)
    consumer.assigned = {0}
    await lane.on_partitions_assigned([TopicPartition("t", 0)])
    await lane._begin_new()  # noqa: SLF001 - as above
    assert (work.begun, lane.ready) == ([[0]], True)
    await lane._commit(now=True)  # noqa: SLF001 - as above
    assert consumer.committed_now == [0]
    assert math.isnan(lane.lag)


async def test_a_full_lane_of_a_dead_sink_lives_on_when_its_partitions_go_to_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tocsin.notify.lane._GRACE_SECONDS", 0.01)
    consumer, work = Consumer(), Work()

    class Others:
        """Receipts have been read; heartbeats are taken."""

        async def caught_up(self) -> None:
            """Nothing is left."""

        async def beat(self, _name: str, _within: int | None) -> None:
            """It is heard."""

    parts: Any = (Settings(), work, Memory(), Others(), Others())
    lane = Lane(*parts)
    lane._consumer = consumer  # noqa: SLF001 - `run` would need a broker
    consumer.assigned = {0}
    await lane.on_partitions_assigned([TopicPartition("t", 0)])
    await lane._begin_new()  # noqa: SLF001 - as above
    value = b'{"id": "a", "time": "", "data": {"kind": "k", "action": "trigger", "dedup_key": "k", "tenant": "t"}}'
    lane._take(0, [SimpleNamespace(value=value, offset=3, timestamp=0)])  # noqa: SLF001 - as above
    consumer.latency = 0.05
    leaving = asyncio.create_task(lane.on_partitions_revoked([TopicPartition("t", 0)]))
    await lane._round()  # noqa: SLF001 - as above
    await leaving
    assert lane.in_hand == 0
