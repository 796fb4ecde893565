"""What a sensor says is over ends no promise; a contract may have the silence that follows resolve the ticket."""

import pytest
from contracts import CLAUSE, contract, response
from driver import FIRST, Driver, open_incidents, when

from tocsin.domain.contract.model import Contract, ObjectiveRule
from tocsin.domain.contract.rules import DetectionRule
from tocsin.domain.instant import MINUTE
from tocsin.domain.vocabulary import Evidence, Objective, Severity, Stage
from tocsin.engine.shard import Shard

SECOND = "ACME-000002"
RESOLUTION: ObjectiveRule = response(
    {"P2": 240}, id="resolution", objective=Objective.RESOLUTION, stops=(Evidence.RESOLUTION,)
)


def small(silence: int | None) -> Contract:
    """A contract that resolves after so many minutes of silence; None: it says nothing of it."""
    after = None if silence is None else silence * MINUTE
    rule = DetectionRule(priorities=dict.fromkeys(Severity, "P2"), cites=CLAUSE, source_resolved_after=after)
    return contract(response({"P2": 60}), RESOLUTION, detections=rule)


NEVER = small(None)
AFTER_30: Contract = small(30)


def test_it_is_noted_on_the_ticket_and_ends_nothing() -> None:
    desk = Driver(NEVER).at("09:00").detection(key="k").at("09:10").over("k")
    (noted,) = desk.journal("SourceResolved")
    assert (noted["number"], noted["data"]) == (FIRST, {"key": "k", "happened_at": "2026-03-02T09:10:00Z"})
    desk.at("14:00").tick()
    assert desk.ticket().stage is Stage.RECEIVED
    assert desk.told("breached") == ["10:00 breached", "13:00 breached"]


def test_on_a_ticket_that_is_resolved_closed_or_not_there_it_does_nothing() -> None:
    desk = Driver(NEVER).at("09:00").over("k")
    assert desk.tickets() == []
    desk.detection(key="k").at("09:05").resolve().at("09:10").over("k")
    assert desk.ticket().stage is Stage.RESOLVED
    desk.at("09:20").close().at("09:30").over("k")
    assert [ticket.stage for ticket in desk.tickets()] == [Stage.CLOSED]
    assert [it["data"]["resolved"] for it in desk.journal("DetectionIgnored")] == [True] * 3
    assert desk.told("detection") == ["09:00 detection"]


def test_said_again_it_is_noted_once() -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="k").at("09:10").over("k")
    desk.at("09:20").over("k").at("09:40:00.001").tick()
    assert len(desk.journal("SourceResolved")) == 1
    assert desk.ticket().resolved_at == when("09:40")


def test_after_the_silence_that_the_contract_names_the_ticket_is_resolved() -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="k").at("09:10").over("k")
    assert desk.journal("SourceResolved")[0]["data"]["resolves_at"] == "2026-03-02T09:40:00Z"
    desk.at("09:40").tick()
    assert desk.ticket().open
    desk.at("14:00").tick()
    assert (desk.ticket().stage, desk.ticket().resolved_at) == (Stage.RESOLVED, when("09:40"))
    assert [clock.fulfilled_at for clock in desk.ticket().clocks] == [when("09:40")] * 2
    assert (desk.told("breached"), open_incidents(desk.outputs)) == ([], set())
    (resolved,) = desk.journal("ResolvedBySilence")
    assert resolved["data"] == {"happened_at": "2026-03-02T09:40:00Z", "offset": 2}


@pytest.mark.parametrize("until", ["09:40", "09:39"])
def test_what_is_seen_again_in_that_time_calls_it_off(until: str) -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="k").at("09:10").over("k")
    desk.at(until).detection(key="k").at("12:00").tick()
    assert desk.ticket().open
    assert [it["data"]["key"] for it in desk.journal("SeenAgain")] == ["k"]
    desk.at("12:10").over("k").at("13:00").tick()
    assert desk.ticket().resolved_at == when("12:40")


def test_another_detection_calls_nothing_off() -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="k").at("09:10").over("k")
    desk.at("09:20").detection(key="other").at("09:41").tick()
    assert [ticket.open for ticket in desk.tickets()] == [False, True]


def test_what_is_seen_after_it_reopens_the_ticket_as_after_any_resolution() -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="k").at("09:10").over("k")
    desk.at("10:00").detection(key="k").at("12:00").tick()
    assert desk.ticket().open
    assert len(desk.journal("TicketReopened")) == 1


def test_a_late_tick_says_the_same_as_one_in_time() -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="k").at("09:10").over("k")
    desk.at("09:59").detection(key="k")
    assert desk.ticket().reopenings == 1


def test_a_breach_before_it_stays_one() -> None:
    desk = Driver(small(120)).at("09:00").detection(key="k").at("09:10").over("k")
    desk.at("12:00").tick()
    assert desk.told("breached", "cleared") == ["10:00 breached", "11:10 cleared", "11:10 cleared"]


def test_no_silence_answers_a_client() -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="k").mail().at("09:05").merge(SECOND)
    desk.at("09:10").over("k").at("14:00").tick()
    assert desk.ticket().open
    assert "resolves_at" not in desk.journal("SourceResolved")[0]["data"]


def test_the_client_who_writes_in_that_time_is_to_be_answered() -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="k").at("09:10").over("k")
    desk.at("09:20").mail(ticket=FIRST).at("14:00").tick()
    assert desk.ticket().open


def test_a_ticket_of_two_sensors_is_over_when_both_say_so() -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="one").detection(key="two").merge(SECOND)
    desk.at("09:10").over("one").at("10:30").tick()
    assert desk.ticket().open
    desk.at("10:40").over("two").at("12:00").tick()
    assert desk.ticket().resolved_at == when("11:10")


def test_an_analyst_who_reopens_the_ticket_has_it_until_the_sensor_says_it_anew() -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="k").at("09:10").over("k")
    desk.at("09:15").resolve().at("10:00").reopen().at("12:00").tick()
    assert desk.ticket().open
    desk.over("k").at("12:31").tick()
    assert desk.ticket().resolved_at == when("12:30")


def test_a_restored_shard_resolves_at_the_same_time() -> None:
    desk = Driver(AFTER_30).at("09:00").detection(key="k").at("09:10").over("k")
    shard = Shard(0)
    for output in desk.outputs:
        if output.topic in ("soc.tickets", "soc.tenants"):
            shard.load(output.topic, output.key or b"", output.value)
    assert shard.next_deadline == when("09:40")
