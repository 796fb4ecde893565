"""A P1 must come by telephone: its clock starts at the customer's call."""

import pytest
from driver import CLIENT, FIRST, Driver, when

from tocsin.domain.instant import HOUR


@pytest.fixture
def desk() -> Driver:
    return Driver("sentinelone")


def test_a_p1_by_mail_opens_a_ticket_and_tells_of_the_wrong_channel(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P1")
    (alert,) = desk.alerts("channel_violation")
    assert (alert["at"], alert["priority"], alert["action"]) == ("09:00", "P1", "trigger")
    assert "phone" in alert["clause"].lower()


def test_a_p1_by_mail_starts_no_clock(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P1").at("12:00").tick()
    assert not desk.ticket().clocks
    assert not desk.told("breached")


@pytest.mark.parametrize("how", ["answered", "missed"])
def test_the_clock_of_a_p1_by_mail_starts_at_the_call_that_follows(desk: Driver, how: str) -> None:
    desk.at("09:00").mail(priority="P1").at("09:30")
    getattr(desk, how)(ticket=FIRST)
    clock = desk.clock("response")
    assert (clock.started_at, clock.deadline) == (when("09:30"), when("09:30") + 2 * HOUR)


def test_a_p1_by_telephone_starts_at_the_call_and_violates_nothing(desk: Driver) -> None:
    desk.at("09:00").answered(priority="P1")
    assert desk.clock("response").started_at == when("09:00")
    assert not desk.told("channel_violation")


def test_a_second_mail_does_not_stand_for_the_call(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P1").at("09:30").mail(ticket=FIRST).at("23:00").tick()
    assert not desk.ticket().clocks


def test_a_lesser_priority_may_come_by_mail(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P2")
    assert desk.clock("response").deadline == when("15:00")
    assert not desk.told("channel_violation")


def test_the_incident_of_a_wrong_channel_is_closed_with_the_ticket(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P1").at("10:00").resolve()
    (violation,), (cleared,) = desk.alerts("channel_violation"), desk.alerts("cleared")
    assert (cleared["action"], cleared["dedup_key"]) == ("resolve", violation["dedup_key"])


def test_a_ticket_that_the_client_raises_to_p1_by_mail_violates_the_channel_too(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1").at("09:30").mail(in_reply_to="m1", priority="P1")
    assert desk.told("channel_violation") == ["09:30 channel_violation"]


def test_who_claims_a_p1_by_mail_twice_violates_the_channel_once(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1").mail(in_reply_to="m1", priority="P1").mail(in_reply_to="m1", priority="P1")
    assert desk.told() == ["09:00 channel_violation"]


@pytest.mark.parametrize("happened", ["11:00", "09:45"], ids=["after the resolution", "before it, and told late"])
def test_a_wrong_channel_after_the_incident_was_closed_is_an_incident_of_its_own(desk: Driver, happened: str) -> None:
    desk.at("09:00").mail(message="m1").at("09:30").mail(in_reply_to="m1", priority="P1").at("10:00").resolve()
    desk.at("11:00").mail(in_reply_to="m1", priority="P1", happened=happened).at("12:00").resolve()
    violations, cleared = desk.alerts("channel_violation"), desk.alerts("cleared")
    assert len({alert["id"] for alert in [*violations, *cleared]}) == 4
    keys = [alert["dedup_key"] for alert in violations]
    assert len(set(keys)) == 2
    assert [alert["dedup_key"] for alert in cleared] == keys


def test_what_is_called_a_p1_by_mail_is_owed_as_one_from_the_call_that_follows(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1", priority="P3").at("09:30").mail(in_reply_to="m1", priority="P1")
    assert (desk.ticket().priority, desk.clock("response").priority) == ("P1", "P3")
    desk.at("10:00").answered(ticket=FIRST)
    assert (desk.clock("response").priority, desk.clock("response").deadline) == ("P1", when("12:00"))


@pytest.mark.parametrize("claimed", [None, "P1"])
def test_a_p1_that_is_asked_for_again_by_mail_is_loud_and_owed_once_it_is_called(
    desk: Driver, claimed: str | None
) -> None:
    desk.at("09:00").answered(priority="P1").at("09:30").respond().at("10:00").resolve()
    desk.at("11:00").mail(ticket=FIRST, priority=claimed)
    assert desk.told("channel_violation") == ["11:00 channel_violation"]
    desk.at("11:30").answered(ticket=FIRST)
    assert desk.clocks("response")[1].deadline == when("13:30")


# ---- what answers, and what does not


def test_only_an_answer_of_ours_stops_the_clock_and_not_the_customers_call(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P2").at("09:30").answered(ticket=FIRST)
    assert desk.clock("response").fulfilled_at is None
    desk.at("10:00").mailed(ticket=FIRST)
    assert desk.clock("response").fulfilled_at == when("10:00")


def test_an_automatic_reply_of_ours_answers_nobody(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1", priority="P2").at("09:01").mailed(in_reply_to="m1", automatic=True)
    assert (desk.ticket().stage, desk.clock("response").fulfilled_at) == ("received", None)
    assert [event["data"]["why"] for event in desk.journal("OutboundNoted")] == ["automatic"]


def test_an_automatic_reply_of_ours_belongs_to_the_thread_all_the_same(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1").mailed(in_reply_to="m1", automatic=True, message="auto")
    desk.mail("kim@acme.example", in_reply_to="auto")
    assert len(desk.tickets()) == 1


def test_an_automatic_mail_of_the_client_starts_no_clock_on_its_ticket(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1", priority="P2").at("09:05").respond()
    before = [clock.rule for clock in desk.ticket().clocks]
    desk.at("09:10").mail(in_reply_to="m1", automatic=True)
    assert [clock.rule for clock in desk.ticket().clocks] == before


def test_a_detection_is_no_request_and_starts_no_clock(desk: Driver) -> None:
    desk.at("09:00").detection("critical").at("12:00", day=1).tick()
    assert not desk.ticket().clocks
    assert desk.told() == ["09:00 detection"]


def test_a_detection_that_the_client_then_rings_about_is_a_request_from_that_call_on(desk: Driver) -> None:
    desk.at("09:00").detection("critical").at("09:30").answered(ticket=FIRST)
    assert desk.clock("response").started_at == when("09:30")


def test_a_mail_to_nobody_that_we_know_is_noted(desk: Driver) -> None:
    desk.at("09:00").mailed("stranger@elsewhere.example")
    assert [event["data"]["why"] for event in desk.journal("OutboundNoted")] == ["no ticket is known for it"]
    assert not desk.tickets()


# ---- whoever cannot be placed


def test_a_call_from_a_number_that_nobody_knows_is_loud_at_once() -> None:
    desk = Driver("unassigned", tenant="unassigned")
    desk.at("09:00").missed("withheld").at("09:00:00.001").tick()
    assert desk.told() == ["09:00 escalated shift lead"]
    assert desk.ticket().priority == "P1"


def test_a_call_that_nobody_can_place_is_answered_or_climbs_to_the_manager() -> None:
    desk = Driver("unassigned", tenant="unassigned").at("09:00").answered("+99").at("23:00").tick()
    assert desk.told() == [
        "09:00 escalated shift lead",
        "09:10 escalated shift lead",
        "09:15 at_risk",
        "09:20 escalated shift lead",
        "09:30 breached",
        "09:30 escalated SOC manager",
    ]


def test_a_mail_that_nobody_can_place_is_loud_at_once_too() -> None:
    desk = Driver("unassigned", tenant="unassigned").at("09:00").mail("x@y.example").at("09:01").tick()
    assert desk.told() == ["09:00 escalated shift lead"]


def test_a_missed_call_that_nobody_can_place_is_owed_a_callback_too() -> None:
    desk = Driver("unassigned", tenant="unassigned").at("09:00").missed("+99").at("09:20:00.001").tick()
    assert desk.told("callback_overdue") == ["09:20 callback_overdue"]
    desk.at("09:21").called("+99", ticket="UNASSIGNED-000001")
    assert {clock.fulfilled_at for clock in desk.ticket().clocks} == {when("09:21")}


def test_the_address_of_a_client_stands_in_no_alert(desk: Driver) -> None:
    desk.at("09:00").mail(CLIENT, priority="P2").at("23:00").tick()
    assert desk.alerts()
    assert not any(CLIENT in str(alert) for alert in desk.alerts())


@pytest.mark.parametrize("spelt", ["p1", " P1 "])
def test_a_priority_is_known_however_it_is_spelt(desk: Driver, spelt: str) -> None:
    desk.at("09:00").answered(priority=spelt)
    assert desk.ticket().priority == "P1"


def test_a_priority_that_the_contract_does_not_know_stands_in_the_journal(desk: Driver) -> None:
    desk.at("09:00").answered(priority="urgent")
    (opened,) = desk.journal("TicketOpened")
    assert (opened["data"]["priority"], opened["data"]["unknown_priority"]) == ("P3", "urgent")
