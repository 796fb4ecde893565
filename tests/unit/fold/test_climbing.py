"""A page that reaches nobody climbs: what receipts say decides who is told next, by the time of the log."""

from io import BytesIO

import pytest
from contracts import contract, response, step
from driver import ANALYST, FIRST, Driver, changed, folded, values
from paging import MIA, Notify

from tocsin.contracts.library import ContractLibrary
from tocsin.domain.contract.model import Contract, RisesFrom
from tocsin.engine.rules import RULES
from tocsin.engine.shard import Shard
from tocsin.messages.inbox import switch
from tocsin.messages.record import Output, Record, Topic
from tocsin.render.ticket import paged as paged_of
from tocsin.replay import file, line
from tocsin.tenants.directory import TenantDirectory

LEAD = step("shift lead", "start", 10)
MANAGER = step("SOC manager", "deadline")
HEAD = step("head of the SOC", "deadline", 60)
TERMS = contract(response({"P1": 30, "P2": 60}), steps=(LEAD, MANAGER, HEAD), climbs=True)
TOP = ("breached", "unreached")


def paged(terms: Contract = TERMS) -> Driver:
    """The shift lead has been paged, ten minutes after a mail came in at nine."""
    return Driver(terms).at("09:00").mail().at("09:11").tick()


def test_a_page_that_nobody_could_receive_climbs_at_once_and_not_again_in_its_time() -> None:
    desk = paged()
    Notify(desk).failed()
    desk.at("09:11:01").tick().at("12:00").tick()
    assert desk.told("escalated") == [
        "09:10 escalated shift lead",
        "09:11 escalated SOC manager",
        "11:00 escalated head of the SOC",
    ]
    assert [alert.get("climbed") for alert in desk.alerts("escalated")] == [None, "undelivered", None]


def test_the_alert_and_the_journal_name_the_receipt_by_which_a_page_climbed() -> None:
    desk = paged()
    Notify(desk).failed()
    receipt = len(desk.inbox.records) - 1
    desk.at("09:12").tick()
    assert desk.alerts("escalated")[-1]["offsets"] == [*desk.alerts("escalated")[0]["offsets"], receipt]
    raised = desk.journal("EscalationRaised")[-1]["data"]
    assert (raised["climbed"], raised["receipt"]) == ("undelivered", receipt)


def test_a_page_that_nobody_answers_climbs_in_its_time_from_when_it_was_received() -> None:
    desk = paged()
    Notify(desk.at("09:12")).accepted()
    desk.at("09:17").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]
    desk.at("09:17:00.001").tick()
    assert desk.told("escalated")[1:] == ["09:17 escalated SOC manager"]
    assert desk.alerts("escalated")[-1]["climbed"] == "unanswered"


def test_what_is_done_at_the_last_millisecond_is_in_time() -> None:
    desk = paged()
    Notify(desk.at("09:12")).accepted()
    desk.at("09:17").acknowledge().at("09:45").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]


@pytest.mark.parametrize("ways_left", [1, 2])
def test_while_a_way_is_left_nothing_climbs(ways_left: int) -> None:
    desk = paged()
    Notify(desk).failed(ways_left=ways_left)
    desk.at("09:59").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]


def test_a_page_that_one_way_brought_is_received_whatever_becomes_of_the_others() -> None:
    desk = paged()
    notify = Notify(desk)
    notify.accepted(way="mail/1")
    notify.failed(way="sms/1")
    desk.at("09:15").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]
    desk.at("09:17").tick()
    assert desk.told("escalated")[1:] == ["09:16 escalated SOC manager"]


def test_word_that_it_was_received_after_all_comes_too_late_and_pages_nobody_again() -> None:
    desk = paged()
    notify = Notify(desk)
    notify.failed()
    desk.at("09:12").tick()
    notify.accepted(0)
    desk.at("09:59").tick()
    assert desk.told("escalated")[1:] == ["09:11 escalated SOC manager"]
    accepted = desk.journal("PageAccepted")[0]["data"]
    assert "rule" not in accepted


def test_at_the_top_of_the_matrix_it_is_told_once_that_nobody_is_reached() -> None:
    desk = paged()
    notify = Notify(desk)
    for minute in (11, 12, 13, 14):
        desk.at(f"09:{minute}").tick()
        notify.failed()
    desk.at("13:00").tick()
    assert desk.told("escalated", *TOP) == [
        "09:10 escalated shift lead",
        "09:11 escalated SOC manager",
        "09:12 escalated head of the SOC",
        "09:13 unreached",
        "10:00 breached",
    ]
    (unreached,) = desk.alerts("unreached")
    assert (unreached["climbed"], unreached["action"], unreached["role"]) == ("undelivered", "trigger", None)
    assert unreached["dedup_key"] == desk.alerts("escalated")[0]["dedup_key"]


