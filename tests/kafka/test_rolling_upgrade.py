"""A worker of this version takes over from one of release 0.1.0, state topics included, and gives back again.

The release runs from its own wheel. In the end everything on the topics is what one fold of this version says of the
whole log, whichever version wrote it.
"""

import json
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from signal import SIGTERM

import pytest
from aiokafka import AIOKafkaProducer
from patience import until
from replayed import all_applied, assert_as_replayed, inbox_now
from workers import Worker, Workers, committed
from workload import Message, workload

from tocsin.messages.record import Topic
from tocsin.settings import Settings

WHEEL = Path(__file__).parents[1] / "releases" / "0.1.0" / "tocsin-0.1.0-py3-none-any.whl"
RUN = (
    "-c",
    "import tocsin.cli, sys; print(f'code={tocsin.cli.__file__}', file=sys.stderr); tocsin.cli.main(['run'])",
)
SEED = 9
STRETCH = 1_500


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    started = Workers(tmp_path)
    yield started
    started.end()


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that release 0.1.0 is installed in."""
    folder = tmp_path_factory.mktemp("release-0.1.0")
    with zipfile.ZipFile(WHEEL) as wheel:
        wheel.extractall(folder)
    return folder


async def publish(settings: Settings, messages: list[Message]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, enable_idempotence=True) as producer:
        for message in messages:
            await producer.send(settings.topic(message.topic), message.value, message.key)
        await producer.flush()


async def journalled(settings: Settings) -> int:
    return len(await committed(settings, Topic.TICKET_EVENTS))


def open_tickets(worker: Worker) -> float:
    metrics = worker.get("/metrics")[1].splitlines()
    return sum(float(line.split()[-1]) for line in metrics if line.startswith("tocsin_open_tickets{"))


async def work_through(settings: Settings, worker: Worker, messages: list[Message]) -> None:
    """Give `worker` these messages, and stop it when it has applied them all."""
    await worker.ready()
    before = await journalled(settings)
    await publish(settings, messages)
    await until(lambda: all_applied(worker), "everything is applied")
    worker.signal(SIGTERM)
    assert await worker.ended() == 0, worker.text[-2_000:]
    assert await journalled(settings) > before, "it has journalled nothing"


async def test_workers_of_this_version_and_of_release_0_1_0_take_over_from_each_other(
    settings: Settings, workers: Workers, release: Path, tmp_path: Path
) -> None:
    tenants = Path(str(files("tocsin.tenants") / "tenants.example.toml"))
    static = settings.model_copy(update={"group_instance_id": settings.app_id, "tenants_file": tenants})
    messages = workload(SEED, 4 * STRETCH, await inbox_now(static))
    for number, of_release in enumerate((True, False, True, False)):
        worker = workers.start(static, *RUN, **({"PYTHONPATH": str(release)} if of_release else {}))
        await work_through(static, worker, messages[number * STRETCH : (number + 1) * STRETCH])
        assert (f"code={release}" in worker.text) == of_release
    for partition in range(static.partitions):
        await assert_as_replayed(static, partition, tmp_path)


async def test_release_0_1_0_reads_every_ticket_that_this_version_leaves(
    settings: Settings, workers: Workers, release: Path
) -> None:
    worker = workers.start(settings, *RUN)
    await work_through(settings, worker, workload(SEED, STRETCH, await inbox_now(settings)))
    last = {record.key: record.value for record in await committed(settings, Topic.TICKETS)}
    left_open = [value for value in last.values() if value and json.loads(value)["stage"] != "closed"]
    assert left_open
    older = workers.start(settings, *RUN, PYTHONPATH=str(release))
    await older.ready()
    await until(lambda: open_tickets(older) == len(left_open), "the release counts the same open tickets")
