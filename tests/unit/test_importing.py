"""What a cluster is not made of: parts, exports taken in the middle of writing, lines that are not those exported."""

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from tocsin.messages.record import Record, Topic
from tocsin.recording.exporting import Wanted, before, held
from tocsin.recording.files import exported_records
from tocsin.recording.importing import complete
from tocsin.recording.manifest import ExportedTopic, Manifest, RecordingError, Stretch, write_manifest
from tocsin.replay import line

WHOLE = Manifest(
    all_topics=True,
    at_rest=True,
    topics={
        topic.value: ExportedTopic(partitions={0: Stretch(begin=0, end=0, records=0)})
        for topic in Topic
        if topic.by_worker
    },
)
ALL = Wanted(all_topics=True, since=None, until=None, packed=False)


def test_a_whole_export_at_rest_is_taken(tmp_path: Path) -> None:
    write_manifest(tmp_path, WHOLE)
    assert complete(tmp_path) == WHOLE


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"finished": False}, "not finished"),
        ({"until": 1}, "some topics or times were left out"),
        ({"all_topics": False}, "some topics or times were left out"),
        ({"at_rest": False}, "while workers wrote"),
        ({"topics": {name: it for name, it in WHOLE.topics.items() if name != "soc.alerts"}}, r"it lacks soc\.alerts"),
        ({"format": 2}, "a newer version"),
    ],
)
def test_any_other_is_refused_with_the_reason(tmp_path: Path, other: dict[str, object], why: str) -> None:
    write_manifest(tmp_path, msgspec.structs.replace(WHOLE, **other))
    with pytest.raises(RecordingError, match=why):
        complete(tmp_path)


def test_lines_that_are_not_those_exported_are_found(tmp_path: Path) -> None:
    record = Record(Topic.INBOX, 0, 3, 1_000, b"k", b'{"a":1}')
    text = line.write_faithfully(record) + b"\n"
    stretch = Stretch(begin=3, end=4, records=1, sha256=sha256(text).hexdigest())
    path = tmp_path / "soc.inbox" / "0.jsonl"
    path.parent.mkdir()
    path.write_bytes(text)
    assert list(exported_records(tmp_path, "soc.inbox", 0, stretch)) == [record]
    for changed in (text.replace(b'"a":1', b'"a":2'), b"", text + text):
        path.write_bytes(changed)
        with pytest.raises(RecordingError, match="not what was exported"):
            list(exported_records(tmp_path, "soc.inbox", 0, stretch))
    path.write_bytes(text.replace(b"soc.inbox", b"soc.alerts"))
    with pytest.raises(RecordingError, match=r"a record of soc\.alerts/0"):
        list(exported_records(tmp_path, "soc.inbox", 0, stretch))


def test_an_export_goes_on_only_with_its_own(tmp_path: Path) -> None:
    assert before(tmp_path, ALL) is None
    write_manifest(tmp_path, WHOLE)
    assert before(tmp_path, ALL) == WHOLE
    with pytest.raises(RecordingError, match="other options"):
        before(tmp_path, ALL._replace(packed=True))
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "file").touch()
    with pytest.raises(RecordingError, match="holds no export"):
        before(strange, ALL)


def test_two_exports_do_not_write_to_one_folder(tmp_path: Path) -> None:
    with held(tmp_path / "backup"), pytest.raises(RecordingError, match="Another export"), held(tmp_path / "backup"):
        pass
