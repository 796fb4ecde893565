"""`tocsin contract new` and `diff`: a contract to begin with, and what is different between two."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from yaml12 import as_editors_read

from tocsin.cli.contract import command
from tocsin.contracts.checks.base import Level
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.lint import lint
from tocsin.contracts.report.differences import differences


def contract(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.fixture
def act(tmp_path: Path) -> Path:
    assert contract("new", "--overlay", "act", "--into", str(tmp_path)).exit_code == 0
    return tmp_path / "act.yaml"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    assert contract("new", "mine", "--into", str(tmp_path)).exit_code == 0
    return tmp_path / "mine.yaml"


def test_a_new_contract_passes_its_own_scenarios_and_the_linter_doubts_nothing(mine: Path) -> None:
    tested = contract("test", str(mine))
    assert (tested.exit_code, "FAILED" in tested.output) == (0, False)
    library, name = ContractLibrary.load(None).with_file(mine)
    assert name == "mine"
    assert {finding.level for finding in lint(library.get("mine"))} == {Level.NOTE}


def test_a_new_overlay_passes_its_own_scenarios_and_the_linter_doubts_nothing(act: Path) -> None:
    tested = contract("test", str(act))
    assert (tested.exit_code, "FAILED" in tested.output) == (0, False), tested.output
    library, name = ContractLibrary.load(None).with_file(act)
    doubts = {finding.text for finding in lint(library.shown(name)) if finding.level is not Level.NOTE}
    assert doubts <= {"no response is promised"}
    assert "act.early_warning" in act.with_name("act.scenarios.yaml").read_text()


@pytest.mark.parametrize("file", ["mine.yaml", "mine.scenarios.yaml", "act.yaml"])
def test_an_editor_finds_the_schema_beside_the_file_and_without_a_network(mine: Path, act: Path, file: str) -> None:
    path = mine.with_name(file)
    first = path.read_text().splitlines()[0]
    schema = (mine.parent / first.partition("$schema=")[2]).read_text()
    assert all(reference.startswith("#/") for reference in re.findall(r'"\$ref": "([^"]+)"', schema))
    Draft202012Validator(json.loads(schema)).validate(as_editors_read(path.read_text()))


def test_a_new_contract_overwrites_nothing_and_takes_no_name_of_another(mine: Path) -> None:
    mine.write_text("mine already")
    again = contract("new", "mine", "--into", str(mine.parent))
    assert (again.exit_code, mine.read_text()) == (1, "mine already")
    assert contract("new", "sorb", "--into", str(mine.parent)).exit_code == 1
    assert contract("new", "No name", "--into", str(mine.parent)).exit_code == 2


def changed(mine: Path, before: str, after: str) -> list[str]:
    other = mine.with_name("other.yaml")
    assert before in mine.read_text()
    other.write_text(mine.read_text().replace(before, after))
    result = contract("diff", str(mine), str(other))
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("P1: 15 min", "P1: 10 min", ["standard, P1: response 15 min -> 10 min (clause 3.2)"]),
        ("{all: 20 min}", "{all: 30 min}", ["standard, P1, P2, P3: callback 20 min -> 30 min (clause 3.1)"]),
        ("          P1: 15 min\n", "", ["standard, P1: response 15 min (always) -> nothing promised (clause 3.2)"]),
        (
            "P3: {within: 4 business hours, calendar: office}",
            "P3: 4 h",
            [
                "standard: response calendar: always, office -> always",
                "standard, P3: response 4 business hours (office) -> 4 h (always) (clause 3.2)",
            ],
        ),
        ("warn: [75 %]", "warn: [50 %]", ["standard: clocks, response: at risk *: 75 % -> 50 %"]),
        ("tell: shift lead", "tell: team lead", None),
        ("title: Support of", "title: Help for", None),
    ],
)
def test_what_changed_is_said_with_plan_priority_and_clause(
    mine: Path, before: str, after: str, said: list[str] | None
) -> None:
    lines = changed(mine, before, after)
    assert lines
    assert said in (None, lines)


def test_a_promise_that_comes_or_goes_is_said_with_all_its_figures(mine: Path) -> None:
    start, end = (mine.read_text().index(text) for text in ("      resolution:\n", "    escalation:"))
    promise = mine.read_text()[start:end]
    rows = "      - rules: [resolution]\n        steps:\n          - {tell: SOC manager, tier: 3, at: deadline}\n"
    without = mine.read_text().replace(promise, "").replace(f'{rows}        clause: "4"\n', "")
    mine.with_name("other.yaml").write_text(without)
    gone = contract("diff", str(mine), str(mine.with_name("other.yaml"))).stdout
    figures = "P1 8 business hours, P2 2 working days, P3 5 working days (clause 3.3)"
    assert f"standard: resolution is no longer promised; it was {figures}" in gone
    come = contract("diff", str(mine.with_name("other.yaml")), str(mine)).stdout
    assert f"standard: resolution is promised now: {figures}" in come


def test_equal_contracts_promise_the_same(mine: Path) -> None:
    assert contract("diff", str(mine), str(mine)).stdout == "The two promise the same.\n"
    assert contract("diff", str(mine), str(mine), "--json").stdout == ""


def test_what_is_the_same_in_each_plan_stands_once_and_plans_that_come_and_go_are_named() -> None:
    library = ContractLibrary.load(None)
    sorb = library.get("sorb")
    first, second, *_ = sorb.plans
    only = differences(sorb, replace(sorb, plans={first: sorb.plans[first]}))
    assert (second, "the plan", "is no longer there") in [(it.plan, it.rule, it.text) for it in only]
    lines = list(map(str, differences(sorb, library.get("esentire"))))
    assert any(line.startswith("premium -> standard: ") for line in lines), lines


def test_a_machine_gets_each_difference_as_a_line_of_json(mine: Path) -> None:
    other = mine.with_name("other.yaml")
    other.write_text(mine.read_text().replace("P1: 15 min", "P1: 10 min"))
    (row,) = map(json.loads, contract("diff", str(mine), str(other), "--json").stdout.splitlines())
    assert row == {
        "plan": "standard",
        "priority": "P1",
        "rule": "response",
        "text": "15 min -> 10 min",
        "clause": "3.2",
    }


def test_a_contract_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert contract("diff", "sorb", "nobody").exit_code == 2
    assert contract("diff", "sorb", str(tmp_path / "none.yaml")).exit_code == 2
    nowhere = contract("diff", "sorb", "0123456789abcdef", "--bootstrap", "127.0.0.1:1")
    assert (nowhere.exit_code, "No Kafka broker answers" in nowhere.stderr) == (69, True)
