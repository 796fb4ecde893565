"""`tocsin audit attainment`: which promises were kept, with what was found out in the end."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from driver import Driver, shipped
from tests.unit.test_contract_lint import changed

from tocsin.audit.attainment import Attainment, ContractOf, Count, Group
from tocsin.audit.journal import JournalUnreadable, read_event
from tocsin.cli import main_group
from tocsin.contracts.compile import TenantOverrides
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands.deliveries import DeliveryAccepted
from tocsin.domain.contract.model import Contract
from tocsin.messages.record import Topic
from tocsin.replay import line

CREDITING = changed(
    "    escalation:\n",
    "    attainment: [{objective: first_response, share: 0.95, clause: '8', credits: {of: the fee, cap: 15 %, "
    "tiers: [{below: 95 %, credit: 5 %}, {below: 90 %, credit: 10 %}]}}]\n    escalation:\n",
).replace("name: sound", "name: small")


def counts(desk: Driver, contract_of: ContractOf = lambda _, name, __: shipped(name)) -> dict[Group, Count]:
    audit = Attainment(contract_of)
    for output in desk.outputs:
        if output.topic is Topic.TICKET_EVENTS:
            audit.take(read_event(output.value))
    return audit.counts()


def counted(desk: Driver, contract: Contract | None = None) -> dict[tuple[str, str], tuple[int, int]]:
    """Met and missed, by month and priority, of first responses."""
    found = counts(desk, lambda _, name, __: contract or shipped(name))
    assert {(it.tenant, it.contract) for it in found} <= {("acme", "sentinelone")}
    ours = {group: count for group, count in found.items() if group.objective == "first_response"}
    return {(group.month, group.priority): (count.met, count.missed) for group, count in ours.items()}


@pytest.fixture
def desk() -> Driver:
    return Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2")


def test_an_answer_in_time_is_met_and_a_late_one_missed(desk: Driver) -> None:
    desk.mail("al@acme.example", priority="P2").at("15:00").mailed().at("15:01").mailed("al@acme.example")
    assert counted(desk) == {("2026-03", "P2"): (1, 1)}


def test_what_is_still_open_does_not_count_and_what_is_overdue_does(desk: Driver) -> None:
    assert counted(desk) == {}
    assert counted(desk.at("15:01").tick()) == {("2026-03", "P2"): (0, 1)}


def test_an_answer_that_is_logged_late_counts_as_what_it_was(desk: Driver) -> None:
    desk.at("16:00").mailed(happened="14:00")
    assert counted(desk) == {("2026-03", "P2"): (1, 0)}


def test_a_promise_that_was_moved_counts_once_where_it_was_judged_in_the_end(desk: Driver) -> None:
    desk.at("15:30").reclassify("P3").at("16:00").mailed()
    assert counted(desk) == {("2026-03", "P3"): (1, 0)}


def test_a_promise_that_is_no_longer_owed_does_not_count(desk: Driver) -> None:
    desk.adopt("esentire", "standard").at("09:10").readopt().at("12:00", day=2).tick()
    assert counted(desk) == {}


def standings(desk: Driver) -> list[tuple[str, int, int]]:
    """The months that the fold has judged and that count something: plan, met and missed."""
    found = [it["data"]["standing"] for it in desk.journal("AttainmentJudged")]
    return [(it["plan"], it["met"], it["missed"]) for it in found if it["met"] or it["missed"]]


def test_what_a_mistaken_plan_has_judged_counts_as_the_right_one_judges_it() -> None:
    mended = Driver("sentinelone", "professional").at("09:00").mail(priority="P2").at("16:00").mailed()
    assert counted(mended) == {("2026-03", "P2"): (1, 0)}
    mended.adopt("sentinelone", "enterprise").at("16:30").readopt(mistaken=True)
    right = Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2").at("16:00").mailed()
    assert {group.plan for group in counts(mended)} == {"enterprise"}
    assert counted(mended.at("10:00", day=40).tick()) == counted(right.at("10:00", day=40).tick()) != {}
    assert standings(mended) == standings(right) == [("enterprise", 0, 1)]


def test_a_deadline_after_the_end_of_the_month_counts_in_the_next_one() -> None:
    desk = Driver("sentinelone", "enterprise").at("20:00", day=29).mail(priority="P2").at("23:00", day=29).mailed()
    assert counted(desk) == {("2026-04", "P2"): (1, 0)}


def test_a_month_is_one_where_the_calendar_is() -> None:
    """Due on Tuesday, 31 March, 17:30 in Los Angeles: that is April already in UTC."""
    there = ContractLibrary.load(None).get("sentinelone", TenantOverrides(timezone="America/Los_Angeles"))
    desk = Driver(there, "professional").at("20:30", day=29).answered(priority="P1").at("22:00", day=29).called()
    assert counted(desk, there) == {("2026-03", "P1"): (1, 0)}


def test_a_ticket_that_was_forgotten_stays_counted(desk: Driver) -> None:
    desk.at("10:00").mailed(purpose="resolution").at("10:00", day=60).tick()
    assert desk.journal("TicketForgotten")
    assert counted(desk) == {("2026-03", "P2"): (1, 0)}


def test_what_the_fold_has_judged_is_what_the_audit_counts(desk: Driver) -> None:
    for number in range(2, 8):
        desk.at(f"10:0{number}").mail(f"c{number}@acme.example", priority=f"P{1 + number % 3}")
    desk.at("11:00").mailed("c3@acme.example").answered(ticket="ACME-000005").at("18:30").mailed("c4@acme.example")
    desk.at("10:00", day=40).tick()
    standings = {
        (it["data"]["standing"]["month"], it["data"]["standing"]["priority"]): (
            it["data"]["standing"]["met"],
            it["data"]["standing"]["missed"],
        )
        for it in desk.journal("AttainmentJudged")
    }
    assert counted(desk) == standings


def test_shares_are_compared_with_what_was_promised(desk: Driver) -> None:
    desk.mail("al@acme.example", priority="P2").at("10:00").mailed().at("16:00").tick()
    (count,) = counts(desk).values()
    assert (count.share, count.promised, count.kept) == (0.5, 0.95, False)


def test_an_objective_without_a_promised_share_is_counted_and_not_judged() -> None:
    desk = Driver("esentire", "standard").at("09:00").missed().at("09:10").called()
    group = Group("acme", "esentire", "standard", "2026-03", "callback", "P3")
    assert counts(desk) == {group: Count(met=1)}
    assert counts(desk)[group].kept is None


def test_a_contract_that_nobody_has_any_more_is_counted_all_the_same(desk: Driver) -> None:
    desk.at("10:00").mailed()
    found = counts(desk, lambda *_: None).values()
    assert [(count.met, count.promised) for count in found] == [(1, None)]


@pytest.mark.parametrize("value", [None, b"", b"[]", b'{"v": 1}', b'{"v":2,"type":"x","at":"","tenant":"","data":{}}'])
def test_a_record_that_is_no_event_of_this_version_is_refused(value: bytes | None) -> None:
    with pytest.raises(JournalUnreadable):
        read_event(value)


def test_the_command_prints_a_table_and_json(desk: Driver) -> None:
    desk.at("15:01").mailed()
    text = b"\n".join(line.write(output) for output in desk.outputs)
    result = CliRunner().invoke(main_group, ["audit", "attainment", "-", "--json"], input=text)
    assert json.loads(result.stdout) == {
        "tenant": "acme",
        "contract": "sentinelone",
        "plan": "enterprise",
        "month": "2026-03",
        "objective": "first_response",
        "priority": "P2",
        "rule": "",
        "measure": "share",
        "met": 0,
        "missed": 1,
        "share": 0.0,
        "promised": 0.95,
        "kept": False,
    }
    table = CliRunner().invoke(main_group, ["audit", "attainment", "-", "--tenant", "acme"], input=text).stdout
    assert "sentinelone enterprise" in table
    assert "broken" in table
    nobody = CliRunner().invoke(main_group, ["audit", "attainment", "-", "--tenant", "globex", "--json"], input=text)
    assert (nobody.exit_code, nobody.stdout) == (0, "")


def test_two_tickets_that_are_one_matter_count_once(desk: Driver) -> None:
    desk.at("10:00").mail("al@acme.example", priority="P2").at("17:00").tick()
    assert counted(desk) == {("2026-03", "P2"): (0, 2)}
    assert counted(desk.merge("ACME-000002")) == {("2026-03", "P2"): (0, 1)}
    (tenant,) = desk.shard.tenants()
    assert [(month.met, month.missed) for month in tenant.months.values()] == [(0, 1)]


def test_what_became_of_a_page_is_no_promise_of_its_own() -> None:
    desk = Driver("esentire", "example").at("09:00").missed().at("09:21").tick()
    page = desk.alerts("escalated")[-1]
    accepted = DeliveryAccepted(
        alert=page["id"], dedup_key=page["dedup_key"], sink="s", way="w", attempt=1, page=True, ticket=page["ticket"]
    )
    desk.publish(accepted)
    assert desk.journal("PageAccepted")[0]["data"]["rule"] == "callback"
    assert [(it.met, it.missed) for it in counts(desk).values()] == [(0, 1)]


def test_what_is_credited_for_a_month_is_summed_and_capped(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(CREDITING)
    desk = Driver(ContractLibrary.load(tmp_path).get("small"), "only").at("09:00")
    desk.mail(priority="P1").mail("al@acme.example", priority="P2").at("16:00").tick()
    text = b"\n".join(line.write(output) for output in desk.outputs)
    command = ["audit", "attainment", "-", "--contracts-dir", str(tmp_path)]
    *rows, month = map(json.loads, CliRunner().invoke(main_group, [*command, "--json"], input=text).stdout.splitlines())
    assert [row.get("arithmetic") for row in rows] == ["0 % (0 of 1) is below 90 %: 10 % of the fee"] * 2
    assert month == {
        "tenant": "acme",
        "month": "2026-03",
        "credit_of": "the fee",
        "credit": "0.15",
        "arithmetic": "10 % + 10 % = 20 %, capped at 15 % of the fee",
    }
    assert "10 % + 10 % = 20 %, capped at 15 % of the fee" in CliRunner().invoke(main_group, command, input=text).stdout