def test_a_last_step_that_repeats_just_goes_on_and_says_once_that_it_reaches_nobody() -> None:
    terms = contract(response({"P2": 60}), steps=(step("SOC manager", "start", 10, every=10),), climbs=True)
    desk = paged(terms)
    for minute in (11, 21, 31):
        desk.at(f"09:{minute}").tick()
        Notify(desk).failed()
    desk.at("09:32").tick()
    assert desk.told("escalated", "unreached") == [
        "09:10 escalated SOC manager",
        "09:11 unreached",
        "09:20 escalated SOC manager",
        "09:30 escalated SOC manager",
    ]


def test_the_time_to_answer_runs_from_the_first_page_of_a_step_that_was_received_though_it_repeats() -> None:
    steps = (step("shift lead", "start", 10, every=3), MANAGER)
    desk = paged(contract(response({"P2": 60}), steps=steps, climbs=True))
    Notify(desk).accepted()
    desk.at("09:17").tick()
    assert desk.told("escalated") == [
        "09:10 escalated shift lead",
        "09:13 escalated shift lead",
        "09:16 escalated shift lead",
        "09:16 escalated SOC manager",
    ]


@pytest.mark.parametrize("receipt", ["failed", "accepted"])
def test_what_an_analyst_has_taken_does_not_climb_whatever_was_told_of_its_page(receipt: str) -> None:
    desk = paged().acknowledge()
    getattr(Notify(desk), receipt)()
    desk.at("09:30").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]
    desk = paged()
    getattr(Notify(desk), receipt)()
    desk.acknowledge().at("09:30").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]


def test_an_answer_is_an_acknowledgement_by_that_person_of_what_the_page_was_about() -> None:
    desk = paged().detection(key="k")
    notify = Notify(desk)
    notify.accepted()
    notify.answered()
    (taken,) = desk.journal("TicketAcknowledged")
    assert taken["persons"]["analyst"] == MIA
    assert taken["data"]["covers"] == ["response/1"]
    assert [(alert["number"], alert["dedup_key"]) for alert in desk.alerts("acknowledged")] == [
        (FIRST, desk.alerts("escalated")[0]["dedup_key"])
    ]
    desk.at("09:20").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]


def test_an_answer_to_another_alert_of_the_same_incident_takes_it_as_well_and_of_another_one_does_not() -> None:
    desk = paged(changed(TERMS, "standard")).detection(key="k")
    desk.at("10:01").tick()
    Notify(desk, "breached", page=False).answered(0)
    assert [it["data"]["covers"] for it in desk.journal("TicketAcknowledged")] == [["response/1"]]
    Notify(desk, "detection").answered()
    assert [it["data"]["covers"] for it in desk.journal("TicketAcknowledged")] == [["response/1"], ["detection/0"]]


def test_an_answer_to_what_is_taken_or_over_is_only_written_down() -> None:
    desk = paged().acknowledge()
    Notify(desk).answered()
    assert [it["persons"]["analyst"] for it in desk.journal("TicketAcknowledged")] == [ANALYST]
    desk.resolve()
    Notify(desk).answered()
    assert len(desk.journal("TicketAcknowledged")) == 1
    assert len(desk.journal("PageAnswered")) == 2


def test_an_answer_without_work_expires_as_any_acknowledgement() -> None:
    desk = paged()
    Notify(desk).answered()
    desk.at("09:42").tick()
    assert desk.journal("AcknowledgementExpired")
    desk.at("10:01").tick()
    assert desk.told("escalated")[1:] == ["10:00 escalated SOC manager"]


def test_a_rise_begins_anew_and_what_was_told_of_the_page_before_counts_no_more() -> None:
    promise = response({"P1": 60, "P2": 120}, rises_from=RisesFrom.RISE)
    desk = paged(contract(promise, steps=(LEAD, MANAGER), climbs=True))
    notify = Notify(desk)
    notify.accepted()
    desk.at("09:14").reclassify("P1", happened="09:14").at("09:20").tick()
    notify.failed(0)
    desk.at("09:23").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]
    desk.at("09:25").tick()
    assert desk.told("escalated")[1:] == ["09:24 escalated shift lead"]
    notify.failed()
    desk.at("09:26").tick()
    assert desk.told("escalated")[2:] == ["09:25 escalated SOC manager"]


def test_a_promise_that_is_kept_climbs_no_more() -> None:
    desk = paged()
    notify = Notify(desk)
    notify.accepted()
    desk.at("09:13").respond().at("09:30").tick()
    notify.failed()
    desk.at("13:00").tick()
    assert desk.told("escalated", *TOP) == ["09:10 escalated shift lead"]


