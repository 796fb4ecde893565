"""A cluster is read by code that does not wait, as an export of it is; what operators do stands in its log."""

import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from workers import Workers

from tocsin.client.operations import record_operation
from tocsin.client.publishing import NewRecord, publish
from tocsin.client.reading import opened
from tocsin.client.start import BEGINNING
from tocsin.domain.commands.operation import RecordOperation
from tocsin.messages.record import Record, Topic
from tocsin.recording.reading import Extent
from tocsin.recording.source import opened_source
from tocsin.settings import Settings

TOCSIN = Path(sys.executable).with_name("tocsin")
EXPORTED = RecordOperation(operation="export", about="soc.inbox", reason="the audit", operator="mia")


@pytest.fixture
async def written(settings: Settings) -> Settings:
    await publish(settings, Topic.CALLS, [NewRecord(f"{number}".encode(), b"k", ()) for number in range(5_000)])
    return settings


async def test_a_partition_is_read_from_any_offset_to_its_end(written: Settings) -> None:
    def read() -> tuple[list[int], list[Extent], list[bytes | None]]:
        with opened_source(written) as source:
            partitions = source.partitions(Topic.CALLS)
            extents = [source.extent(Topic.CALLS, each) for each in partitions]
            full = max(partitions, key=lambda it: extents[it].end)
            return partitions, extents, [it.value for it in source.records(Topic.CALLS, full, 4_990)]

    partitions, extents, values = await asyncio.to_thread(read)  # one thread has one loop
    assert partitions == [0, 1, 2]
    assert sorted(extents) == [Extent(0, 0), Extent(0, 0), Extent(0, 5_000)]
    assert values == [f"{number}".encode() for number in range(4_990, 5_000)]


async def test_a_reading_that_was_not_ended_is_closed_with_its_source(written: Settings) -> None:
    def begin() -> Iterator[Record]:
        with opened_source(written) as source:
            full = max(source.partitions(Topic.CALLS), key=lambda it: source.extent(Topic.CALLS, it).end)
            records = source.records(Topic.CALLS, full)
            next(records)
            return records

    begun = await asyncio.to_thread(begin)
    del begun  # closed once more, it has nothing left to close; pytest fails on what would be left open
    gc.collect()


async def journal(settings: Settings) -> AsyncIterator[dict[str, object]]:
    async with opened(settings, Topic.TICKET_EVENTS, BEGINNING) as reader:
        async for record in reader.follow():
            yield json.loads(record.value or b"{}")


async def test_an_operation_stands_in_the_journal_of_unassigned_or_of_the_tenants_it_is_about(
    settings: Settings, workers: Workers
) -> None:
    workers.start(settings, TOCSIN, "run")
    await record_operation(settings, EXPORTED)
    await record_operation(settings, EXPORTED, ["acme"])
    found: dict[object, object] = {}
    async for event in journal(settings):
        if event["type"] == "OperationRecorded":
            found[event["tenant"]] = event["data"]
        if len(found) == 2:
            break
    said = {"operation": "export", "about": "soc.inbox"}
    assert found == {"unassigned": said, "acme": said}
