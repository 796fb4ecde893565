"""The writer of all partitions of a worker: how many transactions there are, and who is fenced by a takeover."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from tocsin.messages.record import Output, Topic
from tocsin.streams.core.port import FencedError, IndefiniteError, Source
from tocsin.streams.kafka.joint_writers import JointWriter, JointWriters
from tocsin.streams.kafka.transactions import Part, Transactions

CALLS = Source(Topic.CALLS, 0)
MAILS = Source(Topic.EMAILS, 0)
INBOX = Source(Topic.INBOX, 0)
PREFIX = "tocsin-worker/"


class Brokers:
    """Epochs of transactional ids; positions of sources, with the writers that are named beside them."""

    def __init__(self) -> None:
        self.epochs: dict[str, int] = {}
        self.positions: dict[Source, int] = {}
        self.named: dict[Source, str] = {}
        self.together: list[set[Source]] = []  # of each transaction of a joint writer
        self.faults: list[BaseException] = []  # raised by the commits to come, which land all the same
        self.open = asyncio.Event()  # commits wait for it
        self.open.set()

    async def writer_named(self, source: Source, *, stable: bool) -> str:
        await asyncio.sleep(0)
        return self.named.get(source, "")

    def worker(self) -> JointWriters:
        return JointWriters(PREFIX, lambda name: cast("Transactions", Producer(self, name)), self.writer_named)


class Producer:
    """See `Transactions`."""

    def __init__(self, brokers: Brokers, name: str) -> None:
        self.name = name
        self._brokers = brokers

    async def start(self) -> None:
        await asyncio.sleep(0)
        self._epoch = self._brokers.epochs[self.name] = self._brokers.epochs.get(self.name, 0) + 1

    async def commit(self, parts: Sequence[Part]) -> None:
        brokers = self._brokers
        await brokers.open.wait()
        await asyncio.sleep(0)
        if brokers.epochs[self.name] != self._epoch:
            raise FencedError(self.name)
        for part in parts:
            brokers.positions[part.source], brokers.named[part.source] = part.position, part.writer
        if self.name.startswith(PREFIX):
            brokers.together.append({part.source for part in parts})
        if brokers.faults:
            raise brokers.faults.pop(0)

    async def close(self) -> None: ...


async def opened(worker: JointWriters, source: Source) -> JointWriter:
    return await worker.open(f"tocsin-{source}", source)


async def at_work(worker: JointWriters, *sources: Source) -> list[JointWriter]:
    """Writers that have made their first commit."""
    writers = [await opened(worker, source) for source in sources]
    for writer in writers:
        await writer.commit([], 1)
    return writers


async def test_whatever_waits_while_a_transaction_runs_is_one_transaction_however_many_partitions_it_is_of() -> None:
    brokers = Brokers()
    calls, mails, inbox = await at_work(brokers.worker(), CALLS, MAILS, INBOX)
    brokers.open.clear()
    commits = [asyncio.create_task(calls.commit([], 2))]
    await asyncio.sleep(0)
    commits += [asyncio.create_task(writer.commit([], 2)) for writer in (mails, inbox)]
    await asyncio.sleep(0)
    brokers.open.set()
    await asyncio.gather(*commits)
    assert brokers.together == [{CALLS}, {MAILS, INBOX}]


LARGE = (Output(Topic.INBOX, 0, b"acme", b"x" * 1024 * 1024, 0),)


@pytest.mark.parametrize(
    ("outputs", "then"),
    [
        pytest.param((), [{CALLS, MAILS, INBOX}], id="small: the next one waits for it"),
        pytest.param(LARGE, [{MAILS, INBOX}, {CALLS}], id="large: it folds while the next one runs"),
    ],
)
async def test_who_was_in_a_small_transaction_can_be_in_the_next_one(
    outputs: Sequence[Output], then: list[set[Source]]
) -> None:
    brokers = Brokers()
    calls, mails, inbox = await at_work(brokers.worker(), CALLS, MAILS, INBOX)

    async def twice() -> None:
        await calls.commit(outputs, 2)
        await calls.commit([], 3)

    brokers.open.clear()
    commits = [asyncio.create_task(twice())]
    await asyncio.sleep(0)
    commits += [asyncio.create_task(writer.commit([], 2)) for writer in (mails, inbox)]
    await asyncio.sleep(0)
    brokers.open.set()
    await asyncio.gather(*commits)
    assert brokers.together == [{CALLS}, *then]


async def test_a_takeover_fences_the_writer_that_the_offset_names_for_all_its_partitions() -> None:
    brokers = Brokers()
    calls, mails = await at_work(brokers.worker(), CALLS, MAILS)
    await opened(brokers.worker(), CALLS)
    for zombie in (calls, mails):
        with pytest.raises((FencedError, IndefiniteError)):
            await zombie.commit([], 9)
    assert set(brokers.positions.values()) == {1}


async def test_who_was_stopped_before_the_first_commit_cannot_make_it_after_a_takeover() -> None:
    brokers = Brokers()
    stopped = await opened(brokers.worker(), CALLS)
    [successor] = await at_work(brokers.worker(), CALLS)
    with pytest.raises(FencedError):
        await stopped.commit([], 9)
    await successor.commit([], 2)
    assert brokers.positions[CALLS] == 2


async def test_a_first_commit_in_doubt_that_has_landed_does_not_fence_the_other_partitions_of_the_worker() -> None:
    brokers = Brokers()
    worker = brokers.worker()
    [mails] = await at_work(worker, MAILS)
    calls = await opened(worker, CALLS)
    brokers.faults.append(IndefiniteError("no answer"))
    with pytest.raises(IndefiniteError):
        await calls.commit([], 1)
    await calls.close()
    [again] = await at_work(worker, CALLS)
    await asyncio.gather(again.commit([], 2), mails.commit([], 2))
    assert brokers.positions == {CALLS: 2, MAILS: 2}


async def test_after_a_doubt_the_writer_has_another_id_and_the_one_in_doubt_is_ended() -> None:
    brokers = Brokers()
    worker = brokers.worker()
    [calls] = await at_work(worker, CALLS)
    doubtful = brokers.named[CALLS]
    brokers.faults.append(IndefiniteError("no answer"))
    with pytest.raises(IndefiniteError):
        await calls.commit([], 2)
    epoch = brokers.epochs[doubtful]
    await at_work(worker, CALLS)
    assert brokers.named[CALLS] != doubtful
    assert brokers.epochs[doubtful] == epoch + 1


async def test_an_earlier_writer_of_many_partitions_is_ended_once() -> None:
    brokers = Brokers()
    await at_work(brokers.worker(), CALLS, MAILS, INBOX)
    named = brokers.named[CALLS]
    successor = brokers.worker()
    await asyncio.gather(*(opened(successor, source) for source in (CALLS, MAILS, INBOX)))
    assert brokers.epochs[named] == 2


async def test_what_is_named_and_is_no_joint_writer_is_not_fenced() -> None:
    """Whoever may commit offsets for the group could otherwise stop any other application."""
    brokers = Brokers()
    brokers.named[CALLS] = "payments"
    await opened(brokers.worker(), CALLS)
    assert "payments" not in brokers.epochs


async def test_a_writer_that_is_named_while_another_is_being_ended_is_ended_too() -> None:
    """The committed offset may become visible only after the takeover has asked for the first time."""
    brokers = Brokers()
    [zombie] = await at_work(brokers.worker(), CALLS)
    late = brokers.named.pop(CALLS)

    async def visible_when_stable(source: Source, *, stable: bool) -> str:
        shown = await brokers.writer_named(source, stable=stable)
        if stable:
            brokers.named[source] = shown = late
        return shown

    worker = JointWriters(PREFIX, lambda name: cast("Transactions", Producer(brokers, name)), visible_when_stable)
    await opened(worker, CALLS)
    with pytest.raises(FencedError):
        await zombie.commit([], 9)
