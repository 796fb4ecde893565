"""A broker's clock ran ahead for a moment: what was told too early is corrected by the work that is done in time.

No broker is given another clock here: records of the inbox are stamped ahead, as one of such a clock stamps them.
"""

import json
from pathlib import Path

from aiokafka import AIOKafkaProducer
from patience import until
from tests.rehearsals.recovery import Commands
from tests.rehearsals.shift import RUN, TENANTS, alerts, all_overdue, calls_missed, now
from workers import Workers, committed, contents, publish

from tocsin.domain.instant import MINUTE, show
from tocsin.messages.inbox import TICK
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

AHEAD = 50 * MINUTE
"""A broker takes no stamp of somebody else that is more than an hour ahead."""


async def test_what_was_told_early_by_a_clock_that_ran_ahead_is_corrected_when_it_is_done_in_time(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    due = await calls_missed(settings, "call", due_in=1_000)
    await until(lambda: opened(worker.get("/metrics")[1]), "the calls are known")
    await run_ahead(settings)
    await until(lambda: all_overdue(settings, due), "they are told as overdue, a quarter of an hour too early")
    with Commands.of("A clock that ran ahead", settings, tmp_path) as commands:
        assert "stands still at" in await commands.type()
        await return_calls(settings)
        await until(lambda: corrected(settings), "what was told too early is corrected")
        assert "all that was said follows from them" in await commands.type()
    told = [each["id"] for each in await alerts(settings)]
    assert len(told) == len(set(told))
    assert worker.process.poll() is None


def opened(metrics: str) -> bool:
    return f'tocsin_callbacks_waiting{{tenant=""}} {TENANTS}.0' in metrics


async def run_ahead(settings: Settings) -> None:
    """Stamp a record of each partition of the inbox as a broker does whose clock is ahead."""
    inbox = settings.topic(Topic.INBOX)
    [usual] = [spec for spec in topics.specifications(settings) if spec.name == inbox]
    await topics.configure(settings, [usual._replace(config={**usual.config, "message.timestamp.type": "CreateTime"})])
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for partition in range(settings.partitions):
            await producer.send_and_wait(inbox, TICK, partition=partition, timestamp_ms=now() + AHEAD)
    await topics.configure(settings, [usual])


async def return_calls(settings: Settings) -> None:
    """They are returned in time by every clock on a wall."""
    records = []
    for call in contents(await committed(settings, Topic.CALLS)):
        data = {"call": f"back-{call['id']}", "from": call["data"]["to"], "to": call["data"]["from"]}
        data |= {"outcome": "reached", "purpose": "callback", "analyst": "ada"}
        value = {**call, "id": data["call"], "type": "tocsin.call.placed", "time": show(now()), "data": data}
        records.append((call["tenant"].encode(), json.dumps(value).encode()))
    await publish(settings, Topic.CALLS, records)


async def corrected(settings: Settings) -> bool:
    kinds = [each["data"]["kind"] for each in await alerts(settings)]
    return kinds.count("corrected") == TENANTS
