"""An acknowledgement covers the incidents that were open when it was given, and no later one."""

from collections.abc import Callable

import pytest
from contracts import HALFWAY, contract, response, step
from driver import ANALYST, CALLER, FIRST, Driver

from tocsin.domain.instant import MINUTE
from tocsin.domain.vocabulary import Evidence, Objective

MATRIX = (step("analyst", "start"), step("shift lead", "fraction", fraction=0.5), step("SOC manager", every=30))


def desk_with(expires: int = 600) -> Driver:
    """An hour to answer; the analyst is told at once, the shift lead after half of it, the SOC manager at its end."""
    terms = contract(
        response({"P1": 20, "P2": 60, "P3": 240}),
        steps=MATRIX,
        acknowledgement_expires=expires * MINUTE,
    )
    return Driver(terms).at("09:00").mail(message="m1").at("09:05")


def covers(desk: Driver) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.by, each.covers) for each in desk.ticket().taken_by]


# ---- what it covers


def test_it_covers_the_incidents_that_are_open() -> None:
    assert covers(desk_with().acknowledge()) == [(ANALYST, ("response/1",))]


def test_a_call_missed_later_climbs_its_matrix_on_a_ticket_that_somebody_has_taken() -> None:
    desk = Driver("esentire", plan="example").at("09:00").mail(priority="P1").at("09:01").acknowledge()
    desk.at("09:05").mailed(ticket=FIRST).at("10:00").missed(ticket=FIRST).at("10:35").tick()
    assert [line for line in desk.told("escalated", "callback_overdue") if line > "09:05"] == [
        "10:10 escalated analyst",
        "10:20 callback_overdue",
        "10:20 escalated shift lead",
        "10:30 escalated SOC manager",
    ]


def test_a_promise_that_nobody_was_paged_for_is_not_covered() -> None:
    desk = Driver("sorb", plan="premium").at("09:00").mail(priority="P2").at("09:55").acknowledge()
    assert covers(desk) == [(ANALYST, ())]
    desk.at("10:01").tick()
    assert desk.told("escalated") == ["10:00 escalated support manager"]


def test_a_detection_is_covered_with_its_clock() -> None:
    desk = Driver("esentire", plan="example").at("09:00").detection("critical").at("09:02").acknowledge()
    assert [alert["dedup_key"].split("/", 2)[2] for alert in desk.alerts("acknowledged")] == [
        "detection_alert/1",
        "detection/0",
    ]
    desk.at("09:10:01").tick()
    assert desk.told("escalated") == ["09:00 escalated analyst"]


def test_what_is_cleared_is_covered_no_longer() -> None:
    assert covers(desk_with().acknowledge().respond()) == [(ANALYST, ())]


def test_one_logged_late_covers_what_was_open_when_it_was_given() -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed().at("09:16").acknowledge(happened="09:05")
    assert covers(desk) == [(ANALYST, ())]
    desk.at("09:31").tick()
    assert desk.told("escalated") == [
        "09:10 escalated analyst",
        "09:20 escalated shift lead",
        "09:30 escalated SOC manager",
    ]


# ---- what comes later


def test_the_next_report_that_is_late_climbs_although_the_last_one_was_taken() -> None:
    report = response(
        {"P2": 60}, id="response", objective=Objective.NEXT_UPDATE, recurring=True, stops=(Evidence.STATUS_REPORT,)
    )
    desk = Driver(contract(report, steps=(step("shift lead"),), acknowledgement_expires=600 * MINUTE))
    desk.at("09:00").mail(message="m1").at("10:05").acknowledge().at("10:10").mailed(purpose="status_report")
    desk.at("10:20").mail(in_reply_to="m1").at("11:30").tick()
    assert desk.told("escalated") == ["10:00 escalated shift lead", "11:20 escalated shift lead"]


@pytest.mark.parametrize("again", ["mail", "desk"])
def test_a_reopened_ticket_pages_anew(again: str) -> None:
    desk = desk_with().acknowledge().at("09:10").resolve().at("12:00")
    more: dict[str, Callable[[], object]] = {"mail": lambda: desk.mail(in_reply_to="m1"), "desk": desk.reopen}
    more[again]()
    desk.mail(in_reply_to="m1").at("13:01").tick()
    assert [line for line in desk.told("escalated") if line > "09:10"] == [
        "12:00 escalated analyst",
        "12:30 escalated shift lead",
        "13:00 escalated SOC manager",
    ]


