"""A contract is adopted by a record in the log, and pinned to a ticket when it opens."""

import pytest
from contracts import HALFWAY, contract, response, step
from driver import FIRST, Driver, adoption, when
from msgspec import structs

from tocsin.domain.commands.inbound import Contact
from tocsin.domain.vocabulary import Evidence
from tocsin.engine.shard_state import NoContract

HOUR = contract(response({"P1": 60, "P2": 60}), name="hour")
HALF_HOUR = contract(response({"P1": 30, "P2": 30}), name="half-hour")


def test_the_adoption_is_journalled_with_the_contracts_hash() -> None:
    desk = Driver(HOUR).at("09:00").mail()
    (adopted,) = desk.journal("ContractAdopted")
    assert (adopted["tenant"], adopted["ticket"], adopted["data"]["name"]) == ("acme", None, "hour")
    assert adopted["data"]["contract"] == desk.ticket().contract


def test_an_adoption_for_who_has_no_contract_yet_changes_nothing_for_who_has_one() -> None:
    desk = Driver(HOUR).at("09:00").adopt(HOUR).adopt(HALF_HOUR, unless_adopted=True)
    assert [event["data"]["name"] for event in desk.journal("ContractAdopted")] == ["hour"]
    assert desk.shard.counters.noted == 2


def test_an_adoption_that_somebody_asked_for_leaves_its_event_also_if_it_changes_nothing() -> None:
    desk = Driver(HOUR).at("09:00").adopt(HOUR).adopt(HOUR)
    assert len(desk.journal("ContractAdopted")) == 2


def test_an_input_of_a_tenant_without_a_contract_stops_the_worker() -> None:
    desk = Driver(HOUR)
    desk._adopted.add("acme")  # noqa: SLF001 - as if the adoption had been lost
    with pytest.raises(NoContract, match="acme has adopted no contract"):
        desk.at("09:00").mail()


def test_a_ticket_keeps_the_contract_that_it_opened_under() -> None:
    desk = Driver(HOUR).at("09:00").mail("a@acme.example").adopt(HALF_HOUR).mail("b@acme.example")
    assert [clock.deadline for ticket in desk.tickets() for clock in ticket.clocks] == [when("10:00"), when("09:30")]
    desk.at("10:00:00.001").tick()
    assert [(alert["at"], alert["contract"]) for alert in desk.alerts("breached")] == [
        ("09:30", "half-hour"),
        ("10:00", "hour"),
    ]


def test_a_ticket_that_is_reopened_keeps_it_too() -> None:
    desk = Driver(HOUR).at("09:00").mail(message="m1").resolve().adopt(HALF_HOUR).at("09:01").mail(in_reply_to="m1")
    assert desk.clocks("response")[-1].deadline == when("10:01")


def test_readoption_moves_an_open_ticket_and_its_running_clocks_and_leaves_an_event() -> None:
    desk = Driver(HOUR).at("09:00").mail().adopt(HALF_HOUR).at("09:10").readopt()
    assert desk.clock("response").deadline == when("09:30")
    (event,) = desk.journal("ContractReadopted")
    assert event["data"]["previous"] != event["data"]["contract"] == desk.ticket().contract


def test_readoption_counts_from_the_original_start_and_breaches_what_is_over() -> None:
    desk = Driver(HOUR).at("09:00").mail().adopt(HALF_HOUR).at("09:40").readopt().at("09:41").tick()
    (breach,) = desk.alerts("breached")
    assert (breach["at"], breach["deadline"], breach["contract"]) == ("09:40", "2026-03-02T09:30:00Z", "half-hour")


@pytest.mark.parametrize("answered_at", ["09:40", "10:10"])
def test_readoption_never_judges_a_fulfilled_promise_again(answered_at: str) -> None:
    desk = Driver(HOUR).at("09:00").mail().at(answered_at).respond().adopt(HALF_HOUR).at("11:00")
    before, told = desk.clock("response"), desk.told()
    desk.readopt().at("23:00").tick()
    after = desk.clock("response")
    assert (after.deadline, after.breached, after.fulfilled_at) == (
        before.deadline,
        before.breached,
        before.fulfilled_at,
    )
    assert desk.told() == told


def test_readoption_of_another_plan_never_judges_a_fulfilled_promise_again() -> None:
    desk = Driver("sentinelone", "professional").at("09:00").mail(priority="P2").at("16:00").respond()
    told = desk.told()
    desk.adopt("sentinelone", "enterprise").readopt().at("23:00").tick()
    assert desk.ticket().plan == "enterprise"
    assert desk.told() == told


def test_readoption_to_a_contract_with_other_answers_does_not_start_a_kept_promise_again() -> None:
    stricter = contract(response({"P2": 60}, stops=(Evidence.RESOLUTION,)), name="stricter")
    desk = Driver(HOUR).at("09:00").mail().at("09:10").respond().adopt(stricter).readopt().at("23:00").tick()
    assert desk.clock("response").fulfilled_at == when("09:10")
    assert not desk.told("breached")


def test_a_promise_that_the_new_contract_does_not_make_is_withdrawn_and_its_incident_closed() -> None:
    silent = contract(name="silent")
    desk = Driver(contract(response({"P2": 60}, warnings=(HALFWAY,)), name="warns")).at("09:00").mail()
    desk.adopt(silent).at("09:40").readopt().at("23:00").tick()
    assert desk.told() == ["09:30 at_risk", "09:40 cleared"]
    assert desk.alerts()[0]["dedup_key"] == desk.alerts()[1]["dedup_key"]
    assert not desk.shard.deadlines.next_deadlines()


