"""Milestones: facts that a contract names itself, which start and stop its clocks like any other evidence."""

from dataclasses import replace
from typing import Any

import pytest
from contracts import contract, response
from driver import FIRST, Driver

from tocsin.domain.commands.desk import HandOver
from tocsin.domain.commands.milestones import ReachMilestone
from tocsin.domain.contract.evidence import BUILT_IN, EvidenceKind, with_followers
from tocsin.domain.contract.model import ObjectiveRule
from tocsin.domain.vocabulary import Evidence, Setter


def milestone(name: str, *set_by: Setter, follows: tuple[str, ...] = ()) -> EvidenceKind:
    ways = set_by or tuple(Setter)
    return EvidenceKind(name=name, text=name, set_by=ways, purposes=(name,), follows=follows)


AWARE = milestone("became_aware", follows=(Evidence.DETECTION,))
SENT = milestone("early_warning_sent")
CONTAINED = milestone("contained", Setter.DESK, Setter.MESSAGE)
KINDS = {kind.name: kind for kind in (AWARE, SENT, CONTAINED)}


def rule(starts: tuple[str, ...], stops: tuple[str, ...], figure: int = 60, **more: Any) -> ObjectiveRule:
    fields = {"id": "early_warning", "objective": "early_warning", **more}
    return response(
        {"P1": figure, "P2": figure},
        starts=with_followers(starts, KINDS),
        stops=with_followers(stops, KINDS),
        **fields,
    )


def desk_of(*rules: ObjectiveRule) -> Driver:
    return Driver(replace(contract(*rules), milestones=tuple(KINDS.values())), "standard")


def warned(figure: int = 60) -> Driver:
    """A mail opens the ticket at 09:00: nobody is aware of anything yet."""
    return desk_of(rule(("became_aware",), ("early_warning_sent",), figure)).at("09:00").mail()


def test_a_milestone_starts_a_promise_and_another_keeps_it() -> None:
    desk = warned()
    assert desk.clocks("early_warning") == []
    clock = desk.at("10:00").mark("became_aware").at("10:59").mark("early_warning_sent").clock("early_warning")
    assert (clock.objective, clock.breached, clock.fulfilled_at) == ("early_warning", False, desk.now)


def test_an_alert_names_the_promise_by_the_name_that_the_contract_gives_it() -> None:
    desk = warned().at("10:00").mark("became_aware").at("11:01").tick()
    assert [(it["objective"], it["at"]) for it in desk.alerts("breached")] == [("early_warning", "11:00")]


def test_what_happens_to_the_millisecond_at_the_deadline_is_in_time() -> None:
    desk = warned().at("10:00").mark("became_aware").at("11:00").mark("early_warning_sent").at("12:00").tick()
    assert desk.told("breached") == []


def test_a_milestone_that_follows_from_evidence_is_reached_with_it() -> None:
    desk = desk_of(rule(("became_aware",), ("early_warning_sent",))).at("09:00").detection()
    assert desk.clock("early_warning").started_at == desk.now


def test_what_follows_is_followed_through_other_milestones() -> None:
    chain = {"a": milestone("a", follows=("b",)), "b": milestone("b", follows=("a", Evidence.RESPONSE))}
    assert with_followers(("a", Evidence.DETECTION), chain) == ("a", Evidence.DETECTION, "b", Evidence.RESPONSE)


def test_a_milestone_that_was_reached_earlier_is_said_with_its_time() -> None:
    desk = warned(120).at("10:00").mark("became_aware", reached="2026-03-02T09:30:00Z")
    assert desk.clock("early_warning").started_at == desk.now - 30 * 60_000


def test_late_word_of_a_milestone_withdraws_what_was_told() -> None:
    desk = warned().at("10:00").mark("became_aware").at("11:30").mark("early_warning_sent", happened="10:50")
    assert desk.told("breached", "corrected") == ["11:00 breached", "11:30 corrected"]


def test_a_milestone_that_is_withdrawn_was_not_reached() -> None:
    desk = warned().at("10:00").mark("became_aware").at("10:10").mark("early_warning_sent")
    desk.at("10:20").unmark("early_warning_sent").at("11:01").tick()
    assert desk.told("breached") == ["11:00 breached"]
    assert desk.at("11:02").unmark("became_aware").clock("early_warning").void


def test_the_latest_of_two_marks_is_withdrawn_first() -> None:
    desk = warned().at("10:00").mark("became_aware").at("10:05").mark("became_aware").unmark("became_aware")
    clock = desk.clock("early_warning")
    assert clock.running
    assert [mark.at for mark in desk.ticket().marks if mark.kind == "became_aware"] == [clock.started_at]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("hope", "unknown_milestone"),
        ("response", "set_otherwise"),
        ("call_missed", "set_otherwise"),
        ("contained", "not_marked"),
    ],
)
def test_what_cannot_be_withdrawn_is_refused(name: str, reason: str) -> None:
    assert warned().unmark(name).refusals() == [reason]