def test_a_rise_pages_anew_and_climbs_its_matrix() -> None:
    desk = desk_with().acknowledge().at("09:10").reclassify("P1").at("09:31").tick()
    assert covers(desk) == [(ANALYST, ())]
    assert {line.split(" ", 1)[1] for line in desk.told("escalated")} == {
        "escalated analyst",
        "escalated shift lead",
        "escalated SOC manager",
    }


def test_a_fall_does_not() -> None:
    assert covers(desk_with().acknowledge().at("09:10").reclassify("P3")) == [(ANALYST, ("response/1",))]


def test_a_caller_who_rings_once_more_pages_anew() -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed().at("09:12").acknowledge()
    desk.at("09:15").missed().at("09:31").tick()
    assert desk.told("escalated") == [
        "09:10 escalated analyst",
        "09:20 escalated shift lead",
        "09:30 escalated SOC manager",
    ]


def test_a_call_that_came_before_and_is_logged_later_does_not() -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed().at("09:12").acknowledge()
    desk.at("09:15").missed(happened="09:11").at("09:31").tick()
    assert desk.told("escalated") == ["09:10 escalated analyst"]


def test_another_callers_call_leaves_it_as_it_is() -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed().at("09:12").acknowledge()
    desk.at("09:15").missed("+15550199", ticket=FIRST)
    assert covers(desk) == [(ANALYST, ("callback/1",))]


def test_a_worse_detection_pages_anew() -> None:
    desk = Driver("esentire", plan="example").at("09:00").detection("medium").at("09:05").acknowledge()
    desk.at("09:10").detection("critical").at("09:12").acknowledge(analyst="bob")
    assert ("bob", ("detection_alert/1", "detection/0")) in covers(desk)


def test_the_breach_of_a_promise_that_was_worked_on_pages_anew() -> None:
    """Without work the acknowledgement expires; with work nothing else would end it."""
    desk = desk_with(expires=30).acknowledge().at("09:20").mailed(purpose="status_report", ticket=FIRST)
    desk.at("10:31").tick()
    assert desk.told()[-5:] == [
        "09:05 acknowledged",
        "10:00 breached",
        "10:00 escalated shift lead",
        "10:00 escalated SOC manager",
        "10:30 escalated SOC manager",
    ]


def test_work_after_the_breach_makes_it_last() -> None:
    desk = desk_with(expires=30).at("10:05").acknowledge()
    desk.at("10:20").mailed(purpose="status_report", ticket=FIRST).at("23:00").tick()
    assert desk.told("escalated")[-1] == "10:00 escalated SOC manager"


def test_work_makes_it_last_for_what_it_covers_alone() -> None:
    desk = Driver("esentire", plan="example").at("09:00").mail(priority="P1", message="m1").at("09:01").acknowledge()
    desk.at("09:02").missed("+15550199", ticket=FIRST).at("09:05").mailed(ticket=FIRST).at("09:31").tick()
    assert [line for line in desk.told("escalated") if line > "09:05"] == [
        "09:12 escalated analyst",
        "09:22 escalated shift lead",
    ]


# ---- by several


def test_a_second_person_covers_what_is_new() -> None:
    desk = Driver("esentire", plan="example").at("09:00").mail(priority="P1").at("09:01").acknowledge()
    desk.missed(CALLER, ticket=FIRST).at("09:12").acknowledge(analyst="bob")
    assert covers(desk) == [(ANALYST, ("email_response/1",)), ("bob", ("callback/1",))]
    assert desk.refusals() == []


def test_a_second_person_for_whom_nothing_is_new_is_written_down_and_covers_nothing() -> None:
    desk = desk_with().acknowledge().at("09:06").acknowledge(analyst="bob")
    assert covers(desk) == [(ANALYST, ("response/1",)), ("bob", ())]
    assert len(desk.journal("TicketAcknowledged")) == 2
    assert len({alert["id"] for alert in desk.alerts("acknowledged")}) == 2


