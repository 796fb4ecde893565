"""What needs no answer is counted by kind, and nothing is written for it."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.taking import STAMP, taken_of

from tocsin.messages.ignored import event_types
from tocsin.messages.intake import CHUNK_RECORDS_MAX, Intake, IntakeFlooded, Limits
from tocsin.messages.record import Record, Topic
from tocsin.tenants.directory import TenantDirectory

SENSORS = Path(__file__).parents[1] / "data" / "sensors"
FLOW = {"event_type": "flow"}
FOREIGN = {"specversion": "1.0", "id": "1", "source": "s", "type": "com.example.login", "data": {}}


def record(message: Any, offset: int = 0, topic: Topic = Topic.SECURITY_EVENTS) -> Record:
    value = message if isinstance(message, bytes) else json.dumps(message).encode()
    return Record(topic, 0, offset, STAMP, None, value)


def test_an_ignored_input_moves_the_position_on_and_writes_nothing(example_tenants: TenantDirectory) -> None:
    intake = Intake(example_tenants, 1)
    lines = [record(FLOW, offset) for offset in range(CHUNK_RECORDS_MAX + 1)]
    chunks = list(intake.fold(lines))
    assert [(chunk.outputs, chunk.position) for chunk in chunks] == [
        ([], CHUNK_RECORDS_MAX),
        ([], CHUNK_RECORDS_MAX + 1),
    ]
    assert (intake.accepted, intake.dead_letters) == (0, {})
    assert intake.ignored == {"no_finding": CHUNK_RECORDS_MAX + 1}


def test_ignored_inputs_are_counted_when_they_are_committed(example_tenants: TenantDirectory) -> None:
    intake = Intake(example_tenants, 1)
    chunks = intake.fold([record(FLOW)])
    next(chunks)
    assert intake.ignored == {}
    assert next(chunks, None) is None
    assert intake.ignored == {"no_finding": 1}


def test_ignored_inputs_are_no_flood_and_do_not_hide_one(example_tenants: TenantDirectory) -> None:
    intake = Intake(example_tenants, 1, Limits(flood=3))
    list(intake.fold([record(FLOW)] * 10))
    list(intake.fold([record(b"{"), record(FLOW), record(b"{"), record(FLOW)]))
    with pytest.raises(IntakeFlooded, match="3 dead letters in a row"):
        list(intake.fold([record(b"{")]))


@pytest.mark.parametrize(
    ("sample", "named"),
    [
        ("wazuh/agent.json", "wazuh"),
        ("falco/readme.json", "falco"),
        ("snort/all-fields.json", "snort"),
        ("suricata/own-alert.json", "suricata"),
        ("cef/CEF0001.txt", "cef"),
        ("cef/CEF0001.txt", "threatmanager"),
        ("leef/2.0-delimiter.txt", "leef"),
    ],
)
def test_the_settings_name_rules_of_sensors_beside_their_format(
    example_tenants: TenantDirectory, sample: str, named: str
) -> None:
    value = (SENSORS / sample).read_bytes()
    line = Record(Topic.SECURITY_EVENTS, 0, 0, STAMP, None, value, (("tenant", b"acme"),))
    (rule,) = rules(example_tenants, line)
    intake = Intake(example_tenants, 1, ignored_types=event_types(f"{named}:{rule}, {rule}x"))
    list(intake.fold([line]))
    assert (intake.accepted, intake.ignored) == (0, {"by_setting": 1})
    others = Intake(example_tenants, 1, ignored_types=event_types(f"{rule}, other:{rule}"))
    list(others.fold([line]))
    assert others.accepted == 1


def rules(tenants: TenantDirectory, line: Record) -> list[str]:
    """The signatures of what intake takes of `line`."""
    outputs = [output for chunk in Intake(tenants, 1).fold([line]) for output in chunk.outputs]
    taken = taken_of(outputs)
    return [it.body.signature for it in taken.inputs]


def test_the_settings_name_further_types_to_ignore(example_tenants: TenantDirectory) -> None:
    events = [record(FOREIGN), record({"event_type": "alert"}), record({"class_uid": 2004, "class_name": "Detection"})]
    strict = Intake(example_tenants, 1)
    list(strict.fold(events))
    assert (strict.dead_letters.total(), strict.ignored.total()) == (3, 0)
    told = Intake(example_tenants, 1, ignored_types=event_types("com.example.login, alert, 2004"))
    list(told.fold(events))
    assert (told.dead_letters.total(), told.ignored) == (0, {"by_setting": 3})


@pytest.mark.parametrize("names", ["", ",", "a,,b", "a,tocsin.call.missed", "a\tb", "é", ",".join("x" * 101)])
def test_a_list_of_types_that_is_none_is_refused(names: str) -> None:
    with pytest.raises(ValueError, match=r"must|cannot"):
        event_types(names)
