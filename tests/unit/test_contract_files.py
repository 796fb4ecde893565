"""A contract file that is wrong says where, and what to do."""

import re
from pathlib import Path

import pytest

from tocsin.contracts.codec import contract_from_json, contract_hash, contract_to_json
from tocsin.contracts.compile import TenantOverrides, compile_contract
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.source.loader import parse_contract
from tocsin.domain.contract.model import Contract
from tocsin.domain.vocabulary import Basis

SMALL = """\
name: small
title: A small contract
source: nobody's
priorities: [P1, P2]
default_plan: only
calendars:
  office:
    timezone: client
    hours: {mon-fri: "09:00-17:00"}
    holidays: [2026-12-25, "01-01"]
    clause: "1"
plans:
  only:
    default_priority: {value: P2, clause: "2"}
    objectives:
      response:
        objective: first_response
        starts: [email_received]
        stops: [response, resolution]
        calendar: office
        targets: {P1: 1 business hour, all: 1 day}
        clause: 2.10
    escalation:
      - rules: [response]
        steps:
          - {tell: shift lead, tier: 2, at: deadline}
        clause: "3"
"""


def compiled(text: str = SMALL, overrides: TenantOverrides | None = None) -> Contract:
    contract = parse_contract(text, "small.yaml")
    return compile_contract(contract, overrides) if overrides else compile_contract(contract)


def refusal(text: str) -> str:
    with pytest.raises(ContractError) as caught:
        parse_contract(text, "small.yaml")
    return str(caught.value)


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("name: small", "name: Small Contract", "small.yaml:1: name:", "pattern"),
        ("    timezone: client", "    timezone: Mars/Olympus", "small.yaml:8: calendars.office.timezone:", "IANA"),
        ('"09:00-17:00"', '"09:00-09:00"', "small.yaml:9: calendars.office.hours:", "ends when it starts"),
        ("[2026-12-25,", "[2026-02-30,", "small.yaml:10: calendars.office.holidays.0:", "no holiday"),
        ("value: P2", "value: P9", "small.yaml:14: plans.only.default_priority.value:", "no priority 'P9'"),
        ("objective: first_response", "objective: My hope", "small.yaml:17: plans.only.objectives.response", "pattern"),
        (
            "starts: [email_received]",
            "starts: [hope]",
            "small.yaml:18: plans.only.objectives.response.starts:",
            "'hope'",
        ),
        ("starts: [email_received]", "starts: []", "small.yaml:18: plans.only.objectives.response.starts:", "1 item"),
        ("calendar: office", "calendar: attic", "small.yaml:20: plans.only.objectives.response.calendar:", "attic"),
        ("P1: 1 business hour", "P1: soon", "small.yaml:21: plans.only.objectives.response.targets.P1", "no target"),
        ("P1: 1 business hour", "P7: 1 h", "small.yaml:21: plans.only.objectives.response.targets:", "priority 'P7'"),
        ("rules: [response]", "rules: [answer]", "small.yaml:24: plans.only.escalation.0.rules:", "no objective"),
        ("at: deadline", "at: noon", "small.yaml:26: plans.only.escalation.0.steps.0.at:", "no moment"),
        ("default_plan: only", "default_plan: other", "small.yaml:5: default_plan:", "no plan 'other'"),
        ("source: nobody's", "source: nobody's\ncolour: red", "small.yaml:4: colour:", "no such key"),
        ('    clause: "1"\n', "", "small.yaml:7: calendars.office.clause:", "required"),
    ],
)
def test_an_error_names_file_line_and_place_and_says_what_is_wrong(old: str, new: str, where: str, what: str) -> None:
    message = refusal(changed(old, new))
    assert message.startswith(where), message
    assert what in message


def test_every_fault_of_a_file_is_told_at_once() -> None:
    message = refusal(changed("P1: 1 business hour", "P1: soon").replace("at: deadline", "at: noon"))
    assert [line.partition(": ")[0] for line in message.splitlines()] == ["small.yaml:21", "small.yaml:26"]


def test_a_key_that_is_given_twice_is_refused() -> None:
    assert refusal(SMALL + "title: Another\n") == "small.yaml:28: 'title' is given twice; keep one of the two"


@pytest.mark.parametrize(
    "text", ["plans: [", "a: b: c", "!!python/object:os.system {}", "\x00", "[" * 2000, "- 1\n- 2", "", "just text"]
)
def test_what_is_no_contract_at_all_is_one_clear_sentence(text: str) -> None:
    assert re.match(r"small\.yaml:\d+: .+", refusal(text))


