"""Which server a request is about: its plan, its term, its cases, and what holds until somebody has said it."""

from datetime import date

import pytest
from contracts import CLAUSE, contract, response
from driver import ANALYST, FIRST, Driver, adoption, when
from msgspec.structs import replace

from tocsin.domain.commands.desk import NameServer, RuleOut
from tocsin.domain.commands.inbound import HealthReported
from tocsin.domain.contract.rules import Consequence, Entitlement, Exclusion, Period, Server

WITH, WITHOUT = "with_maintenance", "without_maintenance"


def server(name: str, plan: str, start: date = date(2026, 2, 15), end: date = date(2026, 5, 16)) -> Server:
    return Server(name=name, plan=plan, covered_from=start, covered_until=end)


TWO = (server("vms-1", WITH), server("bare-1", WITHOUT))


def desk(*servers: Server, plan: str = WITHOUT) -> Driver:
    played = Driver("senstar", plan).at("09:00")
    return played.publish(replace(adoption("senstar", plan), servers=servers))


def named(played: Driver, name: str, ticket: str = FIRST) -> Driver:
    return played.publish(NameServer(ticket=ticket, analyst=ANALYST, server=name))


def cases(played: Driver) -> dict[str, int]:
    (tenant,) = played.shard.tenants()
    return {name: count for name, count in tenant.cases.items() if count}


@pytest.mark.parametrize("name", [None, "VMS-1", "vms-2"])
def test_in_doubt_the_strictest_plan_of_the_tenant_holds_and_nothing_is_excluded(name: str | None) -> None:
    asked = desk(*TWO).mail(priority="high", server=name)
    assert asked.told() == ["09:00 unknown_server"]
    assert (asked.ticket().plan, asked.clock("initial_contact").deadline) == (WITH, when("13:00"))
    assert asked.ticket().ruled_out == ()


def test_a_plan_of_a_server_whose_term_is_over_is_none_that_the_tenant_has() -> None:
    over = server("vms-1", WITH, date(2025, 1, 1), date(2026, 1, 1))
    asked = desk(over, server("bare-1", WITHOUT)).mail(priority="high")
    assert asked.clock("initial_contact").deadline == when("17:00", day=1)


def test_a_request_that_names_no_server_is_about_the_only_one() -> None:
    asked = desk(server("vms-1", WITH)).mail(priority="high")
    assert asked.told() == []
    assert (asked.ticket().server, asked.ticket().plan) == ("vms-1", WITH)


def test_a_tenant_whose_file_names_no_server_is_served_by_its_own_plan() -> None:
    asked = desk(plan=WITH).mail(priority="high")
    assert asked.told() == []
    assert asked.clock("initial_contact").deadline == when("13:00")


def test_doubt_uses_up_no_case() -> None:
    asked = desk(server("bare-1", WITHOUT), server("bare-2", WITHOUT))
    for number in range(3):
        asked.mail(f"c{number}@acme.example", server="bare-3")
    assert [ticket.ruled_out for ticket in asked.tickets()] == [()] * 3
    assert cases(asked) == {}


def test_the_client_may_say_which_server_it_is() -> None:
    asked = desk(*TWO).mail(priority="high", message="m1").at("09:30").mail(in_reply_to="m1", server="bare-1")
    assert asked.told() == ["09:00 unknown_server", "09:30 cleared"]
    assert (asked.ticket().plan, asked.clock("initial_contact").deadline) == (WITHOUT, when("17:00", day=1))
    assert cases(asked) == {"bare-1": 1}


def test_a_server_may_be_named_in_any_case_by_an_analyst_and_only_one_that_there_is() -> None:
    asked = named(named(named(desk(*TWO).mail(), "vms-9"), "VMS-1"), "vms-1")
    assert asked.refusals() == ["unknown_server", "same_server"]
    assert asked.ticket().server == "vms-1"


