"""An answer by mail that did not arrive is none, whenever the report of it comes."""

from collections.abc import Callable

import pytest
from driver import CLIENT, Driver, adoption, changed, shipped, when
from msgspec import structs

from tocsin.domain.instant import HOUR

BO, VENDOR = "bo@acme.example", "help@vendor.example"
RULE = "email_response"


def desk_of(plan: str = "example", contract: str = "esentire") -> Driver:
    told = structs.replace(adoption(contract, plan), domains=("acme.example",))
    return Driver(contract, plan).at("08:00").publish(told).at("09:00").mail(message="m1")


def answer(desk: Driver, to: str = CLIENT, purpose: str = "response") -> Driver:
    return desk.mailed(to, purpose, message="s1", in_reply_to="m1")


def is_answered(desk: Driver) -> bool:
    return desk.clock(RULE).fulfilled_at is not None


def test_an_answer_that_bounced_is_owed_again_from_its_start_and_says_so() -> None:
    desk = answer(desk_of().at("09:10")).at("09:12").bounced("s1", CLIENT)
    clock = desk.clock(RULE)
    assert (clock.running, clock.started_at, clock.deadline) == (True, when("09:00"), when("09:00") + 2 * HOUR)
    assert desk.told("answer_bounced") == ["09:12 answer_bounced"]
    assert desk.ticket().stage == "received"
    desk.at("11:30").tick()
    assert desk.told("breached") == ["11:00 breached"]


def test_the_next_answer_ends_what_the_bounce_has_opened() -> None:
    desk = answer(desk_of().at("09:10")).at("09:12").bounced("s1", CLIENT).at("09:20").respond()
    assert desk.told() == ["09:12 answer_bounced", "09:20 cleared"]
    assert is_answered(desk)


def test_a_bounce_that_is_known_after_the_deadline_makes_the_promise_late() -> None:
    desk = answer(desk_of().at("09:10")).at("12:00").bounced("s1", CLIENT).at("12:01").tick()
    assert desk.told("answer_bounced", "breached") == ["12:00 answer_bounced", "12:00 breached"]


ORDERS: dict[str, Callable[[Driver], Driver]] = {
    "after": lambda desk: answer(desk.at("09:10")).at("09:12").bounced("s1", CLIENT),
    "before": lambda desk: answer(desk.at("09:12").bounced("s1", CLIENT).at("09:13")),
    "twice": lambda desk: answer(desk.at("09:10")).at("09:12").bounced("s1", CLIENT).bounced("s1", CLIENT),
    "told once more": lambda desk: answer(answer(desk.at("09:10")).bounced("s1", CLIENT).at("09:20")),
    "one by one": lambda desk: answer(desk.bounced("s1", CLIENT), f"{CLIENT},{BO}").bounced("s1", BO),
}


@pytest.mark.parametrize("order", ORDERS)
def test_in_whatever_order_it_comes_out_the_same(order: str) -> None:
    desk = ORDERS[order](desk_of())
    assert (desk.told("answer_bounced") != [], is_answered(desk), len(desk.tickets())) == (True, False, 1)


@pytest.mark.parametrize("failed", [(CLIENT,), (VENDOR,), ("m.muster@inner.example",), ()])
def test_an_answer_that_reached_one_of_the_client_stands(failed: tuple[str, ...]) -> None:
    desk = answer(desk_of().at("09:10"), f"{CLIENT},{BO},{VENDOR}").bounced("s1", *failed)
    assert (is_answered(desk), desk.told()) == (True, [])


@pytest.mark.parametrize("failed", [(CLIENT, BO), (CLIENT, BO, VENDOR)])
def test_an_answer_that_reached_none_of_the_client_is_none(failed: tuple[str, ...]) -> None:
    assert not is_answered(answer(desk_of().at("09:10"), f"{CLIENT},{BO},{VENDOR}").bounced("s1", *failed))


@pytest.mark.parametrize("failed", [("m.muster@inner.example",), ()])
def test_a_mail_to_one_person_missed_that_one_whatever_the_report_calls_them(failed: tuple[str, ...]) -> None:
    assert not is_answered(answer(desk_of().at("09:10")).bounced("s1", *failed))


@pytest.mark.parametrize("message", ["m1", "s2", "guessed@soc.example"])
def test_a_report_that_names_no_answer_of_ours_changes_nothing(message: str) -> None:
    desk = answer(desk_of().at("09:10")).mailed(VENDOR, message="s2", in_reply_to="m1").bounced(message, CLIENT)
    assert (is_answered(desk), desk.told(), len(desk.tickets())) == (True, [], 1)


def test_a_report_of_another_tenants_mail_changes_nothing() -> None:
    desk = answer(desk_of().at("09:10")).of("globex").bounced("s1", CLIENT).of("acme")
    assert is_answered(desk)


def test_a_resolution_that_bounced_opens_the_ticket_again_however_long_it_was_closed() -> None:
    desk = answer(desk_of().at("09:10"), purpose="resolution").at("10:00", day=4).tick()
    assert desk.ticket().stage == "closed"
    desk.bounced("s1", CLIENT)
    assert (desk.ticket().stage, desk.ticket().closed_at, is_answered(desk)) == ("received", None, False)


def test_the_wait_that_a_bounced_resolution_had_ended_lasts_on() -> None:
    desk = answer(desk_of().at("09:05").hold("waiting_for_third_party").at("09:10"), purpose="resolution")
    assert desk.ticket().holds[0].end == when("09:10")
    assert desk.at("09:12").bounced("s1", CLIENT).ticket().holds[0].end is None


def test_the_wait_that_an_analyst_had_ended_is_over_whatever_bounces() -> None:
    desk = desk_of().at("09:05").hold("waiting_for_third_party").at("09:08").resume().at("09:10")
    assert answer(desk, purpose="resolution").bounced("s1", CLIENT).ticket().holds[0].end == when("09:08")


def test_another_answer_since_keeps_the_promise() -> None:
    desk = answer(desk_of().at("09:10")).at("09:30").respond().at("09:40").bounced("s1", CLIENT)
    assert desk.clock(RULE).fulfilled_at == when("09:30")
    assert desk.told() == ["09:40 answer_bounced", "09:40 cleared"]


def test_under_a_contract_of_before_an_answer_stands_and_its_report_joins_the_ticket() -> None:
    terms = changed(shipped("esentire"), "example", bounce_withdraws_answer=False)
    desk = Driver(terms, "example").at("09:00").mail(message="m1")
    answer(desk.at("09:10")).at("09:12").bounced("s1", CLIENT)
    assert is_answered(desk)
    assert [each["type"] for each in desk.journal()][-1] == "ContactJoined"


def test_a_month_counts_an_answer_that_bounced_no_more_until_another_one_is_given() -> None:
    desk = Driver("sentinelone", "enterprise").at("09:00").mail(message="m1", priority="P2")
    counted = [_counted(answer(desk.at("10:00")))]
    counted.append(_counted(desk.at("10:10").bounced("s1", CLIENT)))
    counted.append(_counted(desk.at("23:00").respond()))
    assert counted == [(1, 0), (0, 0), (0, 1)]


def _counted(desk: Driver) -> tuple[int, int]:
    (tenant,) = desk.shard.tenants()
    (month,) = tenant.months.values()
    return month.met, month.missed