@pytest.mark.parametrize("value", ["!!int x", "!!set {a, b}", "!!binary aGVsbG8="])
def test_a_value_of_another_type_than_text_is_refused_with_its_line(value: str) -> None:
    message = refusal(changed("title: A small contract", f"title: {value}"))
    assert message.startswith("small.yaml:2: could not determine a constructor for the tag")


def test_a_small_file_whose_aliases_stand_for_millions_of_parts_is_refused_at_once() -> None:
    text = SMALL + "".join(f"x{size}: &x{size} [{', '.join([f'*x{size - 1}'] * 9)}]\n" for size in range(1, 20))
    message = refusal(text.replace("x1: &x1 [", "x0: &x0 1\nx1: &x1 ["))
    assert re.fullmatch(r"small\.yaml:\d+: its aliases stand for more than 100000 parts; .+", message)


def test_a_part_that_stands_in_itself_is_refused() -> None:
    assert refusal(SMALL + "x: &x [*x]\n").startswith("small.yaml:28: x: there is no such key")


def test_an_assumption_must_say_why() -> None:
    message = refusal(changed('clause: "3"', 'clause: "3"\n        basis: assumed'))
    assert "small.yaml:24: plans.only.escalation.0:" in message
    assert "`reading`" in message


def test_a_clause_is_text_whatever_it_looks_like() -> None:
    rule = compiled().plans["only"].objectives[0]
    assert {promise.cites.clause for promise in rule.targets.values()} == {"2.10"}


def test_norway_is_a_country_and_six_o_clock_a_time() -> None:
    text = changed('holidays: [2026-12-25, "01-01"]', "holidays_of: {country: NO, first_year: 2026, last_year: 2026}")
    calendar = compiled(text).calendars["office"]
    assert "2026-05-17" in map(str, calendar.holidays)  # Constitution Day


def test_a_country_s_holidays_are_expanded_for_the_years_that_are_asked_for() -> None:
    text = changed(
        'holidays: [2026-12-25, "01-01"]', "holidays_of: {country: CA, region: ON, first_year: 2026, last_year: 2028}"
    )
    calendar = compiled(text).calendars["office"]
    assert {day.year for day in calendar.holidays} == {2026, 2027, 2028}
    assert "2026-02-16" in map(str, calendar.holidays)  # Family Day, of Ontario


def test_a_target_for_all_is_for_those_that_are_not_named() -> None:
    rule = compiled().plans["only"].objectives[0]
    assert {name: promise.target.amount for name, promise in rule.targets.items()} == {"P1": 3_600_000, "P2": 1}


def test_the_client_s_time_zone_calendars_and_targets_take_the_place_of_the_contract_s() -> None:
    contract = parse_contract(SMALL, "small.yaml")
    agreed = (
        parse_contract(changed("P1: 1 business hour", "P1: 5 min"), "").plans["only"].objectives["response"].targets
    )
    at_home = compile_contract(
        contract, TenantOverrides(timezone="Asia/Tokyo", targets={"response": {"P1": agreed["P1"]}})
    )
    promise = at_home.plans["only"].objectives[0].targets["P1"]
    assert at_home.calendars["office"].timezone == "Asia/Tokyo"
    assert (promise.target.amount, promise.cites.clause) == (300_000, "2.10; as agreed with the client")


def test_what_the_document_does_not_say_is_marked_as_assumed() -> None:
    plan = compiled().plans["only"]
    assert plan.citations["default_priority"].basis is Basis.STATED
    assert plan.citations["returns_a_call"].basis is Basis.ASSUMED
    assert plan.acknowledgement_expires_by_priority == {"P1": 900_000}


def test_a_compiled_contract_survives_the_log() -> None:
    contract = compiled()
    text = contract_to_json(contract)
    assert contract_from_json(text) == contract
    assert contract_to_json(contract_from_json(text)) == text


def test_the_hash_is_of_the_content_not_of_the_file_s_layout() -> None:
    rearranged = "# a comment\n" + SMALL.replace("priorities: [P1, P2]", "priorities:\n  - P1\n  - P2")
    assert contract_hash(contract_to_json(compiled(rearranged))) == contract_hash(contract_to_json(compiled()))
    assert contract_hash(contract_to_json(compiled(changed("P1: 1 business", "P1: 2 business")))) != contract_hash(
        contract_to_json(compiled())
    )


def test_canonical_json_has_sorted_keys_and_no_spaces_between() -> None:
    text = contract_to_json(compiled())
    office = '{"calendars":{"office":{"cites":{"basis":"stated","clause":"1","reading":"","source":""},"closed":[],'
    assert text.startswith(office + '"half_days":[],"holidays":[')


def library(folder: Path) -> ContractLibrary:
    return ContractLibrary.load(folder)


