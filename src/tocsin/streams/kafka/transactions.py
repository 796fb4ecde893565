"""Transactions on Kafka: everything that chunks say, and how far each has read, in one transaction."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from tocsin.domain.instant import Instant
from tocsin.messages.partitioning import partition_of
from tocsin.messages.record import Output, Topic
from tocsin.settings import Settings
from tocsin.streams.core.port import Source
from tocsin.streams.kafka.clients import client_options
from tocsin.streams.kafka.compat import discard
from tocsin.streams.kafka.errors import kafka_errors

RETRY_BACKOFF_MS = 5
"""Kafka refuses the next transaction while it still writes the markers of the last one: ask again soon."""

BATCH_BYTES_MAX = 1024 * 1024  # of one batch; a single larger record still goes alone, and the broker judges it
TRANSACTION_SECONDS = 10.0  # after this the coordinator aborts, and readers of what was written go on
_PATIENCE_SECONDS = 8.0  # give up before the coordinator does: it would fence us

Stamp = Callable[[], Instant]
"""Gives an inbox record its time where the broker does not stamp it: `tocsin dev` alone."""


class Part(NamedTuple):
    """The outputs of a chunk of `source`, and the position behind it.

    `writer` is the transactional id by which `source` is written for after this: the committed offset names it.
    """

    source: Source
    outputs: Sequence[Output]
    position: int
    writer: str


class Transactions:
    """A transactional producer. Its transactional id fences whoever had it before."""

    def __init__(
        self, settings: Settings, transactional_id: str, partitions: Mapping[Topic, int], stamp: Stamp | None
    ) -> None:
        """`partitions` is how many each topic has that is written to by key."""
        self.name = transactional_id
        self._settings = settings
        self._partitions = partitions
        self._stamp = stamp
        self._producer = AIOKafkaProducer(
            **client_options(settings),
            transactional_id=transactional_id,
            transaction_timeout_ms=round(TRANSACTION_SECONDS * 1000),
            acks="all",
            max_batch_size=BATCH_BYTES_MAX,
            retry_backoff_ms=RETRY_BACKOFF_MS,
        )

    async def start(self) -> None:
        """Fence the previous owner and end its transaction. Raises `IndefiniteError` where nobody answers."""
        try:
            with kafka_errors():
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._producer.start()
        except BaseException:
            await self.close()
            raise

    async def commit(self, parts: Sequence[Part]) -> None:
        """Write all `parts` or none. Raises as `tocsin.streams.core.port.Writer`; then only `close` may follow."""
        with kafka_errors():
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._transaction(parts)

    async def _transaction(self, parts: Sequence[Part]) -> None:
        producer = self._producer
        await producer.begin_transaction()
        sent = [await producer.send_batch(batch, name, partition=at) for name, at, batch in self._pack(parts)]
        offsets = {self._tp(it.source): (it.position, it.writer) for it in parts}
        # aiokafka would commit past a send that failed: each is looked at before
        await asyncio.gather(*sent, producer.send_offsets_to_transaction(offsets, self._settings.app_id))
        await producer.commit_transaction()

    def _pack(self, parts: Sequence[Part]) -> list[tuple[str, int, BatchBuilder]]:
        """Whole batches instead of single sends: a fifth of the cost. A partition's batches keep its order."""
        packed: list[tuple[str, int, BatchBuilder]] = []
        filling: dict[tuple[Topic, int], BatchBuilder] = {}
        for part in parts:
            for output in part.outputs:
                partition = self._partition(part.source, output)
                batch = filling.get((output.topic, partition))
                if batch is None or not self._append(batch, output):
                    batch = filling[output.topic, partition] = self._producer.create_batch()
                    packed.append((self._settings.topic(output.topic), partition, batch))
                    self._append(batch, output)  # a batch takes its first record, whatever its size
        return packed

    def _append(self, batch: BatchBuilder, output: Output) -> bool:
        timestamp = output.timestamp
        if self._stamp is not None and output.topic is Topic.INBOX:
            timestamp = self._stamp()
        appended = batch.append(timestamp=timestamp, key=output.key, value=output.value, headers=list(output.headers))
        return appended is not None

    def _tp(self, source: Source) -> TopicPartition:
        return TopicPartition(self._settings.topic(source.topic, source.own), source.partition)

    def _partition(self, source: Source, output: Output) -> int:
        if output.partition is not None:
            return output.partition
        count = self._partitions[output.topic]
        if output.key is None:
            return source.partition % count
        return partition_of(output.key, count)

    async def close(self) -> None:
        """Let go of it; an open transaction is left to whoever comes next."""
        await discard(self._producer)
