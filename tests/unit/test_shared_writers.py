"""Writers that topics of clients share: what is committed together, and what a doubt about it means."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from tocsin.messages.record import Output, Topic
from tocsin.streams.core.port import FencedError, IndefiniteError, Source
from tocsin.streams.kafka.shared_writers import SHARED, SharedWriters, shared_by
from tocsin.streams.kafka.transactions import Part, Transactions


class FakeTransactions:
    """Commits when it is let, and remembers what was committed together."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.committed: list[list[tuple[str, int]]] = []
        self.started = self.closed = False
        self.error: BaseException | None = None
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.running = asyncio.Event()

    async def start(self) -> None:
        self.started = True
        if self.error is not None:
            raise self.error

    async def commit(self, parts: Sequence[Part]) -> None:
        self.running.set()
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        self.committed.append([(part.source.own, part.position) for part in parts])

    async def close(self) -> None:
        self.closed = True


class Bench:
    """Writers on producers that are made here, in their order."""

    def __init__(self) -> None:
        self.made: list[FakeTransactions] = []
        self.fails: BaseException | None = None
        self.writers = SharedWriters(self._make)

    def _make(self, _number: int) -> Transactions:
        self.made.append(FakeTransactions())
        self.made[-1].error = self.fails
        return cast("Transactions", self.made[-1])


def source(own: str) -> Source:
    return Source(Topic.CALLS, 0, own)


def output(value: bytes) -> Output:
    return Output(Topic.INBOX, 0, b"acme", value, 0)


async def test_what_is_committed_while_a_transaction_runs_goes_into_the_next_one_together() -> None:
    bench = Bench()
    a, b, c = [await bench.writers.open(3, source(name)) for name in "abc"]
    [transactions] = bench.made
    transactions.may_end.clear()
    first = asyncio.create_task(a.commit([], 1))
    await transactions.running.wait()
    others = [asyncio.create_task(b.commit([], 7)), asyncio.create_task(c.commit([], 9))]
    await asyncio.sleep(0)
    transactions.may_end.set()
    await asyncio.gather(first, *others)
    assert transactions.committed == [[("a", 1)], [("b", 7), ("c", 9)]]


async def test_a_transaction_takes_no_more_than_fits() -> None:
    bench = Bench()
    writers = [await bench.writers.open(0, source(str(number))) for number in range(4)]
    big = [output(b"x" * 3 * 1024 * 1024)]
    await asyncio.gather(*(writer.commit(big, 1) for writer in writers))
    assert [len(together) for together in bench.made[0].committed] == [2, 2]


async def test_a_doubt_is_one_of_all_that_wait_and_a_writer_that_is_opened_then_is_another_one() -> None:
    bench = Bench()
    a, b, c = [await bench.writers.open(3, source(name)) for name in "abc"]
    [transactions] = bench.made
    transactions.may_end.clear()
    first = asyncio.create_task(a.commit([], 1))
    await transactions.running.wait()
    second = asyncio.create_task(b.commit([], 7))
    await asyncio.sleep(0)
    transactions.error = IndefiniteError("no answer")
    transactions.may_end.set()
    failed = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(error) for error in failed] == [IndefiniteError, IndefiniteError]
    with pytest.raises(IndefiniteError):
        await c.commit([], 9)
    again = await bench.writers.open(3, source("a"))
    await again.commit([], 1)
    assert (transactions.committed, bench.made[1].committed) == ([], [[("a", 1)]])


async def test_where_nobody_waits_for_a_commit_any_more_the_writer_is_not_used_again() -> None:
    """It may land all the same: whoever takes the source over must end that transaction first."""
    bench = Bench()
    a, b = [await bench.writers.open(3, source(name)) for name in "ab"]
    [transactions] = bench.made
    transactions.may_end.clear()
    first = asyncio.create_task(a.commit([], 1))
    await transactions.running.wait()
    first.cancel()
    await asyncio.wait([first])
    with pytest.raises(IndefiniteError):
        await b.commit([], 7)
    await bench.writers.open(3, source("a"))
    assert len(bench.made) == 2


async def test_the_word_that_another_worker_has_it_reaches_everybody() -> None:
    bench = Bench()
    a, b = [await bench.writers.open(3, source(name)) for name in "ab"]
    bench.made[0].error = FencedError("fenced")
    failed = await asyncio.gather(a.commit([], 1), b.commit([], 2), return_exceptions=True)
    assert [type(error) for error in failed] == [FencedError, FencedError]


async def test_the_last_one_who_leaves_closes_it_and_the_next_one_starts_anew() -> None:
    bench = Bench()
    a, b = [await bench.writers.open(3, source(name)) for name in "ab"]
    await a.close()
    assert not bench.made[0].closed
    await b.close()
    assert bench.made[0].closed
    await bench.writers.open(3, source("a"))
    assert [it.started for it in bench.made] == [True, True]


async def test_one_that_does_not_start_is_not_kept() -> None:
    bench = Bench()
    bench.fails = IndefiniteError("no answer")
    with pytest.raises(IndefiniteError):
        await bench.writers.open(3, source("a"))
    bench.fails = None
    await (await bench.writers.open(3, source("a"))).commit([], 1)
    assert bench.made[1].committed == [[("a", 1)]]


def test_only_topics_of_clients_share_writers_and_always_the_same() -> None:
    assert {shared_by(Source(topic, 0)) for topic in Topic} == {None}
    numbers = {source(f"client-{number}"): shared_by(source(f"client-{number}")) for number in range(500)}
    assert set(numbers.values()) == set(range(SHARED))
    # frozen: workers of two releases that disagree would not fence each other
    assert [numbers[source(f"client-{number}")] for number in range(6)] == FROZEN
    assert SHARED == 16


FROZEN = [12, 8, 2, 15, 8, 15]
