"""Topics of tenants on a real broker: read as soon as they are there, and only as their tenant's."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from click.testing import CliRunner
from patience import until
from test_placement import RUN
from workers import Worker, Workers, committed

from tocsin.cli.topics import command
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.topics import Status

FILE = """
[tenants.acme.sources]
topics = ["calls.acme", "security-events.acme.*"]
[tenants.globex.sources]
topics = ["calls.globex"]
"""
NAMED = ("soc.calls.acme", "soc.calls.globex")


@pytest.fixture
async def owned(settings: Settings, tmp_path: Path) -> AsyncIterator[Settings]:
    """With a tenants file; the topics of the tenants are not there yet."""
    file = tmp_path / "tenants.toml"
    file.write_text(FILE)
    yield settings.model_copy(update={"tenants_file": file})
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    here = [name for name in await admin.list_topics() if name.startswith(settings.topic_prefix)]
    await admin.delete_topics([name for name in here if name not in map(settings.topic, Topic)])
    await admin.close()


def call(call_id: str, **envelope: object) -> bytes:
    data = {"call": call_id, "from": "+14165550199", "to": "+18445525837"}
    event = {"specversion": "1.0", "id": call_id, "source": "t", "type": "tocsin.call.missed", "data": data}
    return json.dumps(event | envelope).encode()


def detection(event_id: str) -> bytes:
    data = {"signature": event_id, "severity": "high", "asset": "10.0.0.1", "title": "x"}
    return json.dumps(
        {"specversion": "1.0", "id": event_id, "source": "t", "type": "tocsin.detection", "data": data}
    ).encode()


async def send(settings: Settings, name: str, *values: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for value in values:
            await producer.send_and_wait(settings.name_here(name), value)


async def accepted(settings: Settings) -> dict[str, str]:
    """The tenant of each input in the inbox, by its id."""
    records = [record for record in await committed(settings, Topic.INBOX) if record.key is not None]
    inputs = [(json.loads(record.value), record.key.decode()) for record in records]
    return {value["id"]: tenant for value, tenant in inputs if value["type"] != "tocsin.contract.adopt"}


async def refused(settings: Settings) -> list[tuple[str, str]]:
    """Reason and topic of each dead letter."""
    headers = [dict(record.headers) for record in await committed(settings, Topic.DEAD_LETTERS)]
    return [(it["tocsin-reason"].decode(), it["tocsin-origin-topic"].decode()) for it in headers]


async def make(settings: Settings, name: str, **config: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(settings.name_here(name), 1, 1, topic_configs=config)])
    await admin.close()


async def is_taken(settings: Settings, *ids: str) -> bool:
    return set(ids) <= (await accepted(settings)).keys()


async def test_what_stands_on_a_topic_of_a_tenant_is_of_that_tenant_or_refused(
    owned: Settings, workers: Workers
) -> None:
    await topics.create(owned, NAMED)
    worker = workers.start(owned, *RUN)
    await worker.ready()
    await send(owned, "soc.calls.acme", call("a"), call("b", tenant="globex"), call("c", tenant="acme"))
    await send(owned, "soc.calls.globex", call("d"))
    await until(lambda: is_taken(owned, "a", "c", "d"), "the calls are in the inbox")
    assert await accepted(owned) == {"a": "acme", "c": "acme", "d": "globex"}
    await until(lambda: refused(owned), "the foreign one is a dead letter")
    assert await refused(owned) == [("foreign_tenant", "soc.calls.acme")]
    worker.process.terminate()
    assert await worker.ended() == 0


async def test_topics_create_makes_what_the_tenants_file_names(owned: Settings) -> None:
    environment = {"TOCSIN_TENANTS_FILE": str(owned.tenants_file), "TOCSIN_TOPIC_PREFIX": owned.topic_prefix}
    environment["TOCSIN_BOOTSTRAP"] = owned.bootstrap

    async def run(verb: str) -> dict[str, dict[str, object]]:
        result = await asyncio.to_thread(CliRunner().invoke, command, [verb, "--json"], env=environment)
        return {report["name"]: report for report in json.loads(result.stdout)}

    ours = {owned.name_here(name) for name in NAMED}
    assert {name for name, report in (await run("check")).items() if report["status"] == Status.MISSING} == ours
    assert {name for name, report in (await run("create")).items() if report["status"] == Status.CREATED} == ours
    assert {report["status"] for report in (await run("check")).values()} == {Status.EXISTS}


async def is_told(worker: Worker, text: str) -> bool:
    return text in worker.get("/readyz")[1]


async def test_a_topic_of_a_tenant_that_is_made_later_is_read_without_a_restart_and_nothing_twice(
    owned: Settings, workers: Workers
) -> None:
    both = [workers.start(owned, *RUN) for _ in range(2)]
    await until(lambda: is_told(both[0], f"{owned.name_here(NAMED[0])} does not exist"), "the missing one is told")
    await topics.create(owned, NAMED)
    await make(owned, "soc.security-events.acme.edr-7", **{"compression.type": "uncompressed"})
    await send(owned, "soc.security-events.acme.edr-7", *(detection(f"d{n}") for n in range(50)))
    await send(owned, "soc.calls.acme", call("a"))
    await until(lambda: is_taken(owned, "a", *(f"d{n}" for n in range(50))), "all is in the inbox")
    assert set((await accepted(owned)).values()) == {"acme"}
    for worker in both:
        await worker.ready()
        assert worker.process.poll() is None
    inputs = [r for r in await committed(owned, Topic.INBOX) if r.key is not None and b"contract.adopt" not in r.value]
    assert len(inputs) == 51


async def test_a_topic_whose_batches_stay_packed_is_told_and_not_read_and_the_others_are(
    owned: Settings, workers: Workers
) -> None:
    await topics.create(owned, NAMED)
    await make(owned, "soc.security-events.acme.packed")
    worker = workers.start(owned, *RUN)
    await until(lambda: is_told(worker, "acme.packed is not read"), "it is told")
    await send(owned, "soc.calls.acme", call("a"))
    await until(lambda: is_taken(owned, "a"), "the others are read")


CLIENTS, EACH = 40, 60


async def test_topics_of_clients_that_share_writers_lose_and_repeat_nothing_when_workers_are_killed(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    names = [f"soc.security-events.client-{number}" for number in range(CLIENTS)]
    file = tmp_path / "tenants.toml"
    file.write_text("".join(f'[tenants.client-{n}.sources]\ntopics = ["{name}"]\n' for n, name in enumerate(names)))
    owned = settings.model_copy(update={"tenants_file": file})
    await topics.create(owned, names)
    running = [workers.start(owned, *RUN) for _ in range(2)]
    for worker in running:
        await worker.ready()
    publishing = asyncio.create_task(_publish_to_all(owned, names))
    for wanted in (CLIENTS * EACH // 4, CLIENTS * EACH // 2):
        await until(lambda wanted=wanted: has_taken(owned, wanted), f"{wanted} are taken in")  # type: ignore[misc]
        running.pop(0).kill()
        running.append(workers.start(owned, *RUN))
    await publishing
    await until(lambda: has_taken(owned, CLIENTS * EACH), "all are taken in")
    records = [record for record in await committed(owned, Topic.INBOX) if record.key is not None]
    taken = [json.loads(record.value) | {"tenant": record.key.decode()} for record in records]
    found = [(it["tenant"], it["id"]) for it in taken if it["type"] == "tocsin.detection"]
    wanted_ones = [(f"client-{n}", f"{n}-{each}") for n in range(CLIENTS) for each in range(EACH)]
    assert sorted(found) == sorted(wanted_ones)
    by_client = [[name for tenant, name in found if tenant == f"client-{n}"] for n in range(CLIENTS)]
    assert by_client == [[f"{n}-{each}" for each in range(EACH)] for n in range(CLIENTS)]


async def _publish_to_all(settings: Settings, names: list[str]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, enable_idempotence=True) as producer:
        for each in range(EACH):
            sent = [
                await producer.send(settings.name_here(name), detection(f"{number}-{each}"))
                for number, name in enumerate(names)
            ]
            await asyncio.gather(*sent)


async def has_taken(settings: Settings, wanted: int) -> bool:
    return len(await accepted(settings)) >= wanted