@pytest.mark.parametrize("first", ["answer", "name"])
def test_an_answer_is_judged_by_the_plan_of_the_server_whenever_that_was_named(first: str) -> None:
    """Answered at 15:00: late with maintenance, in time without."""
    asked = desk(*TWO).mail(priority="high").at("14:00").tick()
    if first == "name":
        named(asked.at("14:30"), "bare-1").at("15:00").mailed(ticket=FIRST)
    else:
        named(asked.at("15:00").mailed(ticket=FIRST).at("16:00"), "bare-1")
    clock = asked.clock("initial_contact")
    assert (clock.fulfilled_at, clock.deadline, clock.breached) == (when("15:00"), when("17:00", day=1), False)
    assert len(asked.told("breached")) == len(asked.told("corrected")) == 1


def limited(per: Period | None, limit: int = 2) -> Driver:
    """A plan of so many cases in a period, without servers."""
    cases = Entitlement(name="support_cases", included=True, limit=limit, per=per, cites=CLAUSE)
    beyond = Exclusion(reason="cases_used", consequence=Consequence.NO_OBLIGATION, cites=CLAUSE)
    return Driver(contract(response({"P2": 60}), entitlements=(cases,), exclusions=(beyond,))).at("09:00")


def refused(played: Driver) -> list[bool]:
    return [bool(ticket.ruled_out) for ticket in played.tickets()]


def test_cases_of_a_period_are_counted_anew_in_the_next_one() -> None:
    played = limited(Period.MONTH)
    for number in range(3):
        played.mail(f"c{number}@acme.example")
    played.at("23:59:59.999", day=29).mail("d@acme.example").at("00:00", day=30).mail("e@acme.example")
    assert refused(played) == [False, False, True, True, False]
    (tenant,) = played.shard.tenants()
    assert tenant.cases_at == {"": [when("09:00"), when("09:00"), when("00:00", day=30)]}


def test_a_case_that_is_given_back_leaves_its_period() -> None:
    played = limited(Period.QUARTER, 1).mail("a@acme.example").at("10:00").mail("b@acme.example")
    assert refused(played) == [False, True]
    played.publish(RuleOut(ticket=FIRST, analyst=ANALYST, reason="cases_used")).at("11:00").mail("c@acme.example")
    assert refused(played) == [True, True, False]


def test_cases_of_a_period_are_forgotten_when_they_are_long_ago() -> None:
    played = limited(Period.CONTRACT_YEAR, 1).mail("a@acme.example").at("09:00", day=401).mail("b@acme.example")
    assert refused(played) == [False] * len(played.tickets())
    (tenant,) = played.shard.tenants()
    assert tenant.cases_at == {"": [when("09:00", day=401)]}


def test_what_held_for_another_server_is_lifted_and_its_case_given_back() -> None:
    asked = desk(*TWO, server("bare-2", WITHOUT)).mail("al@acme.example", server="bare-1")
    asked.mail("jo@acme.example", server="bare-1")
    assert [ticket.ruled_out for ticket in asked.tickets()] == [(), ("cases_used",)]
    named(asked, "bare-2", "ACME-000002")
    assert [ticket.ruled_out for ticket in asked.tickets()] == [(), ()]
    assert cases(asked) == {"bare-1": 1, "bare-2": 1}
    assert len([clock for clock in asked.clocks("initial_contact") if clock.running]) == 2


def test_what_holds_for_the_server_holds_when_it_is_named() -> None:
    over = server("bare-2", WITHOUT, date(2025, 1, 1), date(2026, 1, 1))
    asked = named(desk(*TWO, over).mail(priority="high"), "bare-2")
    assert asked.ticket().ruled_out == ("term_over",)
    assert not [clock for clock in asked.ticket().clocks if clock.running]


def test_a_case_that_is_refused_later_is_given_back() -> None:
    asked = desk(*TWO).mail("al@acme.example", server="bare-1")
    asked.publish(RuleOut(ticket=FIRST, analyst=ANALYST, reason="term_over")).mail("jo@acme.example", server="bare-1")
    assert [ticket.ruled_out for ticket in asked.tickets()] == [("term_over",), ()]


