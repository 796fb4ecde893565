"""`tocsin doctor` on real brokers: all is well, and each fault is found with the command that mends it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from patience import until
from secured import SecuredKafka
from test_clock_skew import SKEWED
from test_dead_letters import eve, refused
from test_own_topics import call, send
from test_placement import RUN
from test_security import DEPLOY, Place
from tests.conftest import UsesBroker
from workers import Workers, committed, publish

from tocsin.dev.jars import kafka_version
from tocsin.dev.kafka import free_port, install
from tocsin.dev.scaled_clock import ScaledClock
from tocsin.doctor import notify
from tocsin.domain.instant import DAY
from tocsin.messages.inbox import TICK
from tocsin.messages.record import Topic
from tocsin.notify.receipts import Publisher
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

Found = dict[str, list[dict[str, Any]]]


@pytest.fixture
def watched(settings: Settings, tmp_path: Path) -> Settings:
    """Ticks come fast, and there is a tenants file."""
    file = tmp_path / "tenants.toml"
    file.write_text("[tenants.acme]\n")
    return settings.model_copy(update={"heartbeat_tick": 0.5, "tenants_file": file})


async def doctor(settings: Settings, *arguments: str, code: int = 0, **environment: str) -> Found:
    """What it finds, by check; it must end with `code`."""
    program = [
        sys.executable,
        "-c",
        "import sys; from tocsin.cli import main; main(['doctor', '--json', *sys.argv[1:]])",
        *arguments,
    ]
    environment = {**os.environ, **settings.environment(), **environment}
    run = asyncio.to_thread(subprocess.run, program, env=environment, capture_output=True, text=True, check=False)
    done = await run
    assert done.returncode == code, (done.stdout, done.stderr)
    found: Found = {}
    for row in map(json.loads, done.stdout.splitlines()):
        found.setdefault(row["check"], []).append(row)
    return found


def skewed() -> str:
    """The path of modules by which a process's wall clock is shifted."""
    return os.pathsep.join([str(SKEWED), os.environ.get("PYTHONPATH", "")])


def worst(found: Found) -> dict[str, str]:
    """The checks that are not ok, with their level; how full the disks of this machine are is not for a test."""
    order = ("fault", "warning", "unknown", "ok")
    levels = {name: min((row["level"] for row in rows), key=order.index) for name, rows in found.items()}
    return {name: level for name, level in levels.items() if level != "ok" and name != "disk"}


async def ends(settings: Settings) -> dict[TopicPartition, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.bootstrap)
    async with consumer:
        names = [settings.topic(topic) for topic in settings.input_topics]
        found: dict[TopicPartition, int] = await consumer.end_offsets(
            [TopicPartition(name, partition) for name in names for partition in range(settings.partitions)]
        )
        return found


async def test_where_a_worker_runs_all_is_well_and_nothing_was_written(watched: Settings, workers: Workers) -> None:
    await workers.start(watched, *RUN).ready()
    before = await ends(watched)
    found = await doctor(watched)
    assert worst(found) == {}
    assert any("/logs at 127.0.0.1 is free" in row["sentence"] for row in found["disk"])
    assert await ends(watched) == before


async def test_a_cluster_of_tocsin_dev_is_well_too(bare_settings: Settings, workers: Workers, tmp_path: Path) -> None:
    """Its inbox is stamped by its writers, in the past, and its clock runs faster."""
    file = tmp_path / "tenants.toml"
    file.write_text("[tenants.acme]\n")
    settings = bare_settings.model_copy(update={"heartbeat_tick": 0.5, "tenants_file": file})
    await topics.create(settings, dev=True)
    await workers.start(settings, *RUN, **ScaledClock.starting_now(DAY, 60).environment()).ready()
    assert worst(await doctor(settings, "--dev")) == {}
    assert worst(await doctor(settings, code=78))["topics"] == "fault"
    await topics.delete(settings)


async def test_without_a_worker_it_says_that_nobody_reads_and_that_no_clock_runs(watched: Settings) -> None:
    await send(watched, "soc.calls", call("a"))
    found = await doctor(watched, code=1)
    assert worst(found) == {"lag": "fault", "workers": "fault", "clocks": "unknown"}
    assert "1 records wait" in found["lag"][0]["sentence"]
    assert found["lag"][0]["command"] == "tocsin run"


