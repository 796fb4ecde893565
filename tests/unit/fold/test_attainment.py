"""A month counts each promise once, as it was judged in the end."""

from typing import Any

from driver import Driver
from hypothesis import given
from hypothesis import strategies as st

Counted = dict[str, tuple[int, int]]


def standing(event: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = event["data"]["standing"]
    return found


def judged(desk: Driver) -> Counted:
    """Met and missed by priority, as the month of March was judged."""
    march = [standing(it) for it in desk.at("00:00", day=40).tick().journal("AttainmentJudged")]
    return {it["priority"]: (it["met"], it["missed"]) for it in march if it["met"] + it["missed"]}


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


def test_a_month_that_was_at_risk_and_recovered_is_cleared_and_one_that_never_was_is_not() -> None:
    recovered = desk().at("16:00").mailed(happened="14:00").at("00:00", day=40).tick()
    assert recovered.told("attainment_at_risk", "cleared") == ["15:00 attainment_at_risk", "30d 00:00 cleared"]
    kept = desk().at("10:00").mailed().at("00:00", day=40).tick()
    assert kept.told("cleared", "attainment_at_risk") == []


WORK = st.lists(
    st.sampled_from(["reclassify P1", "reclassify P3", "answer", "answered an hour ago", "resolve", "reopen", "wait"]),
    max_size=8,
)


@given(WORK, st.integers(1, 9))
def test_whatever_happens_to_a_promise_it_counts_once(work: list[str], hours: int) -> None:
    played = desk()
    for number, verb in enumerate(work, start=1):
        clock = f"{9 + (number * hours) % 14:02}:30"
        played.at(clock, day=number)
        if verb.startswith("reclassify"):
            played.reclassify(verb[-2:])
        elif verb == "answer":
            played.mailed(ticket="ACME-000001")
        elif verb == "answered an hour ago":
            played.mailed(ticket="ACME-000001", happened="09:01")
        elif verb == "resolve":
            played.resolve()
        elif verb == "reopen":
            played.reopen()
        else:
            played.tick()
    counted = judged(played)
    assert sum(map(sum, counted.values())) == len(played.clocks("response"))
    assert all(met >= 0 and missed >= 0 for met, missed in counted.values())
