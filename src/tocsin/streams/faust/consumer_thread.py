"""The consumer's own thread: aiokafka's consumer, read by batches."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, UnsupportedCodecError

from tocsin.streams.core.port import Batch, Cursor, Extent, IndefiniteError, PackedError, Source
from tocsin.streams.core.stall import StallError, until_stalled
from tocsin.streams.faust.compat import ConsumerThreadBase
from tocsin.streams.kafka import compat, offset_fetch
from tocsin.streams.kafka.assignor import assignors
from tocsin.streams.kafka.errors import kafka_errors
from tocsin.streams.kafka.log import record

_FETCH_WAIT_MS = 20
"""aiokafka asks a broker for one fetch at a time: a partition that has just been read waits for the others' to end."""

_REST_MS = 250  # while nothing comes; a request on the same connection, as a takeover makes them, waits for its end

_PAUSE_SECONDS = 0.02  # between two looks at lanes that are full
_METADATA_MS = 10_000  # a partition that was added is noticed within this time: see `placement`
_HEARTBEAT_SECONDS = 5.0
_MEMBERSHIP_SECONDS = 0.5  # between two looks at what the group says of us
_ANSWER_SECONDS = 15.0
_NEVER_MS = 2**31 - 1  # nobody reads during a takeover or an outage: aiokafka would not even join again after that
_FETCH_BYTES_MAX = 4 * 1024 * 1024  # of one partition

_T = TypeVar("_T")

_log = structlog.get_logger()


