"""Rules that real agreements contain, each as a contract with the scenarios that prove it, and the overlays of laws."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from yaml12 import as_editors_read

from tocsin.contracts.checks.base import Level
from tocsin.contracts.library import SCENARIOS, ContractLibrary
from tocsin.contracts.lint import lint
from tocsin.contracts.source.document import Document
from tocsin.domain.contract.evidence import BUILT_IN
from tocsin.scenarios.file import ScenarioFile, Verdict, scenarios_beside

HERE = Path(__file__).parent
CONTRACTS = sorted(path for path in HERE.glob("*.yaml") if not path.name.endswith(SCENARIOS))
ROOT = HERE.parent.parent
OVERLAYS = ROOT / "src" / "tocsin" / "contracts" / "overlays"
PROVEN = [*CONTRACTS, *sorted(path for path in OVERLAYS.glob("*.yaml") if not path.name.endswith(SCENARIOS))]
PAGE = ROOT / "docs" / "contract-language.md"
LIBRARY = ContractLibrary.load(HERE)


def verdicts(contract: Path, scenarios: Path) -> list[Verdict]:
    return list(ScenarioFile(scenarios).test(*LIBRARY.with_file(contract)))


@pytest.mark.parametrize("contract", PROVEN, ids=lambda path: path.stem)
def test_what_the_agreement_says_comes_about(contract: Path) -> None:
    for verdict in verdicts(contract, scenarios_beside(contract)):
        assert verdict.differences == [], (verdict.place, verdict.alerts)


@pytest.mark.parametrize("contract", PROVEN, ids=lambda path: path.stem)
def test_the_linter_finds_no_slip_in_it(contract: Path) -> None:
    library, name = LIBRARY.with_file(contract)
    doubts = [it for it in lint(library.shown(name)) if it.level is not Level.NOTE and it.code != "gap"]
    assert doubts == []


def promises() -> Iterator[tuple[Path, str]]:
    for contract in PROVEN:
        for objectives in _objectives(as_editors_read(contract.read_text())):
            yield from ((contract, rule) for rule in objectives)


def _objectives(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [part["objectives"] for part in [*data.get("plans", {}).values(), data] if "objectives" in part]


@pytest.mark.parametrize(("contract", "rule"), list(promises()), ids=lambda it: it.stem if isinstance(it, Path) else it)
def test_without_a_promise_a_scenario_fails(contract: Path, rule: str, tmp_path: Path) -> None:
    data = Document(contract.read_text(), contract.name).data
    without = tmp_path / contract.name
    without.write_text(json.dumps(_without(rule, data)))
    assert any(verdict.differences for verdict in verdicts(without, scenarios_beside(contract)))


def _without(rule: str, data: dict[str, Any]) -> dict[str, Any]:
    """The contract without that promise, and without what is about it alone."""
    less = copy.deepcopy(data)
    for objectives in _objectives(less):
        objectives.pop(rule, None)
    for part in (less, *less.get("plans", {}).values()):
        rows = [{**row, "rules": [it for it in row["rules"] if it != rule]} for row in part.get("escalation", ())]
        if rows:
            part["escalation"] = [row for row in rows if row["rules"]]
        if "attainment" in part:
            part["attainment"] = [share for share in part["attainment"] if share.get("rule") != rule]
    return less


EXAMPLE = re.compile(r"\]\(\.\./(?P<path>[^)]+\.yaml)\)|```yaml\n(?P<text>.*?)```", re.DOTALL)


def _lines(text: str) -> list[str]:
    return [line.split(" #")[0].strip() for line in dedent(text).splitlines() if line.split(" #")[0].strip()]


def test_the_page_of_the_language_teaches_by_what_stands_in_tested_files() -> None:
    path, examples = "", 0
    for found in EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")):
        if found["path"]:
            path = found["path"]
            continue
        wanted, there = _lines(found["text"]), _lines((ROOT / path).read_text(encoding="utf-8"))
        assert any(there[at : at + len(wanted)] == wanted for at in range(len(there))), (path, found["text"])
        examples += 1
    assert examples > 5


def test_the_page_has_all_evidence_that_is_built_in_and_says_what_it_means() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {kind.name: kind.text for kind in BUILT_IN.values()}.items() <= set(rows)


def test_every_agreement_is_in_the_table_of_the_page() -> None:
    table = PAGE.read_text(encoding="utf-8").rpartition("## What agreements ask for")[2]
    linked = {name for line in table.splitlines() for name in re.findall(r"tests/agreements/([\w-]+)\.yaml", line)}
    assert linked == {contract.stem for contract in CONTRACTS}
