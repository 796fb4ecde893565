"""The port's `Log` and `Writer`, on the simulated brokers."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from typing import Any, Protocol

from tests.simulation.log import Broker, Written
from tests.simulation.loop import MILLISECOND, SECOND, Process
from tests.simulation.network import PATIENCE, Network

from tocsin.domain.instant import Instant
from tocsin.messages.inbox import TICK
from tocsin.messages.record import Output, Record, Topic
from tocsin.streams.core.port import Acknowledged, Cursor, Extent, IndefiniteError, Source

_BACKOFF_SECONDS = 0.005
_CLOSING_MAX = 20 * MILLISECOND
_SPLIT = 0.1  # how often the parts of a transaction travel one by one though the weather is calm
_HISTORY_RECORDS_MAX = 50


class GroupReader(Protocol):
    """What is asked of the group's consumer."""

    def place(self, source: Source, position: int) -> Cursor:
        """Seek, and begin a new reading."""

    def is_member(self) -> bool:
        """Whether the coordinator counts this worker in."""


class Client:
    """What writer and log have in common: one worker's way to the brokers."""

    def __init__(self, process: Process, network: Network, broker: Broker) -> None:
        self.process = process
        self.network = network
        self.broker = broker

    async def ask(self, request: Callable[..., Any], *arguments: Any) -> Any:
        """The brokers' answer. Raises `IndefiniteError` or what the brokers raise."""
        return await self.network.ask(self.process, partial(request, *arguments))

    async def insist(self, request: Callable[..., Any], *arguments: Any) -> Any:
        """As `ask`, again and again as long as the brokers say that they are not done with what was before."""
        limit = self.process.time() + PATIENCE / SECOND
        while (answer := await self.ask(request, *arguments)) is None or answer is False:
            if self.process.time() > limit:
                raise IndefiniteError("the brokers are still busy with the transaction before")
            await asyncio.sleep(_BACKOFF_SECONDS)
        return answer

    async def pause(self, microseconds_max: int) -> None:
        """Take some time."""
        if self.process.buried:
            raise asyncio.CancelledError
        await asyncio.sleep(self.network.random.randrange(microseconds_max) / SECOND)


class SimulatedWriter:
    """See `tocsin.streams.core.port.Writer`."""

    def __init__(self, client: Client, transactional_id: str, source: Source, epoch: int) -> None:
        self._client = client
        self._id = transactional_id
        self._source = source
        self._epoch = epoch

    async def commit(self, outputs: Sequence[Output], position: int) -> None:
        """See `tocsin.streams.core.port.Writer`."""
        try:
            async with asyncio.timeout(PATIENCE / SECOND):
                await self._transaction(_batches(self._source, outputs), position)
        except IndefiniteError:
            self._client.broker.tally["indefinite commits"] += 1
            raise
        except TimeoutError as error:
            self._client.broker.tally["indefinite commits"] += 1
            raise IndefiniteError("the transaction takes too long") from error

    async def _transaction(self, batches: Sequence[Written], position: int) -> None:
        broker, me = self._client.broker, (self._id, self._epoch, self._source)
        if self._client.network.weather.calm and self._client.network.random.random() >= _SPLIT:
            await self._client.insist(self._write_all, batches, position)
        else:
            parts = [self._client.insist(broker.write, *me, [batch]) for batch in batches]
            await asyncio.gather(*parts, self._client.insist(broker.add_position, *me, position))
        await self._client.insist(broker.commit, self._id, self._epoch)

    def _write_all(self, batches: Sequence[Written], position: int) -> bool:
        broker, me = self._client.broker, (self._id, self._epoch, self._source)
        return broker.write(*me, batches) and broker.add_position(*me, position)

    async def close(self) -> None:
        """See `tocsin.streams.core.port.Writer`. What is on its way stays there."""
        await self._client.pause(_CLOSING_MAX)


class SimulatedLog:
    """See `tocsin.streams.core.port.Log`."""

    def __init__(self, client: Client, reader: GroupReader, name: str) -> None:
        """`name` is the prefix of the transactional ids."""
        self.client = client
        self.reader = reader
        self.name = name

    async def open_writer(self, source: Source) -> SimulatedWriter:
        """See `tocsin.streams.core.port.Log`."""
        transactional_id = f"{self.name}-{source}"
        epoch = await self.client.insist(self.client.broker.open_writer, transactional_id, source)
        return SimulatedWriter(self.client, transactional_id, source, epoch)

    def partitions(self, topic: Topic) -> int:
        """See `tocsin.streams.core.port.Log`."""
        return sum(source.topic is topic for source in self.client.broker.partitions)

    async def extent(self, source: Source) -> Extent:
        """See `tocsin.streams.core.port.Log`."""
        broker = self.client.broker
        found: Extent = await self.client.ask(
            lambda: Extent(0, broker.partitions[source].stable_end, broker.committed.get(source))
        )
        return found

    async def history(
        self, source: Source, start: int | None, end: int | None
    ) -> AsyncGenerator[Sequence[Record], None]:
        """See `tocsin.streams.core.port.Log`."""
        partition = self.client.broker.partitions[source]
        position = start or 0
        bound = await self.client.ask(lambda: partition.stable_end) if end is None else end
        while position < bound:
            records, position = await self.client.ask(partition.read, position, _HISTORY_RECORDS_MAX)
            yield [record for record in records if record.offset < bound]

    async def place(self, source: Source, position: int) -> Cursor:
        """See `tocsin.streams.core.port.Log`."""
        await self.client.pause(MILLISECOND)
        return self.reader.place(source, position)

    async def is_member(self) -> bool:
        """See `tocsin.streams.core.port.Log`."""
        return bool(await self.client.ask(self.reader.is_member))

    async def tick(self, partition: int) -> Acknowledged:
        """See `tocsin.streams.core.port.Log`."""
        record: Record = await self.client.ask(
            self.client.broker.append, Source(Topic.INBOX, partition), self._tick(partition)
        )
        return Acknowledged(record.offset, record.timestamp)

    def _tick(self, partition: int) -> Output:
        never: Instant = 0  # the brokers stamp it
        return Output(Topic.INBOX, partition, None, TICK, never)


def _batches(source: Source, outputs: Sequence[Output]) -> list[Written]:
    """What goes to each partition, in order."""
    batches: dict[Source, Written] = {}
    for output in outputs:
        number = source.partition if output.partition is None else output.partition
        target = Source(output.topic, number)
        batches.setdefault(target, Written(target, [])).outputs.append(output)
    return list(batches.values())
