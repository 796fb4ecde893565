"""Waiting for the customer pauses what the contract names, and nothing else."""

import pytest
from contracts import contract, response
from driver import Driver, when


@pytest.fixture
def desk() -> Driver:
    terms = contract(response({"P2": 60}, paused_by=("waiting",)))
    return Driver(terms).at("09:00").mail()


def test_a_hold_for_a_named_reason_stops_the_clock_until_it_is_resumed(desk: Driver) -> None:
    desk.at("09:30:30").hold("waiting")
    assert desk.clock("response").deadline is None
    desk.at("12:00").tick()
    assert desk.told() == []
    assert desk.at("12:00:30").resume().clock("response").deadline == when("12:30")


def test_a_hold_for_another_reason_stops_nothing(desk: Driver) -> None:
    desk.at("09:10").hold("curiosity").at("10:00:00.001").tick()
    assert desk.told("breached") == ["10:00 breached"]


def test_a_hold_never_stops_a_callback() -> None:
    desk = Driver("esentire").at("09:00").missed()
    for reason in ("waiting", "remote_access", "callback", ""):
        desk.hold(reason).resume().hold(reason)
        desk.at("09:01").resume()
    desk.at("09:20:00.001").tick()
    assert desk.told("callback_overdue") == ["09:20 callback_overdue"]


def test_a_hold_that_began_before_the_breach_and_is_logged_after_it_corrects_it(desk: Driver) -> None:
    desk.at("10:05").hold("waiting", happened="09:50").at("11:00").resume().at("11:05").respond()
    assert desk.told("breached", "corrected") == ["10:00 breached", "10:05 corrected"]


def test_several_holds_add_up(desk: Driver) -> None:
    for start, end in (("09:10", "09:20"), ("09:30", "09:45")):
        desk.at(start).hold("waiting").at(end).resume()
    assert desk.clock("response").deadline == when("10:25")


def test_an_answer_ends_what_a_hold_had_stopped(desk: Driver) -> None:
    desk.at("09:10").hold("waiting").at("15:00").respond().at("16:00").resume()
    assert desk.clock("response").fulfilled_at == when("15:00")
    assert not desk.told("breached")


def test_a_hold_after_the_answer_changes_nothing_about_what_was_kept(desk: Driver) -> None:
    desk.at("09:10").respond().at("09:15").hold("waiting").at("09:45").resume()
    assert desk.clock("response").deadline == when("10:00")
    assert len(desk.journal("ObjectiveFulfilled")) == 1
    assert not desk.journal("ClockMoved")


def test_a_customer_who_writes_again_after_the_resolution_is_not_waited_for(desk: Driver) -> None:
    desk.at("09:10").hold("waiting").at("09:20").resolve().at("10:00").mail(ticket="ACME-000001")
    assert desk.clocks("response")[-1].deadline == when("11:00")
