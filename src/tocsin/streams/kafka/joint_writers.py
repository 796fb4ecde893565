"""One writer for all partitions that a worker owns, so that its transactions do not wait for one another.

Transactions that overlap on the inbox hold back what a `read_committed` reader may see, and each costs the brokers the
same, however little is in it. So what lanes commit while a transaction runs goes into the next one together.

Such a writer belongs to no source, so whoever takes a source over must learn which one to fence. The offset that is
committed for the source names it, in its metadata:

1. A producer whose transactional id is the source's own is started. That fences whoever else is taking it over.
2. The writer that the committed offset names is fenced. Its id is never used again, so it has ended for good.
3. The first commit is made by the source's own producer, and names the joint writer, which makes all others.

A worker that was stopped before its first commit is fenced by another's step 1; one that was stopped later, by step 2.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from uuid import uuid4

from tocsin.messages.record import Output
from tocsin.streams.core.port import Source
from tocsin.streams.kafka.shared_writers import SharedWriter, SharedWriters
from tocsin.streams.kafka.transactions import Part, Transactions

_ONLY = 0  # the number of the joint writer: there is one


class NamedWriter(Protocol):
    """Asks the group which writer the committed offset of a source names; empty where it names none."""

    def __call__(self, source: Source, *, stable: bool) -> Awaitable[str]:
        """With `stable` it waits until no transaction that would change it is open."""


class JointWriters:
    """Opens writers for sources, by the joint writer that this worker has open."""

    def __init__(self, prefix: str, make: Callable[[str], Transactions], named: NamedWriter) -> None:
        """`make` gives the producer of a transactional id. Those of joint writers alone begin with `prefix`."""
        self._prefix = prefix
        self._make = make
        self._named = named
        self._shared = SharedWriters(lambda _only: make(f"{prefix}{uuid4().hex}"))
        self._ending = asyncio.Lock()
        self._ended: set[str] = set()

    async def open(self, own_id: str, source: Source) -> "JointWriter":
        """The writer for `source`, once no earlier one can commit. `own_id` is the transactional id of the source.

        Raises `IndefiniteError`.
        """
        first = self._make(own_id)
        await first.start()
        try:
            await self._end_named(source)
            return JointWriter(first, await self._shared.open(_ONLY, source), source)
        except BaseException:
            await first.close()
            raise

    async def _end_named(self, source: Source) -> None:
        """End the writer that the committed offset names.

        The first question does not wait for open transactions: the one to be ended may be among them.
        """
        while True:
            name = await self._named(source, stable=False)
            await self._end(name)
            if await self._named(source, stable=True) == name:
                return

    async def _end(self, name: str) -> None:
        if not name.startswith(self._prefix) or self._shared.has(name):
            return  # has: our own, whose first commit for this source was in doubt and has landed
        async with self._ending:
            if name not in self._ended:
                earlier = self._make(name)
                await earlier.start()
                await earlier.close()
                self._ended.add(name)


class JointWriter:
    """See `tocsin.streams.core.port.Writer`."""

    def __init__(self, first: Transactions, joint: SharedWriter, source: Source) -> None:
        """`first` makes the first commit."""
        self._first: Transactions | None = first
        self._joint = joint
        self._source = source

    async def commit(self, outputs: Sequence[Output], position: int) -> None:
        """See `tocsin.streams.core.port.Writer`."""
        first, self._first = self._first, None
        if first is None:
            await self._joint.commit(outputs, position)
            return
        try:
            await first.commit([Part(self._source, outputs, position, self._joint.name)])
        finally:
            await first.close()

    async def close(self) -> None:
        """See `tocsin.streams.core.port.Writer`."""
        if self._first is not None:
            await self._first.close()
        await self._joint.close()
