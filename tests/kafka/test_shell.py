"""The shell with a real broker and counting stages: what it does with batches, transactions and accidents."""

import pathlib
import signal
from collections import defaultdict
from collections.abc import Iterator

import pytest
from workers import Workers, committed, contents, publish, until

from tocsin.messages.record import Topic
from tocsin.settings import Settings


@pytest.fixture
def workers(tmp_path: pathlib.Path) -> Iterator[Workers]:
    started = Workers(tmp_path)
    yield started
    started.end()


async def journalled(settings: Settings, count: int) -> bool:
    return len(await committed(settings, Topic.TICKET_EVENTS)) >= count


async def test_every_record_is_counted_once_and_in_order(settings: Settings, workers: Workers) -> None:
    worker = workers.start(settings)
    inputs = [(b"k%d" % (n % 50), b"%d" % n) for n in range(3_000)]
    await publish(settings, Topic.CALLS, inputs)
    await until(lambda: journalled(settings, 3_000), "all is journalled")
    expected: dict[int, list[str]] = defaultdict(list)
    for record in await committed(settings, Topic.INBOX):
        if record.key is not None:
            expected[record.partition].append(f"{record.partition}:{record.offset}")
    found: dict[int, list[str]] = defaultdict(list)
    for record, said in zip(r := await committed(settings, Topic.TICKET_EVENTS), contents(r), strict=True):
        found[record.partition].append(said["id"])
    assert found == expected
    worker.signal(signal.SIGTERM)
    assert await worker.ended(10) == 0
