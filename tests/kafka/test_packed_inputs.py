"""What a stranger packed must be unpacked by the broker: a worker does not start where it is not."""

import bomb
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from workers import Workers

from tocsin.messages.record import Topic
from tocsin.settings import Settings

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")


async def store_as_it_comes(settings: Settings, topic: Topic) -> None:
    """Give `topic` what is Kafka's default."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        name = settings.topic(topic)
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"compression.type": "producer"})])
    finally:
        await admin.close()


async def test_a_worker_does_not_start_where_the_broker_stores_what_a_stranger_packed_as_it_comes(
    settings: Settings, workers: Workers
) -> None:
    await store_as_it_comes(settings, Topic.EMAILS)
    worker = workers.start(settings, *RUN)
    assert await worker.ended() == 78
    name = settings.topic(Topic.EMAILS)
    assert f"{name}: compression.type is producer, should be uncompressed" in worker.text
    assert f"--entity-name {name} --add-config compression.type=uncompressed" in worker.text


async def test_records_that_were_stored_packed_stop_a_worker_with_a_word_on_what_to_do(
    settings: Settings, workers: Workers
) -> None:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    await store_as_it_comes(settings, Topic.CALLS)
    assert await bomb.send(settings.bootstrap, settings.topic(Topic.CALLS), 0, bomb.one_huge_record(1_000)) == 0
    assert await worker.ended() == 70
    assert "kafka-delete-records.sh" in worker.text
