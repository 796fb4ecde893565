"""Another priority means another figure, counted from the original start; what is over is not judged again."""

import pytest
from contracts import HALFWAY, contract, response, step
from driver import Driver, when

HOURS = {"P1": 20, "P2": 60, "P3": 240}


@pytest.fixture
def desk() -> Driver:
    terms = contract(
        response(HOURS, warnings=(HALFWAY,), paused_by=("waiting",)),
        steps=(step("analyst", "fraction", fraction=0.5), step("SOC manager")),
    )
    return Driver(terms).at("09:00").mail()


def test_a_more_urgent_priority_brings_the_deadline_forward_from_the_original_start(desk: Driver) -> None:
    desk.at("09:05").reclassify("P1")
    assert desk.clock("response").deadline == when("09:20")


def test_a_less_urgent_priority_moves_the_deadline_back(desk: Driver) -> None:
    desk.at("09:05").reclassify("P3").at("13:00:00.001").tick()
    assert desk.told("breached") == ["13:00 breached"]


def test_a_deadline_that_the_new_priority_has_already_passed_is_breached_at_once(desk: Driver) -> None:
    desk.at("09:25").reclassify("P1").at("09:26").tick()
    (breach,) = desk.alerts("breached")
    assert (breach["at"], breach["deadline"], breach["priority"]) == ("09:25", "2026-03-02T09:20:00Z", "P1")


def test_pauses_are_kept(desk: Driver) -> None:
    desk.at("09:02").hold("waiting").at("09:12").resume().at("09:13").reclassify("P1")
    assert desk.clock("response").deadline == when("09:30")


def test_a_warning_and_a_step_that_have_passed_are_not_repeated(desk: Driver) -> None:
    desk.at("09:35").reclassify("P3").at("12:59").tick()
    assert desk.told() == ["09:30 at_risk", "09:30 escalated analyst"]


def test_a_breach_that_has_been_told_is_not_told_again(desk: Driver) -> None:
    desk.at("10:05").reclassify("P1").at("10:06").reclassify("P3").at("23:00").tick()
    assert desk.told("breached") == ["10:00 breached"]


def test_a_breach_that_the_new_figure_undoes_is_corrected_by_an_answer_in_its_time(desk: Driver) -> None:
    desk.at("10:05").reclassify("P3").at("11:00").respond()
    assert desk.told("breached", "corrected", "cleared") == ["10:00 breached", "11:00 corrected"]


@pytest.mark.parametrize("priority", ["P1", "P3"])
def test_a_fulfilled_promise_is_never_judged_again(desk: Driver, priority: str) -> None:
    desk.at("09:30").respond().at("09:31").reclassify(priority)
    before = desk.journal()
    desk.at("23:00").tick()
    assert desk.journal() == before
    assert desk.clock("response").priority == "P2"
    assert not desk.told("breached", "corrected")


def test_a_late_answer_stays_late_under_an_easier_priority(desk: Driver) -> None:
    desk.at("10:30").respond().at("10:31").reclassify("P3").at("23:00").tick()
    assert desk.clock("response").breached
    assert not desk.told("corrected")


def test_a_priority_without_a_promise_leaves_the_promise_that_was_made() -> None:
    desk = Driver(contract(response({"P2": 60}))).at("09:00").mail().reclassify("P3").at("10:00:00.001").tick()
    assert desk.told("breached") == ["10:00 breached"]


def test_a_priority_with_a_promise_starts_the_clock_that_the_old_one_did_not_have() -> None:
    desk = Driver(contract(response({"P1": 60}))).at("09:00").mail()
    assert not desk.ticket().clocks
    desk.at("09:30").reclassify("P1")
    assert desk.clock("response").deadline == when("10:00")


def test_a_callback_keeps_its_20_minutes_whatever_the_priority() -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed().at("09:05").reclassify("P1").reclassify("P4")
    desk.at("09:20:00.001").tick()
    assert desk.told("callback_overdue") == ["09:20 callback_overdue"]


def test_a_reclassification_is_journalled_with_both_priorities(desk: Driver) -> None:
    desk.reclassify("P1")
    (event,) = desk.journal("PriorityChanged")
    assert (event["data"]["previous"], event["data"]["priority"]) == ("P2", "P1")