def test_a_call_that_the_plan_does_not_serve_uses_up_no_case_until_it_is_served_all_the_same() -> None:
    rang = desk(*TWO).missed(server="bare-1")
    assert (rang.told(), cases(rang)) == (["09:00 channel_violation"], {})
    rang.mail("al@acme.example", server="bare-1")
    assert [ticket.ruled_out for ticket in rang.tickets()] == [(), ()]
    assert cases(rang) == {"bare-1": 1}
    assert cases(desk(*TWO).answered(server="bare-1").respond()) == {"bare-1": 1}
    assert cases(desk(*TWO).answered(server="bare-1").mail(ticket=FIRST)) == {"bare-1": 1}


def test_two_tickets_that_are_one_matter_are_one_case() -> None:
    asked = desk(*TWO).mail("al@acme.example", server="bare-1").mail("jo@acme.example", server="bare-1")
    asked.merge(FIRST, into="ACME-000002")
    (ticket,) = asked.tickets()
    assert (ticket.number, ticket.ruled_out, cases(asked)) == ("ACME-000002", (), {"bare-1": 1})
    assert asked.clock("initial_contact").running


def test_a_call_about_a_server_that_is_not_served_by_telephone_is_told_when_it_is_named() -> None:
    asked = named(desk(*TWO).answered(priority="high"), "bare-1")
    assert asked.told() == ["09:00 unknown_server", "09:00 cleared", "09:00 channel_violation"]


def test_what_follows_a_closed_ticket_is_about_the_same_server() -> None:
    asked = desk(*TWO).mail(server="vms-1").close().at("10:00").mail(ticket=FIRST)
    assert [ticket.server for ticket in asked.tickets()] == ["vms-1", "vms-1"]
    assert asked.told() == []


def test_nobody_is_asked_under_a_contract_whose_plans_belong_to_no_server() -> None:
    asked = Driver("sorb", "premium").at("02:00").mail(priority="P3", server="mx-1")
    assert asked.told() == []


def test_a_bad_report_of_an_unknown_server_is_asked_about_and_a_good_one_is_not() -> None:
    asked = desk(*TWO)
    for condition in ("fine", "warning"):
        asked.publish(HealthReported(server="vms-9", subject="storage", condition=condition))
    assert asked.told() == ["09:00 unknown_server"]


def test_a_readopted_ticket_goes_by_the_plan_of_its_server_and_one_that_does_already_is_refused() -> None:
    asked = desk(server("vms-1", WITHOUT), TWO[1]).mail(priority="high", server="vms-1")
    assert asked.clock("initial_contact").deadline == when("17:00", day=1)
    asked.publish(replace(adoption("senstar", WITHOUT), servers=TWO)).readopt(mistaken=True)
    assert (asked.ticket().plan, asked.clock("initial_contact").deadline) == (WITH, when("13:00"))
    assert asked.readopt(mistaken=True).refusals() == ["same_contract"]


def test_a_ticket_in_doubt_keeps_the_strictest_plan_when_it_is_readopted_though_it_is_right() -> None:
    asked = desk(*TWO).mail(priority="high").readopt(mistaken=True)
    assert (asked.refusals(), asked.ticket().plan) == (["same_contract"], WITH)


def test_a_ticket_that_names_no_server_is_about_the_only_one_of_the_right_adoption() -> None:
    asked = desk().mail(priority="high")
    asked.publish(replace(adoption("senstar", WITHOUT), servers=TWO[:1])).readopt(mistaken=True)
    assert (asked.ticket().server, asked.ticket().plan) == ("vms-1", WITH)
    assert asked.clock("initial_contact").deadline == when("13:00")


def test_a_term_that_is_over_by_mistake_is_lifted_and_one_that_is_over_in_truth_holds() -> None:
    over = server("vms-1", WITH, date(2025, 1, 1), date(2026, 1, 1))
    asked = desk(over, TWO[1]).mail(priority="high", server="vms-1")
    assert asked.ticket().ruled_out == ("term_over",)
    asked.publish(replace(adoption("senstar", WITHOUT), servers=TWO)).readopt(mistaken=True)
    assert (asked.ticket().ruled_out, asked.clock("initial_contact").deadline) == ((), when("13:00"))
    asked.publish(replace(adoption("senstar", WITHOUT), servers=(over, TWO[1]))).readopt(mistaken=True)
    assert asked.ticket().ruled_out == ("term_over",)
