"""`tocsin contract test`: scenarios beside a contract, and what is said of one that does not hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from tocsin.cli.contract import command
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary, shipped_overlays
from tocsin.contracts.source.document import Document
from tocsin.scenarios.file import ScenarioFile, Verdict
from tocsin.scenarios.kinds import KINDS
from tocsin.scenarios.notation import ScenariosSpec
from tocsin.schemas.files import files

CONTRACT = """
name: mine
title: Mine
source: the test
priorities: [P1, P2]
default_plan: standard
calendars:
  always: {timezone: UTC, hours: 24x7, clause: "1"}
plans:
  standard:
    default_priority: {value: P2, clause: "1"}
    detections: {priorities: {critical: P1, high: P2}, clause: "1"}
    objectives:
      callback:
        objective: callback
        starts: [callback_owed]
        stops: [call_returned]
        recurring: true
        calendar: always
        targets: {all: 20 min}
        clause: "2"
      response:
        objective: first_response
        starts: [detection, email_received]
        stops: [response, resolution]
        calendar: always
        targets: {P1: 15 min, P2: 1 h}
        clause: "3"
    escalation:
      - {rules: [response], steps: [{tell: shift lead, tier: 1, at: deadline}], clause: "4"}
"""

LATE = """
- scenario: an urgent detection that nobody answers is late after 15 minutes
  clause: "3"
  tenant: {timezone: Europe/Berlin}
  inputs:
    - {at: "2026-03-29T01:50+01:00", detection: critical}
    - {at: "2026-03-29T03:20+02:00", respond: Ben}
  expected:
    - {at: "2026-03-29T03:05+02:00", alert: breached, rule: response, deadline: "2026-03-29T01:05Z", clause: "3"}
    - {at: "2026-03-29T03:05+02:00", alert: escalated, role: shift lead, tier: "1"}
  and_no_other: [breached, escalated]
  deadlines: {response: "2026-03-29T03:05+02:00"}
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(CONTRACT)
    return tmp_path / "mine.yaml"


def scenarios(mine: Path, text: str) -> list[Verdict]:
    file = mine.with_name("mine.scenarios.yaml")
    file.write_text(text)
    return list(ScenarioFile(file).test(*ContractLibrary.load(None).with_file(mine)))


def one(mine: Path, **parts: Any) -> Verdict:
    (tested,) = scenarios(mine, json.dumps([{"scenario": "it", **parts}]))
    return tested


def said(mine: Path, **parts: Any) -> list[str]:
    return [text for _, text in one(mine, **parts).differences]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["test", *arguments])


DETECTED = {"at": "2026-03-02T09:00Z", "detection": "critical"}


def test_a_scenario_that_holds_passes_over_the_change_to_summer_time_too(mine: Path) -> None:
    (tested,) = scenarios(mine, LATE)
    assert tested.differences == []
    assert tested.place == "mine.scenarios.yaml:2"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("15 min", "16 min", "the nearest differs in at, deadline: 2026-03-29T03:06:00+02:00 breached"),
        ("15 min", "16 min", "response is due 2026-03-29T03:06:00+02:00, not 2026-03-29T03:05:00+02:00"),
        ("tell: shift lead", "tell: manager", "this alert came, too: 2026-03-29T03:05:00+02:00 escalated"),
        ('clause: "3"', 'clause: "3.1"', "the nearest differs in clause:"),
        ("starts: [detection, email_received]", "starts: [email_received]", "nothing was promised by it"),
    ],
)
def test_a_contract_that_promises_something_else_fails_and_the_difference_is_named(
    mine: Path, before: str, after: str, said: str
) -> None:
    mine.write_text(CONTRACT.replace(before, after))
    (tested,) = scenarios(mine, LATE)
    assert any(said in text for _, text in tested.differences), tested.differences


def test_differences_stand_at_the_line_of_what_was_expected(mine: Path) -> None:
    mine.write_text(CONTRACT.replace("15 min", "16 min"))
    (tested,) = scenarios(mine, LATE)
    assert {place for place, _ in tested.differences} == {f"mine.scenarios.yaml:{line}" for line in (9, 10, 11, 12)}


