"""Recorded files are read as the log that they were recorded from."""

import json
from pathlib import Path

import pytest
import zstandard

from tocsin.messages.record import Record, Topic
from tocsin.recording.exporting import Wanted, before
from tocsin.recording.manifest import FRESH, ExportedTopic, Manifest, RecordingError, Stretch
from tocsin.recording.reading import Extent
from tocsin.recording.source import opened_source
from tocsin.replay import line

RECORDS = [
    Record(Topic.INBOX, 0, 3, 1_000, b"acme", b'{"a":1}'),
    Record(Topic.ALERTS, 0, 0, 1_000, b"t", b'{"b":1}'),
    Record(Topic.INBOX, 1, 7, 1_500, None, b"\xff"),
    Record(Topic.INBOX, 0, 5, 2_000, b"acme", b'{"a":2}', (("h", b"1"), ("h", b"2"))),
]
LINES = b"".join(line.write(record) + b"\n" for record in RECORDS)


def _packed(data: bytes) -> bytes:
    packer = zstandard.ZstdCompressor()
    half = len(data) // 2
    return packer.compress(data[:half]) + packer.compress(data[half:])  # as after an interrupted export


@pytest.mark.parametrize(("name", "content"), [("all.jsonl", LINES), ("all.jsonl.zst", _packed(LINES))])
def test_a_file_gives_each_partition_its_records(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with opened_source(path) as source:
        assert source.partitions(Topic.INBOX) == [0, 1]
        assert source.partitions(Topic.CALLS) == []
        assert source.extent(Topic.INBOX, 0) == Extent(3, 6)
        assert list(source.records(Topic.INBOX, 0)) == [RECORDS[0], RECORDS[3]]
        assert list(source.records(Topic.INBOX, 0, 4)) == [RECORDS[3]]
        assert list(source.records(Topic.INBOX, 1)) == [RECORDS[2]]


def test_a_folder_gives_each_partition_its_records(tmp_path: Path) -> None:
    manifest = Manifest(topics={"soc.inbox": ExportedTopic(partitions={0: Stretch(begin=2, end=9, records=2)})})
    (tmp_path / "soc.inbox").mkdir()
    (tmp_path / "soc.inbox" / "0.jsonl").write_bytes(b"".join(line.write(RECORDS[at]) + b"\n" for at in (0, 3)))
    (tmp_path / "manifest.json").write_bytes(json.dumps(_plain(manifest)).encode())
    with opened_source(tmp_path) as source:
        assert source.partitions(Topic.INBOX) == [0]
        assert source.extent(Topic.INBOX, 0) == Extent(2, 9)
        assert list(source.records(Topic.INBOX, 0, 4)) == [RECORDS[3]]


def _plain(manifest: Manifest) -> object:
    stretch = manifest.topics["soc.inbox"].partitions[0]
    parts = {"0": {"begin": stretch.begin, "end": stretch.end, "records": stretch.records}}
    return {"format": manifest.format, "topics": {"soc.inbox": {"partitions": parts}}}


def test_a_line_without_an_offset_stands_behind_the_one_before_it(tmp_path: Path) -> None:
    path = tmp_path / "short.jsonl"
    path.write_text('{"topic": "soc.inbox", "recorded_at": "2026-03-01T09:00:00Z", "value": {}}\n' * 2)
    with opened_source(path) as source:
        assert [it.offset for it in source.records(Topic.INBOX, 0)] == [0, 1]


def test_what_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(LINES + b"{\n")
    with opened_source(path) as source, pytest.raises(RecordingError, match="line 5"):
        source.partitions(Topic.INBOX)
    with pytest.raises(RecordingError, match="it has no manifest"), opened_source(tmp_path):
        pass


def test_an_export_that_found_no_room_for_its_first_file_may_be_said_again(tmp_path: Path) -> None:
    everything = Wanted(all_topics=True, since=None, until=None, packed=False)
    (tmp_path / FRESH).touch()
    assert before(tmp_path, everything) is None
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(RecordingError, match="holds no export"):
        before(tmp_path, everything)
