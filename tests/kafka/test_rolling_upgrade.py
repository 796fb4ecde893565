"""Workers of release 0.1.0 hand a cluster over to workers of this version at the switch of the rules, exactly there.

The release runs from its own wheel. What stands on the topics before the switch is what one fold of the release says of
the log up to there; what stands behind it is what this version makes of the state and of the rest.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from signal import SIGTERM
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from patience import until
from replayed import all_applied, run_tocsin
from workers import Workers, committed
from workload import Message, workload

from tocsin.engine.rules import FIRST_RULES
from tocsin.engine.shard import Shard
from tocsin.messages.inbox import TICK
from tocsin.messages.record import Output, Record, Topic
from tocsin.settings import Settings

WHEEL = Path(__file__).parents[1] / "releases" / "0.1.0" / "tocsin-0.1.0-py3-none-any.whl"
RUN = (
    "-c",
    "import tocsin.cli, sys; print(f'code={tocsin.cli.__file__}', file=sys.stderr); tocsin.cli.main(['run'])",
)
SEED = 9
STRETCH = 1_500
STATE = (Topic.TICKETS, Topic.TENANTS)
TOLD = (Topic.TICKET_EVENTS, Topic.ALERTS)

Told = list[tuple[str, Any]]


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that release 0.1.0 is installed in."""
    folder = tmp_path_factory.mktemp("release-0.1.0")
    with zipfile.ZipFile(WHEEL) as wheel:
        wheel.extractall(folder)
    return folder


@pytest.fixture
def static(settings: Settings, release: Path) -> Settings:
    """Workers under one name: the next one need not wait for the session of the one before.

    The tenants file is one that both releases read.
    """
    tenants = release / "tocsin" / "contracts" / "tenants.example.toml"
    return settings.model_copy(update={"group_instance_id": settings.app_id, "tenants_file": tenants})


