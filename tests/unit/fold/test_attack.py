"""What is agreed for an attack, judged anew when it grows (eSentire, Escalation Process)."""

from typing import Any

import pytest
from driver import Driver

DAY, NIGHT = "12:00", "23:00"


@pytest.fixture
def desk() -> Driver:
    return Driver("esentire", plan="standard")


def told(desk: Driver) -> list[tuple[str, bool]]:
    """When each detection was told, and whether the client must be reachable for it."""
    return [(alert["at"], alert["client_reachable"]) for alert in desk.alerts("detection")]


def grades(risk: str | None, sophistication: str | None) -> dict[str, Any]:
    return {"risk": risk, "sophistication": sophistication}


@pytest.mark.parametrize(
    ("severity", "risk", "sophistication", "serious"),
    [
        ("medium", "high", "medium", True),
        ("medium", "high", "low", False),
        ("medium", "medium", "high", False),
        ("medium", "high", None, True),
        ("critical", None, None, True),
        ("critical", None, "low", False),
        ("medium", None, "high", False),
        ("medium", "High ", "HIGH", True),
        ("low", "critical", "Medium", True),
        ("critical", "LOW", "high", False),
        ("medium", "extreme", "medium", True),
        ("medium", "high", "state actor", True),
    ],
)
def test_what_is_not_given_or_not_known_is_not_low_and_spelling_does_not_matter(
    desk: Driver, severity: str, risk: str | None, sophistication: str | None, serious: bool
) -> None:
    desk.at(NIGHT).detection(severity, **grades(risk, sophistication))
    assert told(desk) == [(NIGHT, serious)]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (("medium", "medium", "medium"), ("critical", "high", "high")),
        (("high", "medium", "medium"), ("high", "high", "medium")),
        (("high", "high", "low"), ("high", "high", "medium")),
        (("high", "high", "low"), ("low", None, "medium")),
        (("high", "low", None), ("high", "high", None)),
        (("medium", None, "high"), ("high", None, None)),
    ],
)
def test_an_attack_that_grows_is_judged_again_by_the_worst_that_is_known_of_it(
    desk: Driver, first: tuple[str, str | None, str | None], then: tuple[str, str | None, str | None]
) -> None:
    desk.at(DAY).detection(first[0], **grades(*first[1:]))
    desk.at(NIGHT).detection(then[0], **grades(*then[1:]), title="Ransomware")
    assert told(desk) == [(DAY, False), (NIGHT, True)]
    (alert,) = desk.alerts("detection")[1:]
    assert alert["actions"]
    assert alert["title"] == "Ransomware"


def test_what_was_told_is_not_told_again_until_the_priority_rises(desk: Driver) -> None:
    desk.at("20:00").detection("medium", **grades("high", "medium"))
    desk.at("21:00").detection("medium", **grades("high", "medium"))
    desk.at("22:00").detection("medium", **grades("high", "high"), title="Lateral movement")
    assert desk.ticket().title == "SSH scan"
    desk.at(NIGHT).detection("critical", **grades("low", "low"))
    assert told(desk) == [("20:00", True), (NIGHT, True)]


def test_an_attack_that_goes_on_after_its_ticket_was_resolved_is_judged_again(desk: Driver) -> None:
    desk.at(DAY).detection("high", **grades("high", "high")).resolve()
    desk.at(NIGHT).detection("high")
    assert told(desk) == [(DAY, False), (NIGHT, True)]


def test_an_attack_that_an_analyst_calls_more_urgent_is_told_with_what_is_agreed_for_it_now(desk: Driver) -> None:
    desk.at(DAY).detection("high", **grades("high", "high")).at(NIGHT).reclassify("P1")
    assert told(desk) == [(DAY, False), (NIGHT, True)]


def test_who_took_the_detection_has_not_taken_the_attack_that_it_became(desk: Driver) -> None:
    desk.at("22:50").detection("high", **grades("low", "low")).acknowledge()
    assert [each.covers for each in desk.ticket().taken_by] == [("detection/0",)]
    desk.at(NIGHT).detection("high", **grades("high", "high"))
    assert [each.covers for each in desk.ticket().taken_by] == [()]


def test_a_word_that_the_contract_does_not_know_is_marked_wherever_the_ticket_is_told(desk: Driver) -> None:
    desk.at(NIGHT).detection("medium", **grades("extreme", "high")).detection("medium", **grades("Extreme", "very"))
    assert [alert["unknown"] for alert in desk.alerts("detection")] == [["risk: extreme"]]
    assert desk.ticket().unknown == ("risk: extreme", "sophistication: very")


def test_without_response_levels_any_word_will_do() -> None:
    desk = Driver("sentinelone").at(NIGHT).detection("critical", **grades("extreme", None))
    assert desk.ticket().unknown == ()
