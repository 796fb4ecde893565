"""What Kafka calls final and is not: the worker tries again, or says in a sentence why it cannot start."""

import re
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from patience import until
from shell_checks import assert_counted_exactly_once, journalled, numbered
from tests.conftest import UsesBroker
from workers import Workers, publish

from tocsin.dev.cluster import LocalCluster
from tocsin.dev.jars import kafka_version
from tocsin.dev.kafka import LocalKafka, install
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")
FORGETFUL = {
    "transactional.id.expiration.ms": "1000",
    "transaction.remove.expired.transaction.cleanup.interval.ms": "500",
}


async def test_a_worker_that_was_idle_until_the_brokers_forgot_its_transactional_id_goes_on(
    tmp_path: Path, workers: Workers, uses_broker: UsesBroker
) -> None:
    uses_broker(kafka_version())
    with LocalKafka(install(), tmp_path / "kafka", properties=FORGETFUL) as kafka:
        settings = Settings(bootstrap=kafka.bootstrap, partitions=1, web_port=0)
        await topics.create(settings)
        worker = workers.start(settings)
        await worker.ready()
        await publish(settings, Topic.CALLS, numbered(10))
        await until(lambda: journalled(settings, 10), "the first are journalled")
        await until(lambda: forgotten(settings), "the brokers have forgotten the id of the worker's writer")
        await publish(settings, Topic.CALLS, numbered(20)[10:])
        await until(lambda: journalled(settings, 20), "the others are journalled")
        await assert_counted_exactly_once(settings, 20)
        assert "InvalidProducerIdMapping" in worker.text
        assert worker.process.poll() is None


async def forgotten(settings: Settings) -> bool:
    """Whether the broker has struck the id of the worker's writer out of its own log."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.bootstrap, enable_auto_commit=False)
    async with consumer:
        tps = [TopicPartition("__transaction_state", number) for number in range(3)]
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await consumer.seek_to_beginning(*tps)
        last: dict[bytes, bytes | None] = {}
        for tp in tps:
            while await consumer.position(tp) < ends[tp]:
                for record in (await consumer.getmany(tp, timeout_ms=100)).get(tp, []):
                    last[record.key] = record.value
    writer = f"{settings.app_id}-worker/".encode()
    return [value for key, value in last.items() if writer in key] == [None]


async def test_partitions_without_a_leader_end_a_worker_that_starts_with_69_and_one_that_works_waits_for_them(
    tmp_path: Path, workers: Workers, uses_broker: UsesBroker
) -> None:
    uses_broker(kafka_version(), nodes=3)
    with LocalCluster(install(), tmp_path / "kafka") as cluster:
        settings = Settings(bootstrap=cluster.bootstrap, partitions=3, web_port=0, heartbeat_tick=1)
        await topics.create(settings)
        worker = workers.start(settings, *RUN)
        await worker.ready()
        cluster.nodes[3].kill()
        late = workers.start(settings, *RUN)
        assert await late.ended() == 69
        # which of the two depends on the node that it asks first: one that lives, or the dead one
        assert re.search(r"Error: (Kafka does not answer: KafkaTimeoutError|No Kafka broker answers at )", late.text)
        assert "Traceback" not in late.text
        cluster.nodes[3].start()
        await until(lambda: worker.get("/readyz")[0] == 200, "the worker is ready again")
        assert worker.process.poll() is None