def tocsin(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of this version, to its end."""
    command = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", *arguments]
    environment = settings.environment() | {"PYTHONPATH": ":".join(sys.path)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def statuses(settings: Settings) -> set[str]:
    shown = tocsin(settings, "rules", "show", "--json")
    found = {each["status"] for each in json.loads(shown.stdout)}
    assert shown.returncode == (0 if found <= {"ready", "empty"} else 1)
    return found


async def publish(settings: Settings, messages: list[Message]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, enable_idempotence=True) as producer:
        for message in messages:
            await producer.send(settings.topic(message.topic), message.value, message.key)
        await producer.flush()


@contextlib.asynccontextmanager
async def trickling(settings: Settings, messages: list[Message]) -> AsyncIterator[None]:
    """Publishes the messages one by one meanwhile, and the rest of them at the end."""
    left = list(messages)

    async def one_by_one() -> None:
        async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
            while left:
                message = left.pop(0)
                await producer.send_and_wait(settings.topic(message.topic), message.value, message.key)
                await asyncio.sleep(0.005)

    task = asyncio.create_task(one_by_one())
    yield
    await task


async def now(settings: Settings) -> int:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        return int((await producer.send_and_wait(settings.topic(Topic.INBOX), TICK, partition=0)).timestamp)


async def log_of(settings: Settings, topic: Topic, partition: int) -> list[Record]:
    return [
        Record(topic, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers)
        for r in await committed(settings, topic, partition)
    ]


def told(records: list[Record] | list[Output], topic: Topic) -> Told:
    of_topic = [each for each in records if each.topic is topic]
    return [((each.key or b"").decode(), json.loads(each.value or b"null")) for each in of_topic]


def replayed_by(release: Path, exported: Path) -> dict[Topic, Told]:
    """What the release says of the log in a file."""
    command = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", "replay", "file", str(exported), "--json"]
    done = subprocess.run(command, env={"PYTHONPATH": str(release)}, capture_output=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {topic: [(line["key"], line["value"]) for line in lines if line["topic"] == topic] for topic in TOLD}


async def assert_handed_over(settings: Settings, partition: int, release: Path, folder: Path) -> None:
    """Journal and alerts are those of the release up to the switch, and those of this version behind it."""
    log = await log_of(settings, Topic.INBOX, partition)
    [switch] = [record for record in log if b'"tocsin.rules"' in (record.value or b"")]
    exported = folder / f"inbox-{partition}.jsonl"
    lines = run_tocsin(settings, "inbox", "export", "--partition", str(partition)).splitlines(keepends=True)
    exported.write_bytes(b"".join(line for line in lines if json.loads(line)["offset"] < switch.offset))
    before = replayed_by(release, exported)
    shard, applied = await restored(settings, partition, switch.offset)
    for record in log:
        start = shard.deduplication_start
        if start is not None and start <= record.offset < switch.offset:
            shard.remember(record)
    behind = [record for record in log if switch.offset <= record.offset < applied]
    outputs = [output for chunk in shard.fold(behind) for output in chunk.outputs]
    for topic in TOLD:
        said = told(await log_of(settings, topic, partition), topic)
        assert said == before[topic] + told(outputs, topic)
        assert before[topic], f"the release has said nothing on {topic}/{partition}: the test shows nothing"
        assert told(outputs, topic), f"this version has said nothing on {topic}/{partition}: the test shows nothing"


async def restored(settings: Settings, partition: int, switch: int) -> tuple[Shard, int]:
    """A shard with the state that stood on the topics at the switch; the offset that was applied in the end."""
    tenants = await log_of(settings, Topic.TENANTS, partition)
    positions = [
        (number, json.loads(record.value or b"")["position"])
        for number, record in enumerate(tenants)
        if record.key == f"partition/{partition}".encode()
    ]
    # what this version writes first is written with the first state behind the switch
    last = max(number for number, position in positions if position <= switch)
    shard = Shard(partition, rules=FIRST_RULES)
    for record in tenants[: last + 1]:
        shard.load(Topic.TENANTS, record.key or b"", record.value)
    stamps = [record.timestamp for record in tenants[: last + 1]]
    for record in await log_of(settings, Topic.TICKETS, partition):
        if record.timestamp <= stamps[-1]:
            shard.load(Topic.TICKETS, record.key or b"", record.value)
    return shard, positions[-1][1]


async def test_release_0_1_0_hands_over_at_the_switch_while_messages_keep_coming(
    static: Settings, workers: Workers, release: Path, tmp_path: Path
) -> None:
    messages = workload(SEED, 3 * STRETCH, await now(static))
    older = workers.start(static, *RUN, PYTHONPATH=str(release))
    await older.ready()
    await publish(static, messages[:STRETCH])
    assert statuses(static) == {"not_switched"}
    async with trickling(static, messages[STRETCH : STRETCH + 400]):
        switched = await asyncio.to_thread(tocsin, static, "rules", "switch", "--yes")
        assert switched.returncode == 0, switched.stderr
        assert await older.ended() == 70
    assert f"code={release}" in older.text
    assert "tocsin.rules" in older.text
    assert "was written by a newer version" in older.text
    assert statuses(static) == {"ready"}

    newer = workers.start(static, *RUN)
    await newer.ready()
    await publish(static, messages[STRETCH + 400 :])
    await until(lambda: all_applied(newer), "everything is applied")
    newer.signal(SIGTERM)
    assert await newer.ended() == 0, newer.text[-2_000:]
    for partition in range(static.partitions):
        await assert_handed_over(static, partition, release, tmp_path)

    too_old = workers.start(static, *RUN, PYTHONPATH=str(release))
    assert await too_old.ended() == 70
    # which of the two it meets first: the state's higher form, or evidence on a ticket of a kind that it does not know
    assert "run that version" in too_old.text or "Invalid enum value" in too_old.text


async def test_this_version_does_not_start_before_the_switch_and_says_what_to_run(
    static: Settings, workers: Workers, release: Path
) -> None:
    older = workers.start(static, *RUN, PYTHONPATH=str(release))
    await older.ready()
    await publish(static, workload(SEED, 200, await now(static)))
    await until(lambda: all_applied(older, partitions=15), "everything is applied")
    newer = workers.start(static, *RUN)
    assert await newer.ended() == 78
    assert "Run workers of release 0.2, and `tocsin rules switch`" in newer.text
    assert not [each for each in await log_of(static, Topic.INBOX, 0) if b'"tocsin.rules"' in (each.value or b"")]


async def test_nothing_is_switched_while_nobody_applies_what_stands_before(static: Settings) -> None:
    await now(static)
    refused = tocsin(static, "rules", "switch", "--yes", "--timeout", "1")
    assert refused.returncode == 1
    assert "Nothing was switched" in refused.stderr
    assert "partition 0 of" in refused.stderr
    assert statuses(static) == {"not_switched", "empty"}


async def test_a_new_cluster_has_nothing_to_switch_and_its_first_worker_begins_each_partition(
    static: Settings, workers: Workers
) -> None:
    assert statuses(static) == {"empty"}
    assert "nothing to switch" in tocsin(static, "rules", "switch").stdout
    worker = workers.start(static, *RUN)
    await worker.ready()
    for partition in range(static.partitions):
        first, *_ = await log_of(static, Topic.INBOX, partition)
        assert json.loads(first.value or b"")["data"] == {"version": 2, "first": True}
    assert statuses(static) == {"ready"}
