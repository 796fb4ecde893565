"""An overlay holds beside a contract: both keep what they promise, and each clause says whose it is."""

import json
import re
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from driver import Driver

from tocsin.cli.contract import command
from tocsin.contracts.codec import contract_from_json, contract_to_json
from tocsin.contracts.compile import TenantOverrides, compile_contract
from tocsin.contracts.compose import composed
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import PLAIN, SHIPPED, ContractLibrary, shipped_text
from tocsin.contracts.notation.overlay import OverlaySpec
from tocsin.contracts.source.loader import parse_contract, parse_spec
from tocsin.domain.contract.model import ChannelRule, Contract
from tocsin.domain.contract.rules import Citation
from tocsin.domain.vocabulary import Channel
from tocsin.messages.intake import Limits
from tocsin.scenarios.file import ScenarioFile, scenarios_beside
from tocsin.tenants.directory import TenantDirectory

FOLDER = Path(__file__).parents[1] / "data" / "overlays"
DUTY = (FOLDER / "duty.yaml").read_text()
OTHER = DUTY.replace("name: duty", "name: other").replace("title: Duty to report", "title: Other duty")
NO_WAITS = DUTY.replace("    paused_by: [stopped by the police]\n", "")
LIBRARY = ContractLibrary.load(FOLDER)


def overlay(text: str = DUTY) -> OverlaySpec:
    spec = parse_spec(text, "duty.yaml")
    assert isinstance(spec, OverlaySpec)
    return spec


def shipped(name: str, *overlays: OverlaySpec) -> Contract:
    return composed(parse_contract(shipped_text(name), f"{name}.yaml"), overlays)


def changed(old: str, new: str, text: str = DUTY) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def refusal(text: str) -> str:
    with pytest.raises(ContractError) as caught:
        parse_spec(text, "duty.yaml")
    return str(caught.value)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


# ---- laws


@pytest.mark.parametrize("name", SHIPPED)
def test_a_contract_with_nothing_is_that_contract(name: str) -> None:
    assert shipped(name) == compile_contract(parse_contract(shipped_text(name), name))


def test_the_order_of_overlays_changes_nothing() -> None:
    three = [overlay(), overlay(OTHER), overlay(OTHER.replace("name: other", "name: third"))]
    assert len({contract_to_json(shipped("sorb", *each)) for each in permutations(three)}) == 1


@pytest.mark.parametrize("name", SHIPPED)
def test_an_overlay_changes_no_rule_of_the_contract(name: str) -> None:
    before, after = shipped(name), shipped(name, overlay(), overlay(OTHER))
    for plan in after.plans.values():
        own = {
            key: tuple(it for it in getattr(plan, key) if it in getattr(before.plans[plan.name], key))
            for key in ("objectives", "escalation", "attainment", "obligations")
        }
        assert replace(plan, **own) == before.plans[plan.name]  # type: ignore[arg-type]  # each a tuple of its kind
        assert {rule.overlay for rule in plan.objectives} == {"", "duty", "other"}
    assert before.calendars.items() <= after.calendars.items()
    assert set(before.holds) <= set(after.holds)


def test_a_composed_contract_is_read_back_from_the_log() -> None:
    contract = shipped("sorb", overlay())
    assert contract_from_json(contract_to_json(contract)) == contract
    assert [it.name for it in contract.overlays] == ["duty"]


# ---- what holds


@pytest.mark.parametrize("name", ["duty", "latest", "vendor"])
def test_the_scenarios_of_an_overlay_and_of_a_contract_beside_it_hold(name: str) -> None:
    file = FOLDER / f"{name}.yaml"
    for tested in ScenarioFile(scenarios_beside(file)).test(*LIBRARY.with_file(file)):
        assert tested.differences == [], tested.scenario.scenario


def test_a_channel_that_the_contract_does_not_accept_starts_a_duty_all_the_same() -> None:
    text = changed("[became_aware]\n    stops: [first", "[email_received]\n    stops: [first")
    contract = shipped(PLAIN, overlay(text))
    by_phone = ChannelRule(priority="P3", channels=(Channel.PHONE,), cites=Citation(clause="4"))
    plan = replace(contract.plans["standard"], channels=(by_phone,))
    desk = Driver(replace(contract, plans={"standard": plan}), plan="standard").at("09:00").mail().tick()
    assert desk.told("channel_violation") == ["09:00 channel_violation"]
    assert desk.clock("duty.first_report").running


def test_a_milestone_that_two_name_is_one_fact() -> None:
    text = OTHER.replace("follows: [detection]", "follows: [call_missed], set_by: [desk]")
    contract = shipped("sorb", overlay(changed("follows: [detection]", "set_by: [message]")), overlay(text))
    (aware,) = (it for it in contract.milestones if it.name == "became_aware")
    assert aware.follows == ("call_missed",)
    assert set(aware.set_by) == {"message", "desk"}
    assert aware.cites is not None
    assert aware.cites.source == "Duty to report"
    starts = {rule.starts for rule in contract.plans["premium"].objectives if rule.overlay}
    assert starts == {("became_aware", "call_missed")}


