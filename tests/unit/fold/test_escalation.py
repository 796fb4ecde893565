"""Whom an unkept promise is made known to, when, and how often again."""

from collections.abc import Callable
from typing import Any

import pytest
from contracts import HALFWAY, contract, response, step
from driver import Driver, when

from tocsin.domain.contract.escalation import EscalationStep
from tocsin.domain.instant import MINUTE, Instant

HOUR_EACH = {"P1": 60, "P2": 60, "P3": 60}


def desk_with(*steps: EscalationStep, **more: Any) -> Driver:
    return Driver(contract(response(HOUR_EACH, **more), steps=steps))


def expiry_of(desk: Driver) -> Instant | None:
    (acknowledgement,) = desk.ticket().taken_by
    return acknowledgement.expires_at


def test_steps_are_taken_in_order_each_at_its_time() -> None:
    desk = desk_with(
        step("analyst", "start"),
        step("shift lead", "fraction", fraction=0.5),
        step("SOC manager"),
        step("senior management", after=30),
    )
    desk.at("09:00").mail().at("12:00").tick()
    assert desk.told("escalated") == [
        "09:00 escalated analyst",
        "09:30 escalated shift lead",
        "10:00 escalated SOC manager",
        "10:30 escalated senior management",
    ]


def test_at_one_instant_the_breach_is_told_before_the_step_that_it_brings() -> None:
    desk = desk_with(step("SOC manager")).at("09:00").mail().at("12:00").tick()
    assert desk.told() == ["10:00 breached", "10:00 escalated SOC manager"]


def test_a_step_carries_role_tier_and_the_clause_of_the_matrix() -> None:
    desk = Driver("esentire", plan="example").at("09:00").detection("critical").at("09:01").tick()
    (alert,) = desk.alerts("escalated")
    assert (alert["role"], alert["tier"], alert["clause"]) == ("analyst", 1, "Alerts, Escalation Process")


def test_a_step_is_repeated_until_the_next_one_is_taken() -> None:
    desk = desk_with(step("shift lead", "start", every=20), step("SOC manager", every=15))
    desk.at("09:00").mail().at("10:31").tick()
    assert desk.told("escalated") == [
        "09:00 escalated shift lead",
        "09:20 escalated shift lead",
        "09:40 escalated shift lead",
        "10:00 escalated SOC manager",
        "10:15 escalated SOC manager",
        "10:30 escalated SOC manager",
    ]


def test_repeats_end_at_their_limit() -> None:
    desk = desk_with(step("SOC manager", every=10, repeat_at_most=2))
    desk.at("09:00").mail().at("23:00").tick()
    assert [alert["at"] for alert in desk.alerts("escalated")] == ["10:00", "10:10", "10:20"]


def test_repeats_and_steps_end_when_the_promise_is_kept() -> None:
    desk = desk_with(step("shift lead", every=10), step("SOC manager", after=25))
    desk.at("09:00").mail().at("10:15").respond().at("23:00").tick()
    assert [alert["at"] for alert in desk.alerts("escalated")] == ["10:00", "10:10"]


def test_a_promise_without_a_figure_takes_the_steps_that_count_from_its_start_alone() -> None:
    desk = Driver(
        contract(response({"P2": None}), steps=(step("analyst", "start", after=5), step("SOC manager", after=5)))
    )
    desk.at("09:00").mail().at("23:00").tick()
    assert desk.told() == ["09:05 escalated analyst"]


def test_every_step_and_repetition_is_an_alert_with_an_id_of_its_own() -> None:
    desk = desk_with(step("shift lead", every=10), step("SOC manager", after=30, every=10))
    desk.at("09:00").mail().at("13:00").tick()
    ids = [alert["id"] for alert in desk.alerts()]
    assert len(set(ids)) == len(ids) == 19
    assert len({alert["dedup_key"] for alert in desk.alerts()}) == 1


def test_steps_whose_time_had_passed_when_we_learned_of_it_are_taken_at_once_and_in_order() -> None:
    desk = desk_with(step("analyst", "start"), step("shift lead", "fraction", fraction=0.5), step("SOC manager"))
    desk.at("11:00").mail(happened="09:00").at("11:01").tick()
    assert desk.told() == [
        "11:00 escalated analyst",
        "11:00 escalated shift lead",
        "11:00 breached",
        "11:00 escalated SOC manager",
    ]


def test_a_repeat_after_a_late_step_counts_from_when_it_was_told() -> None:
    desk = desk_with(step("SOC manager", every=10)).at("11:00").mail(happened="09:00").at("11:15").tick()
    assert [alert["at"] for alert in desk.alerts("escalated")] == ["11:00", "11:10"]


# ---- acknowledgement


def acknowledged(expires: int = 30, **more: Any) -> Driver:
    terms = contract(
        response(HOUR_EACH, warnings=(HALFWAY,)),
        steps=(step("analyst", "start"), step("shift lead", "start", after=10, every=5), step("SOC manager")),
        acknowledgement_expires=expires * MINUTE,
        **more,
    )
    return Driver(terms).at("09:00").mail().at("09:12")