def test_two_tickets_are_told_apart_by_labels(mine: Path) -> None:
    tested = one(
        mine,
        inputs=[
            {**DETECTED, "ticket": "a"},
            {"at": "2026-03-02T09:01Z", "detection": {"severity": "high"}, "ticket": "b"},
            {"at": "2026-03-02T09:02Z", "respond": "", "ticket": "b"},
            {"at": "2026-03-02T09:03Z", "link": "a", "ticket": "b"},
        ],
        expected=[{"at": "2026-03-02T09:15Z", "alert": "breached", "ticket": "a"}],
        deadlines={"response": {"a": "2026-03-02T09:15Z"}},
    )
    assert tested.differences == []
    assert tested.outcome.labels == {"a": "CLIENT-000001", "b": "CLIENT-000002"}
    other = {"at": "2026-03-02T09:15Z", "alert": "breached", "ticket": "b"}
    (wrong,) = said(mine, inputs=[{**DETECTED, "ticket": "a"}, {**DETECTED, "ticket": "b"}], expected=[other, other])
    assert "the nearest differs in ticket" in wrong


def test_as_many_alerts_are_matched_as_can_be_whatever_the_order(mine: Path) -> None:
    anyone = {"at": "2026-03-02T09:15Z", "alert": "breached"}
    both = [{**DETECTED, "ticket": "a"}, {**DETECTED, "ticket": "b"}]
    assert said(mine, inputs=both, expected=[anyone, {**anyone, "ticket": "a"}], and_no_other=["breached"]) == []


def test_calls_and_mails_need_no_members(mine: Path) -> None:
    tested = one(
        mine,
        tenant={"contacts": [{"name": "Kim", "phones": ["+493055501"], "emails": ["kim@client.example"]}]},
        inputs=[
            {"at": "2026-03-02T09:00Z", "missed_call": ""},
            {"at": "2026-03-02T09:10Z", "call_placed": "busy"},
            {"at": "2026-03-02T09:25Z", "call_placed": {"contact": "Kim"}, "happened_at": "2026-03-02T09:19Z"},
            {"at": "2026-03-02T10:00Z", "email": {"subject": "printers", "ticket": "CLIENT-000001"}, "ticket": "a"},
            {"at": "2026-03-02T10:30Z", "email_sent": "response", "ticket": "a"},
        ],
        expected=[
            {"at": "2026-03-02T09:20Z", "alert": "callback_overdue", "rule": "callback"},
            {"at": "2026-03-02T09:25Z", "alert": "corrected"},
        ],
        and_no_other=["all"],
        deadlines={"callback": "2026-03-02T09:20Z", "response": "2026-03-02T11:00Z"},
    )
    assert tested.differences == []


def test_a_refusal_is_a_difference_unless_it_is_expected(mine: Path) -> None:
    twice = [
        DETECTED,
        {"at": "2026-03-02T09:01Z", "acknowledge": "Ada"},
        {"at": "2026-03-02T09:02Z", "acknowledge": ""},
    ]
    assert said(mine, inputs=twice, and_no_other=["at_risk"])[0].startswith("it was refused: already_acknowledged")
    twice[2]["refused"] = "true"
    assert said(mine, inputs=twice) == []
    assert said(mine, inputs=[{**DETECTED, "refused": True}]) == ["it was accepted, and should have been refused"]


def test_what_no_alert_tells_can_be_expected_of_the_journal(mine: Path) -> None:
    kept = {"at": "2026-03-02T09:10Z", "event": "ObjectiveFulfilled", "data": {"rule": "response", "cycle": "1"}}
    inputs = [DETECTED, {"at": "2026-03-02T09:10Z", "respond": "Ada"}]
    assert said(mine, inputs=inputs, events=[kept]) == []
    (wrong,) = said(mine, inputs=inputs, events=[{**kept, "data": {"cycle": "2"}}])
    assert wrong.startswith(
        "this did not come: 2026-03-02T09:10:00+00:00 ObjectiveFulfilled, data.cycle: 2; the nearest dif"
    )
    assert wrong.endswith("cycle: 1")