def test_an_alert_names_its_overlay_and_one_of_the_contract_names_none() -> None:
    text = changed("follows: [detection]", "follows: [call_missed]")
    desk = Driver(shipped("esentire", overlay(text)), plan="standard").at("09:00").missed().at("09:21").tick()
    desk.at("09:22", day=1).tick()
    sources = {it["objective"]: it.get("source") for it in desk.alerts()}
    assert sources["callback"] is None
    assert sources["duty.first_report"] == "Duty to report"


# ---- contradictions, and files that are wrong


def test_two_overlays_that_differ_on_a_wait_are_refused_with_both_their_names() -> None:
    holds = "holds:\n  embargo: {text: wait, clause: Art. 5}\n"
    other = NO_WAITS.replace("name: duty", "name: other") + holds.replace(
        "text: wait,", "text: wait, ended_by_contact: true,"
    )
    with pytest.raises(ContractError, match=r"other and Duty to report differ on the wait embargo"):
        shipped("sorb", overlay(NO_WAITS + holds), overlay(other))


def test_a_name_that_a_contract_has_already_is_refused() -> None:
    spec = parse_contract(shipped_text("sorb").replace("support_hours", "duty.always"), "sorb.yaml")
    with pytest.raises(ContractError, match=r"duty and sorb both have duty\.always"):
        composed(spec, [overlay()])


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        (
            "targets: {all: 24 h}",
            "targets: {P1: 24 h}",
            "duty.yaml:18: objectives.first_report.targets:",
            "there is all",
        ),
        ("notice: This is no legal advice.\n", "", "duty.yaml:1: notice:", "required"),
        ("read_on: 2026-11-30", "read_on: in autumn", "duty.yaml:6: read_on:", "date"),
        ("calendar: always\n    targets: {all: 24", "calendar: never\n    targets: {all: 24", "duty.yaml:17:", "never"),
        ("kind: overlay\n", "kind: overlay\nplans: {}\n", "duty.yaml:3: plans:", "no such key"),
        ("kind: overlay\n", "kind: other\n", "duty.yaml:2: kind:", "no such key"),
    ],
)
def test_an_overlay_that_is_wrong_says_where(old: str, new: str, where: str, what: str) -> None:
    lines = refusal(changed(old, new)).splitlines()
    assert any(line.startswith(where) and what in line for line in lines), lines


@pytest.mark.parametrize(
    ("tenant", "message"),
    [
        ('overlays = ["nis9"]', "there is no overlay 'nis9'; there is"),
        ('overlays = ["sorb"]', "'sorb' is a contract, and no overlay; name it in `contract`"),
        ('overlays = ["duty", "duty"]', "'duty' is named twice"),
        ('contract = "duty"', "'duty' is an overlay, and holds beside a contract; name it in `overlays`"),
        ('overlays = ["duty"]\nroles = {"chief" = "Eve"}', "esentire tells no such role; it tells"),
    ],
)
def test_a_tenants_file_that_names_a_wrong_overlay_is_refused(tmp_path: Path, tenant: str, message: str) -> None:
    (tmp_path / "tenants.toml").write_text(f"[tenants.acme]\n{tenant}\n")
    with pytest.raises(ContractError) as caught:
        TenantDirectory.from_file(tmp_path / "tenants.toml", LIBRARY, "esentire")
    assert message in str(caught.value)


def test_overlays_that_contradict_the_contract_are_told_of_their_tenant(tmp_path: Path) -> None:
    clash = "holds:\n  remote_access_missing: {text: wait, ended_by_contact: true, clause: Art. 5}\n"
    (tmp_path / "duty.yaml").write_text(NO_WAITS + clash)
    (tmp_path / "tenants.toml").write_text('[tenants.acme]\ncontract = "sorb"\noverlays = ["duty"]\n')
    with pytest.raises(ContractError, match=r"tenants\.acme\.overlays: duty and sorb differ on the wait"):
        TenantDirectory.from_file(tmp_path / "tenants.toml", ContractLibrary.load(tmp_path), "esentire")


def test_a_name_that_is_taken_is_refused_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(DUTY)
    (tmp_path / "b.yaml").write_text(DUTY)
    with pytest.raises(ContractError, match=r"b\.yaml: there is an overlay 'duty' already"):
        ContractLibrary.load(tmp_path)


def test_what_does_not_exist_is_told_with_the_names_that_do() -> None:
    with pytest.raises(ContractError, match=r"there is no overlay 'nis9'; there is .*duty"):
        LIBRARY.get("sorb", TenantOverrides(overlays=("nis9",)))
    with pytest.raises(ContractError, match=r"'duty' is an overlay"):
        LIBRARY.get("duty")


# ---- a tenant with an overlay