def test_what_only_followed_from_evidence_cannot_be_withdrawn() -> None:
    desk = desk_of().at("09:00").detection().unmark("became_aware")
    (refused,) = desk.journal("CommandRejected")
    assert refused["data"]["detail"].endswith("it follows from detection, which stands")


def test_an_unknown_milestone_is_refused_with_the_names_that_there_are() -> None:
    (refused,) = warned().mark("hope").journal("CommandRejected")
    assert refused["data"]["detail"] == (
        "small has no milestone hope; it has became_aware, early_warning_sent, contained"
    )


@pytest.mark.parametrize(("reached", "reason"), [("2026-03-03", "not_yet"), ("noon", "unreadable_time")])
def test_a_time_that_cannot_be_is_refused(reached: str, reason: str) -> None:
    assert warned().mark("became_aware", reached=reached).refusals() == [reason]


def test_a_system_sets_a_milestone_without_taking_the_incident() -> None:
    desk = warned().at("09:10").mark("became_aware").at("09:20").acknowledge()
    by_system = ReachMilestone(ticket=FIRST, analyst="soar", milestone="early_warning_sent")
    desk.at("09:30").publish(by_system)
    assert desk.clock("early_warning").fulfilled_at == desk.now
    (taken,) = desk.ticket().taken_by
    assert taken.expires_at is not None  # nobody has worked


def test_a_way_that_the_contract_does_not_give_is_refused() -> None:
    only_by_call = replace(SENT, set_by=(Setter.CALL,))
    desk = Driver(replace(contract(), milestones=(only_by_call,)), "standard").at("09:00").mail()
    desk.mark("early_warning_sent").publish(ReachMilestone(ticket=FIRST, analyst="s", milestone="early_warning_sent"))
    assert desk.refusals() == ["set_otherwise", "set_otherwise"]


def test_a_call_and_a_mail_with_that_purpose_reach_the_milestone() -> None:
    for desk in (warned().mailed(purpose="became_aware"), warned().called("+1", purpose="Became aware", ticket=FIRST)):
        assert desk.clock("early_warning").running
        assert desk.told("unknown_word") == []


def test_a_purpose_that_nobody_knows_is_told_once_and_is_no_work() -> None:
    desk = Driver(contract(response({"P2": 60})), "standard").at("09:00").mail()
    desk.at("09:10").mailed(purpose="hope").at("09:11").mailed(purpose="hope").at("09:12").mailed(purpose="fear")
    assert desk.told("unknown_word") == ["09:10 unknown_word", "09:12 unknown_word"]
    assert desk.ticket().unknown == ("purpose: hope", "purpose: fear")
    assert desk.clock("response").running
    assert len({it["id"] for it in desk.alerts("unknown_word")}) == 2


def test_a_call_with_an_unknown_purpose_still_returns_what_its_callee_is_owed() -> None:
    desk = Driver("esentire", "standard").at("09:00").missed().at("09:05").called(purpose="hope")
    assert desk.clock("callback").fulfilled_at == desk.now
    assert desk.told("unknown_word") == ["09:05 unknown_word"]


def test_a_purpose_by_which_the_milestone_is_not_set_is_an_unknown_word() -> None:
    assert warned().mailed(purpose="contained").told("unknown_word") == ["09:00 unknown_word"]


def test_no_two_verbs_and_no_two_purposes_set_the_same_evidence_twice() -> None:
    verbs = [kind.verb for kind in BUILT_IN.values() if kind.verb]
    purposes = [purpose for kind in BUILT_IN.values() for purpose in kind.purposes]
    assert len(set(verbs)) == len(verbs)
    assert len(set(purposes)) == len(purposes)
    assert set(BUILT_IN) == set(Evidence)


# ---- built-in evidence of taking, occurring and handing over


def test_the_time_to_acknowledge_is_kept_by_the_first_taking() -> None:
    kept = rule((Evidence.DETECTION,), (Evidence.ACKNOWLEDGED,), 5, id="acknowledge", objective="time_to_acknowledge")
    desk = desk_of(kept).at("09:00").detection().at("09:04").acknowledge().at("09:30").acknowledge(analyst="bo")
    clock = desk.clock("acknowledge")
    assert (clock.breached, clock.fulfilled_at) == (False, desk.now - 26 * 60_000)


def second_pair() -> Driver:
    return desk_of(rule((Evidence.ACKNOWLEDGED,), (Evidence.ACKNOWLEDGED_BY_ANOTHER,), 5)).at("09:00").detection()