class ConsumerThread(ConsumerThreadBase):
    """Runs in the consumer's own thread and loop; everything that touches aiokafka's consumer happens here."""

    def prepare(self) -> None:
        """Called by the base class before the thread runs."""
        self._cursors: dict[TopicPartition, tuple[Any, Source, Cursor]] = {}  # with the assignment they belong to
        self._answers: tuple[Any, ...] = ()  # the wall clock's time of each partition's last answer, only compared
        self._answered = time.monotonic()
        self.member = ""  # the id that the group gave us when it last assigned partitions

    async def on_start(self) -> None:
        """Called by the base class in this thread."""
        await super().on_start()
        compat.let_rest(self.aiokafka, _REST_MS)
        self.add_future(self._end_after_stall())
        self.add_future(self._watch_membership())

    async def _end_after_stall(self) -> None:
        try:
            await until_stalled(self.app.conf.broker_session_timeout)
        except StallError as error:
            self._die(error)

    async def _watch_membership(self) -> None:
        """Without partitions nothing is fetched, and nobody would see that the group does not take us."""
        while True:
            await asyncio.sleep(_MEMBERSHIP_SECONDS)
            if (consumer := self.aiokafka_or_none) is not None:
                try:
                    _check_membership(consumer)
                except KafkaError as error:
                    self._die(error)
                    return

    def _die(self, error: BaseException) -> None:
        self.app.loop.call_soon_threadsafe(self.app.exit.die, error)

    def make_consumer(self) -> AIOKafkaConsumer:
        """Called by the base class in this thread."""
        conf = self.app.conf
        return AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            **self.app.client_options,
            partition_assignment_strategy=assignors(self.app.settings),
            enable_auto_commit=False,
            auto_offset_reset="none",  # takeovers say where to read; a log that shrank under us must not go unnoticed
            isolation_level="read_committed",
            max_poll_records=conf.broker_max_poll_records,
            max_partition_fetch_bytes=_FETCH_BYTES_MAX,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            request_timeout_ms=round((conf.broker_rebalance_timeout + 5) * 1000),  # joining may take a rebalance
            session_timeout_ms=round(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=round(conf.broker_rebalance_timeout * 1000),
            max_poll_interval_ms=_NEVER_MS,
            metadata_max_age_ms=_METADATA_MS,
            heartbeat_interval_ms=round(conf.broker_heartbeat_interval * 1000),
        )

    async def fetch(
        self,
        consumer: AIOKafkaConsumer,
        active: Any,
        timeout: float | None,  # noqa: ASYNC109 - Faust's signature
    ) -> Mapping[Any, Batch]:
        """Called by the base class in this thread: a batch for each partition that has records."""
        _check_membership(consumer)
        self.silence()  # takes note of the answers so far
        reading = {tp for tp in active if not self._is_full(tp)}
        if len(reading) < len(active):
            timeout = _PAUSE_SECONDS  # so that a lane that has caught up need not wait for the others' records
        if not reading:
            await asyncio.sleep(_PAUSE_SECONDS)
            return {}
        try:
            fetched = await self.fetch_records(consumer, reading, timeout)
        except NoOffsetForPartitionError:
            return {}  # a partition that no takeover has placed yet
        except UnsupportedCodecError as error:
            raise PackedError(
                f"An input topic holds packed records that cannot be unpacked here ({error}). They were written while "
                "its compression.type was not `uncompressed`: set that (`tocsin topics check`), delete these records "
                "with kafka-delete-records.sh, and have their sender publish them again."
            ) from error
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
            if placed is not None and placed[0] is compat.assignment(consumer):
                consumer.seek(tp, placed[2].position)

    def _batch(self, consumer: Any, tp: TopicPartition, records: list[Any]) -> Batch | None:
        placed = self._cursors.get(tp)
        if placed is None or placed[0] is not compat.assignment(consumer):
            return None  # read before its takeover, which seeks: nothing is lost
        assignment, source, cursor = placed
        start, cursor.position = cursor.position, assignment.state_value(tp).position
        return Batch(source, cursor, start, cursor.position, [record(source, r) for r in records])

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Called by aiokafka in this thread; batches that are still on their way become void."""
        self._cursors.clear()
        await self._require_own_instance()
        await super().on_partitions_revoked(revoked)

    async def _require_own_instance(self) -> None:
        """Do not join again where another process has joined under our `group_instance_id`: both would go on for ever.

        What is raised here aiokafka would log, and join.
        """
        member = compat.coordinator(self.aiokafka).member_id
        if self.member and not member and (error := await self.app.instance_in_use()) is not None:
            self._die(error)
            await asyncio.Event().wait()  # until the process ends

    async def extent(self, tp: TopicPartition) -> Extent:
        """See `tocsin.streams.kafka.log.GroupReader`."""
        return await self._call(self._extent, tp)

    async def metadata(self, tp: TopicPartition, *, stable: bool) -> str:
        """See `tocsin.streams.kafka.log.GroupReader`."""
        return await self._call(self._metadata, tp, stable)

    async def place(self, source: Source, tp: TopicPartition, position: int) -> Cursor:
        """See `tocsin.streams.kafka.log.GroupReader`."""
        return await self._call(self._place, source, tp, position)

    async def is_member(self) -> bool:
        """See `tocsin.streams.kafka.log.GroupReader`. Raises `IndefiniteError` when the coordinator does not answer."""
        return await self._call(self._is_member)

    async def _call(self, function: Callable[..., Coroutine[Any, Any, _T]], *arguments: Any) -> _T:
        """Run `function` in the consumer's thread and wait for what it says.

        Not by Faust's `call_thread`: that has two hands, and the fetching occupies one of them.
        """
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(function(*arguments), self.thread_loop))

    async def _extent(self, tp: TopicPartition) -> Extent:
        consumer = self.aiokafka
        with kafka_errors():
            async with asyncio.timeout(_ANSWER_SECONDS):
                first = (await consumer.beginning_offsets([tp]))[tp]
                committed = await offset_fetch.committed(compat.coordinator(consumer), tp)
                return Extent(first, (await consumer.end_offsets([tp]))[tp], committed)

    async def _metadata(self, tp: TopicPartition, stable: bool) -> str:  # noqa: FBT001 - `_call` passes no keywords
        with kafka_errors():
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await offset_fetch.metadata(compat.coordinator(self.aiokafka), tp, stable=stable)

    async def _place(self, source: Source, tp: TopicPartition, position: int) -> Cursor:
        consumer = self.aiokafka
        consumer.seek(tp, position)
        self.member = compat.coordinator(consumer).member_id
        cursor = Cursor(position)
        self._cursors[tp] = (compat.assignment(consumer), source, cursor)
        self.forget_read_offset(tp.topic, tp.partition)
        return cursor

    async def _is_member(self) -> bool:
        consumer = self.aiokafka
        with kafka_errors():
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                if await compat.heartbeat(consumer):
                    return True
        if compat.coordinator(consumer).generation >= 0:  # still believed in: the answer was lost, not negative
            raise IndefiniteError("the group's coordinator does not answer")
        return False

    async def leave(self) -> None:
        """Leave the group, so that the others need not wait for the session timeout."""
        await self._call(self.aiokafka.stop)

    def unread(self, topic: str, partition: int) -> int | None:
        """Number of offsets that the broker has beyond the last read one; None while unknown. For any thread."""
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
        consumer = self.aiokafka_or_none
        assignment = None if consumer is None else compat.assignment(consumer)
        if assignment is not None:
            yield from ((tp, assignment.state_value(tp)) for tp in assignment.tps)


def _check_membership(consumer: AIOKafkaConsumer) -> None:
    """Faust never asks: a group membership that has died would go unnoticed. A passing trouble is only logged."""
    error = compat.membership_error(consumer)
    if error is None:
        return
    if not error.retriable:
        raise error
    _log.warning("group_coordinator_in_trouble", error=repr(error))
