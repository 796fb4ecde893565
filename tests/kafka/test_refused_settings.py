"""Settings that brokers refuse, or that another process has: the worker ends with a sentence that says what to change.

What brokers refuse of bootstrap, security_protocol, TLS and SASL is in `test_security.py`; topics that are missing or
differ are in `test_topics.py`. The other settings never reach a broker: `tests/unit/test_settings_table.py`.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from click.testing import CliRunner
from patience import until
from replayed import inbox_now
from test_metrics import RUN, detection, missed_call, sample, samples
from tests.conftest import UsesBroker
from workers import Worker, Workers, committed, publish

from tocsin.cli import main_group
from tocsin.dev.jars import kafka_version
from tocsin.dev.kafka import LocalKafka, install
from tocsin.domain.instant import MINUTE
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.clients import admin_client

CONFIGURATION = 78


def tocsin(settings: Settings, *arguments: str) -> Any:
    return CliRunner().invoke(main_group, arguments, env=settings.environment())


async def test_a_session_timeout_that_brokers_refuse_ends_the_worker_with_what_to_change(
    settings: Settings, workers: Workers
) -> None:
    worker = workers.start(settings.model_copy(update={"session_timeout": 2.0}), *RUN)
    assert await worker.ended() == CONFIGURATION
    assert "The brokers refuse session_timeout 2 s" in worker.text
    assert "group.min.session.timeout.ms" in worker.text
    assert "Traceback" not in worker.text


async def test_a_broker_with_short_transactions_is_told_what_to_change(
    tmp_path: Path, workers: Workers, uses_broker: UsesBroker
) -> None:
    uses_broker(kafka_version())
    short = {"transaction.max.timeout.ms": "5000"}
    with LocalKafka(install(), tmp_path / "kafka", properties=short) as kafka:
        settings = Settings(bootstrap=kafka.bootstrap, partitions=1, web_port=0)
        await topics.create(settings)
        worker = workers.start(settings, *RUN)
        assert await worker.ended() == CONFIGURATION
        assert "transaction.max.timeout.ms to 10000 or more" in worker.text
        assert "Traceback" not in worker.text


async def test_more_copies_than_brokers_are_refused_by_name(bare_settings: Settings) -> None:
    greedy = bare_settings.model_copy(update={"replication_factor": 3})
    result = await asyncio.to_thread(tocsin, greedy, "topics", "create")
    assert result.exit_code == CONFIGURATION
    assert result.stderr.startswith("Error: The brokers refuse replication_factor 3: the cluster has fewer brokers.")


async def test_inputs_that_the_inbox_cannot_hold_are_not_let_in(settings: Settings, workers: Workers) -> None:
    small = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "50000"}
    async with admin_client(settings) as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, settings.topic(Topic.INBOX), small)])
    worker = workers.start(settings, *RUN)
    assert await worker.ended() == CONFIGURATION
    assert "set value_bytes_max to 25000 or less, or raise max.message.bytes" in worker.text


async def test_two_processes_of_one_instance_id_are_told_so_by_name(settings: Settings, workers: Workers) -> None:
    static = settings.model_copy(update={"group_instance_id": "worker-1"})
    first = workers.start(static, *RUN)
    await first.ready()
    second = workers.start(static, *RUN)
    assert await first.ended() == CONFIGURATION
    assert "uses the group_instance_id 'worker-1'" in first.text
    assert "give each worker a group_instance_id of its own" in first.text
    assert "Traceback" not in first.text
    await second.ready()


async def test_a_worker_that_is_restarted_at_once_under_its_instance_id_takes_up_its_work(
    settings: Settings, workers: Workers
) -> None:
    static = settings.model_copy(update={"group_instance_id": "worker-1"})
    first = workers.start(static, *RUN)
    await first.ready()
    first.kill()
    await workers.start(static, *RUN).ready()


async def test_a_deleted_output_topic_makes_the_worker_unready_until_it_is_there_again(
    settings: Settings, workers: Workers
) -> None:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    async with admin_client(settings) as admin:
        await admin.delete_topics([settings.topic(Topic.ALERTS)])
    answer = await until(lambda: unready(worker), "the worker says that it is not ready")
    assert f"the topic {settings.topic(Topic.ALERTS)} does not exist: what belongs there waits" in answer
    assert sample(worker, "tocsin_ready") == 0
    await publish(settings, Topic.CALLS, [(None, missed_call(1, await inbox_now(settings) - 21 * MINUTE))])
    await topics.create(settings)
    await worker.ready()
    await until(lambda: alerted(settings), "the alert is published")


def unready(worker: Worker) -> str:
    status, body = worker.get("/readyz")
    return body if status == 503 and "does not exist" in body else ""


async def alerted(settings: Settings) -> bool:
    return any(json.loads(record.value)["type"] for record in await committed(settings, Topic.ALERTS))


async def test_files_that_differ_from_what_was_adopted_are_told_as_a_hint_a_metric_and_in_the_log(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    first = workers.start(settings, *RUN)
    await first.ready()
    await publish(settings, Topic.SECURITY_EVENTS, [(None, detection(1))])
    await until(lambda: committed(settings, Topic.TICKET_EVENTS), "the tenant has a contract")
    assert json.loads(first.get("/readyz")[1])["hints"] == []
    assert sample(first, "tocsin_contracts_not_adopted", tenant="*") == 0
    first.kill()
    (tmp_path / "tenants.toml").write_text('[tenants.acme]\ncontract = "senstar"\n')
    named = settings.model_copy(update={"tenants_file": tmp_path / "tenants.toml"})
    second = workers.start(named, *RUN)
    await second.ready()
    assert sample(second, "tocsin_contracts_not_adopted", tenant="acme") == 1
    assert sample(second, "tocsin_ready") == 1
    [hint] = json.loads(second.get("/readyz")[1])["hints"]
    assert "`tocsin tenants plan acme` shows what adopting it would change" in hint
    assert "contracts_not_adopted" in second.text
    planned = await asyncio.to_thread(tocsin, named, "tenants", "plan", "acme", "--json")
    given = json.loads(planned.stdout.splitlines()[-1])["plan"]
    adopted = await asyncio.to_thread(tocsin, named, "tenants", "adopt", "acme", "--plan", given)
    assert adopted.exit_code == 0, adopted.output
    await until(lambda: sample(second, "tocsin_contracts_not_adopted", tenant="acme") == 0, "it is adopted")
    assert {dict(labels)["tenant"] for name, labels in samples(second) if name.endswith("not_adopted")} == {"*", "acme"}