def test_a_member_of_an_event_that_is_called_as_its_time_or_type_is_the_member(mine: Path) -> None:
    late = {"at": "2026-03-02T09:10Z", "happened_at": "2026-03-02T09:00Z", "respond": "Ada"}
    bounced = {"at": "2026-03-02T09:20Z", "event": "WorkDone", "data": {"at": "2026-03-02T09:20Z"}}
    assert "data.at" in said(mine, inputs=[DETECTED, late], events=[{**bounced, "at": "2026-03-02T09:10Z"}])[0]


def test_a_scenario_that_ends_before_its_last_input_is_wrong(mine: Path) -> None:
    with pytest.raises(ContractError, match="it ends before its last input"):
        said(mine, inputs=[DETECTED], until="2026-03-01T09:00Z", and_no_other=["all"])


def test_a_ticket_that_is_no_text_is_refused_with_its_line(mine: Path) -> None:
    into = {"at": "2026-03-02T09:01Z", "merge": {"into": ["a"]}}
    with pytest.raises(ContractError, match=r"mine\.scenarios\.yaml:\d+: "):
        said(mine, inputs=[DETECTED, into], and_no_other=["all"])


def test_a_message_in_full_may_be_whatever_intake_takes(mine: Path) -> None:
    data = {"ticket": "CLIENT-000001", "analyst": "Ada", "reason": "holidays"}
    held = {"at": "2026-03-02T09:01Z", "message": {"type": "tocsin.desk.hold", "data": data}, "refused": True}
    assert said(mine, inputs=[DETECTED, held]) == []


def test_a_promise_without_a_date_is_due_none(mine: Path) -> None:
    mine.write_text(CONTRACT.replace("P1: 15 min", "P1: no figure"))
    assert said(mine, inputs=[DETECTED], deadlines={"response": "none"}) == []
    assert said(mine, inputs=[DETECTED], deadlines={"response": "2026-03-02T09:00Z"}) == [
        "response is due none, not 2026-03-02T09:00:00+00:00"
    ]


def test_several_tickets_with_one_rule_need_a_label(mine: Path) -> None:
    both = [{**DETECTED, "ticket": "a"}, {**DETECTED, "ticket": "b"}]
    (wrong,) = said(mine, inputs=both, deadlines={"response": "2026-03-02T09:15Z"})
    assert "say which, by label" in wrong


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"inputs": [DETECTED]}, ":1: 0: it expects nothing"),
        ({"inputs": [{**DETECTED, "respond": ""}]}, "here it is detection and respond"),
        ({"inputs": [{"at": "2026-03-02T09:00Z"}]}, "here it is none"),
        ({"inputs": [{"at": "2026-03-02", "detection": "high"}]}, "with its offset"),
        ({"inputs": [{"at": "2026-03-02T09:00Z", "detected": "high"}]}, "inputs.0.detected: there is no such key"),
        ({"inputs": [DETECTED, {"at": "2026-03-02T08:00Z", "respond": ""}]}, "not in the order of time"),
        ({"inputs": [{"at": "2026-03-02T09:00Z", "detection": "huge"}]}, "0.inputs.0.detection.severity: Input should"),
        (
            {"inputs": [{"at": "2026-03-02T09:00Z", "detection": {"sev": "high"}}]},
            "detection.sev: there is no such mem",
        ),
        ({"inputs": [{"at": "2026-03-02T09:00Z", "detection": {"resolved": "no"}}]}, "'no' is neither true nor false"),
        ({"inputs": [{"at": "2026-03-02T09:00Z", "status_requested": "x"}]}, "write its members"),
        ({"inputs": [{"at": "2026-03-02T09:00Z", "respond": ""}]}, "there is no ticket yet, or several"),
        ({"inputs": [{"at": "2026-03-02T09:00Z", "respond": "", "ticket": "a"}]}, "has opened the ticket 'a'"),
        ({"inputs": [{"at": "2026-03-02T09:00Z", "message": {"type": "x", "data": {}}}]}, "there is no message 'x'"),
        ({"inputs": [DETECTED], "tenant": {"plan": "gold"}}, "0.tenant.plan: mine has no plan 'gold'"),
        ({"inputs": [DETECTED], "expected": [{"at": "2026-03-02T09:00Z", "alert": "late"}]}, "expected.0.alert"),
    ],
)
def test_a_wrong_scenario_is_refused_with_its_place_and_what_to_do(mine: Path, parts: Any, said: str) -> None:
    parts = {"and_no_other": ["all"], **parts} if parts != {"inputs": [DETECTED]} else parts
    with pytest.raises(ContractError) as error:
        one(mine, **parts)
    assert said in str(error.value)


