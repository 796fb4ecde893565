"""A lost cluster is made again from an export: nothing is different, and workers go on as if nothing had been."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from patience import until
from replayed import all_applied, inbox_now
from workers import PARTITIONS_READ, Workers, publish
from workload import workload

from tocsin.messages.record import Topic
from tocsin.recording.manifest import read_manifest
from tocsin.settings import Settings
from tocsin.streams.kafka.topics import STATE_TOPICS

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")
MESSAGES = 200
OWN = "soc.calls.hall"


class Seen(NamedTuple):
    """What a reader of committed records sees of a partition, and where it ends."""

    begin: int
    end: int
    records: list[tuple[Any, ...]]


def started(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", *arguments]
    environment = settings.environment() | {"PYTHONPATH": ":".join(sys.path), "USER": "ada"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def tocsin(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = started(settings, *arguments)
    output, errors = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


async def seen(settings: Settings, name: str) -> dict[int, Seen]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap, isolation_level="read_committed", enable_auto_commit=False
    )
    found = {}
    async with consumer:
        partitions = await consumer._client.fetch_all_metadata()  # noqa: SLF001 - no public way asks for one topic
        for number in sorted(partitions.partitions_for_topic(settings.name_here(name))):
            tp = TopicPartition(settings.name_here(name), number)
            consumer.assign([tp])
            begin, end = (await consumer.beginning_offsets([tp]))[tp], (await consumer.end_offsets([tp]))[tp]
            consumer.seek(tp, begin)
            records: list[tuple[Any, ...]] = []
            while await consumer.position(tp) < end:
                fetched = (await consumer.getmany(tp, timeout_ms=100)).get(tp, [])
                records += [(it.offset, it.timestamp, it.key, it.value, tuple(it.headers)) for it in fetched]
            found[number] = Seen(begin, end, records)
    return found


def last_of_each(partition: Seen) -> dict[bytes, bytes]:
    last = {key: value for _, _, key, value, _ in partition.records}
    return {key: value for key, value in last.items() if value is not None}


async def busy_cluster(settings: Settings, workers: Workers) -> None:
    """Traffic of all kinds; aborted records, a topic whose beginning was deleted, a topic of one tenant."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    own, calls = settings.name_here(OWN), settings.topic(Topic.CALLS)
    await admin.create_topics([NewTopic(own, 1, 1)])
    worker = workers.start(settings, *RUN)
    await worker.ready()
    messages = workload(7, MESSAGES, await inbox_now(settings))
    async with (
        AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer,
        AIOKafkaProducer(bootstrap_servers=settings.bootstrap, transactional_id=f"{settings.app_id}-a") as aborting,
    ):
        for number, message in enumerate(messages):
            if number % 20 == 0:
                await aborted(aborting, calls, 1 + number // 20 % 3)
            await producer.send_and_wait(settings.topic(message.topic), message.value, message.key)
        headers = [("b", None), ("a", b"1"), ("b", b"\xff")]
        await producer.send_and_wait(calls, b"rubbish", headers=headers)
        for number in range(3):
            await producer.send_and_wait(own, b'{"n": %d}' % number, partition=0)
    await until(lambda: all_applied(worker), "all is applied")
    worker.process.terminate()
    assert await worker.ended() == 0
    await admin.delete_records({TopicPartition(settings.topic(Topic.EMAILS), 1): RecordsToDelete(2)})
    await admin.close()


async def aborted(producer: AIOKafkaProducer, name: str, count: int) -> None:
    await producer.begin_transaction()
    for _ in range(count):
        await producer.send_and_wait(name, b"never", partition=0)
    await producer.abort_transaction()


async def test_a_lost_cluster_is_made_again_and_workers_go_on(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    await busy_cluster(settings, workers)
    folder = tmp_path / "backup"
    done = tocsin(settings, "export", str(folder), "--reason", "nightly")
    assert done.returncode == 0, done.stderr
    prefix = f"{settings.topic_prefix}again."
    fresh = settings.model_copy(update={"topic_prefix": prefix, "app_id": prefix})
    done = tocsin(fresh, "import", str(folder), "--reason", "the cluster is lost", "--json")
    assert done.returncode == 0, done.stderr
    assert [json.loads(each)["copied"] for each in done.stdout.splitlines()] == ["", "", ""]
    await assert_equal(settings, fresh, read_manifest(folder).topics)
    await assert_workers_go_on(fresh, workers)
    wider = tmp_path / "wider"
    done = tocsin(settings, "repartition", str(folder), str(wider), "--partitions", "5")
    assert done.returncode == 0, done.stderr
    prefix = f"{settings.topic_prefix}wider."
    wide = settings.model_copy(update={"topic_prefix": prefix, "app_id": prefix, "partitions": 5})
    done = tocsin(wide, "import", str(wider), "--reason", "more partitions", "--json")
    assert done.returncode == 0, done.stderr
    assert [json.loads(each)["copied"] for each in done.stdout.splitlines()] == [""] * 5
    await assert_workers_go_on(wide, workers, inbox_partitions=5)


async def assert_workers_go_on(fresh: Settings, workers: Workers, inbox_partitions: int = 3) -> None:
    """The next ticket has the next number; nothing is taken in or told again."""
    before, taken = await told(fresh), await taken_in(fresh)
    worker = workers.start(fresh, *RUN)
    await worker.ready()
    await publish(fresh, Topic.CALLS, [(None, CALL)])
    await until(lambda: all_applied(worker, PARTITIONS_READ - 3 + inbox_partitions), "all is applied")
    worker.process.terminate()
    assert await worker.ended() == 0
    fresh_ones = [each for each in await told(fresh) if each not in before]
    assert {each["input"] for each in fresh_ones if each["type"] == "TicketOpened"} == {"after"}
    [opened] = [each for each in fresh_ones if each["type"] == "TicketOpened"]
    numbers = [
        int(each["number"].rpartition("-")[2])
        for each in before
        if each["type"] == "TicketOpened" and each["tenant"] == "acme"
    ]
    assert int(opened["number"].rpartition("-")[2]) == max(numbers) + 1
    more = await taken_in(fresh) - taken
    assert len(taken) > MESSAGES * 0.9
    assert not taken.keys() & more.keys()
    assert {each.rpartition("/")[0].rpartition("/")[0] for each in more} == {"soc.calls", "soc.desk"}
    done = tocsin(fresh, "audit", "verify")
    assert done.returncode == 0, done.stdout


CALL = (
    b'{"specversion":"1.0","id":"after","source":"t","type":"tocsin.call.missed","tenant":"acme",'
    b'"data":{"call":"after","from":"+14165550199","to":"+18445525837"}}'
)


async def assert_equal(settings: Settings, fresh: Settings, names: Iterable[str]) -> None:
    gaps, begins = Counter[int](), 0
    for name in names:
        before, after = await seen(settings, name), await seen(fresh, name)
        assert before.keys() == after.keys()
        for was, now in zip(before.values(), after.values(), strict=True):
            if name in STATE_TOPICS:
                assert last_of_each(was) == last_of_each(now)
            elif name == Topic.DESK:  # that there was an import is recorded
                assert now.records[: len(was.records)] == was.records
            else:
                assert (now.begin, now.records) == (was.begin, was.records)
                assert now.end in (was.end, was.end + 1)
            gaps.update(b[0] - a[0] for a, b in pairwise(was.records))
            begins += was.begin
    assert gaps[1] + gaps[2] > 500
    assert sum(gaps[each] for each in gaps if each > 2) > 3
    assert begins == 2


async def told(settings: Settings) -> list[dict[str, Any]]:
    return [json.loads(r[3]) for p in (await seen(settings, Topic.TICKET_EVENTS)).values() for r in p.records]


async def taken_in(settings: Settings) -> Counter[str]:
    """The inputs in the inbox, each by its place in its topic."""
    records = [r for p in (await seen(settings, Topic.INBOX)).values() for r in p.records]
    return Counter(origin for r in records if r[2] is not None and (origin := json.loads(r[3]).get("origin")))


async def test_an_export_that_is_killed_goes_on_behind_the_last_whole_line(settings: Settings, tmp_path: Path) -> None:
    values = [b'{"n": %d, "text": "%s"}' % (number, b"x" * 2_000) for number in range(12_000)]
    await publish(settings, Topic.CALLS, [(b"k", value) for value in values])
    folder, whole = tmp_path / "killed", tmp_path / "whole"
    options = ("--topic", "calls", "--no-zstd", "--reason", "nightly")
    exporting = started(settings, "export", str(folder), *options)
    await until(lambda: any(file.stat().st_size for file in folder.glob("soc.calls/*")), "lines are written")
    exporting.kill()
    exporting.wait()
    written = {file.name: file.read_bytes() for file in folder.glob("soc.calls/*")}
    assert "was not finished" in tocsin(settings, "import", str(folder), "--reason", "x").stderr
    await until(
        lambda: tocsin(settings, "export", str(folder), *options).returncode == 0, "its processes are gone, too"
    )
    assert tocsin(settings, "export", str(whole), *options).returncode == 0
    assert len(b"".join(written.values())) < len(b"".join(f.read_bytes() for f in whole.glob("soc.calls/*")))
    for file in whole.glob("soc.calls/*"):
        assert (folder / "soc.calls" / file.name).read_bytes() == file.read_bytes()
        assert file.read_bytes().startswith(written.get(file.name, b"").rpartition(b"\n")[0])
    assert read_manifest(folder).topics == read_manifest(whole).topics