async def test_a_worker_that_stands_still_is_found_by_the_ticks_that_do_not_come(
    watched: Settings, workers: Workers
) -> None:
    worker = workers.start(watched, *RUN)
    await worker.ready()
    worker.signal(signal.SIGSTOP)
    found = await doctor(watched, code=1)
    assert worst(found)["workers"] == "fault"


async def test_topics_that_differ_or_are_missing_come_with_the_command(watched: Settings, workers: Workers) -> None:
    await workers.start(watched, *RUN).ready()
    await configure(watched, Topic.ALERTS, **{"retention.ms": "1000"})
    found = await doctor(watched)
    assert worst(found) == {"topics": "warning"}
    said = found["topics"][0]["command"].partition("--add-config ")[2]
    assert "retention.ms=2592000000" in said
    await configure(watched, Topic.ALERTS, **dict(pair.split("=") for pair in said.split(",")))
    assert worst(await doctor(watched)) == {}
    await configure(watched, Topic.TICKETS, **{"cleanup.policy": "delete"})
    assert worst(await doctor(watched, code=78))["topics"] == "fault"
    await gone(watched, Topic.ALERTS)
    [fault, *_] = (await doctor(watched, code=78))["topics"]
    assert fault["command"] == "tocsin topics create"


async def configure(settings: Settings, topic: Topic, **configs: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    resource = ConfigResource(ConfigResourceType.TOPIC, settings.topic(topic), configs)
    [answer] = await admin.alter_configs([resource])
    assert [each[0] for each in answer.resources] == [0]
    await admin.close()


async def gone(settings: Settings, topic: Topic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    await admin.delete_topics([settings.topic(topic)])
    await admin.close()


async def test_another_clock_than_the_brokers_is_told(watched: Settings, workers: Workers) -> None:
    await workers.start(watched, *RUN).ready()
    found = await doctor(watched, PYTHONPATH=skewed(), WALL_CLOCK_SHIFT="3600")
    assert worst(found)["clocks"] == "warning"
    assert all("s behind this machine's" in row["sentence"] for row in found["clocks"])


async def test_what_was_refused_is_told(watched: Settings, workers: Workers) -> None:
    await workers.start(watched, *RUN).ready()
    await send(watched, "soc.security-events", eve())
    await refused(watched, 1)
    found = await doctor(watched)
    assert worst(found) == {"dead letters": "warning"}
    assert found["dead letters"][0]["command"] == "tocsin dead-letters list --reason no_tenant"


async def test_a_tenants_file_that_nobody_has_adopted_is_told_and_one_that_is_wrong_a_fault(
    watched: Settings, workers: Workers
) -> None:
    await workers.start(watched, *RUN).ready()
    await send(watched, "soc.calls", call("a", tenant="acme"))
    await until(lambda: committed(watched, Topic.TENANTS), "acme has a contract")
    await until(lambda: _has_adopted(watched), "acme has adopted it")
    assert watched.tenants_file is not None
    watched.tenants_file.write_text('[tenants.acme]\ncontract = "sorb"\n')
    found = await doctor(watched)
    assert worst(found) == {"tenants": "warning"}
    watched.tenants_file.write_text('[tenants.acme]\ncontract = "nobody"\n')
    assert worst(await doctor(watched, code=1)) == {"tenants": "fault"}


async def _has_adopted(settings: Settings) -> bool:
    return any(record.key == b"tenant/acme" for record in await committed(settings, Topic.TENANTS))


async def test_an_inbox_that_is_not_switched_to_these_rules_is_a_fault(watched: Settings) -> None:
    await publish(watched, Topic.INBOX, [(None, TICK)], partition=1)
    found = await doctor(watched, code=1)
    assert [row["command"] for row in found["rules"]] == ["tocsin rules show"]
    assert "Partition 1" in found["rules"][0]["sentence"]


async def test_a_notify_that_is_silent_is_a_fault(watched: Settings, workers: Workers) -> None:
    await workers.start(watched, *RUN).ready()
    async with Publisher.connected(watched, "test") as publisher:
        await publisher.beat(f"{watched.app_id}-notify-mail", 600)
        assert worst(await doctor(watched)) == {}
        await publisher.beat(f"{watched.app_id}-notify-mail", 1)
    late = await until(lambda: _notify(watched), "it is late")
    assert late == "tocsin notify run"


async def _notify(settings: Settings) -> str:
    [row] = (await doctor(settings, code=1))["notify"] if await _is_late(settings) else [{"command": ""}]
    return str(row["command"])


async def _is_late(settings: Settings) -> bool:
    return any(finding.level == "fault" for finding in await notify.check(settings))


async def test_where_nobody_answers_it_ends_with_69_and_still_looks_at_this_machine(settings: Settings) -> None:
    found = await doctor(settings.model_copy(update={"bootstrap": f"127.0.0.1:{free_port()}"}), code=69)
    assert found["brokers"][0]["level"] == "fault"
    assert {"certificates", "disk", "settings"} <= found.keys()
    assert "topics" not in found


# A broker that trusts nobody


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    kafka = SecuredKafka(install(), tmp_path_factory.mktemp("secured"), ["worker"])
    with kafka.kafka:
        yield kafka


@pytest.fixture
async def place(secured: SecuredKafka, tmp_path: Path, uses_broker: UsesBroker) -> Place:
    uses_broker(kafka_version())
    found = Place(secured, tmp_path)
    await topics.create(found.all_may)
    return found


@pytest.mark.parametrize(
    ("line", "operation", "named"),
    [
        ("inbox,tickets", "Write", ["write the topic {prefix}inbox", "tickets", "tenants"]),
        ("security-events,calls", "Read", ["read the topic {prefix}security-events"]),
        ("ticket-events,alerts", "DescribeConfigs", ["describe the settings of the topic {prefix}alerts"]),
        ("group", "Read", ["read the group {app}"]),
        ("transactional-id", "Write", ["write the transactional-id {app}-"]),
    ],
)
async def test_each_right_that_is_lacking_is_named_with_the_call_that_grants_it(
    place: Place, line: str, operation: str, named: list[str]
) -> None:
    await place.grant("worker", without=(line, operation))
    settings = place.settings("worker", heartbeat_tick=0.1)
    found = await doctor(settings, code=77)
    said = " ".join(row["sentence"] for row in found["rights"])
    for each in named:
        assert each.format(prefix=settings.topic_prefix, app=settings.app_id) in said
    assert {row["command"] for row in found["rights"]} == {
        "deploy/kafka-acls.sh worker User:worker --bootstrap-server ..."
    }
    assert (DEPLOY / "kafka-acls.sh").is_file()


async def test_with_all_rights_it_says_so_and_warns_of_a_certificate_that_expires_tomorrow(place: Place) -> None:
    await place.grant("worker")
    found = await doctor(place.settings("worker", heartbeat_tick=0.1), code=1)  # no worker runs
    assert [row["level"] for row in found["rights"]] == ["ok"]
    for certificate, whose in zip(found["certificates"], ("tls_ca_file", "the broker at"), strict=True):
        assert whose in certificate["sentence"]
        assert "expires in 0 days" in certificate["sentence"], "the test's authority gives them for a day"
        assert certificate["level"] == "warning"
    assert [row["level"] for row in found["brokers"]] == ["ok"]
    assert "unknown" in [row["level"] for row in found["disk"]]  # a worker may not describe the cluster


async def test_a_broker_that_is_not_trusted_or_does_not_know_us_ends_with_77(place: Place) -> None:
    stranger = place.settings("worker", sasl_password="wrong")
    assert worst(await doctor(stranger, code=77))["brokers"] == "fault"
    distrusting = place.settings("worker").model_copy(update={"tls_ca_file": None})
    [fault] = (await doctor(distrusting, code=77))["brokers"]
    assert "is not trusted" in fault["sentence"]


async def test_an_expired_certificate_of_ours_is_a_fault(place: Place, tmp_path: Path) -> None:
    own = place.broker.authority.issue("worker")
    file = tmp_path / "own.pem"
    file.write_bytes(own.pem() + own.key_pem())
    settings = place.all_may.model_copy(update={"gateway_tls_certificate_file": file, "heartbeat_tick": 0.1})
    found = await doctor(settings, code=1, PYTHONPATH=skewed(), WALL_CLOCK_SHIFT="172800")
    [row] = found["certificates"]
    assert (row["level"], "expired at" in row["sentence"]) == ("fault", True)
