"""Records that nobody ever sees: they take the offsets at which the original log holds no record.

They stand in a transaction that is aborted. Readers of committed records pass over them, as they pass over markers of
transactions, aborted records and what compaction has removed in the original.
"""

import asyncio
from typing import Any

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import KafkaError, NoError, for_code
from aiokafka.protocol.transaction import AddPartitionsToTxnRequest, EndTxnRequest, InitProducerIdRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from tocsin.domain.instant import Instant

TRANSACTION_MS = 600_000
"""Brokers abort a transaction that is open for longer; they allow at most 15 minutes."""

_WAIT_SECONDS = 0.002
_ASK_AGAIN = (14, 15, 16, 51)  # the coordinator is loading, not there, another one, or still ends the last transaction
_SEQUENCES = 2**31
_BATCH_BYTES_MAX = 2**24


class Fillers:
    """One transaction after the other on one partition; each is aborted."""

    def __init__(self, client: AIOKafkaClient, name: str, partition: int, transactional_id: str) -> None:
        """`client` is connected."""
        self.open = False
        self.transactional_id = transactional_id
        self._client = client
        self._place = [(name, [partition])]
        self._producer: tuple[int, int] | None = None
        self._sequence = 0
        self._opened_at = 0.0

    @property
    def seconds_open(self) -> float:
        """The age of the transaction."""
        return asyncio.get_running_loop().time() - self._opened_at

    async def begin(self) -> None:
        """Open a transaction. Raises `KafkaError`."""
        producer = self._producer = self._producer or await self._new_producer()
        await self._ask(AddPartitionsToTxnRequest(self.transactional_id, *producer, self._place))
        self.open, self._opened_at = True, asyncio.get_running_loop().time()

    def batch(self, count: int, stamp: Instant) -> bytes:
        """The next `count` of them."""
        if self._producer is None:
            raise RuntimeError("no transaction was begun")
        batch = filler_batch(count, stamp, *self._producer, self._sequence)
        self._sequence = (self._sequence + count) % _SEQUENCES
        return batch

    async def abort(self) -> None:
        """End the transaction. Returns when its marker stands in the log, where it takes one offset."""
        if self._producer is None:
            raise RuntimeError("no transaction was begun")
        await self._ask(EndTxnRequest(self.transactional_id, *self._producer, False))  # noqa: FBT003 - not committed
        self.open, self._sequence = False, 0
        self._producer = await self._new_producer()  # which is given when the marker stands

    async def _new_producer(self) -> tuple[int, int]:
        answer = await self._ask(InitProducerIdRequest(self.transactional_id, TRANSACTION_MS))
        return answer.producer_id, answer.producer_epoch

    async def _ask(self, request: Any) -> Any:
        """The coordinator's answer. Raises `KafkaError`."""
        while True:
            try:
                node = await self._client.coordinator_lookup(CoordinationType.TRANSACTION, self.transactional_id)
                answer = await self._client.send(node, request)
                if (error := _error_in(answer)) is None:
                    return answer
            except KafkaError as failed:
                error = failed
            if error.errno not in _ASK_AGAIN:
                raise error
            await asyncio.sleep(_WAIT_SECONDS)


def filler_batch(count: int, stamp: Instant, producer: int = -1, epoch: int = -1, sequence: int = -1) -> bytes:
    """A batch of `count` empty records; of a transaction where a producer is named.

    `stamp` is that of a record beside them: brokers begin a new segment, and delete an old one, by stamps.
    """
    builder = DefaultRecordBatchBuilder(2, 0, producer >= 0, producer, epoch, sequence, _BATCH_BYTES_MAX)
    for number in range(count):
        builder.append(number, stamp, None, None, [])
    return bytes(builder.build())


def _error_in(answer: Any) -> KafkaError | None:
    if hasattr(answer, "errors"):
        code = next((code for _, partitions in answer.errors for _, code in partitions if code), 0)
    else:
        code = answer.error_code
    kind = for_code(code)
    return None if kind is NoError else kind()