def test_a_tenant_adopts_its_contract_with_its_overlays_and_its_own_figures_and_roles(tmp_path: Path) -> None:
    text = """
[tenants.acme]
contract = "sorb"
timezone = "Asia/Tokyo"
overlays = ["duty"]
roles = { "data protection officer" = "Eve" }
[tenants.acme.targets."duty.first_report"]
all = "12 h"
[tenants.acme.calendars."duty.always"]
timezone = "client"
hours = "24x7"
clause = "ours"
[tenants.bare]
contract = "plain"
overlays = ["duty"]
"""
    (tmp_path / "tenants.toml").write_text(text)
    directory = TenantDirectory.from_file(tmp_path / "tenants.toml", LIBRARY, "esentire")
    contract = contract_from_json(directory.adoption("acme").contract)
    assert contract.name == "sorb"
    rule = next(it for it in contract.plans["premium"].objectives if it.id == "duty.first_report")
    assert {it.target.amount for it in rule.targets.values() if it.target} == {12 * 3_600_000}
    assert {it.cites.source for it in rule.targets.values()} == {"Duty to report"}
    assert contract.calendars["duty.always"].timezone == "Asia/Tokyo"
    assert "Eve" in {step.role for row in contract.plans["premium"].escalation for step in row.steps}
    assert directory.client_zone("acme").owner("duty.always") == "client"
    assert contract_from_json(directory.adoption("bare").contract).name == PLAIN


def test_a_figure_of_the_tenant_counts_in_a_calendar_by_the_name_that_it_has_in_the_composed_contract(
    tmp_path: Path,
) -> None:
    file = tmp_path / "tenants.toml"
    text = '[tenants.acme]\ncontract = "sorb"\noverlays = ["duty"]\n[tenants.acme.targets."duty.first_report"]\n'
    for calendar in ("duty.always", "support_hours"):
        file.write_text(f'{text}all = {{within = "12 h", calendar = "{calendar}"}}\n')
        contract = contract_from_json(TenantDirectory.from_file(file, LIBRARY, "esentire").adoption("acme").contract)
        rule = next(it for it in contract.plans["premium"].objectives if it.id == "duty.first_report")
        assert {it.calendar for it in rule.targets.values()} == {calendar}


def test_the_contract_without_promises_is_one_as_any_other(tmp_path: Path) -> None:
    file = tmp_path / "tenants.toml"
    file.write_text('[tenants.bare]\noverlays = ["duty", "latest"]\n')
    assert TenantDirectory.from_file(file, LIBRARY, PLAIN).adoption("bare").contract
    assert LIBRARY.most_urgent()[PLAIN] == LIBRARY.get(PLAIN).priorities[0]
    options = ("--contracts", str(FOLDER), "--tenants", str(file))
    file.write_text('[tenants.bare]\ncontract = "plain"\noverlays = ["duty", "latest"]\n')
    assert run("show", PLAIN, "--tenant", "bare", *options).stdout.splitlines()[0].endswith("(plain)")
    assert run("lint", PLAIN).exit_code == 0


@pytest.mark.parametrize(("kind", "name"), [("contract", PLAIN), ("contract", "nis2"), ("overlay", "esentire")])
def test_a_file_that_has_the_name_of_what_is_of_another_kind_is_refused(kind: str, name: str, tmp_path: Path) -> None:
    text = shipped_text(PLAIN) if kind == "contract" else NO_WAITS
    (tmp_path / "it.yaml").write_text(re.sub("(?m)^name: .*$", f"name: {name}", text))
    with pytest.raises(ContractError, match=f"'{name}' already; give this one another name"):
        LIBRARY.with_file(tmp_path / "it.yaml")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_contract_with_every_overlay_fits_into_a_message(name: str) -> None:
    every = TenantOverrides(overlays=ContractLibrary.load(None).overlays())
    text = json.dumps(contract_to_json(LIBRARY.get(name, every)))
    assert len(text) < 0.9 * Limits().value_bytes


# ---- the command line


def test_an_overlay_is_listed_as_one() -> None:
    result = run("list", "--contracts", str(FOLDER), "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {"kind": "overlay", "name": "duty", "title": "Duty to report", "source": "nobody's law"} in rows
    assert "Duty to report" in run("list", "--contracts", str(FOLDER)).stdout


def test_an_overlay_is_shown_with_its_source_and_its_notice() -> None:
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(command, ["show", "duty", "--contracts", str(FOLDER)]).stdout
    assert shown.startswith("Duty to report (duty)\nSource: nobody's law\n")
    for part in ("This is no legal advice.", "2026-11-30", "duty.first_report", "Duty to report, Art. 3(1)"):
        assert part in shown


def test_lint_of_an_overlay_speaks_of_the_overlay_alone() -> None:
    by_file = run("lint", str(FOLDER / "duty.yaml"), "--json")
    found = [json.loads(line) for line in by_file.stdout.splitlines()]
    assert [(it["contract"], it["level"], it["code"]) for it in found] == [("duty", "note", "assumed")] * 2
    assert run("lint", "duty", "--contracts", str(FOLDER), "--json").stdout == by_file.stdout


def test_explain_of_an_overlay_names_its_source() -> None:
    at = ("--at", "2026-03-27T18:00:00Z", "--contracts", str(FOLDER))
    first, _ = (json.loads(line) for line in run("explain", "duty", *at, "--json").stdout.splitlines())
    assert (first["rule"], first["source"], first["clause"]) == ("duty.first_report", "Duty to report", "Art. 3(1)")
    assert first["deadline"] == "2026-03-28T18:00:00Z"
