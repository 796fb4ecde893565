"""A wait ends by itself: by the client's word where they are waited for, or by its date."""

from dataclasses import replace

import msgspec
import pytest
from contracts import CLAUSE, contract, response
from driver import FIRST, Driver, adoption, shipped, when

from tocsin.domain.commands.inbound import Contact, StatusRequested
from tocsin.domain.contract.rules import HoldReason
from tocsin.domain.vocabulary import Channel, Evidence

CUSTOMER = HoldReason(reason="waiting_for_customer", ended_by_contact=True, cites=CLAUSE)
CARRIER = HoldReason(reason="waiting_for_carrier", cites=CLAUSE)
STARTS = (Evidence.EMAIL_RECEIVED, Evidence.CALL_ANSWERED)
TERMS = replace(
    contract(response({"P2": 60}, starts=STARTS, paused_by=("waiting_for_customer", "waiting_for_carrier"))),
    holds=(CUSTOMER, CARRIER),
)


@pytest.fixture
def desk() -> Driver:
    """Waiting for the customer since a quarter past nine; fifteen minutes of the sixty are over."""
    return Driver(TERMS).at("09:00").mail(message="m1").at("09:15").hold("waiting_for_customer")


def span(desk: Driver) -> tuple[int, int | None]:
    (hold,) = desk.ticket().holds
    return hold.start, hold.end


def why(desk: Driver) -> list[tuple[str, str]]:
    return [(it["data"]["why"], it["data"]["happened_at"][11:16]) for it in desk.journal("HoldEnded")]


def test_the_clients_reply_ends_the_wait_for_the_client(desk: Driver) -> None:
    desk.at("12:00").mail(in_reply_to="m1")
    assert span(desk) == (when("09:15"), when("12:00"))
    assert desk.clock("response").deadline == when("12:45")
    assert why(desk) == [("contact", "12:00")]
    assert desk.told() == []


def test_so_do_a_call_and_a_request_for_the_status(desk: Driver) -> None:
    assert desk.at("12:00").answered(ticket=FIRST).ticket().held is None
    desk.at("12:30").hold("waiting_for_customer").at("13:00")
    desk.publish(StatusRequested(channel=Channel.PORTAL, contact="jo@acme.example", ticket=FIRST))
    assert [when for _, when in why(desk)] == ["12:00", "13:00"]


def test_a_machines_mail_ends_no_wait(desk: Driver) -> None:
    assert desk.at("12:00").mail(in_reply_to="m1", automatic=True).ticket().held


def test_the_clients_word_ends_no_wait_for_somebody_else() -> None:
    desk = Driver(TERMS).at("09:00").mail(message="m1").at("09:15").hold("waiting_for_carrier")
    assert desk.at("12:00").mail(in_reply_to="m1").ticket().held


def test_what_came_before_the_wait_and_is_told_late_does_not_end_it(desk: Driver) -> None:
    assert desk.at("12:00").mail(in_reply_to="m1", happened="09:10").ticket().held


def test_a_reply_that_is_told_late_ended_the_wait_when_it_came(desk: Driver) -> None:
    desk.at("12:00").mail(in_reply_to="m1", happened="10:00")
    assert span(desk) == (when("09:15"), when("10:00"))
    assert desk.clock("response").deadline == when("10:45")


def test_a_reply_that_is_told_late_ends_a_wait_that_ended_later(desk: Driver) -> None:
    desk.at("11:00").resume().at("11:10").mail(in_reply_to="m1", happened="10:00")
    assert span(desk) == (when("09:15"), when("10:00"))
    assert desk.at("11:20").tick().told("breached") == ["11:10 breached"]


def test_what_was_split_off_ended_no_wait_of_this_ticket(desk: Driver) -> None:
    desk.at("12:00").mail(message="m2", in_reply_to="m1").at("12:10").split("m2")
    assert desk.ticket().held


def test_what_was_split_off_leaves_a_wait_the_end_that_it_had_otherwise(desk: Driver) -> None:
    desk.at("11:00").resume().at("11:10").mail(message="m2", in_reply_to="m1", happened="10:00")
    desk.at("11:20").split("m2")
    assert span(desk) == (when("09:15"), when("11:00"))


def test_what_was_split_off_leaves_no_wait_on_what_is_resolved(desk: Driver) -> None:
    desk.at("12:00").mail(message="m2", in_reply_to="m1").at("12:05").resolve().at("12:10").split("m2")
    assert span(desk) == (when("09:15"), when("12:05"))


