"""The state of the tickets is damaged, wrong or gone: it is found, made anew from the inbox, and promises are kept."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from patience import until
from replayed import all_applied
from tests.rehearsals.recovery import Commands
from tests.rehearsals.shift import RUN, all_overdue, calls_missed, detections, overdue, told_of
from workers import Worker, Workers, committed

from tocsin.client import tickets
from tocsin.domain.instant import HOUR
from tocsin.messages.record import Topic
from tocsin.settings import Settings

State = dict[tuple[Topic, int, bytes], bytes]
STATE = (Topic.TICKETS, Topic.TENANTS)


async def test_damaged_and_deleted_state_is_made_anew_with_the_deadlines_that_there_were(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    with Commands.of("Damaged or lost state", settings, tmp_path) as commands:
        worker = await started(settings, workers)
        await detections(settings, "before")
        await until(lambda: told_of(settings, "before"), "the worker alerts")
        soon, later = await calls_missed(settings, "soon", 90), await calls_missed(settings, "later", 3_600)
        right = await at_rest(settings, worker)
        await damage(settings, right)
        damaged = workers.start(settings, *RUN)
        assert await damaged.ended() == 70
        assert "The state of the tickets is damaged, or of another version of Tocsin. soc.tickets/" in damaged.text
        assert "Traceback" not in damaged.text
        said = await commands.type(status=1)
        assert ".deadline, by what the inbox gives" in said
        assert "; 2 more differ" in said
        said = await commands.type()
        wrong, missing, too_many = changed(said)
        assert wrong >= 2, "beside the tickets only how far a partition was applied"
        assert (missing, too_many) == (1, 0)
        assert without_partitions(await state(settings)) == without_partitions(right)
        assert len(await tickets.read(settings, lambda _ticket: True)) == len(numbers(right))
        worker = await started(settings, workers)
        await until(lambda: all_overdue(settings, soon), "what fell due is told")
        right = await at_rest(settings, worker)
        await delete(settings)
        lost = workers.start(settings, *RUN)
        assert await lost.ended() == 78
        await commands.type()
        assert without_partitions(await state(settings)) == without_partitions(right)
        await started(settings, workers)
        await detections(settings, "after")
        await until(lambda: told_of(settings, "after"), "the worker alerts again")
        said = await commands.type()
    assert "all that was said follows from them" in said
    assert set((await overdue(settings, soon)).values()) == {1}
    assert not await overdue(settings, later)


async def started(settings: Settings, workers: Workers) -> Worker:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    return worker


async def at_rest(settings: Settings, worker: Worker) -> State:
    """Stop the worker when it has applied all that there is; the state that it leaves."""
    await until(lambda: all_applied(worker), "all is applied")
    worker.process.terminate()
    assert await worker.ended() == 0
    return await state(settings)


async def state(settings: Settings) -> State:
    records = [record for topic in STATE for record in await committed(settings, topic)]
    last = {(Topic(it.topic), it.partition, it.key): it.value for it in records}
    return {key: value for key, value in last.items() if value is not None}


def without_partitions(state: State) -> State:
    """How far a partition was applied may be further: past a tick."""
    return {key: value for key, value in state.items() if not key[2].startswith(b"partition/")}


async def damage(settings: Settings, right: State) -> None:
    """On one partition a ticket gets another deadline, one is deleted, and one is nothing that could be read."""
    owing = sorted(key for key, value in right.items() if key[0] is Topic.TICKETS and b'"callback"' in value)
    number, _ = Counter(partition for _, partition, _ in owing).most_common(1)[0]
    wrong, lost, rubbish = [key for topic, partition, key in owing if partition == number][:3]
    values = {
        wrong: an_hour_later(right[Topic.TICKETS, number, wrong]),
        lost: None,
        rubbish: b"\xff{rubbish",
    }
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for key, value in values.items():
            await producer.send_and_wait(settings.topic(Topic.TICKETS), value, key, number)


def changed(said: str) -> tuple[int, ...]:
    """How many records of the state were wrong, missing, and too many."""
    found = re.findall(r"(\d+) were wrong, (\d+) missing, (\d+) too many", said)
    return tuple(sum(map(int, column)) for column in zip(*found, strict=True))


def numbers(state: State) -> list[bytes]:
    return [key for topic, _, key in state if topic is Topic.TICKETS]


def an_hour_later(value: bytes) -> bytes:
    ticket: dict[str, Any] = msgspec.json.decode(value)
    clock = next(each for each in ticket["clocks"] if each["deadline"])
    clock["deadline"] += HOUR
    return msgspec.json.encode(ticket)


async def delete(settings: Settings) -> None:
    names = [settings.topic(topic) for topic in STATE]
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(names)
        await until(lambda: gone(admin, names), "the topics are gone")
    finally:
        await admin.close()


async def gone(admin: AIOKafkaAdminClient, names: list[str]) -> bool:
    return not set(names) & set(await admin.list_topics())
