"""Records get the offsets that they had, whatever stands between them; what fills the gaps is never seen."""

import pytest
from aiokafka import AIOKafkaProducer
from workers import committed

from tocsin.messages.record import Record, Topic
from tocsin.recording import placing
from tocsin.recording.placing import PlacingError, place
from tocsin.recording.reading import Extent
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

STAMP = 1_772_355_600_000
OFFSETS = [3, 4, 6, 9, 10, 11, 12, 14, 16, 18, 25_000, 25_002]


def record(offset: int) -> Record:
    return Record(Topic.INBOX, 0, offset, STAMP + offset, b"k", b"%d" % offset, (("h", None), ("h", b"\xff")))


@pytest.mark.parametrize("seconds", [0.0, 120.0], ids=["a transaction for each gap", "one over all gaps"])
@pytest.mark.parametrize("end", [25_003, 25_004, 25_007])
async def test_records_stand_at_their_offsets(
    bare_settings: Settings, seconds: float, end: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "_ABORT_AFTER_SECONDS", seconds)
    await topics.create(bare_settings, dev=True)
    name = bare_settings.topic(Topic.INBOX)
    records = [record(offset) for offset in OFFSETS]
    await place(bare_settings, name, 0, records, Extent(2, end))
    found = [it for it in await committed(bare_settings, Topic.INBOX, 0) if it.offset >= 2]
    assert [(it.offset, it.timestamp, it.key, it.value, tuple(it.headers)) for it in found] == [
        (it.offset, it.timestamp, it.key, it.value, it.headers) for it in records
    ]
    async with AIOKafkaProducer(bootstrap_servers=bare_settings.bootstrap) as producer:
        behind = await producer.send_and_wait(name, b"next", partition=0)
    assert behind.offset in (end, end + 1)
    with pytest.raises(PlacingError, match="is not empty"):
        await place(bare_settings, name, 0, records, Extent(2, end))