def test_the_word_of_somebody_who_is_to_be_confirmed_ends_no_wait() -> None:
    gerd = Contact(name="Gerd", emails=("gerd@acme.example",))
    desk = Driver("sentinelone").publish(msgspec.structs.replace(adoption("sentinelone"), contacts=(gerd,)))
    desk.at("09:00").mail("gerd@acme.example", "m1").at("09:15").hold("waiting_for_customer")
    assert desk.at("12:00").mail("new@acme.example", in_reply_to="m1").ticket().held
    assert desk.at("12:30").mail("gerd@acme.example", in_reply_to="m1").ticket().holds[0].end == when("12:30")


def test_a_wait_until_a_time_ends_then_and_pages_nobody(desk: Driver) -> None:
    desk.at("09:20").resume().at("09:30").hold("waiting_for_carrier", until="2026-03-02T12:00:00+01:00")
    desk.at("11:00").tick()
    assert desk.ticket().held
    desk.at("11:30").tick()
    assert why(desk) == [("date", "11:00")]
    assert desk.clock("response").deadline == when("11:35")
    assert desk.told() == []


def test_the_clock_that_goes_on_then_is_late_when_its_time_is_over() -> None:
    desk = Driver(TERMS).at("09:00").mail().at("09:30").hold("waiting_for_carrier", until="2026-03-02T11:00:00Z")
    assert desk.at("12:00").tick().told() == ["11:30 breached"]


def test_a_wait_until_a_date_ends_when_that_day_begins_where_the_client_is() -> None:
    tokyo = replace(TERMS, client_zone=shipped("sorb").calendars["support_hours"].zone)  # Singapore, eight hours ahead
    desk = Driver(tokyo).at("09:00").mail().at("09:30").hold("waiting_for_carrier", until="2026-03-03")
    assert desk.at("23:00").tick().journal("HoldEnded")[0]["data"]["happened_at"] == "2026-03-02T16:00:00Z"


def test_a_wait_until_a_date_that_is_told_late_is_over_at_once() -> None:
    desk = Driver(TERMS).at("09:00").mail()
    desk.at("12:00").hold("waiting_for_carrier", happened="09:10", until="2026-03-02T09:40:00Z")
    assert span(desk) == (when("09:10"), when("09:40"))
    assert desk.clock("response").deadline == when("10:30")


def test_the_client_ends_a_wait_until_a_date_sooner(desk: Driver) -> None:
    desk.at("09:16").resume().hold("waiting_for_customer", until="2026-03-05").at("10:00").mail(in_reply_to="m1")
    assert why(desk) == [("contact", "10:00")]
    assert desk.at("10:00", day=4).tick().journal("HoldEnded")[1:] == []


def test_a_reply_after_the_date_of_a_wait_that_is_told_late_does_not_end_it(desk: Driver) -> None:
    desk.at("09:16").resume().at("11:00").mail(in_reply_to="m1")
    desk.at("12:00").hold("waiting_for_customer", happened="09:20", until="2026-03-02T10:00:00Z")
    assert why(desk)[-1] == ("date", "10:00")
    assert [hold.end for hold in desk.ticket().holds] == [when("09:16"), when("10:00")]


def test_what_opened_the_ticket_ends_no_wait_though_a_clock_was_wrong() -> None:
    desk = Driver(TERMS).at("09:00").mail().at("09:05").respond(happened="08:45")
    desk.hold("waiting_for_customer", happened="08:50")
    assert desk.ticket().held


@pytest.mark.parametrize("reason", ["waiting_for_customer", "Waiting for Customer", "WAITING-FOR-CUSTOMER "])
def test_a_reason_is_known_whatever_its_case_and_what_joins_its_words(reason: str) -> None:
    desk = Driver(TERMS).at("09:00").mail().hold(reason)
    assert desk.ticket().holds[0].reason == "waiting_for_customer"


@pytest.mark.parametrize(
    ("reason", "until", "refused"),
    [
        ("waiting_for_costumer", "", "unknown_reason"),
        ("waiting_for_customer", "soon", "unreadable_time"),
        ("waiting_for_customer", "2026-03-09T09:00:00", "unreadable_time"),
        ("waiting_for_customer", "0001-01-01", "unreadable_time"),
        ("waiting_for_customer", "2026-03-02T09:00:00Z", "not_later"),
    ],
)
def test_a_hold_is_refused(reason: str, until: str, refused: str) -> None:
    desk = Driver(TERMS).at("09:00").mail().hold(reason, until=until)
    assert desk.refusals() == [refused]
    assert desk.ticket().holds == ()


def test_a_misspelt_reason_is_refused_with_the_list() -> None:
    desk = Driver(TERMS).at("09:00").mail().hold("waiting_for_costumer")
    (rejected,) = desk.journal("CommandRejected")
    assert rejected["data"]["detail"].endswith("it has waiting_for_customer, waiting_for_carrier")