def test_a_promise_that_is_withdrawn_and_made_again_tells_with_ids_of_its_own() -> None:
    silent, loud = (
        contract(name="silent"),
        contract(response({"P2": 60}), steps=(step("analyst", "start"),), name="loud"),
    )
    desk = Driver(loud).at("09:00").mail().adopt(silent).at("09:10").readopt()
    desk.adopt(loud).at("09:20").readopt().at("10:01").tick()
    ids = [alert["id"] for alert in desk.alerts()]
    assert len(set(ids)) == len(ids)
    assert desk.told("breached") == ["10:00 breached"]


def test_a_promise_that_the_new_contract_makes_starts_with_its_first_evidence() -> None:
    desk = Driver(contract(name="silent")).at("09:00").mail()
    desk.adopt(HOUR).at("09:30").readopt()
    assert desk.clock("response").deadline == when("10:00")


def test_the_contacts_of_an_adoption_stand_apart_as_what_tells_of_persons() -> None:
    desk = Driver(HOUR).at("09:00")
    desk.publish(structs.replace(adoption(HOUR), contacts=(Contact(name="Jo Doe", phones=("+1",)),)))
    (adopted,) = desk.journal("ContractAdopted")
    assert adopted["persons"]["contacts"][0]["name"] == "Jo Doe"
    assert "Jo Doe" not in str(adopted["data"])


def test_a_ticket_of_a_contract_that_nobody_has_any_more_still_runs_by_it() -> None:
    desk = Driver(HOUR).at("09:00").mail()
    for number in range(3):
        desk.adopt(contract(response({"P2": 10 + number}), name=f"c{number}"))
    desk.at("10:00:00.001").tick()
    assert desk.told("breached") == ["10:00 breached"]
    assert desk.ticket().number == FIRST


def test_a_promise_that_the_new_contract_makes_to_others_alone_is_withdrawn() -> None:
    """Both have a rule of that name, but here a detection starts it, there it does not."""
    by_mail = contract(response({"P2": 60}, starts=(Evidence.EMAIL_RECEIVED,)), name="by-mail")
    desk = Driver(contract(response({"P2": 60}), steps=(step("analyst"),), name="any")).at("09:00").detection()
    desk.adopt(by_mail).readopt().at("12:00").tick()
    assert desk.told() == ["09:00 detection"]
    assert [event["type"] for event in desk.journal()][-1] == "PromiseWithdrawn"


# A contract that was adopted by mistake


def test_a_breach_by_a_mistaken_contract_is_corrected_and_the_right_deadline_is_told() -> None:
    desk = Driver(HALF_HOUR).at("09:00").mail().adopt(HOUR).at("09:40").tick().readopt(mistaken=True)
    assert desk.told() == ["09:30 breached", "09:40 corrected"]
    assert [alert["contract"] for alert in desk.alerts()] == ["half-hour", "hour"]
    desk.at("10:00:00.001").tick()
    assert desk.told() == ["09:30 breached", "09:40 corrected", "10:00 breached"]
    assert len({alert["id"] for alert in desk.alerts()}) == len(desk.alerts())


def test_a_breach_that_the_right_contract_knows_too_stands_and_is_not_told_again() -> None:
    desk = Driver(HALF_HOUR).at("09:00").mail().adopt(HOUR).at("10:30").tick().readopt(mistaken=True)
    assert desk.at("23:00").tick().told() == ["09:30 breached"]
    assert desk.clock("response").deadline == when("10:00")


@pytest.mark.parametrize("closed", [False, True])
def test_what_was_answered_under_a_mistaken_contract_is_judged_anew_also_on_a_closed_ticket(*, closed: bool) -> None:
    desk = Driver(HALF_HOUR).at("09:00").mail().at("09:40").respond()
    if closed:
        desk.close()
    desk.adopt(HOUR).at("09:50").readopt(mistaken=True).at("23:00").tick()
    assert desk.told() == ["09:30 breached", "09:40 cleared", "09:50 corrected"]
    assert not desk.clock("response").breached


def test_a_promise_that_only_a_mistaken_contract_found_kept_is_told_as_late() -> None:
    desk = Driver(HOUR).at("09:00").mail().at("09:40").respond().adopt(HALF_HOUR).at("09:50").readopt(mistaken=True)
    assert desk.told() == ["09:50 breached", "09:50 cleared"]


def test_a_promise_that_only_a_mistaken_contract_made_is_neither_kept_nor_broken() -> None:
    desk = Driver(HALF_HOUR).at("09:00").mail().at("09:40").respond().adopt(contract(name="silent"))
    desk.at("09:50").readopt(mistaken=True)
    assert desk.clock("response").void
    assert not desk.clock("response").breached
    assert desk.journal()[-1]["type"] == "PromiseWithdrawn"


def test_a_mistake_has_no_part_in_what_earlier_contracts_have_judged() -> None:
    """Answered late by the first contract, and moved to a second one that was a mistake before the third came."""
    desk = Driver(HALF_HOUR).at("09:00").mail().at("09:40").respond().adopt(contract(name="silent")).readopt()
    told = desk.told()
    desk.adopt(HOUR).readopt(mistaken=True).at("23:00").tick()
    assert desk.told() == told
    assert desk.clock("response").breached


def test_a_contract_that_was_right_after_all_is_no_mistake_any_more() -> None:
    before = contract(response({"P1": 30, "P2": 60}), name="before")
    detour = contract(response({"P1": 31, "P2": 61}), name="detour")
    straight = Driver(before).at("09:00").mail(priority="P1")
    around = Driver(before).at("09:00").mail(priority="P1").adopt(detour).at("09:05").readopt(mistaken=True)
    around.adopt(before).at("09:06").readopt(mistaken=True)
    for desk in (straight, around):
        desk.at("09:40").tick().reclassify("P2")
    assert around.told() == straight.told()
