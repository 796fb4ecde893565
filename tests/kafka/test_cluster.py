"""Three brokers on this machine: a node may die, or lose its disk, and nothing that was acknowledged is lost."""

from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from workers import until

from tocsin.dev.cluster import LocalCluster
from tocsin.dev.jars import kafka_version
from tocsin.dev.kafka import install
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams import topics


async def test_what_was_acknowledged_outlives_the_loss_of_any_node_and_of_its_disk(tmp_path: Path, uses_broker) -> None:
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
            await until(lambda: all_in_sync(settings), f"node {number} has caught up", 30)
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


async def read(settings: Settings, count: int) -> list[bytes]:
    topic = settings.topic(Topic.CALLS)
    async with AIOKafkaConsumer(topic, bootstrap_servers=settings.bootstrap, auto_offset_reset="earliest") as consumer:
        return [(await consumer.getone()).value for _ in range(count)]
