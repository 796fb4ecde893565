"""A duty of one priority ends with that priority: a fall ends it, a later rise begins it anew."""

from dataclasses import replace

import pytest
from contracts import CLAUSE, HALFWAY, contract, response, step
from driver import FIRST, Driver, when

from tocsin.domain.contract.attainment import AttainmentRule
from tocsin.domain.contract.model import RisesFrom
from tocsin.domain.vocabulary import Evidence, Objective

REPORT = response(
    {"P1": 60},
    id="report",
    objective=Objective.NEXT_UPDATE,
    starts=(Evidence.RESPONSE, Evidence.PRIORITY_RAISED, Evidence.STATUS_REPORT),
    stops=(Evidence.STATUS_REPORT, Evidence.RESOLUTION),
    recurring=True,
    rises_from=RisesFrom.RISE,
    ends_with_priority=True,
)
ANSWER = response({"P1": 60}, warnings=(HALFWAY,), rises_from=RisesFrom.RISE, ends_with_priority=True)


@pytest.fixture
def desk() -> Driver:
    """A P1 that was answered at ten past nine: its next report is due at ten past ten."""
    return Driver(contract(REPORT)).at("09:00").mail(message="m1", priority="P1").at("09:10").respond()


@pytest.fixture
def once() -> Driver:
    """What is owed once, at P1, within the hour; at half past nine it is at risk."""
    terms = contract(ANSWER, steps=(step("SOC manager", every=10),))
    return Driver(terms).at("09:00").mail(message="m1", priority="P1")


def cycles(desk: Driver, rule: str) -> list[tuple[str, bool, bool]]:
    """Start, whether it runs, and whether it was late."""
    return [(show(each.started_at), each.running, each.breached) for each in desk.clocks(rule)]


def show(instant: int) -> str:
    hours, rest = divmod(instant - when("00:00"), 3_600_000)
    return f"{hours:02}:{rest // 60_000:02}"


def lapses(desk: Driver) -> list[str]:
    return [it["data"]["lapsed_at"][11:16] for it in desk.journal("PromiseLapsed")]


def test_a_report_that_only_a_p1_is_owed_is_not_owed_after_the_fall(desk: Driver) -> None:
    desk.at("10:00").reclassify("P2").at("23:00").tick()
    assert lapses(desk) == ["10:00"]
    assert cycles(desk, "report") == [("09:10", False, False)]
    assert desk.told() == []


def test_a_breach_that_was_told_before_the_fall_stands_and_its_incident_is_closed(desk: Driver) -> None:
    desk.at("10:30").reclassify("P2").at("23:00").tick()
    assert desk.told() == ["10:10 status_report_due", "10:30 cleared"]
    assert cycles(desk, "report") == [("09:10", False, True)]


def test_a_later_rise_begins_it_anew_from_the_rise(desk: Driver) -> None:
    desk.at("10:30").reclassify("P2").at("12:00").reclassify("P1").at("23:00").tick()
    assert cycles(desk, "report") == [("09:10", False, True), ("12:00", True, True)]
    assert desk.told() == ["10:10 status_report_due", "10:30 cleared", "13:00 status_report_due"]


def test_what_was_told_late_and_done_before_the_fall_keeps_it(desk: Driver) -> None:
    desk.at("10:00").reclassify("P2").at("11:00").mailed(purpose="status_report", ticket=FIRST, happened="09:50")
    assert desk.clocks("report")[0].fulfilled_at == when("09:50")
    assert desk.at("23:00").tick().told() == []


def test_what_is_reported_unasked_after_the_fall_keeps_nothing(desk: Driver) -> None:
    desk.at("10:30").reclassify("P2").at("11:00").mailed(purpose="status_report", ticket=FIRST)
    assert desk.clock("report").fulfilled_at is None
    desk.at("12:00").reclassify("P1")
    assert cycles(desk, "report") == [("09:10", False, True), ("12:00", True, False)]


def test_what_a_lower_priority_is_promised_too_goes_on() -> None:
    terms = contract(replace(ANSWER, targets={**ANSWER.targets, "P2": ANSWER.targets["P1"]}))
    desk = Driver(terms).at("09:00").mail(priority="P1").at("09:10").reclassify("P2").at("12:00").tick()
    assert lapses(desk) == []
    assert desk.told("breached") == ["10:00 breached"]


def test_warnings_and_repetitions_end_with_the_fall(once: Driver) -> None:
    once.at("10:15").reclassify("P2").at("12:00").tick()
    expected = ["09:30 at_risk", "10:00 breached", "10:00 escalated SOC manager", "10:10 escalated SOC manager"]
    assert once.told() == [*expected, "10:15 cleared"]


def test_what_is_owed_once_is_owed_from_the_rise_when_it_was_not_kept_before(once: Driver) -> None:
    once.at("09:10").reclassify("P2").at("09:20").mail(in_reply_to="m1").at("11:00").reclassify("P1")
    assert cycles(once, "response") == [("09:00", False, False), ("11:00", True, False)]
    once.at("11:10").respond()
    assert once.told() == []


def test_what_is_owed_once_and_was_kept_in_between_is_not_owed_again(once: Driver) -> None:
    once.at("09:10").reclassify("P2").at("09:20").respond().at("11:00").reclassify("P1").mail(in_reply_to="m1")
    assert cycles(once, "response") == [("09:00", False, False)]


def test_it_may_fall_and_rise_again_and_again(once: Driver) -> None:
    for hour in ("10", "11", "12"):
        once.at(f"{hour}:00").reclassify("P2").at(f"{hour}:30").reclassify("P1")
    assert [start for start, _, _ in cycles(once, "response")] == ["09:00", "10:30", "11:30", "12:30"]
    assert [running for _, running, _ in cycles(once, "response")] == [False, False, False, True]
    once.resolve().at("23:00").tick()
    assert once.told("breached") == []


def test_a_new_episode_of_a_ticket_that_fell_owes_nothing_until_it_rises(once: Driver) -> None:
    once.at("09:10").reclassify("P2").at("09:20").resolve().at("10:00").mail(in_reply_to="m1")
    assert cycles(once, "response") == [("09:00", False, False)]
    once.at("10:30").reclassify("P1")
    assert cycles(once, "response")[1:] == [("10:30", True, False)]


def test_a_contract_of_before_leaves_what_was_promised() -> None:
    former = replace(REPORT, ends_with_priority=False)
    desk = Driver(contract(former)).at("09:00").mail(priority="P1").at("09:10").respond()
    desk.at("10:00").reclassify("P2").at("23:00").tick()
    assert desk.told() == ["10:10 status_report_due"]


def tally(desk: Driver) -> list[tuple[int, int]]:
    """Met and missed of each month, as the fold counts them."""
    return [(it.met, it.missed) for tenant in desk.shard.tenants() for it in tenant.months.values()]


def test_the_month_counts_what_was_late_before_the_fall_and_not_what_ran() -> None:
    promised = AttainmentRule(objective=Objective.FIRST_RESPONSE, share=0.95, cites=CLAUSE)
    terms = contract(ANSWER, attainment=(promised,))
    late = Driver(terms).at("09:00").mail(priority="P1").at("10:30").reclassify("P2")
    assert tally(late) == [(0, 1)]
    assert tally(late.at("11:00").reclassify("P1").at("11:30").respond()) == [(1, 1)]
    assert tally(Driver(terms).at("09:00").mail(priority="P1").at("09:30").reclassify("P2")) == []
