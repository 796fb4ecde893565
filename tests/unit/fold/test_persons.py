"""A person of the client is one, whatever number or address they turn to us from."""

import pytest
from driver import CLIENT, Driver, adoption, when
from msgspec import structs

from tocsin.domain.commands.inbound import Contact
from tocsin.domain.instant import HOUR

DESK_PHONE, MOBILE = "+15550100", "+15550199"


def desk_that_knows_jo(contract: str) -> Driver:
    desk = Driver(contract)
    jo = Contact(name="Jo", phones=(DESK_PHONE, MOBILE), emails=(CLIENT,))
    desk.at("08:00").publish(structs.replace(adoption(contract), contacts=(jo,)))
    return desk


def test_the_call_that_follows_a_mail_of_the_same_person_starts_the_clock_of_a_p1() -> None:
    desk = desk_that_knows_jo("sentinelone")
    desk.at("09:00").mail(priority="P1").at("09:30").answered(MOBILE)
    assert len(desk.tickets()) == 1
    assert desk.clock("response").deadline == when("09:30") + 2 * HOUR


def test_a_call_to_another_number_of_the_person_returns_the_call() -> None:
    desk = desk_that_knows_jo("esentire")
    desk.at("09:00").missed(MOBILE).at("09:10").called(DESK_PHONE).at("10:00").tick()
    assert not desk.told("callback_overdue")


def test_who_rings_again_from_another_number_is_owed_one_callback_by_the_first_deadline() -> None:
    desk = desk_that_knows_jo("esentire")
    desk.at("09:00").missed(MOBILE).at("09:10").missed(DESK_PHONE).at("10:00").tick()
    assert desk.told("callback_overdue") == ["09:20 callback_overdue"]


@pytest.mark.parametrize("claims", [None, "P1"])
def test_the_only_p1_that_waits_for_its_call_is_what_an_unknown_number_rings_about(claims: str | None) -> None:
    desk = Driver("sentinelone")
    desk.at("09:00").mail(priority="P1").at("09:30").answered("+15550777", priority=claims)
    assert desk.clock("response").started_at == when("09:30")


def test_a_caller_who_claims_another_priority_means_something_else() -> None:
    desk = Driver("sentinelone")
    desk.at("09:00").mail(priority="P1").at("09:30").answered("+15550777", priority="P3")
    assert len(desk.tickets()) == 2


def test_of_two_that_wait_for_their_call_none_is_guessed() -> None:
    desk = Driver("sentinelone")
    desk.at("09:00").mail(priority="P1", sender="a@acme.example").mail(priority="P1", sender="b@acme.example")
    desk.at("09:30").answered("+15550777")
    assert len(desk.tickets()) == 3
