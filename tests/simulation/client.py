"""The port's `Log` and `Writer`, on the simulated brokers."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, cast

from tests.simulation.log import Broker, Written
from tests.simulation.loop import MILLISECOND, SECOND, Process
from tests.simulation.network import PATIENCE, Network

from tocsin.domain.instant import Instant
from tocsin.messages.inbox import TICK
from tocsin.messages.record import Output, Record, Topic
from tocsin.streams.core.port import Acknowledged, Cursor, Extent, IndefiniteError, Source, Writer
from tocsin.streams.kafka.joint_writers import JointWriters
from tocsin.streams.kafka.transactions import Part, Transactions

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
        self.openings: dict[Source, int] = {}  # the last one of each source by this worker

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


class SimulatedTransactions:
    """See `tocsin.streams.kafka.transactions.Transactions`."""

    def __init__(self, client: Client, name: str, source: Source | None) -> None:
        """`source` is whose own transactional id `name` is; None for one that several write by."""
        self.name = name
        self._client = client
        self._source = source
        self._epoch = -1

    async def start(self) -> None:
        """Fence whoever had the id before. Raises `IndefiniteError`."""
        client = self._client
        self._epoch, opening = await client.insist(client.broker.start, self.name)
        if self._source is not None:
            client.openings[self._source] = opening

    async def commit(self, parts: Sequence[Part]) -> None:
        """Write all `parts` or none. Raises as `tocsin.streams.core.port.Writer`."""
        openings = self._client.openings
        whole = [_written(part, openings[part.source]) for part in parts]
        try:
            async with asyncio.timeout(PATIENCE / SECOND):
                await self._transaction(whole)
        except IndefiniteError:
            self._client.broker.tally["indefinite commits"] += 1
            raise
        except TimeoutError as error:
            self._client.broker.tally["indefinite commits"] += 1
            raise IndefiniteError("the transaction takes too long") from error

    async def _transaction(self, whole: Sequence[Written]) -> None:
        broker, network = self._client.broker, self._client.network
        if network.weather.calm and network.random.random() >= _SPLIT:
            await self._client.insist(self._write_all, whole)
        else:
            pieces = [piece for each in whole for piece in _pieces(each)]
            await asyncio.gather(*(self._client.insist(broker.write, self.name, self._epoch, it) for it in pieces))
        await self._client.insist(broker.commit, self.name, self._epoch)

    def _write_all(self, whole: Sequence[Written]) -> bool:
        return all(self._client.broker.write(self.name, self._epoch, each) for each in whole)

    async def close(self) -> None:
        """Let go of it. What is on its way stays there."""
        await self._client.pause(_CLOSING_MAX)


class SimulatedLog:
    """See `tocsin.streams.core.port.Log`."""

    def __init__(self, client: Client, reader: GroupReader, name: str) -> None:
        """`name` is the prefix of the transactional ids."""
        self.client = client
        self.reader = reader
        self._name = name
        self._own: dict[str, Source] = {}
        self._joint = JointWriters(f"{name}-worker/", self._transactions, self._writer_named)

    async def open_writer(self, source: Source) -> Writer:
        """See `tocsin.streams.core.port.Log`."""
        transactional_id = f"{self._name}-{source}"
        self._own[transactional_id] = source
        writer = await self._joint.open(transactional_id, source)
        self.client.broker.opened(source, self.client.openings[source])
        return writer

    def _transactions(self, name: str) -> Transactions:
        return cast("Transactions", SimulatedTransactions(self.client, name, self._own.get(name)))

    async def _writer_named(self, source: Source, *, stable: bool) -> str:
        named: str = await self.client.insist(partial(self.client.broker.writer_named, stable=stable), source)
        return named

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


def _written(part: Part, opening: int) -> Written:
    batches: dict[Source, list[Output]] = {}
    for output in part.outputs:
        number = part.source.partition if output.partition is None else output.partition
        batches.setdefault(Source(output.topic, number), []).append(output)
    return Written(part.source, opening, batches, part.position, part.writer)


def _pieces(whole: Written) -> Iterator[Written]:
    """Each partition's records on their own, and the position."""
    for target, outputs in whole.batches.items():
        yield whole._replace(batches={target: outputs}, position=None)
    yield whole._replace(batches={})
