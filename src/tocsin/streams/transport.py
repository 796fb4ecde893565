"""Faust's transport, by batches: an agent gets ONE message for each partition and fetch, carrying all its records.

Installed under the entry point group `faust.transports`, so that `tocsin://HOST:PORT` is a broker URL. It builds its
own consumer (`read_committed`) and commits nothing: offsets go into the lanes' transactions. A batch is handed over
only under a cursor that a takeover has set, and says which stretch of the log it covers; so a lane can prove that
nothing was lost or repeated on the way.

What Faust and aiokafka offer no public hook for is reached by their private names, here and nowhere else.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

import aiokafka
import structlog
from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError, NoOffsetForPartitionError
from faust.tables.recovery import RebalanceAgain
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from tocsin.streams.doubt import doubts
from tocsin.streams.kafka_log import record
from tocsin.streams.port import Batch, Cursor, IndefiniteError, Source
from tocsin.streams.shell import RevokedError

_FETCH_WAIT_MS = 20
"""aiokafka asks a broker for one fetch at a time: a partition that has just been read waits for the others' to end."""

_PAUSE_SECONDS = 0.02  # between two looks at lanes that are full
_METADATA_MS = 10_000  # a partition that was added is noticed within this time: see `placement`
_HEARTBEAT_SECONDS = 5.0
_FETCH_BYTES_MAX = 4 * 1024 * 1024  # of one partition

_T = TypeVar("_T")

_log = structlog.get_logger()
_faust_log = logging.getLogger("faust.tocsin")  # what Faust says of these classes is not our log


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Runs in the consumer's own thread and loop; everything that touches aiokafka's consumer happens here."""

    logger = _faust_log
    app: Any  # tocsin.streams.app.App
    consumer: Any

    def __post_init__(self) -> None:
        """Called by the base class."""
        super().__post_init__()
        self._cursors: dict[TopicPartition, tuple[Any, Source, Cursor]] = {}  # with the assignment they belong to
        self._answers: tuple[Any, ...] = ()  # the wall clock's time of each partition's last answer, only compared
        self._answered = time.monotonic()

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        conf = self.app.conf
        return aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            **self.app.client_options,
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="none",  # takeovers say where to read; a log that shrank under us must not go unnoticed
            isolation_level="read_committed",
            max_poll_records=conf.broker_max_poll_records,
            max_partition_fetch_bytes=_FETCH_BYTES_MAX,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            request_timeout_ms=round((conf.broker_rebalance_timeout + 5) * 1000),  # joining may take a rebalance
            session_timeout_ms=round(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=round(conf.broker_rebalance_timeout * 1000),
            metadata_max_age_ms=_METADATA_MS,
            heartbeat_interval_ms=round(conf.broker_heartbeat_interval * 1000),
        )

    async def _fetch_records(  # type: ignore[override]  # batches instead of lists of records are the whole point
        self,
        consumer: Any,
        active_partitions: Any,
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's signature
        max_records: int | None = None,
    ) -> Mapping[Any, Batch]:
        _check_membership(consumer)
        self.silence()  # takes note of the answers so far
        reading = {tp for tp in active_partitions if not self._is_full(tp)}
        if len(reading) < len(active_partitions):
            timeout = _PAUSE_SECONDS  # so that a lane that has caught up need not wait for the others' records
        if not reading:
            await asyncio.sleep(_PAUSE_SECONDS)
            return {}
        try:
            fetched = await super()._fetch_records(consumer, reading, timeout, max_records)
        except NoOffsetForPartitionError:
            return {}  # a partition that no takeover has placed yet
        # no await from here on: the positions are those after this fetch
        if not self.consumer.flow_active:
            self._give_back(consumer, fetched)
            return {}
        batches = {tp: self._batch(consumer, tp, records) for tp, records in fetched.items()}
        return {tp: batch for tp, batch in batches.items() if batch is not None}

    def _is_full(self, tp: TopicPartition) -> bool:
        placed = self._cursors.get(tp)
        return placed is not None and self.app.shell.is_full(placed[1])

    def _give_back(self, consumer: Any, fetched: Mapping[Any, Any]) -> None:
        """A fetch that began before a rebalance has ended in the middle of the takeover: Faust would drop it."""
        for tp in fetched:
            placed = self._cursors.get(tp)
            if placed is not None and placed[0] is _assignment(consumer):
                consumer.seek(tp, placed[2].position)

    def _batch(self, consumer: Any, tp: TopicPartition, records: list[Any]) -> Batch | None:
        placed = self._cursors.get(tp)
        if placed is None or placed[0] is not _assignment(consumer):
            return None  # read before its takeover, which seeks: nothing is lost
        assignment, source, cursor = placed
        start, cursor.position = cursor.position, assignment.state_value(tp).position
        return Batch(source, cursor, start, cursor.position, [record(source, r) for r in records])

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Called by aiokafka in this thread; batches that are still on their way become void."""
        self._cursors.clear()
        await super().on_partitions_revoked(revoked)

    async def committed_and_first(self, tp: TopicPartition) -> tuple[int | None, int]:
        """See `tocsin.streams.kafka_log.GroupReader`."""
        return await self._call(self._committed_and_first, tp)

    async def place(self, source: Source, tp: TopicPartition, position: int) -> Cursor:
        """See `tocsin.streams.kafka_log.GroupReader`."""
        return await self._call(self._place, source, tp, position)

    async def is_member(self) -> bool:
        """See `tocsin.streams.kafka_log.GroupReader`. Raises `IndefiniteError` when the coordinator does not answer."""
        return await self._call(self._is_member)

    async def _call(self, function: Callable[..., Coroutine[Any, Any, _T]], *arguments: Any) -> _T:
        """Run `function` in the consumer's thread and wait for what it says.

        Not by Faust's `call_thread`: that has two hands, and the fetching occupies one of them.
        """
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(function(*arguments), self.thread_loop))

    async def _committed_and_first(self, tp: TopicPartition) -> tuple[int | None, int]:
        consumer = self._ensure_consumer()
        with doubts():
            first = (await consumer.beginning_offsets([tp]))[tp]
            return await consumer.committed(tp), first

    async def _place(self, source: Source, tp: TopicPartition, position: int) -> Cursor:
        consumer = self._ensure_consumer()
        consumer.seek(tp, position)
        cursor = Cursor(position)
        self._cursors[tp] = (_assignment(consumer), source, cursor)
        # Faust drops what lies before the last offset that it has handed over
        self.consumer._read_offset[TP(tp.topic, tp.partition)] = None  # noqa: SLF001
        return cursor

    async def _is_member(self) -> bool:
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001
        with doubts():
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                if await coordinator._do_heartbeat():  # noqa: SLF001
                    return True
        if coordinator.generation >= 0:  # still believed in: the answer was lost, not negative
            raise IndefiniteError("the group's coordinator does not answer")
        return False

    async def leave(self) -> None:
        """Leave the group, so that the others need not wait for the session timeout."""
        await self._call(self._ensure_consumer().stop)

    def unread(self, topic: str, partition: int) -> int | None:
        """How many offsets the broker has beyond what was read; None while unknown. For any thread."""
        states = dict(self._states())
        state = states.get(TopicPartition(topic, partition))
        if state is None or state.highwater is None or not state.has_valid_position:
            return None
        return max(0, int(state.highwater) - int(state.position))

    def silence(self) -> float:
        """Seconds since a broker has last answered a fetch. For any thread."""
        answers = tuple(state.timestamp for _, state in self._states())
        if answers != self._answers:
            self._answers, self._answered = answers, time.monotonic()
        return time.monotonic() - self._answered

    def _states(self) -> Iterator[tuple[TopicPartition, Any]]:
        assignment = None if self._consumer is None else _assignment(self._consumer)
        if assignment is not None:
            yield from ((tp, assignment.state_value(tp)) for tp in assignment.tps)