def test_a_folder_adds_its_contracts_to_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "README.md").write_text("not a contract")
    assert library(tmp_path).names() == (
        *("esentire", "plain", "senstar", "sentinelone", "small", "sorb", "unassigned"),
    )
    assert library(tmp_path).get("small") == compiled()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALL.replace("name: small", "name: sorb"), "small.yaml: there is a contract 'sorb' already"),
        (changed('{mon-fri: "09:00-17:00"}', "{}"), "small.yaml: calendars.office: .* never opens"),
        (b"\xff\xfe", "small.yaml: is no UTF-8 text"),
        ("#" * 1_048_577, "small.yaml: is longer than"),
    ],
)
def test_a_folder_with_a_contract_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "small.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ContractError, match=message):
        library(tmp_path)


def test_a_contract_that_there_is_not_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(ContractError, match="there is no contract 'nobody'; there is esentire, "):
        ContractLibrary.load(None).get("nobody")


def test_a_folder_that_there_is_not_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no such folder"):
        library(tmp_path / "none")


HOLDS = """\
holds:
  asked_back: {text: the client has been asked, ended_by_contact: true, clause: "3"}
plans:
"""
PAUSED = "        paused_by: [%s]\n        clause: 2.10"


def test_the_reasons_to_wait_of_a_contract_are_those_of_its_file() -> None:
    text = changed("plans:\n", HOLDS).replace("        clause: 2.10", PAUSED % "asked_back")
    (hold,) = compile_contract(parse_contract(text, "small.yaml")).holds
    assert (hold.reason, hold.ended_by_contact, hold.cites.clause) == ("asked_back", True, "3")


def test_a_rule_that_is_paused_for_a_reason_which_the_file_does_not_have_is_refused() -> None:
    text = changed("plans:\n", HOLDS).replace("        clause: 2.10", PAUSED % "askedback")
    assert "no hold 'askedback'; there is asked_back" in refusal(text)


def test_a_file_without_reasons_to_wait_has_those_that_its_rules_name_and_the_usual_ones() -> None:
    text = changed("        clause: 2.10", PAUSED % "client_is_away, parts_ordered")
    holds = compile_contract(parse_contract(text, "small.yaml")).holds
    assert {hold.reason: hold.ended_by_contact for hold in holds} == {
        "client_is_away": True,
        "parts_ordered": False,
        "waiting_for_customer": True,
        "waiting_for_third_party": False,
        "waiting_for_date": False,
    }


WITH_MILESTONES = SMALL.replace(
    "plans:\n  only:\n",
    """\
milestones:
  became_aware: {text: we know, follows: [email_received], clause: "4"}
  warned: {text: they know, set_by: [desk, call], clause: "4"}
plans:
  only:
""",
    1,
).replace("starts: [email_received]", "starts: [became_aware]")


def test_milestones_are_compiled_to_kinds_of_evidence_and_rules_to_all_that_they_follow_from() -> None:
    contract = compiled(WITH_MILESTONES)
    aware, warned = contract.milestones
    assert (aware.purposes, aware.follows, aware.verb) == (("became_aware",), ("email_received",), "tocsin.desk.mark")
    assert (warned.set_by, warned.cites and warned.cites.clause) == (("desk", "call"), "4")
    assert contract.plans["only"].objectives[0].starts == ("became_aware", "email_received")
    assert contract_from_json(contract_to_json(contract)) == contract


def test_an_objective_without_a_name_is_called_by_its_rule() -> None:
    (rule,) = compiled(changed("        objective: first_response\n", "")).plans["only"].objectives
    assert rule.objective == "response"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("follows: [email_received]", "follows: [hope]", "no milestone or evidence 'hope'"),
        ("  warned:", "  resolution:", "'resolution' is built in"),
        ("  warned:", "  callback:", "'callback' is built in"),
        ("set_by: [desk, call]", "set_by: [pigeon]", "'email'"),
        ("objective: first_response", "objective: x\n        after: hope", "no objective 'hope'"),
    ],
)
def test_a_milestone_that_cannot_be_is_refused(old: str, new: str, said: str) -> None:
    assert said in refusal(WITH_MILESTONES.replace(old, new))


def test_what_a_contract_never_silences_is_what_its_file_says() -> None:
    said = changed(
        '    default_priority: {value: P2, clause: "2"}\n',
        '    default_priority: {value: P2, clause: "2"}\n    never_silenced: {value: [P1, P2], clause: "5"}\n',
    )
    assert compiled(said).plans["only"].never_silenced == ("P1", "P2")
    assert compiled().plans["only"].never_silenced == ("P1",)