def test_a_second_pair_of_eyes_is_another_analyst() -> None:
    desk = second_pair().at("09:01").acknowledge().at("09:03").acknowledge().at("09:05").acknowledge(analyst="bo")
    assert desk.clock("early_warning").fulfilled_at == desk.now
    assert desk.refusals() == ["already_acknowledged"]


def test_the_same_analyst_is_no_second_pair_of_eyes() -> None:
    desk = second_pair().at("09:01").acknowledge().at("09:02").unacknowledge().at("09:03").acknowledge()
    assert desk.at("09:07").tick().told("breached") == ["09:06 breached"]


def test_who_was_first_is_told_by_when_it_happened() -> None:
    desk = second_pair().at("09:04").acknowledge().at("09:05").acknowledge(happened="09:01", analyst="bo")
    (clock,) = (each for each in desk.clocks("early_warning") if not each.void)
    assert (clock.started_at, clock.fulfilled_at) == (desk.now - 4 * 60_000, desk.now - 60_000)


def test_a_taking_that_a_promise_waits_for_is_accepted_though_nothing_is_new() -> None:
    kept = rule((Evidence.EMAIL_RECEIVED,), (Evidence.ACKNOWLEDGED,), 60, recurring=False)
    desk = desk_of(kept).at("09:00").mail().at("09:01").acknowledge().at("09:02").resolve()
    desk.at("10:00").mail(ticket=FIRST).at("10:05").acknowledge()
    assert [clock.running for clock in desk.clocks("early_warning")] == [False] * len(desk.clocks("early_warning"))
    assert desk.refusals() == []


def test_the_time_to_detect_counts_from_when_it_occurred() -> None:
    kept = rule((Evidence.OCCURRED,), (Evidence.DETECTION,), 30)
    desk = desk_of(kept).at("09:31").detection(happened="09:00").at("09:40").detection(happened="09:35", key="another")
    late, in_time = desk.clocks("early_warning")
    assert (late.breached, in_time.breached) == (True, False)
    assert late.fulfilled_at == late.started_at + 31 * 60_000


def test_what_is_detected_at_once_has_no_other_time() -> None:
    desk = desk_of().at("09:00").detection()
    assert [mark.kind for mark in desk.ticket().marks] == [Evidence.DETECTION]
    assert "occurred_at" not in desk.journal("TicketOpened")[0]["data"]


def test_a_repeat_of_what_was_resolved_occurred_after_it_or_is_not_counted() -> None:
    desk = desk_of(rule((Evidence.OCCURRED,), (Evidence.DETECTION,))).at("09:00").detection().at("09:10").resolve()
    desk.at("09:20").detection(happened="09:05").at("09:21").resolve().at("09:40").detection(happened="09:30")
    (clock,) = desk.clocks("early_warning")
    assert clock.fulfilled_at == desk.now


def agreed(**more: Any) -> Driver:
    fields: dict[str, Any] = {"id": "network", "kinds": ("network",), "owed_by": "network", "owed_to": "desk", **more}
    return desk_of(rule((Evidence.HANDED_OVER,), (Evidence.HANDED_ON, Evidence.RESOLUTION), 30, **fields))


def hand_over(desk: Driver, team: str) -> Driver:
    return desk.publish(HandOver(ticket=FIRST, analyst="ada", team=team))


def test_a_promise_between_teams_runs_while_the_ticket_is_with_the_team() -> None:
    desk = hand_over(agreed(recurring=True).at("09:00").detection(), "endpoint")
    assert desk.clocks("network") == []
    hand_over(hand_over(desk.at("10:00"), "Network").at("10:20"), "endpoint")
    (first,) = desk.clocks("network")
    assert (first.breached, first.fulfilled_at) == (False, desk.now)
    desk = hand_over(desk.at("11:00"), "network").at("11:31").tick()
    (alert,) = desk.alerts("breached")
    assert (alert["at"], alert["owed_by"], alert["owed_to"]) == ("11:30", "network", "desk")
    assert desk.ticket().team == "network"


def test_a_ticket_is_not_handed_to_the_team_that_has_it() -> None:
    desk = hand_over(hand_over(agreed().at("09:00").detection().at("09:05"), "network").at("09:06"), "network")
    assert desk.refusals() == ["already_there"]
    assert hand_over(desk.close(), "endpoint").refusals()[1:] == ["ticket_closed"]


def test_a_milestone_of_before_the_opening_does_not_move_the_opening() -> None:
    desk = warned().at("10:00").mark("became_aware", reached="2026-03-02T08:00:00Z")
    assert desk.ticket().opening.kind == Evidence.EMAIL_RECEIVED
    assert desk.clock("early_warning").started_at == desk.ticket().marks[0].at