def test_the_same_person_covers_what_is_new_and_nothing_twice() -> None:
    desk = Driver("esentire", plan="example").at("09:00").mail(priority="P1").at("09:01").acknowledge()
    desk.missed(CALLER, ticket=FIRST).at("09:12").acknowledge().at("09:13").acknowledge()
    assert covers(desk) == [(ANALYST, ("email_response/1",)), (ANALYST, ("callback/1",))]
    assert desk.refusals() == ["already_acknowledged"]


def test_each_expires_for_what_it_covers() -> None:
    desk = Driver("esentire", plan="example").at("09:00").mail(priority="P2").at("09:23").acknowledge()
    desk.at("09:24").missed(CALLER, ticket=FIRST).at("09:40").acknowledge(analyst="bob").at("10:15").tick()
    expired = [(event["at"][11:16], event["data"].get("incidents")) for event in desk.journal("AcknowledgementExpired")]
    assert expired == [("09:53", ["email_response/1"]), ("10:10", ["callback/1"])]


def test_steps_that_came_due_while_it_held_follow_one_another_as_they_would_have() -> None:
    desk = desk_with(expires=90).acknowledge().at("11:30").tick()
    assert desk.told("escalated") == [
        "09:00 escalated analyst",
        "10:35 escalated shift lead",
        "11:05 escalated SOC manager",
    ]


def test_steps_that_come_due_after_it_are_not_put_off() -> None:
    desk = desk_with(expires=40).acknowledge().at("10:01").tick()
    assert desk.told("escalated")[1:] == ["09:45 escalated shift lead", "10:00 escalated SOC manager"]


# ---- given back


def test_what_is_given_back_escalates_again_and_says_so() -> None:
    desk = desk_with().acknowledge().at("09:40").unacknowledge().at("10:01").tick()
    assert desk.told()[1:] == [
        "09:05 acknowledged",
        "09:40 unacknowledged",
        "09:40 escalated shift lead",
        "10:00 breached",
        "10:00 escalated SOC manager",
    ]
    (given_back,) = desk.alerts("unacknowledged")
    assert given_back["action"] == "trigger"
    assert {alert["dedup_key"] for alert in desk.alerts()} == {given_back["dedup_key"]}


def test_who_has_taken_something_gives_back_their_own() -> None:
    desk = Driver("esentire", plan="example").at("09:00").mail(priority="P1").at("09:01").acknowledge()
    desk.missed(CALLER, ticket=FIRST).at("09:12").acknowledge(analyst="bob").at("09:13").unacknowledge(analyst="bob")
    assert covers(desk) == [(ANALYST, ("email_response/1",))]


def test_who_has_taken_nothing_gives_back_what_others_have() -> None:
    assert covers(desk_with().acknowledge().unacknowledge(analyst="bob")) == []


def test_what_nobody_has_taken_cannot_be_given_back() -> None:
    assert desk_with().unacknowledge().refusals() == ["not_acknowledged"]


def test_what_was_given_back_may_be_taken_again() -> None:
    desk = desk_with().acknowledge().unacknowledge().at("09:06").acknowledge()
    assert covers(desk) == [(ANALYST, ("response/1",))]
    assert len({alert["id"] for alert in desk.alerts()}) == len(desk.alerts())


# ---- the order of steps


def test_steps_are_taken_in_the_order_of_time_whatever_order_they_are_written_in() -> None:
    terms = contract(
        response({"P2": 60}, warnings=(HALFWAY,)),
        steps=(
            step("senior management", after=60),
            step("SOC manager"),
            step("shift lead", "fraction", fraction=0.5),
            step("analyst", "start", after=5),
        ),
    )
    desk = Driver(terms).at("09:00").mail().at("12:00").tick()
    assert desk.told("escalated") == [
        "09:05 escalated analyst",
        "09:30 escalated shift lead",
        "10:00 escalated SOC manager",
        "11:00 escalated senior management",
    ]


def test_a_step_that_was_taken_is_not_taken_again_when_the_target_changes() -> None:
    terms = contract(
        response({"P1": 60, "P2": 120, "P3": 600}),
        steps=(step("SOC manager"), step("shift lead", "fraction", fraction=0.5), step("analyst", "start", after=90)),
    )
    desk = Driver(terms).at("09:00").mail().at("10:10").reclassify("P3").at("20:00").tick()
    assert desk.told("escalated") == [
        "10:00 escalated shift lead",
        "10:30 escalated analyst",
        "19:00 escalated SOC manager",
    ]