def _assignment(consumer: Any) -> Any:
    """The assignment of now; another object after each rebalance."""
    subscription = consumer._subscription.subscription  # noqa: SLF001
    return None if subscription is None else subscription.assignment


def _check_membership(consumer: Any) -> None:
    """Faust never asks: a group membership that has died would go unnoticed. A passing trouble is only logged."""
    try:
        consumer._coordinator.check_errors()  # noqa: SLF001
    except KafkaError as error:
        if not error.retriable:
            raise
        _log.warning("group_coordinator_in_trouble", error=repr(error))


class BatchConsumer(driver.Consumer):
    """Hands batches to the conductor and partitions to the shell (`self.app.shell`)."""

    logger = _faust_log
    app: Any  # tocsin.streams.app.App
    _thread: ConsumerThread

    def _new_consumer_thread(self) -> ConsumerThread:
        self.app.shell.log.reader = thread = ConsumerThread(self, loop=self.loop, beacon=self.beacon)
        return thread

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:  # noqa: ASYNC109 - Faust's signature
        """Called by Faust's fetcher: one message for each batch."""
        try:
            batches: Any
            batches, _ = await self._wait_next_records(timeout)
        except Exception as error:
            if not (self.should_stop or self.app.should_stop):
                self.app.exit.die(error)
            raise
        for tp, batch in (batches or {}).items():
            if self.should_stop or not self.flow_active:
                return  # a revocation is under way: these batches are void
            yield tp, self._message(TP(*tp), batch)

    def _message(self, tp: TP, batch: Batch) -> ConsumerMessage:
        value: Any = batch  # Faust's own messages are bytes; "raw" lets anything pass
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            offset=batch.end - 1,
            timestamp=batch.records[-1].timestamp / 1000,
            timestamp_type=0,
            headers=None,
            key=None,
            value=value,
            checksum=None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def seek_to_committed(self) -> Mapping[Any, int]:
        """Called by Faust in its main loop after every assignment, before the flow resumes: the takeover.

        A `CancelledError` out of here would end Faust's recovery task in silence.
        """
        sources = {self.app.source(tp): tp for tp in self.assignment()}
        try:
            positions = await self.app.shell.take_over(sources)
        except RevokedError:
            raise RebalanceAgain from None
        return {sources[source]: position for source, position in positions.items()}

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Called in the main loop; aiokafka would log what is raised here, and go on."""
        try:
            await super().on_partitions_revoked(revoked)  # stops the flow and empties the agents' queues
            await self.app.shell.release()
        except Exception as error:  # noqa: BLE001 - see above
            self.app.exit.die(error)

    async def leave(self) -> None:
        """Leave the group at once, which Faust has no way to do."""
        await self._thread.leave()

    def unread(self, topic: str, partition: int) -> int | None:
        """How many offsets the broker has beyond what was read; None while unknown."""
        return self._thread.unread(topic, partition)

    def silence(self) -> float:
        """Seconds since a broker has last answered a fetch."""
        return self._thread.silence()

    async def on_stop(self) -> None:
        """Called while the worker stops."""
        await self.app.shell.release()
        await super().on_stop()

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: FBT001, FBT002 - Faust's signature
        """Nothing: offsets are committed by the lanes."""
        return False

    async def _commit(self, offsets: Any) -> bool:
        return False

    def verify_event_path(self, now: float, tp: Any) -> None:
        """Nothing: that Faust has committed no offsets is no fault here."""


class Transport(driver.Transport):
    """`tocsin://HOST:PORT`."""

    Consumer = BatchConsumer
