"""Comparison of what stands on the topics with one fold over the whole inbox, in one process that nobody killed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from workers import PARTITIONS_READ, Worker, committed

from tocsin.domain.instant import Instant
from tocsin.engine.rules import FIRST_RULES, RULES
from tocsin.engine.shard import Shard
from tocsin.messages.inbox import switch
from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings


async def inbox_now(settings: Settings) -> Instant:
    """The broker's time, by a record with which a log may begin and which changes nothing in one that has begun."""
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        stamped = await producer.send_and_wait(settings.topic(Topic.INBOX), switch(RULES, first=True), partition=0)
    return int(stamped.timestamp)


def all_applied(worker: Worker, partitions: int = PARTITIONS_READ) -> bool:
    lags = [line for line in worker.get("/metrics")[1].splitlines() if line.startswith("tocsin_consumer_lag{")]
    return len(lags) == partitions and all(float(line.split()[-1]) == 0 for line in lags)


async def assert_as_replayed(settings: Settings, partition: int, folder: Path) -> None:
    """Alerts and journal of the partition, one after the other and whole, and its final state.

    A tick may stand in the log that the worker appended as it was stopped, and has not applied.
    """
    applied = await applied_up_to(settings, partition)
    log = run_tocsin(settings, "inbox", "export", "--partition", str(partition)).splitlines(keepends=True)
    exported = folder / f"inbox-{partition}.jsonl"
    exported.write_bytes(b"".join(line for line in log if json.loads(line)["offset"] < applied))
    replayed = [
        json.loads(line) for line in run_tocsin(settings, "replay", "file", str(exported), "--json").splitlines()
    ]
    for topic in (Topic.TICKET_EVENTS, Topic.ALERTS):
        said = [(r.key.decode(), json.loads(r.value)) for r in await committed(settings, topic, partition)]
        assert said == [(line["key"], line["value"]) for line in replayed if line["topic"] == topic]
        assert said, f"nothing on {topic}/{partition}: the test shows nothing"
    assert await state(settings, partition) == await folded_state(settings, partition, applied)


def run_tocsin(settings: Settings, *arguments: str) -> bytes:
    values = {"BOOTSTRAP": settings.bootstrap, "TOPIC_PREFIX": settings.topic_prefix}
    command = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", *arguments]
    environment = {f"TOCSIN_{name}": value for name, value in values.items()} | {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


async def state(settings: Settings, partition: int) -> dict[bytes, Any]:
    """The last value of each key of the state topic."""
    last = {record.key: record.value for record in await committed(settings, Topic.TICKETS, partition)}
    return {key: json.loads(value) for key, value in last.items() if value is not None}


async def applied_up_to(settings: Settings, partition: int) -> int:
    """The inbox offset that the group has committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(settings.app_id)
    finally:
        await admin.close()
    return int(offsets[TopicPartition(settings.topic(Topic.INBOX), partition)].offset)


async def folded_state(settings: Settings, partition: int, applied: int) -> dict[bytes, Any]:
    """The same by one fold over the whole log, in one process that nobody killed."""
    log = [r for r in await committed(settings, Topic.INBOX, partition) if r.offset < applied]
    records = [Record(Topic.INBOX, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers) for r in log]
    outputs = [output for chunk in Shard(partition, rules=FIRST_RULES).fold(records) for output in chunk.outputs]
    last = {output.key or b"": output.value for output in outputs if output.topic is Topic.TICKETS}
    return {key: json.loads(value) for key, value in last.items() if value is not None}
