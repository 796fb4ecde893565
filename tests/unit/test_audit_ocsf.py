"""`tocsin audit ocsf`: events of OCSF 1.9 that whoever keeps them can check by the profile record_integrity."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.unit.logged import log, of, written

from tocsin.cli import main_group
from tocsin.messages.record import Record, Topic

LOG = log()
JOURNAL = of(LOG, Topic.TICKET_EVENTS)

Event = dict[str, Any]


def events_of(tmp_path: Path, records: list[Record]) -> list[Event]:
    command = ["audit", "ocsf", str(written(tmp_path / "log.jsonl", records)), "--operator", "ann", "--reason", "siem"]
    result = CliRunner().invoke(main_group, command)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def faults_of(events: list[Event]) -> list[int]:
    """The events that do not hold, as the schema describes it: attestation, fingerprint, prev_event."""
    found, before = [], None
    for at, event in enumerate(events):
        (attestation,) = event["attestation_list"]
        covered = {name: told for name, told in attestation.items() if name not in ("fingerprint", "signatures")}
        text = json.dumps(
            event | {"attestation_list": [covered]}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        own = attestation["fingerprint"]["value"] == sha256(text.encode()).hexdigest()
        reference = attestation.get("prev_event")
        if not own or (before and reference["fingerprint"] != before):
            found.append(at)
        before = attestation["fingerprint"]
    return found


@pytest.fixture
def events(tmp_path: Path) -> list[Event]:
    return events_of(tmp_path, LOG)


def test_each_record_of_the_journal_is_an_event_and_all_of_them_hold(events: list[Event]) -> None:
    assert [it["metadata"]["sequence"] for it in events] == [it.offset for it in JOURNAL]
    assert faults_of(events) == []


def test_its_hash_is_that_of_the_journals_chain(events: list[Event]) -> None:
    for event, record in zip(events, JOURNAL, strict=True):
        hashed = json.loads(record.value or b"")["hash"]
        assert event["metadata"]["uid"] == event["raw_data_hash"]["value"] == hashed
        assert sha256(event["raw_data"].encode()).hexdigest() == hashed


def test_it_has_what_the_schema_requires(events: list[Event]) -> None:
    required = {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"}
    for event in events:
        assert required <= event.keys()
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["metadata"]["version"] == "1.9.0"
        assert event["metadata"]["profiles"] == ["record_integrity"]
        assert {"algorithm_id", "value"} <= event["attestation_list"][0]["fingerprint"].keys()


def test_it_tells_of_no_person_and_is_the_same_when_one_was_forgotten(tmp_path: Path, events: list[Event]) -> None:
    forgotten = [
        it._replace(value=json.dumps({k: v for k, v in json.loads(it.value or b"").items() if k != "persons"}).encode())
        for it in JOURNAL
    ]
    assert b'"persons":' in b"".join(it.value or b"" for it in JOURNAL)
    assert "persons" not in {name for it in events for name in json.loads(it["raw_data"])}
    assert events_of(tmp_path, forgotten) == events


@pytest.mark.parametrize(
    "forge",
    [
        lambda it: it[3].update(message="nothing"),
        lambda it: it[3]["metadata"].update(tenant_uid="globex"),
        lambda it: it[3]["attestation_list"][0].update(chain_uid="another"),
        lambda it: it.pop(3),
        lambda it: it.insert(3, it.pop(4)),
    ],
    ids=["text", "metadata", "chain", "left out", "moved"],
)
def test_an_event_that_was_changed_left_out_or_moved_is_noticed(
    events: list[Event], forge: Callable[[list[Event]], object]
) -> None:
    forge(events)
    assert faults_of(events)[0] == 3


def test_the_first_event_names_the_one_before_it_only_where_there_is_one(tmp_path: Path, events: list[Event]) -> None:
    assert "prev_event" not in events[0]["attestation_list"][0]
    later = events_of(tmp_path, JOURNAL[3:])
    assert later[0]["attestation_list"][0]["prev_event"] == {"type_uid": 99, "uid": events[2]["metadata"]["uid"]}


def test_what_is_no_record_of_the_journal_is_named(tmp_path: Path) -> None:
    file = written(tmp_path / "log.jsonl", [*JOURNAL[:2], JOURNAL[2]._replace(value=b"{}")])
    result = CliRunner().invoke(main_group, ["audit", "ocsf", str(file), "--operator", "ann", "--reason", "siem"])
    assert (result.exit_code, f"offset {JOURNAL[2].offset}: no event of the journal" in result.stderr) == (1, True)
