"""A rise of the priority is owed from the rise on, and after an answer where the contract owes another one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from contracts import CLAUSE, HALFWAY, contract, response, step
from driver import MONDAY, Driver, when
from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.model import ChannelRule, Contract, ObjectiveRule, Renewal, RisesFrom, TargetRule
from tocsin.domain.contract.rules import DetectionRule
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import HOUR, MINUTE
from tocsin.domain.time.deadlines import deadline
from tocsin.domain.vocabulary import Channel, Evidence, Objective, Severity

HOURS = {"P1": 20, "P2": 60, "P3": 240}
SEVERITIES = DetectionRule(
    priorities={Severity.CRITICAL: "P1", Severity.HIGH: "P2", Severity.MEDIUM: "P3"}, cites=CLAUSE
)


def rising(figures: Mapping[str, int | None], **more: Any) -> ObjectiveRule:
    return response(figures, rises_from=RisesFrom.RISE, **more)


def renewed(by: Renewal = Renewal.RISE, renewed_at: tuple[str, ...] = (), **plan: Any) -> Driver:
    terms = contract(
        rising(HOURS, renewed_by=by, renewed_at=renewed_at), detections=SEVERITIES, default_priority="P3", **plan
    )
    return Driver(terms).at("09:00")


@pytest.fixture
def desk() -> Driver:
    terms = contract(
        rising(HOURS, warnings=(HALFWAY,), paused_by=("waiting",)),
        steps=(step("analyst", "start"), step("shift lead", "fraction", fraction=0.5), step("SOC manager")),
        default_priority="P3",
    )
    return Driver(terms).at("09:00").mail()


# ---- before the answer


def test_a_rise_is_owed_from_the_rise(desk: Driver) -> None:
    desk.at("10:00").reclassify("P1").at("10:20").tick()
    assert desk.clock("response").deadline == when("10:20")
    assert not desk.told("breached")
    assert desk.at("10:20:00.001").tick().told("breached") == ["10:20 breached"]


def test_a_rise_never_puts_a_deadline_off(desk: Driver) -> None:
    desk.at("12:50").reclassify("P1")
    assert desk.clock("response").deadline == when("13:00")


def test_a_deadline_that_has_passed_stays_where_it_was_and_is_told_once(desk: Driver) -> None:
    desk.at("13:30").reclassify("P1").at("14:00").tick()
    assert desk.told("breached") == ["13:00 breached"]
    assert desk.clock("response").deadline == when("13:00")


def test_a_rise_warns_and_escalates_anew_counted_from_the_rise(desk: Driver) -> None:
    desk.at("11:30").reclassify("P1").at("12:00").tick()
    assert desk.told() == [
        "09:00 escalated analyst",
        "11:00 at_risk",
        "11:00 escalated shift lead",
        "11:30 escalated analyst",
        "11:40 at_risk",
        "11:40 escalated shift lead",
        "11:50 breached",
        "11:50 escalated SOC manager",
    ]


def test_steps_of_a_rise_shortly_before_an_earlier_deadline_come_by_that_deadline(desk: Driver) -> None:
    desk.at("12:55").reclassify("P1").at("13:30").tick()
    told = desk.told("escalated", "breached")
    assert told[-3:] == ["13:00 breached", "13:00 escalated shift lead", "13:00 escalated SOC manager"]


def test_a_fall_drops_what_the_higher_priority_owed(desk: Driver) -> None:
    desk.at("10:00").reclassify("P1").at("10:10").reclassify("P3").at("13:00").tick()
    assert desk.clock("response").deadline == when("13:00")
    assert not desk.told("breached")


def test_after_a_fall_the_next_rise_counts_from_itself(desk: Driver) -> None:
    desk.at("10:00").reclassify("P1").at("10:10").reclassify("P3").at("11:00").reclassify("P1")
    assert desk.clock("response").deadline == when("11:20")


def test_a_fall_to_the_middle_counts_from_when_the_ticket_was_at_least_as_urgent(desk: Driver) -> None:
    desk.at("10:00").reclassify("P1").at("10:10").reclassify("P2")
    assert desk.clock("response").deadline == when("11:00")


def test_two_rises_are_owed_by_the_first_of_their_deadlines(desk: Driver) -> None:
    desk.at("10:00").reclassify("P2").at("10:50").reclassify("P1")
    assert desk.clock("response").deadline == when("11:00")


def test_a_rise_that_is_told_late_counts_from_when_it_happened(desk: Driver) -> None:
    desk.at("10:10").reclassify("P1", happened="10:00")
    assert desk.clock("response").deadline == when("10:20")


def test_an_answer_that_is_told_late_is_judged_by_the_priority_of_its_time(desk: Driver) -> None:
    desk.at("10:00").reclassify("P1").at("10:40").respond(happened="09:50")
    assert desk.told("breached", "corrected") == ["10:20 breached", "10:40 corrected"]
    assert desk.clock("response").priority == "P3"


def test_a_first_contact_that_is_told_late_is_owed_by_the_priority_of_its_time(desk: Driver) -> None:
    desk.at("09:30").reclassify("P1").at("09:31").mail(ticket="ACME-000001", happened="08:00")
    assert desk.clock("response").started_at == when("08:00")
    assert desk.clock("response").deadline == when("09:50")


def test_pauses_put_off_what_is_owed_from_a_rise(desk: Driver) -> None:
    desk.at("10:00").reclassify("P1").at("10:05").hold("waiting").at("10:35").resume()
    assert desk.clock("response").deadline == when("10:50")


def test_a_rise_during_a_pause_counts_from_its_end(desk: Driver) -> None:
    desk.at("10:00").hold("waiting").at("10:05").reclassify("P1")
    assert desk.clock("response").deadline is None
    desk.at("10:35").resume()
    assert desk.clock("response").deadline == when("10:55")


def test_a_priority_that_had_no_promise_before_is_owed_from_the_rise() -> None:
    desk = Driver(contract(rising({"P1": 60}))).at("09:00").mail().at("09:30").reclassify("P1")
    clock = desk.clock("response")
    assert (clock.started_at, clock.deadline) == (when("09:30"), when("10:30"))


def test_a_priority_without_a_figure_takes_no_figure_away() -> None:
    desk = Driver(contract(rising({"P1": None, "P2": 60}))).at("09:00").mail().at("09:30").reclassify("P1")
    assert desk.clock("response").deadline == when("10:00")


@pytest.mark.parametrize("told", ["a client", "a sensor"])
def test_whoever_raises_it_the_rise_is_owed_from_then_on(told: str) -> None:
    desk = renewed()
    if told == "a client":
        desk.mail(message="m1").at("10:00").mail(in_reply_to="m1", priority="P1")
    else:
        desk.detection("medium").at("10:00").detection("critical")
    assert desk.clock("response").deadline == when("10:20")


def test_a_contract_may_count_a_rise_from_the_start() -> None:
    desk = Driver(contract(response(HOURS, rises_from=RisesFrom.START))).at("09:00").mail()
    desk.at("09:05").reclassify("P1")
    assert desk.clock("response").deadline == when("09:20")


def test_an_urgent_call_after_a_mail_does_not_put_off_the_mails_promise() -> None:
    by_phone = ChannelRule(priority="P1", channels=(Channel.PHONE,), cites=CLAUSE)
    desk = Driver(contract(rising(HOURS), channels=(by_phone,), default_priority="P3")).at("09:00").mail()
    desk.at("12:45").reclassify("P1")
    assert desk.clock("response").priority == "P3"
    desk.at("12:50").answered(ticket="ACME-000001")
    assert (desk.clock("response").priority, desk.clock("response").deadline) == ("P1", when("13:00"))


# ---- after the answer


def test_a_rise_after_the_answer_is_owed_another_one() -> None:
    desk = renewed(steps=(step("analyst", "start"),)).mail().at("09:30").respond().at("11:00").reclassify("P1")
    again = desk.clocks("response")[1]
    assert (again.started_at, again.deadline, again.priority) == (when("11:00"), when("11:20"), "P1")
    desk.at("11:10").respond().at("12:00").tick()
    assert desk.told("escalated") == ["09:00 escalated analyst", "11:00 escalated analyst"]
    assert not desk.told("breached")
    assert desk.clocks("response")[0].fulfilled_at == when("09:30")


def test_where_no_other_answer_is_owed_a_rise_after_it_starts_nothing() -> None:
    desk = renewed(Renewal.NEVER).mail().at("09:30").respond().at("11:00").reclassify("P1").at("15:00").tick()
    assert len(desk.ticket().clocks) == 1
    assert not desk.told("breached")


def test_a_rise_that_falls_back_before_the_second_answer_is_owed_nothing_more() -> None:
    desk = renewed().mail().at("09:30").respond().at("11:00").reclassify("P1").at("11:10").reclassify("P3")
    assert desk.at("15:00").tick().told("breached") == []
    assert desk.clocks("response")[1].void


def test_a_fall_and_another_rise_are_owed_another_answer() -> None:
    desk = renewed().mail().at("09:30").respond().at("10:00").reclassify("P1").at("10:05").respond()
    desk.at("11:00").reclassify("P3").at("12:00").reclassify("P1")
    assert [clock.started_at for clock in desk.ticket().clocks] == [when("09:00"), when("10:00"), when("12:00")]
    assert [clock.running for clock in desk.ticket().clocks] == [False, False, True]


def test_a_second_rise_before_the_second_answer_is_the_same_cycle() -> None:
    desk = renewed().mail().at("09:30").respond().at("10:00").reclassify("P2").at("10:30").reclassify("P1")
    assert len(desk.ticket().clocks) == 2
    assert desk.clocks("response")[1].deadline == when("10:50")


def test_a_rise_of_a_resolved_ticket_is_owed_nothing() -> None:
    desk = renewed().mail().at("09:30").resolve().at("10:00").reclassify("P1").at("12:00").tick()
    assert len(desk.ticket().clocks) == 1
    assert not desk.told()


def test_an_answer_that_is_told_late_shows_that_the_rise_came_after_it() -> None:
    desk = renewed().mail().at("10:00").reclassify("P1").at("10:30").respond(happened="09:50")
    assert desk.clocks("response")[0].fulfilled_at == when("09:50")
    assert desk.clocks("response")[1].started_at == when("10:00")


def test_an_answer_after_the_rise_that_is_told_late_takes_the_second_breach_back() -> None:
    desk = renewed().mail().at("09:30").respond().at("10:00").reclassify("P1").at("11:00").respond(happened="10:10")
    assert desk.told("breached", "corrected") == ["10:20 breached", "11:00 corrected"]


def test_a_sensors_rise_is_owed_another_alert() -> None:
    desk = renewed().detection("medium").at("09:30").mailed(ticket="ACME-000001").at("11:00").detection("critical")
    assert desk.clocks("response")[1].deadline == when("11:20")


def test_where_it_takes_a_contact_the_desk_alone_renews_nothing() -> None:
    desk = renewed(Renewal.CONTACT).mail().at("09:30").respond().at("11:00").reclassify("P1").at("12:00").tick()
    assert len(desk.ticket().clocks) == 1


def test_where_it_takes_a_contact_the_one_that_claims_it_renews_it() -> None:
    desk = renewed(Renewal.CONTACT).mail(message="m1").at("09:30").respond()
    desk.at("11:00").mail(in_reply_to="m1", priority="P1")
    assert desk.clocks("response")[1].deadline == when("11:20")


def test_where_it_takes_a_contact_a_rise_after_one_that_nobody_has_answered_renews_it() -> None:
    desk = renewed(Renewal.CONTACT).mail(message="m1").at("09:30").respond().at("10:30").mail(in_reply_to="m1")
    desk.at("11:00").reclassify("P1")
    assert desk.clocks("response")[1].deadline == when("11:20")


def test_where_it_takes_a_contact_one_that_was_answered_before_the_rise_is_none() -> None:
    desk = renewed(Renewal.CONTACT).mail(message="m1").at("09:30").respond().at("10:00").mail(in_reply_to="m1")
    desk.at("10:10").respond().at("11:00").reclassify("P1")
    assert len(desk.ticket().clocks) == 1


def test_a_promise_may_be_renewed_by_a_rise_to_some_priorities_only() -> None:
    desk = renewed(renewed_at=("P1",)).mail().at("09:30").respond().at("10:00").reclassify("P2")
    assert len(desk.ticket().clocks) == 1
    desk.at("11:00").reclassify("P1")
    assert desk.clocks("response")[1].deadline == when("11:20")


def test_a_rise_that_waits_for_an_accepted_channel_is_renewed_by_the_first_contact_that_uses_it() -> None:
    by_phone = ChannelRule(priority="P1", channels=(Channel.PHONE,), cites=CLAUSE)
    desk = renewed(Renewal.CONTACT, channels=(by_phone,)).mail().at("09:30").respond().at("11:00").reclassify("P1")
    assert len(desk.ticket().clocks) == 1
    desk.at("12:00").answered(ticket="ACME-000001")
    assert desk.clocks("response")[1].deadline == when("12:20")


# ---- two tickets


def test_a_ticket_that_was_urgent_from_the_start_is_so_from_when_it_began_where_it_takes_in_an_older_one() -> None:
    desk = renewed().mail("a@x").at("11:00").detection("critical").at("11:05").merge("ACME-000001", into="ACME-000002")
    (clock,) = desk.ticket(2).clocks
    assert (clock.started_at, clock.deadline) == (when("09:00"), when("11:20"))


def test_a_contact_that_is_split_off_is_as_urgent_as_its_ticket_from_when_that_rose() -> None:
    desk = renewed().mail(message="m1").at("09:10").mail("b@x", message="m2", in_reply_to="m1")
    desk.at("11:00").reclassify("P1").at("11:05").split("m2")
    (clock,) = desk.ticket(2).clocks
    assert (clock.started_at, clock.deadline) == (when("09:10"), when("11:20"))


# ---- what a rise starts by itself


def started_by_a_rise(*, by_sensors: bool) -> Contract:
    figures = {"P1": TargetRule(target=Target(unit=TargetUnit.ELAPSED, amount=HOUR), calendar="always", cites=CLAUSE)}
    update = ObjectiveRule(
        id="update",
        objective=Objective.NEXT_UPDATE,
        starts=(Evidence.RESPONSE, Evidence.PRIORITY_RAISED),
        stops=(Evidence.STATUS_REPORT, Evidence.RESOLUTION),
        targets=figures,
        rises_from=RisesFrom.RISE,
        raised_by_sensors=by_sensors,
    )
    return contract(update, detections=SEVERITIES, default_priority="P3")


def test_what_a_rise_starts_begins_at_the_rise_whatever_came_before() -> None:
    desk = Driver(started_by_a_rise(by_sensors=False)).at("09:00").mail().at("09:10").respond()
    desk.at("11:00").reclassify("P1")
    assert desk.clock("update").deadline == when("12:00")


@pytest.mark.parametrize("by_sensors", [True, False])
def test_a_sensors_rise_starts_what_the_contract_says_it_does(*, by_sensors: bool) -> None:
    desk = Driver(started_by_a_rise(by_sensors=by_sensors)).at("09:00").detection("medium")
    desk.at("11:00").detection("critical")
    assert [clock.started_at for clock in desk.ticket().clocks] == [when("11:00")] * by_sensors


# ---- a law


OFFICE = WorkingCalendar(timezone="UTC", week=(*(((540, 1020),),) * 5, (), ()))
_TARGETS = st.builds(
    Target,
    unit=st.sampled_from((TargetUnit.ELAPSED, TargetUnit.WORKING_TIME)),
    amount=st.integers(1, 600).map(lambda count: count * MINUTE),
) | st.builds(
    Target, unit=st.sampled_from((TargetUnit.WORKING_DAYS, TargetUnit.CALENDAR_DAYS)), amount=st.integers(1, 4)
)


@given(
    targets=st.tuples(_TARGETS, _TARGETS, _TARGETS),
    changes=st.lists(st.tuples(st.integers(1, 900), st.sampled_from(("P1", "P2", "P3"))), max_size=6),
)
def test_a_rise_is_due_by_the_earlier_of_the_old_deadline_and_its_own_time_from_the_rise(
    targets: tuple[Target, Target, Target], changes: list[tuple[int, str]]
) -> None:
    figures = dict(zip(("P1", "P2", "P3"), targets, strict=True))
    promised = {name: TargetRule(target=target, calendar="office", cites=CLAUSE) for name, target in figures.items()}
    rule = ObjectiveRule(
        id="response",
        objective=Objective.FIRST_RESPONSE,
        starts=(Evidence.EMAIL_RECEIVED,),
        stops=(Evidence.RESPONSE,),
        targets=promised,
        rises_from=RisesFrom.RISE,
    )
    small = contract(rule, default_priority="P3")
    desk = Driver(replace(small, calendars={"office": OFFICE}))
    desk.now = MONDAY + 9 * HOUR
    desk.mail()
    for gap, priority in changes:
        before = desk.clock("response")
        desk.now += gap * MINUTE
        desk.reclassify(priority)
        after = desk.clock("response")
        assert before.deadline is not None
        if priority < before.priority:
            own = deadline(desk.now, figures[priority], OFFICE)
            assert after.deadline == min(before.deadline, own)
