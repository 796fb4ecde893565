"""The group's consumer of one worker, as the transport of the real one behaves towards the shell.

Each placed partition is read on its own; batches go to two agents, which hand them to the shell one after the other.
Some batches stay on their way during a revocation: they come late, and must be void.
"""

import asyncio
from collections.abc import Callable
from random import Random

from tests.simulation.client import Client
from tests.simulation.loop import SECOND

from tocsin.messages.record import Topic
from tocsin.streams.core.port import Batch, Cursor, IndefiniteError, Source

_BUFFERED_BATCHES_MAX = 4
_RECORDS_MAX = 40
_PAUSE_SECONDS = 0.02
_ODD = 0.05  # how often a batch is small, or late
_LATE_MAX = 2 * SECOND


class Reader:
    """Reads while `flow` is set, from where the takeovers have placed it."""

    def __init__(
        self,
        client: Client,
        random: Random,
        is_member: Callable[[], bool],
        is_full: Callable[[Source], bool],
    ) -> None:
        """`is_member` is what the group's coordinator says, `is_full` asks the shell to pause."""
        self.flow = asyncio.Event()
        self.is_member = is_member
        self._is_full = is_full
        self._client = client
        self._random = random
        self._fetching: dict[Source, asyncio.Task[None]] = {}
        self._queues: dict[bool, asyncio.Queue[Batch]] = {
            is_inbox: asyncio.Queue(_BUFFERED_BATCHES_MAX) for is_inbox in (True, False)
        }

    def place(self, source: Source, position: int) -> Cursor:
        """See `tocsin.streams.core.port.Log`."""
        before = self._fetching.get(source)
        if before is not None:
            before.cancel()
        cursor = Cursor(position)
        self._fetching[source] = asyncio.ensure_future(self._fetch(source, cursor))
        return cursor

    def revoke(self) -> None:
        """Stop reading. What is on its way already may come all the same."""
        self.flow.clear()
        fetching, self._fetching = self._fetching, {}
        for task in fetching.values():
            task.cancel()

    async def _fetch(self, source: Source, cursor: Cursor) -> None:
        partition = self._client.broker.partitions[source]
        queue = self._queues[source.topic is Topic.INBOX]
        position = cursor.position
        while True:
            await self.flow.wait()
            while self._is_full(source):  # noqa: ASYNC110 - the real host looks again and again as well
                await asyncio.sleep(_PAUSE_SECONDS)
            if partition.stable_end <= position:
                await self._news(source)
            try:
                records, position = await self._client.ask(partition.read, position, self._records_max())
            except IndefiniteError:
                continue
            if records:
                batch = Batch(source, cursor, cursor.position, position, records)
                cursor.position = position
                await queue.put(batch)

    def _records_max(self) -> int:
        return 1 if self._random.random() < _ODD else _RECORDS_MAX

    async def _news(self, source: Source) -> None:
        """Wait until there may be more to read."""
        process, network = self._client.process, self._client.network
        news = process.create_future()

        def tell() -> None:
            if not news.done():
                news.set_result(None)

        self._client.broker.partitions[source].when_more(lambda: network.push(process, tell))
        await news

    async def hand_over(self, offer: Callable[[Batch], None], *, inbox: bool) -> None:
        """What each of the two agents does, forever. Raises what `offer` raises."""
        queue = self._queues[inbox]
        while True:
            batch = await queue.get()
            if self._random.random() < _ODD:
                await asyncio.sleep(self._random.randrange(_LATE_MAX) / SECOND)
            offer(batch)