def test_a_paused_promise_waits_to_climb() -> None:
    desk = paged(contract(response({"P2": 60}, paused_by=("customer",)), steps=(LEAD, MANAGER), climbs=True))
    Notify(desk).accepted()
    desk.at("09:12").hold("customer").at("09:40").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]
    desk.at("09:41").resume().at("09:42").tick()
    assert desk.told("escalated")[1:] == ["09:41 escalated SOC manager"]


def test_what_is_merged_into_another_ticket_climbs_there_by_the_receipts_of_the_first() -> None:
    desk = Driver(TERMS).at("09:00").mail().at("09:05").mail("kim@acme.example").at("09:11").tick()
    notify = Notify(desk)
    desk.merge(FIRST, into="ACME-000002")
    notify.failed()
    desk.at("09:12").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead", "09:11 escalated SOC manager"]
    assert [alert["number"] for alert in desk.alerts("escalated")] == [FIRST, "ACME-000002"]
    notify.answered(0)
    assert [it["data"]["covers"] for it in desk.journal("TicketAcknowledged")] == [["response/1"]]


def test_a_contract_that_does_not_ask_for_it_lets_nothing_climb() -> None:
    desk = paged(contract(response({"P2": 60}), steps=(LEAD, MANAGER)))
    Notify(desk).failed()
    desk.at("09:59").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]


def test_copies_change_nothing() -> None:
    desk = paged()
    copies = Notify(desk, page=False)
    copies.attempted()
    copies.accepted()
    copies.failed()
    desk.at("09:59").tick()
    assert desk.told("escalated") == ["09:10 escalated shift lead"]
    assert desk.journal("PageAttempted", "PageAccepted", "PageFailed") == []


def test_receipts_survive_a_restart() -> None:
    desk = paged()
    Notify(desk).accepted()
    restored = Shard(0)
    for output in desk.outputs:
        if output.topic in (Topic.TICKETS, Topic.TENANTS):
            restored.load(output.topic, output.key or b"", output.value)
    assert restored.next_deadline == desk.shard.next_deadline
    desk.at("09:17").tick()
    outputs = folded(restored, desk.inbox.records[-1:])
    assert [alert["data"]["role"] for alert in values(outputs, Topic.ALERTS)] == ["SOC manager"]


def test_receipts_of_what_is_forgotten_or_unknown_are_the_tenants_and_page_nobody() -> None:
    desk = paged().resolve().at("09:12", day=60).tick()
    assert desk.tickets() == []
    notify = Notify(desk)
    before = len(desk.alerts())
    notify.failed()
    notify.answered()
    notify.accepted(alert="unknown", ticket="ACME-000077", dedup_key="nothing")
    notify.answered(ticket=None, dedup_key="acme/attainment 2026-03")
    assert len(desk.alerts()) == before
    assert {it["ticket"] for it in desk.journal("PageFailed", "PageAnswered", "PageAccepted")} == {None}


def test_a_replay_of_the_exported_inbox_climbs_to_the_same_bytes() -> None:
    desk = Driver(TERMS).at("08:00")
    desk.inbox.records.append(Record(Topic.INBOX, 0, 0, desk.now, None, switch(RULES, first=True)))
    desk.outputs += folded(desk.shard, desk.inbox.records)
    desk.at("09:00").mail().at("09:11").tick()
    notify = Notify(desk)
    notify.failed()
    desk.at("09:12").tick()
    notify.accepted()
    desk.at("09:20").tick()
    notify.answered()
    desk.at("09:21").tick()
    assert [alert.get("climbed") for alert in desk.alerts("escalated")] == [None, "undelivered", "unanswered"]
    exported = b"\n".join(line.write(record) for record in desk.inbox.records)
    said: list[Output] = []
    file.replay(
        BytesIO(exported), TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire"), None, said.append
    )
    told = [it for it in desk.outputs if it.topic in (Topic.ALERTS, Topic.TICKET_EVENTS)]
    assert [output.value for output in said] == [output.value for output in told]


def test_a_clock_says_what_became_of_its_last_page() -> None:
    desk = paged()
    notify = Notify(desk)
    shown = [paged_of(desk.clock("response"))]
    notify.attempted()
    notify.accepted()
    shown.append(paged_of(desk.clock("response")))
    desk.at("09:17").tick()
    notify.failed()
    shown.append(paged_of(desk.clock("response")))
    for _ in range(2):
        desk.at("09:18").tick().at("09:19").tick()
        notify.failed()
    desk.at("09:20").tick()
    shown.append(paged_of(desk.clock("response")))
    desk.acknowledge()
    shown.append(paged_of(desk.clock("response")))
    assert shown == ["raised", "received", "not delivered", "reached nobody", None]
