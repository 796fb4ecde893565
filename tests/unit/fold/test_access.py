"""Remote access that a client does not give: what waits for it, and what is not owed without it."""

import pytest
from driver import ANALYST, FIRST, Driver, when

from tocsin.domain.commands import desk as desk_commands


@pytest.fixture
def desk() -> Driver:
    """Two o'clock is ten in Singapore; the four hours of a P2 end at six."""
    return Driver("sorb", "premium").at("02:00").mail(priority="P2")


def missing(desk: Driver, **more: bool) -> Driver:
    return desk.publish(desk_commands.ReportAccessMissing(ticket=FIRST, analyst=ANALYST, **more))


def restored(desk: Driver) -> Driver:
    return desk.publish(desk_commands.ReportAccessRestored(ticket=FIRST, analyst=ANALYST))


def test_what_was_waited_for_is_added_to_the_deadline(desk: Driver) -> None:
    restored(missing(desk.at("03:00")).at("04:30"))
    assert desk.clock("response").deadline == when("07:30")


def test_a_ticket_that_waits_for_something_else_waits_for_access_from_then_on(desk: Driver) -> None:
    restored(missing(desk.at("02:30").hold("waiting_for_customer").at("03:00")).at("04:00"))
    assert desk.clock("response").deadline == when("07:00")
    assert [hold.reason for hold in desk.ticket().holds] == ["waiting_for_customer", "remote_access_missing"]


def test_access_that_is_missing_already_is_refused(desk: Driver) -> None:
    missing(missing(desk.at("03:00")).at("03:10"))
    assert desk.refusals() == ["already_on_hold"]


def test_access_that_nobody_waits_for_cannot_be_restored(desk: Driver) -> None:
    restored(desk.at("03:00").hold("waiting_for_customer").at("04:00"))
    assert desk.refusals() == ["access_not_missing"]
    assert desk.ticket().held


def test_without_an_alternative_the_duty_to_resolve_ends_and_the_response_waits(desk: Driver) -> None:
    missing(desk.at("03:00"), alternative=False)
    assert [it["data"]["rule"] for it in desk.journal("PromiseWithdrawn")] == ["workaround"]
    assert desk.clock("response").deadline is None


def test_the_alternative_may_fail_later(desk: Driver) -> None:
    missing(missing(desk.at("03:00")).at("04:00"), alternative=False)
    assert desk.ticket().ruled_out == ("no_remote_access_no_alternative",)
    assert [hold.start for hold in desk.ticket().holds] == [when("03:00")]
    assert desk.refusals() == []


def test_access_at_last_makes_everything_owed_again(desk: Driver) -> None:
    restored(missing(desk.at("03:00"), alternative=False).at("04:00"))
    assert desk.ticket().ruled_out == ()
    assert desk.clock("workaround").running
    assert desk.clock("response").deadline == when("07:00")
    assert desk.refusals() == []


def test_a_contract_that_knows_no_such_exclusion_lets_the_ticket_wait_all_the_same() -> None:
    desk = missing(Driver("esentire", "example").at("09:00").mail(priority="P2").at("09:10"), alternative=False)
    assert desk.ticket().held
    assert desk.refusals() == []
    assert desk.clock("email_response").deadline == when("09:30")
