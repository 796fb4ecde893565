"""A lane: one consumer group on `soc.alerts`, whose work has at most so many alerts in hand and holds up nobody else.

Alerts of one incident are handed to the work one after the other, in their order; those of different incidents side by
side. The group commits the offset before which everything is done, so whoever starts after a crash is given the rest
again, and the memory knows what of it was done.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from tocsin.client.connection import connected
from tocsin.messages.record import Topic
from tocsin.notify.alert import Place, Received, read_alert
from tocsin.notify.beginning import first_offset
from tocsin.notify.deliveries import Deliveries
from tocsin.notify.memory import Memory
from tocsin.notify.receipts import Publisher
from tocsin.notify.window import Window
from tocsin.notify.work import Work
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options

_POLL_MS = 250
_FULL_SECONDS = 0.25
_COMMIT_SECONDS = 1.0
_MEASURE_SECONDS = 1.0
_GRACE_SECONDS = 1.5
_STOP_SECONDS = 5.0
_PATIENCE_MS = 24 * 3_600 * 1_000  # a lane whose sink is dead fetches nothing, and stays in its group

_log = structlog.get_logger()


class _Hand(NamedTuple):
    """An alert in hand."""

    received: Received
    task: asyncio.Task[None]


class Lane(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Runs `work`. `progressed_at` is when it last went round (monotonic seconds)."""

    def __init__(
        self, settings: Settings, work: Work, memory: Memory, deliveries: Deliveries, publisher: Publisher
    ) -> None:
        self._settings = settings
        self._work = work
        self._memory = memory
        self._deliveries = deliveries
        self._publisher = publisher
        self._topic = settings.topic(Topic.ALERTS)
        self._window = Window()
        self._hands: dict[Place, _Hand] = {}
        self._last: dict[str, asyncio.Task[None]] = {}
        self._new: set[int] = set()
        self._assignment = 0
        self._committed: dict[int, int] = {}
        self._committed_at = self._measured_at = self._beaten_at = 0.0
        self.group = group_of(settings, work.name)
        self._joined = False
        self.lag = math.nan
        """Alerts on our partitions that are not done; no number until it was asked for."""
        self.progressed_at = 0.0

    @property
    def oldest(self) -> int | None:
        """The stamp of the oldest alert in hand that has reached nobody; None where there is none."""
        return min((each.stamp for each in self._owed()), default=None)

    def _owed(self) -> Iterator[Received]:
        return (hand.received for hand in self._hands.values() if self._work.owed(hand.received))

    @property
    def ready(self) -> bool:
        """True once it has joined its group: what comes from then on is seen to."""
        return self._joined

    @property
    def in_hand(self) -> int:
        """How many alerts are in hand."""
        return len(self._window)

    async def run(self) -> None:
        """Work without an end. Raises what the work raises unexpectedly."""
        consumer = AIOKafkaConsumer(
            **client_options(self._settings),
            group_id=self.group,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="latest",
            session_timeout_ms=int(self._settings.session_timeout * 1_000),
            heartbeat_interval_ms=int(self._settings.session_timeout * 1_000 / 3),
            max_poll_interval_ms=_PATIENCE_MS,
        )
        self._consumer = consumer
        self.progressed_at = time.monotonic()
        consumer.subscribe([self._topic], listener=self)
        async with connected(consumer, self._settings):
            try:
                while True:
                    await self._round()
            finally:
                await self._drop(self._window.finished())

    async def _round(self) -> None:
        await self._begin_new()
        room = self._work.limit - len(self._window)
        if room > 0:
            assignment = self._assignment
            fetched = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=room)
            if self._assignment == assignment:  # else they come again, from where the group is
                for tp, records in fetched.items():
                    self._take(tp.partition, records)
        else:
            tasks = [hand.task for hand in self._hands.values()]
            await asyncio.wait(tasks, timeout=_FULL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        self._fail_if_work_failed()
        await self._commit()
        await self._measure()
        await self._beat()
        self.progressed_at = time.monotonic()

    async def _begin_new(self) -> None:
        """Find the place in partitions that were given to us; the memory is up to date when their first alert comes."""
        while self._new:
            assignment = self._assignment
            partitions, self._new = self._new, set()
            self.lag, self._measured_at = math.nan, 0.0
            await self._deliveries.caught_up()
            try:
                offsets = {partition: await self._first_offset(partition) for partition in partitions}
            except (CommitFailedError, IllegalStateError):
                continue  # it has just been given to another; what is still ours is given to us anew
            if self._assignment != assignment:
                continue
            for partition, offset in offsets.items():
                self._window.begin(partition, offset)
                self._memory.finished(self._work.name, partition, offset)
            await self._work.begin(partitions)
            self._joined = True
            _log.info("lane_took_partitions", lane=self._work.name, partitions=sorted(partitions))

    async def _first_offset(self, partition: int) -> int:
        tp = TopicPartition(self._topic, partition)
        return await first_offset(self._consumer, tp, self._work.name, self._memory)

    def _take(self, partition: int, records: Iterable[Any]) -> None:
        for record in records:
            place = Place(partition, record.offset)
            received = read_alert(record.value, place, record.timestamp)
            self._window.take(place)
            if received is None:
                _log.error("not_an_alert", partition=partition, offset=record.offset)
                self._window.done(place)
                continue
            self._work.hear(received)
            key = self._work.sequence(received)
            task = asyncio.create_task(self._one(received, self._last.get(key)))
            self._last[key] = task
            self._hands[place] = _Hand(received, task)

    async def _one(self, received: Received, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        if not self._memory.is_done(self._work.name, received.place, received.alert.id):
            await self._work.handle(received)
        self._window.done(received.place)

    def _fail_if_work_failed(self) -> None:
        for hand in [each for each in self._hands.values() if each.task.done()]:
            if hand.task.cancelled():
                continue  # it is just being let go of, see `_drop`
            hand.task.result()
            self._forget(hand)

    def _forget(self, hand: _Hand) -> None:
        self._hands.pop(hand.received.place, None)
        key = self._work.sequence(hand.received)
        if self._last.get(key) is hand.task:
            del self._last[key]

    async def _commit(self, *, now: bool = False) -> None:
        if not now:
            if time.monotonic() - self._committed_at < _COMMIT_SECONDS:
                return
            await self._pass_marks()  # here alone: what was fetched is in hand
        self._committed_at = time.monotonic()
        finished = self._window.finished()
        moved = {p: offset for p, offset in finished.items() if offset != self._committed.get(p)}
        if not moved:
            return
        try:
            await self._consumer.commit({TopicPartition(self._topic, p): offset for p, offset in moved.items()})
        except (CommitFailedError, IllegalStateError):
            return  # the partitions have just been given to another
        except KafkaError as error:
            _log.warning("commit_failed", lane=self._work.name, error=type(error).__name__)
            return
        self._committed |= moved
        for partition, offset in moved.items():
            self._memory.finished(self._work.name, partition, offset)

    async def _pass_marks(self) -> None:
        """Transactions leave marks behind the alerts, which are done with them."""
        with contextlib.suppress(IllegalStateError):  # the partition has just been given to another
            for partition in self._window.partitions:
                self._window.reached(partition, await self._consumer.position(TopicPartition(self._topic, partition)))

    async def _measure(self) -> None:
        """Ask how much there is: a lane that is full fetches nothing, and would not know."""
        if time.monotonic() - self._measured_at < _MEASURE_SECONDS:
            return
        self._measured_at = time.monotonic()
        read = {TopicPartition(self._topic, p): offset for p, offset in self._window.read().items()}
        try:
            ends = await self._consumer.end_offsets(list(read)) if read else {}
        except KafkaError:
            return  # the next fetch says what there is to say of it
        self.lag = sum(max(0, ends[tp] - offset) for tp, offset in read.items()) + sum(1 for _ in self._owed())

    async def _beat(self) -> None:
        every = self._settings.notify_heartbeat
        if time.monotonic() - self._beaten_at >= every:
            self._beaten_at = time.monotonic()
            await self._publisher.beat(self.group, int(every * _BEATS_MISSED))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Called in the middle of a rebalance; the next round sees to them."""
        self._assignment += 1
        self._new = {tp.partition for tp in assigned}

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Let go of what is in hand; its next owner is given it again."""
        self._assignment += 1
        await self._drop(tp.partition for tp in revoked)

    async def _drop(self, partitions: Iterable[int]) -> None:
        dropped = set(partitions)
        hands = [hand for place, hand in self._hands.items() if place.partition in dropped]
        tasks = [hand.task for hand in hands]
        if tasks:  # what is on its way may arrive: it would be sent twice otherwise
            await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        await self._commit(now=True)
        for hand in hands:
            self._forget(hand)
        for partition in dropped:
            self._window.drop(partition)
            self._committed.pop(partition, None)
            self._work.end(partition)


_BEATS_MISSED = 4
"""A lane promises its next heartbeat within so many times its usual distance."""


def group_of(settings: Settings, lane: str) -> str:
    """The consumer group of a lane."""
    return f"{settings.app_id}-notify-{lane}"
