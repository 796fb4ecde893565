"""`tocsin contract`: list, show, lint, explain."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tocsin.cli.contract import command
from tocsin.contracts.codec import contract_from_json, contract_hash, contract_to_json
from tocsin.contracts.library import PLAIN, SHIPPED, ContractLibrary, shipped_overlays
from tocsin.tenants.directory import example_text

LIBRARY = ContractLibrary.load(None)


@pytest.fixture
def tenants(tmp_path: Path) -> str:
    file = tmp_path / "tenants.toml"
    file.write_text(example_text())
    return str(file)


def contract(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_contract_is_listed_with_its_hash() -> None:
    rows = lines(contract("list", "--json"))
    assert [(row["kind"], row["name"]) for row in rows] == [
        *(("contract", name) for name in sorted((*SHIPPED, PLAIN))),
        *(("overlay", name) for name in shipped_overlays()),
    ]
    hashes = {row["name"]: row["hash"] for row in rows if row["kind"] == "contract"}
    assert hashes == {name: contract_hash(contract_to_json(LIBRARY.get(name))) for name in (*SHIPPED, PLAIN)}
    table = contract("list").stdout
    assert all(identity[:12] in table for identity in hashes.values())
    assert all(f"│ {row['name']} " in table for row in rows)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_contract_is_shown_with_its_figures_and_clauses(name: str) -> None:
    shown = contract("show", name)
    assert shown.exit_code == 0, shown.output
    for plan in LIBRARY.get(name).plans.values():
        for rule in plan.objectives:
            assert rule.id in shown.stdout
        for row in plan.escalation:
            assert row.steps[0].role in shown.stdout


def test_one_plan_can_be_shown_alone() -> None:
    shown = contract("show", "sorb", "--plan", "premium").stdout
    assert "Premium Support: promises" in shown
    assert "Platinum" not in shown.partition("Contradictions")[0]


def test_for_machines_the_compiled_contract_is_shown_as_an_adoption_carries_it() -> None:
    assert contract_from_json(contract("show", "sorb", "--json").stdout) == LIBRARY.get("sorb")


def test_lint_of_the_shipped_contracts_exits_with_0() -> None:
    found = lines(contract("lint", "--json"))
    assert {it["contract"] for it in found} == {*SHIPPED, *shipped_overlays()}
    assert {it["code"] for it in found} >= {"contradiction", "gap", "assumed"}
    assert not [it for it in found if it["level"] == "error"]


def test_lint_for_people_says_the_same() -> None:
    shown = contract("lint", "sorb")
    assert shown.exit_code == 0
    assert "2.1, 2.2, 2.3, 2.4, 2.5" in shown.stdout


def test_lint_of_a_file_that_is_wrong_exits_with_1(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\n")
    result = contract("lint", str(file), "--json")
    assert result.exit_code == 1
    assert "mine.yaml:1: title: Field required" in result.stdout


def test_lint_of_a_folder_goes_on_past_a_file_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\n")
    result = contract("lint", "--contracts", str(tmp_path), "--json")
    assert result.exit_code == 1
    names = {json.loads(line)["contract"] for line in result.stdout.splitlines()}
    assert names == {*SHIPPED, *shipped_overlays(), "mine.yaml"}


def test_explain_says_what_is_due_when_and_why() -> None:
    arguments = ("--plan", "professional", "--priority", "P1", "--at", "2026-03-27T16:30:00Z", "--json")
    response, *others = lines(contract("explain", "sentinelone", *arguments))
    assert (response["deadline"], response["clause"]) == (
        "2026-03-30T11:30:00Z",
        "Priority Levels and Response Times, Professional",
    )
    assert [(part["from"], part["to"], part["why"]) for part in response["intervals"]] == [
        ("2026-03-27T16:30:00Z", "2026-03-27T18:00:00Z", "counted"),
        ("2026-03-27T18:00:00Z", "2026-03-30T09:00:00Z", "closed"),
        ("2026-03-30T09:00:00Z", "2026-03-30T11:30:00Z", "counted"),
    ]
    assert [(moment["at"], moment["what"]) for moment in response["moments"]] == [
        ("2026-03-30T10:30:00Z", "at risk"),
        ("2026-03-30T10:30:00Z", "tell shift lead (tier 2)"),
        ("2026-03-30T11:30:00Z", "due"),
        ("2026-03-30T11:30:00Z", "tell SOC manager (tier 3)"),
    ]
    assert {other["deadline"] for other in others} == {None}


def test_explain_follows_the_second_table_of_sorb_in_support_hours() -> None:
    arguments = ("--priority", "P2", "--at", "2026-03-27T09:30:00Z", "--json")  # 17:30 in Singapore, on a Friday
    response = lines(contract("explain", "sorb", *arguments))[0]
    escalated = next(moment for moment in response["moments"] if "support manager" in moment["what"])
    assert (escalated["at"], escalated["clause"]) == ("2026-03-30T01:30:00Z", "2.5")


def test_explain_for_people_has_local_times_and_reasons() -> None:
    shown = contract("explain", "esentire", "--at", "2026-03-01T09:00:00Z").stdout
    assert "2026-03-01T09:20:00Z" in shown
    assert "tell shift lead (tier 2)" in shown
    assert "tracked and reported, never late" in shown


def test_explain_says_how_long_in_words_and_whose_time_it_is() -> None:
    arguments = ("explain", "sorb", "--priority", "P3", "--at", "2026-03-27T16:30:00Z")
    response, *_, deletion = lines(contract(*arguments, "--json"))
    assert [part["lasts"] for part in response["intervals"]] == ["2 days 8 h 30 min", "8 h"]
    assert [part["lasts"] for part in deletion["intervals"]] == ["18 months"]
    assert (response["timezone"], response["timezone_of"]) == ("Asia/Singapore", "contract")
    assert deletion["owed"] == "from the notice to delete (after_end only) on, each time"
    shown = contract(*arguments).stdout
    assert "in the calendar support_hours (Asia/Singapore)" in shown
    assert "2 days 8 h 30 min" in shown
    assert "549 days" not in shown


def test_explain_marks_what_is_assumed() -> None:
    arguments = ("explain", "sorb", "--priority", "P1", "--at", "2026-03-27T16:30:00Z")
    response = lines(contract(*arguments, "--json"))[0]
    assert [(it["what"], it["clause"], it["basis"]) for it in response["moments"]] == [
        ("tell support manager (tier 2)", "2.5", "assumed"),
        ("at risk", "2.1; 1.1.2", "assumed"),
        ("due", "2.1; 1.1.2", "assumed"),
        ("tell senior management (tier 4)", "2.5", "assumed"),
    ]
    shown = contract(*arguments).stdout
    assert "1 h (always) *" in shown
    assert "2.5 *" in shown


def test_explain_of_a_contract_that_counts_in_the_clients_hours_says_that_they_are_not_known() -> None:
    shown = contract("explain", "senstar", "--at", "2026-03-27T16:30:00Z").stdout
    assert "business_hours (client: not known without a tenant, so UTC)" in " ".join(shown.split())


def test_a_tenant_has_its_own_time_zone_plan_and_figures(tenants: str) -> None:
    arguments = ("--tenants", tenants, "--tenant", "umbrella", "--at", "2026-03-27T16:30:00Z", "--priority", "P1")
    report = next(
        it for it in lines(contract("explain", "sorb", *arguments, "--json")) if it["rule"] == "status_report"
    )
    assert (report["target"], report["deadline"]) == ("2 h", "2026-03-27T18:30:00Z")
    shown = contract("show", "sorb", "--tenants", tenants, "--tenant", "umbrella").stdout
    assert "Asia/Tokyo" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "nobody"), "there is no contract 'nobody'"),
        (("show", "sorb", "--plan", "gold"), "sorb has no plan 'gold'; it has self_service, premium, platinum"),
        (("explain", "sorb", "--at", "2026-03-01T09:00:00Z", "--priority", "P9"), "There is no priority 'P9'"),
        (("explain", "sorb", "--at", "tomorrow"), "is no time"),
        (("explain", "sorb"), "--at"),
        (("show", "sorb", "--tenant", "nobody"), "There is no tenant 'nobody'"),
    ],
)
def test_what_cannot_be_answered_is_a_usage_error(arguments: list[str], message: str) -> None:
    result = contract(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_tenant_of_another_contract_is_a_usage_error(tenants: str) -> None:
    result = contract("show", "sorb", "--tenants", tenants, "--tenant", "acme")
    assert result.exit_code == 2
    assert "has the contract 'esentire'" in result.stderr


def test_what_a_file_says_does_not_steer_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text('name: mine\ntitle: "evil \\e[31m"\n')
    assert "\x1b" not in contract("lint", str(file)).output
