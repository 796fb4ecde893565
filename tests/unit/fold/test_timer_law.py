"""A record's stamp first fires every timer due strictly before it, in the order (deadline, ticket); then it applies."""

import pytest
from contracts import contract, response, step
from driver import Driver, when

from tocsin.domain.instant import MINUTE
from tocsin.domain.vocabulary import Objective


@pytest.fixture
def desk() -> Driver:
    return Driver(contract(response({"P2": 60}), steps=(step("SOC manager", after=10),)))


def test_a_deadline_fires_when_a_record_is_stamped_a_millisecond_later(desk: Driver) -> None:
    desk.at("09:00").mail()
    assert not desk.at("10:00").tick().told()
    assert desk.at("10:00:00.001").tick().told() == ["10:00 breached"]


def test_any_record_is_as_good_as_a_tick(desk: Driver) -> None:
    desk.at("09:00").mail().at("10:00:00.001").of("globex").mail()
    assert desk.told() == ["10:00 breached"]


def test_an_alert_holds_from_its_deadline_on_however_late_it_is_fired(desk: Driver) -> None:
    desk.at("09:00").mail().at("15:00", day=3).tick()
    assert desk.told() == ["10:00 breached", "10:10 escalated SOC manager"]
    stamps = {output.timestamp for output in desk.outputs if output.topic == "soc.alerts"}
    assert stamps == {when("10:00"), when("10:10")}


def test_what_comes_due_before_an_answer_fires_before_it_is_heard(desk: Driver) -> None:
    desk.at("09:00").mail().at("11:00").respond()
    assert desk.told() == ["10:00 breached", "10:10 escalated SOC manager", "11:00 cleared"]


def test_timers_fire_in_the_order_of_their_deadlines_over_all_tickets(desk: Driver) -> None:
    for number, start in enumerate(("09:02", "09:00", "09:01")):
        desk.at("09:05").mail(f"{number}@acme.example", happened=start)
    desk.at("12:00").tick()
    assert [alert["at"] for alert in desk.alerts("breached")] == ["10:00", "10:01", "10:02"]
    fired = [event["at"] for event in desk.journal() if event["input"] is None]
    assert fired == sorted(fired)


def test_timers_of_one_instant_fire_in_the_order_of_their_tickets(desk: Driver) -> None:
    desk.at("09:00")
    for number in range(20):
        desk.mail(f"{number}@acme.example")
    desk.at("12:00").tick()
    tickets = [alert["ticket"] for alert in desk.alerts("breached")]
    assert tickets == sorted(tickets)
    assert len(tickets) == 20


def test_a_stamp_that_jumps_back_does_not_turn_the_clock_back(desk: Driver) -> None:
    desk.at("09:00").mail("a@acme.example").at("10:30").tick()
    desk.at("09:10").mail("b@acme.example")
    assert desk.shard.clock == when("10:30")
    assert desk.journal("TicketOpened")[-1]["at"] == "2026-03-02T10:30:00Z"


def test_a_record_tells_when_the_next_timer_is_due(desk: Driver) -> None:
    assert desk.shard.next_deadline is None
    desk.at("09:00").mail()
    assert desk.shard.next_deadline == when("10:00")
    desk.at("10:05").tick()
    assert desk.shard.next_deadline == when("10:10")
    desk.respond()
    assert desk.shard.next_deadline is None


def test_every_output_stands_in_the_partition_of_its_input() -> None:
    desk = Driver(contract(response({"P2": 60}))).at("09:00").mail().at("12:00").tick()
    assert {output.partition for output in desk.outputs} == {0}


def test_a_reading_of_the_board_names_the_first_deadline_of_each_objective() -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed().at("09:05").missed("+2").mail(priority="P2")
    assert desk.shard.deadlines.next_deadlines() == {"callback": when("09:20"), "first_response": when("09:35")}
    desk.at("09:10").called()
    assert desk.shard.deadlines.next_deadlines()[Objective.CALLBACK] == when("09:25")
    desk.at("09:30").tick()
    assert "callback" not in desk.shard.deadlines.next_deadlines()


def test_open_tickets_are_counted_by_tenant_priority_and_stage() -> None:
    desk = Driver("esentire").at("09:00").mail("a@acme.example").mail("b@acme.example").of("globex").missed()
    desk.of("acme").reclassify("P1").respond()
    assert desk.shard.open_tickets() == {
        ("acme", "P1", "responded"): 1,
        ("acme", "P3", "received"): 1,
        ("globex", "P3", "received"): 1,
    }
    desk.close()
    assert ("acme", "P1", "responded") not in desk.shard.open_tickets()


def test_repeats_without_end_may_be_cut_for_a_replay_and_nothing_else_is() -> None:
    steps = (step("shift lead", every=10), step("SOC manager", after=300))
    desk = Driver(contract(response({"P2": 60}), steps=steps))
    desk.shard.cut_repeats_after(when("10:25"))
    desk.at("09:00").mail().at("23:59").tick()
    assert [alert["at"] for alert in desk.alerts("escalated")] == ["10:00", "10:10", "10:20", "15:00"]
    assert desk.shard.next_deadline is None


def test_repeats_that_have_a_limit_are_not_cut() -> None:
    desk = Driver(contract(response({"P2": 60}), steps=(step("shift lead", every=10, repeat_at_most=3),)))
    desk.shard.cut_repeats_after(when("09:00") + MINUTE)
    desk.at("09:00").mail().at("23:59").tick()
    assert [alert["at"] for alert in desk.alerts("escalated")] == ["10:00", "10:10", "10:20", "10:30"]
