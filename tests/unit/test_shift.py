import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import tocsin.tenants
from tocsin.contracts.library import ContractLibrary
from tocsin.dev.drafts import ShiftRun
from tocsin.dev.shift import LENGTH, SHIFT
from tocsin.domain import instant
from tocsin.domain.instant import MINUTE
from tocsin.messages.record import Output, Topic
from tocsin.replay import file as replay_file
from tocsin.replay import line
from tocsin.tenants.directory import TenantDirectory

RUN = ShiftRun(instant.parse("2026-03-02T09:00:00Z"))
ANOTHER = ShiftRun(instant.parse("2026-03-02T12:00:00Z"))
EXAMPLE_TENANTS = Path(tocsin.tenants.__file__).with_name("tenants.example.toml")


@pytest.fixture(scope="module")
def said() -> list[Output]:
    """Everything that the shift gives rise to, until shortly after its end."""
    lines = []
    for happening in SHIFT:
        value, headers = happening.message(RUN)
        lines.append(line.write(Output(happening.topic, None, None, value, RUN.at(happening.minute), headers)))
    tenants = TenantDirectory.from_file(EXAMPLE_TENANTS, ContractLibrary.load(None), "esentire")
    outputs: list[Output] = []
    replay_file.replay(io.BytesIO(b"\n".join(lines)), tenants, RUN.begins + LENGTH + MINUTE, outputs.append)
    return outputs


@pytest.fixture(scope="module")
def alerts(said: list[Output]) -> list[dict[str, Any]]:
    return [json.loads(output.value or b"") for output in said if output.topic is Topic.ALERTS]


def test_the_first_alert_comes_in_the_first_minute(alerts: list[dict[str, Any]]) -> None:
    assert alerts[0]["time"] == "2026-03-02T09:00:00Z"


def test_a_critical_detection_is_escalated_by_its_severity(alerts: list[dict[str, Any]]) -> None:
    roles = [
        (alert["data"]["priority"], alert["data"]["role"]) for alert in _of(alerts, "escalated", "Mass encryption")
    ]
    assert roles == [("P1", "analyst"), ("P1", "shift lead")]


def test_a_worse_repeat_raises_the_ticket_that_it_joins(alerts: list[dict[str, Any]]) -> None:
    [first] = _of(alerts, "detection", "Log-in")
    told = [it["data"] for it in _of(alerts, "detection") if it["data"]["number"] == first["data"]["number"]]
    assert [(it["priority"], it["title"]) for it in told] == [
        ("P3", "Log-in from two countries"),
        ("P1", "Credential dumping"),
    ]


def test_one_missed_call_is_returned_in_time_and_others_are_not(alerts: list[dict[str, Any]]) -> None:
    overdue = _of(alerts, "callback_overdue")
    assert [alert["data"]["deadline"] for alert in overdue] == ["2026-03-02T09:36:00Z", "2026-03-02T10:02:00Z"]


def test_a_callback_that_is_noted_late_corrects_its_alert(alerts: list[dict[str, Any]]) -> None:
    corrected = _of(alerts, "corrected")
    assert [alert["data"]["deadline"] for alert in corrected] == ["2026-03-02T10:02:00Z"]


def test_a_p1_by_mail_violates_the_channel_that_its_contract_wants(alerts: list[dict[str, Any]]) -> None:
    assert [alert["tenant"] for alert in _of(alerts, "channel_violation")] == ["initech"]


def test_a_call_from_nobody_we_know_is_loud_at_once(alerts: list[dict[str, Any]]) -> None:
    unassigned = [alert for alert in alerts if alert["tenant"] == "unassigned"]
    assert (unassigned[0]["data"]["kind"], unassigned[0]["time"]) == ("escalated", "2026-03-02T09:18:00Z")


def test_half_a_message_is_the_only_dead_letter(said: list[Output]) -> None:
    reasons = [dict(output.headers)["tocsin-reason"] for output in said if output.topic is Topic.DEAD_LETTERS]
    assert reasons == [b"not_json"]


def test_the_shift_is_written_in_the_order_of_its_minutes() -> None:
    assert all(earlier.minute <= later.minute for earlier, later in pairwise(SHIFT))


def test_a_second_run_of_the_shift_repeats_no_message_of_the_first() -> None:
    messages = [h.message(run) for run in (RUN, ANOTHER) for h in SHIFT if not h.says.startswith("telephony")]
    assert len(set(messages)) == len(messages)


def _of(alerts: list[dict[str, Any]], kind: str, title: str = "") -> list[dict[str, Any]]:
    return [alert for alert in alerts if alert["data"]["kind"] == kind and alert["data"]["title"].startswith(title)]