def test_an_acknowledgement_stops_repeats_and_further_steps_and_never_a_clock() -> None:
    desk = acknowledged(expires=600).acknowledge().at("11:00").tick()
    assert desk.told() == [
        "09:00 escalated analyst",
        "09:10 escalated shift lead",
        "09:12 acknowledged",
        "09:30 at_risk",
        "10:00 breached",
    ]


def test_an_acknowledgement_tells_paging_systems_by_the_key_of_the_incident() -> None:
    desk = acknowledged().acknowledge()
    told, (acknowledgement,) = desk.alerts("escalated"), desk.alerts("acknowledged")
    assert acknowledgement["action"] == "acknowledge"
    assert {alert["dedup_key"] for alert in told} == {acknowledgement["dedup_key"]}


def test_an_acknowledgement_without_work_expires_and_escalation_goes_on_where_it_stopped() -> None:
    desk = acknowledged(expires=30).acknowledge().at("10:00:30").tick()
    assert [(event["at"], event["input"]) for event in desk.journal("AcknowledgementExpired")] == [
        ("2026-03-02T09:42:00Z", None)
    ]
    assert [line for line in desk.told("escalated") if line > "09:12"] == [
        "09:42 escalated shift lead",
        "09:47 escalated shift lead",
        "09:52 escalated shift lead",
        "09:57 escalated shift lead",
        "10:00 escalated SOC manager",
    ]


def test_steps_that_came_due_under_an_acknowledgement_are_taken_when_it_expires() -> None:
    desk = acknowledged(expires=60).acknowledge().at("10:12:30").tick()
    assert "10:12 escalated SOC manager" in desk.told("escalated")
    assert not [line for line in desk.told("escalated") if "09:12" < line < "10:12"]


@pytest.mark.parametrize(("priority", "expiry"), [("P1", "09:20"), ("P3", "09:35")])
def test_an_acknowledgement_lasts_30_minutes_and_of_the_most_urgent_15(priority: str, expiry: str) -> None:
    desk = Driver(
        contract(
            response(HOUR_EACH), acknowledgement_expires_by_priority={"P1": 15 * MINUTE}, default_priority=priority
        )
    )
    desk.at("09:00").mail().at("09:05").acknowledge()
    assert expiry_of(desk) == when(expiry)


@pytest.mark.parametrize("contract_name", ["esentire", "sentinelone"])
def test_shipped_contracts_give_the_most_urgent_15_minutes(contract_name: str) -> None:
    desk = Driver(contract_name)
    desk.at("09:00").answered(priority="P1").at("09:05").acknowledge()
    assert expiry_of(desk) == when("09:20")
    desk.reclassify("P3").at("10:00").tick().acknowledge()
    assert expiry_of(desk) == when("10:30")


@pytest.mark.parametrize("work", ["stage", "call", "mail", "voicemail"])
def test_work_after_an_acknowledgement_makes_it_last(work: str) -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed().mail("jo@acme.example", ticket="ACME-000001")
    desk.at("09:05").acknowledge().at("09:10")
    works: dict[str, Callable[[], object]] = {
        "stage": desk.action_plan,
        "call": desk.called,
        "mail": lambda: desk.mailed(purpose="status_report", ticket="ACME-000001"),
        "voicemail": lambda: desk.called(outcome="voicemail"),
    }
    works[work]()
    desk.at("12:00").tick()
    assert not desk.journal("AcknowledgementExpired")


@pytest.mark.parametrize("no_work", ["note", "assign", "busy", "automatic mail"])
def test_what_is_no_contact_and_no_stage_step_does_not(no_work: str) -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed().at("09:05").acknowledge().at("09:10")
    works: dict[str, Callable[[], object]] = {
        "note": desk.note,
        "assign": lambda: desk.assign("bob"),
        "busy": lambda: desk.called(outcome="busy"),
        "automatic mail": lambda: desk.mailed(automatic=True, ticket="ACME-000001"),
    }
    works[no_work]()
    desk.at("12:00").tick()
    assert desk.journal("AcknowledgementExpired")


def test_who_forgot_it_once_may_take_it_again() -> None:
    desk = acknowledged(expires=5).acknowledge().at("09:30").acknowledge().at("09:36").tick()
    assert desk.refusals() == []
    assert len({alert["id"] for alert in desk.alerts("acknowledged")}) == 2
    assert len(desk.journal("AcknowledgementExpired")) == 2


def test_an_acknowledgement_logged_after_it_would_have_expired_expires_at_once() -> None:
    desk = acknowledged(expires=30).at("10:30").acknowledge(happened="09:12").at("10:31").tick()
    (expired,) = desk.journal("AcknowledgementExpired")
    assert expired["at"] == "2026-03-02T10:30:00Z"


def test_an_acknowledgement_of_a_ticket_that_nobody_was_paged_for_is_told_once() -> None:
    desk = Driver("esentire").at("09:00").mail().acknowledge()
    assert [alert["action"] for alert in desk.alerts()] == ["acknowledge"]
