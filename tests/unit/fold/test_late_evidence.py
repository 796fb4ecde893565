"""What is heard of late counts at its own time: a breach is withdrawn, or a promise turns out to be late."""

import pytest
from contracts import HALFWAY, contract, response
from driver import Driver, when

from tocsin.domain.vocabulary import Objective


@pytest.fixture
def desk() -> Driver:
    return Driver(contract(response({"P2": 60}, warnings=(HALFWAY,)))).at("09:00").mail()


def test_an_answer_logged_late_withdraws_the_breach(desk: Driver) -> None:
    desk.at("10:30").respond(happened="09:59")
    assert [event["type"] for event in desk.journal()][-3:] == ["WorkDone", "ObjectiveFulfilled", "BreachWithdrawn"]
    (correction,) = desk.alerts("corrected")
    assert (correction["at"], correction["action"]) == ("10:30", "resolve")


def test_a_promise_kept_late_is_cleared_and_one_kept_in_time_corrected(desk: Driver) -> None:
    desk.at("10:30").respond()
    assert desk.told("cleared", "corrected") == ["10:30 cleared"]
    desk.at("10:40").respond(happened="09:50")
    assert desk.told("cleared", "corrected") == ["10:30 cleared", "10:40 corrected"]


def test_a_correction_is_told_though_the_incident_was_closed_before_and_closes_none(desk: Driver) -> None:
    desk.at("10:30").respond().at("10:40").respond(happened="09:50")
    (breach,), (cleared,), (correction,) = (desk.alerts(kind) for kind in ("breached", "cleared", "corrected"))
    assert (cleared["action"], correction["action"]) == ("resolve", "none")
    assert breach["dedup_key"] == cleared["dedup_key"] == correction["dedup_key"]
    assert [event["data"]["closes_incident"] for event in desk.journal("BreachWithdrawn")] == [False]


def test_a_promise_kept_in_time_after_a_warning_is_cleared(desk: Driver) -> None:
    desk.at("09:45").respond()
    (cleared,) = desk.alerts("cleared")
    assert (cleared["at"], cleared["action"], cleared["objective"]) == ("09:45", "resolve", Objective.FIRST_RESPONSE)


def test_a_promise_kept_before_anybody_was_told_is_kept_in_silence(desk: Driver) -> None:
    desk.at("09:10").respond().at("23:00").tick()
    assert desk.told() == []


def test_an_earlier_answer_that_is_heard_of_later_counts(desk: Driver) -> None:
    desk.at("09:50").respond().at("10:10").respond(happened="09:40")
    clock = desk.clock("response")
    assert (clock.fulfilled_at, clock.breached) == (when("09:40"), False)
    assert [event["data"]["again"] for event in desk.journal("ObjectiveFulfilled")] == [False, True]


def test_a_later_answer_changes_nothing(desk: Driver) -> None:
    desk.at("09:20").respond().at("09:50").respond()
    assert desk.clock("response").fulfilled_at == when("09:20")
    assert len(desk.journal("ObjectiveFulfilled")) == 1


def test_an_earlier_contact_heard_of_later_makes_a_kept_promise_late(desk: Driver) -> None:
    desk.at("09:50").respond().at("09:55").mail(ticket="ACME-000001", happened="08:40")
    assert desk.told("breached", "cleared") == ["09:50 cleared", "09:55 breached", "09:55 cleared"]
    clock = desk.clock("response")
    assert (clock.started_at, clock.deadline, clock.breached) == (when("08:40"), when("09:40"), True)
