"""A number of partitions that was changed behind our back: a worker stops and says what to do, and guesses nothing."""

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from patience import until
from workers import Worker, Workers, publish

from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka.topics import TOGETHER

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")
CALL = (
    b'{"specversion":"1.0","id":"%d","source":"t","type":"tocsin.call.missed","tenant":"client-%d",'
    b'"data":{"call":"%d","from":"+14165550123","to":"+18445525837"}}'
)


async def add_partitions(settings: Settings, *grown: Topic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        await admin.create_partitions({settings.topic(topic): NewPartitions(6) for topic in grown})
    finally:
        await admin.close()


async def with_state(settings: Settings, workers: Workers) -> Worker:
    """A worker that has tickets of many tenants."""
    worker = workers.start(settings, *RUN)
    await worker.ready()
    await publish(settings, Topic.CALLS, [(None, CALL % (n, n, n)) for n in range(30)])
    await until(lambda: opened(worker) == 30, "the tickets are open")
    return worker


def opened(worker: Worker) -> int:
    lines = [line for line in worker.get("/metrics")[1].splitlines() if line.startswith("tocsin_open_tickets{")]
    return sum(int(float(line.split()[-1])) for line in lines)


async def test_where_all_topics_were_given_more_partitions_no_worker_starts(
    settings: Settings, workers: Workers
) -> None:
    worker = await with_state(settings, workers)
    worker.kill()
    await add_partitions(settings, *TOGETHER)
    again = workers.start(settings, *RUN)
    assert await again.ended() == 78
    assert "The number of partitions was changed" in again.text
    assert "`topic_prefix`" in again.text
    assert "Traceback" not in again.text


async def test_a_worker_that_is_given_an_added_partition_stops(settings: Settings, workers: Workers) -> None:
    worker = await with_state(settings, workers)
    await add_partitions(settings, *TOGETHER)
    assert await worker.ended() == 70
    assert "was added while this worker runs" in worker.text