def test_the_command_prints_a_line_for_each_scenario_and_ends_with_1_where_one_fails(mine: Path) -> None:
    scenarios(mine, LATE)
    passed = run(str(mine))
    assert (passed.exit_code, passed.stdout.split()[:2]) == (0, ["ok", "mine.scenarios.yaml:2"])
    mine.write_text(CONTRACT.replace("15 min", "16 min"))
    failed = run(str(mine))
    assert failed.exit_code == 1
    assert "FAILED  mine.scenarios.yaml:2  an urgent detection" in failed.stdout
    assert "all alerts that came:\n          2026-03-29T01:50:00+01:00 detection" in failed.stdout
    assert "1 of 1 scenarios is not as expected" in failed.stderr


def test_for_machines_each_scenario_is_a_line_of_json(mine: Path) -> None:
    scenarios(mine, LATE)
    (row,) = map(json.loads, run(str(mine), "--json").stdout.splitlines())
    assert (row["passed"], row["differences"], row["clause"]) == (True, [], "3")
    assert [alert["kind"] for alert in row["alerts"]] == ["detection", "breached", "escalated", "cleared"]


def test_a_contract_without_scenarios_is_told_where_to_write_them(mine: Path) -> None:
    result = run(str(mine))
    assert (result.exit_code, "write them to mine.scenarios.yaml" in result.stderr) == (2, True)
    (mine.parent / "other.yaml").write_text(LATE)
    assert run(str(mine), "--scenarios", str(mine.parent / "other.yaml")).exit_code == 0
    assert run(str(mine), str(mine), "--scenarios", str(mine)).exit_code == 2


def test_a_shipped_overlay_is_tested_by_its_name() -> None:
    result = run(shipped_overlays()[0])
    assert (result.exit_code, "ok      " in result.stdout) == (0, True), result.output


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    missing = run(str(tmp_path / "none.yaml"))
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (2, True)


def test_a_file_that_is_wrong_ends_with_2(mine: Path) -> None:
    mine.with_name("mine.scenarios.yaml").write_text("- scenario: x\n")
    assert "mine.scenarios.yaml:1: 0.inputs: Field required" in run(str(mine)).stderr


def test_scenarios_in_the_folder_of_contracts_are_no_contracts(mine: Path) -> None:
    scenarios(mine, LATE)
    assert "mine" in ContractLibrary.load(mine.parent).names()


def test_the_schema_for_editors_accepts_what_the_command_accepts_and_names_a_slip(mine: Path) -> None:
    schema = Draft202012Validator(json.loads(files()["scenarios.schema.json"]))
    document = Document(LATE, "late").data
    schema.validate(document)
    document[0]["inputs"][0] = {"at": "2026-03-29T01:50+01:00", "detektion": "critical"}
    assert ["detektion" in error.message for error in schema.iter_errors(document)] == [True]


def test_editors_know_every_kind_of_input_and_what_is_said_of_its_members() -> None:
    inputs = ScenariosSpec.model_json_schema()["$defs"]["InputSpec"]["properties"]
    assert set(KINDS) < set(inputs)
    described = inputs["hold"]["anyOf"][0]["properties"]["reason"]["description"]
    assert described.startswith("Why, as the contract names it")
