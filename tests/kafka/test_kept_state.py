"""State must be kept for good: a worker does not start where Kafka would delete it by age."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from workers import Workers

from tocsin.messages.record import Topic
from tocsin.settings import Settings

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")


async def clean_up(settings: Settings, topic: Topic, policy: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        config = {"cleanup.policy": policy}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, settings.topic(topic), config)])
    finally:
        await admin.close()


@pytest.mark.parametrize("topic", [Topic.TICKETS, Topic.TENANTS])
@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
async def test_a_worker_does_not_start_where_open_tickets_would_be_deleted_by_age(
    settings: Settings, workers: Workers, topic: Topic, policy: str
) -> None:
    await clean_up(settings, topic, policy)
    worker = workers.start(settings, *RUN)
    assert await worker.ended() == 78
    name = settings.topic(topic)
    assert f"{name}: cleanup.policy is {policy}, should be compact" in worker.text
    assert f"kafka-configs.sh --alter --entity-type topics --entity-name {name}" in worker.text
    assert "--add-config cleanup.policy=compact" in worker.text
