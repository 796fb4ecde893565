"""A month counts each promise once, as it was judged in the end, and only those that stand."""

from collections.abc import Callable
from typing import Any

from driver import Driver, shipped, values
from hypothesis import given
from hypothesis import strategies as st

from tocsin.audit.attainment import Attainment
from tocsin.audit.journal import read_event
from tocsin.domain.clocks.attainment import recent_months
from tocsin.domain.commands.desk import RuleOut
from tocsin.messages.record import Topic

Counted = dict[str, tuple[int, int]]


def standing(event: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = event["data"]["standing"]
    return found


def judged(desk: Driver) -> Counted:
    """Met and missed by priority, as the month of March was judged."""
    march = [standing(it) for it in desk.at("00:00", day=40).tick().journal("AttainmentJudged")]
    return {it["priority"]: (it["met"], it["missed"]) for it in march if it["met"] + it["missed"]}


def standing_now(desk: Driver) -> Counted:
    """Met and missed by month and priority, as the tallies of the fold stand."""
    months = [tally for tenant in desk.shard.tenants() for tally in tenant.months.values()]
    return {f"{it.month} {it.priority}": (it.met, it.missed) for it in months if it.met + it.missed}


def audited(desk: Driver) -> Counted:
    """The same as `tocsin audit attainment` reads it from the journal."""
    audit = Attainment(lambda _, name, __: shipped(name))
    for output in desk.outputs:
        if output.topic is Topic.TICKET_EVENTS:
            audit.take(read_event(output.value))
    return {f"{group.month} {group.priority}": (it.met, it.missed) for group, it in audit.counts().items()}


def measured(desk: Driver) -> Counted:
    """The same as the metric has it; where it has nothing, the months are too long ago."""
    months = [tally for tenant in desk.shard.tenants() for tally in recent_months(tenant, desk.shard.clock)]
    return {f"{it.month} {it.priority}": (it.met, it.missed) for it in months if it.met + it.missed}


def told_of_months(desk: Driver) -> dict[str, str]:
    """What was said last of each month, by its incident; nothing where the incident is closed."""
    said = [it for it in values(desk.outputs, Topic.ALERTS) if it["data"]["title"].startswith("attainment")]
    last = {it["data"]["title"].removeprefix("attainment "): it["data"] for it in said}
    return {month: it["kind"] for month, it in last.items() if it["action"] == "trigger"}


def rule_out(desk: Driver) -> Driver:
    return desk.publish(RuleOut(ticket="ACME-000001", analyst="Ann", reason="malfunction_exception"))


def desk() -> Driver:
    return Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2")


def test_a_breach_that_another_priority_undoes_counts_where_it_was_judged_in_the_end() -> None:
    assert judged(desk().at("15:30").reclassify("P3").at("16:00").mailed()) == {"P3": (1, 0)}


def test_a_breach_that_stands_counts_once_however_often_it_is_judged() -> None:
    late = desk().at("16:00").mailed().at("17:00").mailed(happened="15:30")
    assert judged(late) == {"P2": (0, 1)}
    assert len(late.journal("AttainmentAtRisk")) == 1


def test_an_answer_that_is_logged_late_takes_the_miss_back() -> None:
    assert judged(desk().at("16:00").mailed(happened="14:00")) == {"P2": (1, 0)}


def test_a_month_that_was_at_risk_is_cleared_when_it_recovers_and_one_that_never_was_is_not() -> None:
    recovered = desk().at("16:00").mailed(happened="14:00").at("00:00", day=40).tick()
    assert recovered.told("attainment_at_risk", "cleared") == ["15:00 attainment_at_risk", "16:00 cleared"]
    kept = desk().at("10:00").mailed().at("00:00", day=40).tick()
    assert kept.told("cleared", "attainment_at_risk") == []


def test_what_is_ruled_out_leaves_the_count_whether_it_was_answered_or_not() -> None:
    assert judged(rule_out(desk().at("16:00"))) == {}
    assert judged(rule_out(desk().at("16:00").mailed().at("17:00"))) == {}


def test_a_promise_that_is_owed_again_counts_and_is_told_again() -> None:
    """Another plan owes no response, and the one after it does."""
    moved = desk().at("16:00").adopt("esentire", "standard").readopt().at("16:30").adopt("sentinelone").readopt()
    assert [it["kind"] for it in moved.at("17:00").tick().alerts("breached", "cleared") if it["objective"]] == [
        "breached",
        "cleared",
        "breached",
    ]
    assert len({it["id"] for it in moved.alerts("breached")}) == 2
    assert judged(moved) == {"P2": (0, 1)}


def test_a_verdict_is_given_anew_when_it_changes_and_only_then() -> None:
    late = desk().at("00:00", day=30).tick().at("10:00", day=31).mailed(happened="14:00", ticket="ACME-000001")
    assert told_of_months(late) == {"2026-03 enterprise first_response P2": "breached"}
    assert not [it for it in late.journal("AttainmentJudged") if it["data"].get("again")]
    rule_out(late.at("11:00", day=31))
    assert told_of_months(late) == {}
    assert [it["at"] for it in late.alerts("corrected")] == ["31d 11:00"]


def test_a_month_that_nobody_has_counted_in_is_judged_when_a_late_record_of_it_comes() -> None:
    late = Driver("sentinelone", "enterprise").at("09:00", day=40)
    late.mail(priority="P2", happened=late.now - 20 * 86_400_000).at("09:01", day=40).tick()
    assert [(it["at"][:10], it["data"]["again"]) for it in late.journal("AttainmentJudged")] == [("2026-04-11", False)]
    assert told_of_months(late) == {"2026-03 enterprise first_response P2": "breached"}


def test_the_incident_of_a_broken_month_ends_when_the_month_is_forgotten() -> None:
    late = desk().at("16:00").mailed().at("09:00", day=60).tick()
    assert told_of_months(late) == {"2026-03 enterprise first_response P2": "breached"}
    late.at("09:00", day=440).mail("kim@acme.example").at("10:00", day=440).mailed("kim@acme.example")
    late.at("09:00", day=500).tick()
    assert told_of_months(late) == {}
    assert standing_now(late) == {"2027-05 P3": (1, 0)}


def test_a_month_that_is_too_long_ago_is_not_judged_again() -> None:
    late = Driver("sentinelone", "enterprise").at("09:00", day=500)
    late.mail(priority="P2", happened=late.now - 450 * 86_400_000).at("09:01", day=500).tick()
    assert late.told("breached") == ["500d 09:00 breached"]
    assert late.journal("AttainmentJudged") == []


WORK = st.lists(
    st.sampled_from(["reclassify P1", "reclassify P3", "answer", "answered an hour ago", "resolve", "reopen", "wait"]),
    max_size=8,
)
VERBS: dict[str, Callable[[Driver, int], Driver]] = {
    "P1": lambda played, _: played.reclassify("P1"),
    "P3": lambda played, _: played.reclassify("P3"),
    "answer": lambda played, _: played.mailed(ticket="ACME-000001"),
    "answered at 09:01": lambda played, _: played.mailed(ticket="ACME-000001", happened=desk().now + 60_000),
    "resolve": lambda played, _: played.resolve(),
    "reopen": lambda played, _: played.reopen(),
    "rule out": lambda played, _: rule_out(played),
    "another": lambda played, number: played.mail(f"c{number}@acme.example", priority="P3"),
    "once more": lambda played, _: played.mail(message="again", ticket="ACME-000001"),
    "merge": lambda played, _: played.merge(played.tickets()[-1].number),
    "split": lambda played, _: played.split("again"),
    "month": lambda played, number: played.at("00:01", day=30 + number).tick(),
}


@given(st.lists(st.sampled_from([*VERBS]), max_size=10))
def test_the_tallies_the_audit_and_the_incidents_agree_at_every_moment(work: list[str]) -> None:
    played = desk()
    for number, verb in enumerate(work, start=1):
        VERBS[verb](played.at(f"{9 + number:02}:30", day=number), number)
        assert standing_now(played) == audited(played)
        assert measured(played).items() <= standing_now(played).items()
        late = {key for key, (met, missed) in standing_now(played).items() if met / (met + missed) < 0.95}
        assert {month.replace(" enterprise first_response", "") for month in told_of_months(played)} == late
