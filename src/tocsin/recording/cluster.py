"""Reads the records of a cluster for code that does not wait: one partition after the other, a fetch at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Self

from tocsin.client.connection import partitions_of
from tocsin.client.reading import Reader, opened_at
from tocsin.messages.record import Record, Topic
from tocsin.recording.reading import Extent
from tocsin.settings import Settings


class ClusterSource:
    """The topics of a cluster. It is entered before it is read, in a thread without an event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._runner = asyncio.Runner()
        self._open: set[AsyncExitStack] = set()

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stack in list(self._open):
            self._close(stack)
        self._runner.__exit__(kind, error, trace)

    def partitions(self, topic: Topic, own: str = "") -> list[int]:
        """The partitions of `topic`. Raises `ClientError` if there is no such topic."""
        return self._runner.run(partitions_of(self._settings, topic, own))

    def extent(self, topic: Topic, partition: int, own: str = "") -> Extent:
        """The offsets that the broker has now, those of open transactions left out."""
        return self._runner.run(self._extent(topic, partition, own))

    async def _extent(self, topic: Topic, partition: int, own: str) -> Extent:
        async with opened_at(self._settings, topic, partition, 0, own) as reader:
            return Extent(*await reader.extent())

    def records(self, topic: Topic, partition: int, start: int = 0, own: str = "") -> Iterator[Record]:
        """The committed records of the partition."""
        stack = AsyncExitStack()
        self._open.add(stack)
        try:
            batches = self._runner.run(self._batches(stack, opened_at(self._settings, topic, partition, start, own)))
            while (batch := self._runner.run(_next(batches))) is not None:
                yield from batch
        finally:
            self._close(stack)

    def _close(self, stack: AsyncExitStack) -> None:
        """Close what is open still. A reading that was not ended is forgotten later than the source is left."""
        if stack in self._open:
            self._open.remove(stack)
            self._runner.run(stack.aclose())

    @staticmethod
    async def _batches(
        stack: AsyncExitStack, opening: AbstractAsyncContextManager[Reader]
    ) -> AsyncIterator[list[Record]]:
        reader = await stack.enter_async_context(opening)
        return reader.batches_to_end()


async def _next(batches: AsyncIterator[list[Record]]) -> list[Record] | None:
    return await anext(batches, None)
