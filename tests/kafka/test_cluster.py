"""Three brokers on this machine: a node may die, or lose its disk, and nothing that was acknowledged is lost."""

import asyncio
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from click.testing import CliRunner, Result
from patience import until
from tests.conftest import UsesBroker

from tocsin.cli import main_group
from tocsin.dev.cluster import LocalCluster
from tocsin.dev.jars import kafka_version
from tocsin.dev.kafka import install
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics


async def test_what_was_acknowledged_outlives_the_loss_of_any_node_and_of_its_disk(
    tmp_path: Path, uses_broker: UsesBroker
) -> None:
    uses_broker(kafka_version(), nodes=3)
    with LocalCluster(install(), tmp_path) as cluster:
        settings = Settings(bootstrap=cluster.bootstrap, partitions=1, replication_factor=3)
        await topics.create(settings)
        for number, node in cluster.nodes.items():
            await publish(settings, b"before the loss of %d" % number)
            node.kill()
            await publish(settings, b"without %d" % number)
            node.wipe()
            node.start()
            await until(lambda: all_in_sync(settings), f"node {number} has caught up")
        said = [value for n in cluster.nodes for value in (b"before the loss of %d" % n, b"without %d" % n)]
        assert await read(settings, len(said)) == said


async def publish(settings: Settings, value: bytes) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap, enable_idempotence=True, retry_backoff_ms=20
    ) as producer:
        await producer.send_and_wait(settings.topic(Topic.CALLS), value)


async def all_in_sync(settings: Settings) -> bool:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        metadata = await producer.client.fetch_all_metadata()
    described = metadata._partitions[settings.topic(Topic.CALLS)].values()  # noqa: SLF001 - nothing else tells
    return all(len(partition.isr) == 3 for partition in described)


async def all_registered(settings: Settings) -> bool:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        return len((await producer.client.fetch_all_metadata()).brokers()) == len(settings.bootstrap.split(","))


async def read(settings: Settings, count: int) -> list[bytes]:
    topic = settings.topic(Topic.CALLS)
    async with AIOKafkaConsumer(topic, bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest") as consumer:
        return [(await consumer.getone()).value for _ in range(count)]


async def test_topics_with_one_copy_where_there_are_three_brokers_are_warned_of(
    tmp_path: Path, uses_broker: UsesBroker
) -> None:
    uses_broker(kafka_version(), nodes=3)
    with LocalCluster(install(), tmp_path) as cluster:
        await until(lambda: all_registered(Settings(bootstrap=cluster.bootstrap)), "every node is one of the cluster's")
        single = await topics_command("create", cluster.bootstrap, "single.", copies=1)
        again = await topics_command("check", cluster.bootstrap, "single.", copies=1)
        triple = await topics_command("create", cluster.bootstrap, "triple.", copies=3)
    for result in (single, again):
        assert result.exit_code == 0, result.output
        assert result.stderr.startswith("Warning: 11 topics (single.")
        assert result.stderr.count("\n") == 1
        assert "TOCSIN_REPLICATION_FACTOR=3" in result.stderr
    assert (triple.exit_code, triple.stderr) == (0, "")


async def topics_command(name: str, bootstrap: str, prefix: str, copies: int) -> Result:
    options = ["--bootstrap", bootstrap, "--topic-prefix", prefix, "--replication-factor", str(copies), "--json"]
    return await asyncio.to_thread(CliRunner().invoke, main_group, ["topics", name, *options])
