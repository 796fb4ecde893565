"""Writers that sources share: clients' topics, which may be hundreds, and all others of a worker (`joint_writers`).

What several sources commit while a transaction runs goes into the next one together. That changes nothing for any of
them: each chunk and its offset are in one transaction. Where one is in doubt, so are all that were in it; the writer is
not used again, and whoever takes a source over ends that transaction first.
"""

import asyncio
from collections.abc import Callable, Sequence

from tocsin.messages.partitioning import partition_of
from tocsin.messages.record import Output
from tocsin.streams.core.port import IndefiniteError, Source
from tocsin.streams.kafka.transactions import Part, Transactions

SHARED = 16
"""So many writers are shared, by all workers of the group. Workers that disagree about it would not fence each other:
a source would be written for under two transactional ids. So it must never change.
"""

_BYTES_MAX = 4 * 1024 * 1024  # of one transaction, or a little more
_SMALL_BYTES = 256 * 1024
"""After a transaction of less than that the next one waits until those who were in it have folded what has come.

They would be in every second one only, and what they fold is not much. After a larger one they fold while it runs.
"""


def shared_by(source: Source) -> int | None:
    """The number of the writer that a client's topic shares with others; None for all other sources."""
    return partition_of(str(source).encode(), SHARED) if source.own else None


class SharedWriters:
    """The shared writers that this worker has open."""

    def __init__(self, make: Callable[[int], Transactions]) -> None:
        """`make` gives the producer of a number."""
        self._make = make
        self._open: dict[int, _Shared] = {}
        self._opening = [asyncio.Lock() for _ in range(SHARED)]

    async def open(self, number: int, source: Source) -> "SharedWriter":
        """The writer for `source`, once a transaction of the same id has ended. Raises `IndefiniteError`."""
        async with self._opening[number]:
            shared = self._open.get(number)
            if shared is None or not shared.is_sound:
                shared = self._open[number] = _Shared(self._make(number))
                await shared.start()
            shared.users += 1
            return SharedWriter(shared, source)

    def has(self, name: str) -> bool:
        """Returns whether the writer with this transactional id is open, and in no doubt."""
        return any(shared.name == name and shared.is_sound for shared in self._open.values())


class SharedWriter:
    """See `tocsin.streams.core.port.Writer`."""

    def __init__(self, shared: "_Shared", source: Source) -> None:
        self.name = shared.name
        """The transactional id."""
        self._shared = shared
        self._source = source

    async def commit(self, outputs: Sequence[Output], position: int) -> None:
        """See `tocsin.streams.core.port.Writer`."""
        await self._shared.commit(Part(self._source, outputs, position, self.name))

    async def close(self) -> None:
        """See `tocsin.streams.core.port.Writer`."""
        await self._shared.leave()


class _Shared:
    def __init__(self, transactions: Transactions) -> None:
        self.name = transactions.name
        self.users = 0
        self.is_sound = True
        self._transactions = transactions
        self._waiting: list[tuple[Part, asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        try:
            await self._transactions.start()
        except BaseException:
            self.is_sound = False
            raise

    async def commit(self, part: Part) -> None:
        if not self.is_sound:
            raise IndefiniteError("a transaction of a source that shares the writer is in doubt")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((part, done))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        try:
            await done
        except BaseException:
            self.is_sound = False  # also where nobody waits any more: the part may land all the same
            raise
        finally:
            del done  # its error holds this frame, and what waits for the frame holds the state that is to be dropped

    async def leave(self) -> None:
        """The last one who leaves closes it."""
        self.users -= 1
        if not self.users:
            self.is_sound = False
            await self._transactions.close()

    async def _commit_all(self) -> None:
        while self._waiting and self.is_sound:
            together, size = self._next()
            try:
                await self._transactions.commit([part for part, _ in together])
            except BaseException as error:  # noqa: BLE001 - those who wait raise it
                self.is_sound = False
                _settle(together, error)
            else:
                _settle(together, None)
                if size < _SMALL_BYTES:
                    await asyncio.sleep(0)  # all who were woken go on before this does
        self._committing = None
        left, self._waiting = self._waiting, []
        _settle(left, IndefiniteError("the transaction before it is in doubt"))

    def _next(self) -> tuple[list[tuple[Part, asyncio.Future[None]]], int]:
        """What fits into one transaction of what waits, in its order, and its bytes."""
        count = size = 0
        while count < len(self._waiting) and size < _BYTES_MAX:
            size += sum(len(output.value or b"") for output in self._waiting[count][0].outputs)
            count += 1
        together, self._waiting = self._waiting[:count], self._waiting[count:]
        return together, size


def _settle(parts: list[tuple[Part, asyncio.Future[None]]], error: BaseException | None) -> None:
    for _, done in parts:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
