"""What counting workers have done, read off the topics."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from workers import committed, contents

from tocsin.messages.record import Topic
from tocsin.settings import Settings

KEYS = 50


def numbered(count: int, start: int = 0) -> Sequence[tuple[bytes, bytes]]:
    return [(b"k%d" % (n % KEYS), b"%d" % n) for n in range(start, start + count)]


async def journalled(settings: Settings, count: int) -> bool:
    return len(await committed(settings, Topic.TICKET_EVENTS)) >= count


async def assert_counted_exactly_once(settings: Settings, count: int) -> None:
    """Journal and state say what a plain count of the inbox says, partition by partition."""
    expected: dict[int, list[tuple[str, bytes, int]]] = defaultdict(list)
    counts: Counter[bytes] = Counter()
    for record in await committed(settings, Topic.INBOX):
        if record.key is not None:
            counts[record.key] += 1
            expected[record.partition].append((f"{record.partition}:{record.offset}", record.key, counts[record.key]))
    assert sum(map(len, expected.values())) == count
    found: dict[int, list[tuple[str, bytes, int]]] = defaultdict(list)
    for record in await committed(settings, Topic.TICKET_EVENTS):
        said = json.loads(record.value)
        found[record.partition].append((said["id"], record.key, said["n"]))
    assert found == expected
    state = {record.key: int(record.value) for record in await committed(settings, Topic.TICKETS)}
    assert state == counts


async def inbox_time(settings: Settings, partition: int = 0) -> int:
    """The inbox's present: the broker's stamp on a record that nobody counts."""
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        stamped = await producer.send_and_wait(settings.topic(Topic.INBOX), b"{}", partition=partition)
    return int(stamped.timestamp)


async def fired(settings: Settings) -> list[dict[str, Any]]:
    return contents(await committed(settings, Topic.ALERTS))


async def passed(settings: Settings, instant: int) -> bool:
    return await inbox_time(settings) > instant


async def enough_fired(settings: Settings, count: int) -> list[dict[str, Any]] | None:
    said = await fired(settings)
    return said if len(said) >= count else None
