"""From what sensors send to the alerts that come of it."""

from typing import Any

from tests.unit.test_replay_file import Entry, Outcome, entry, event, fold

from tocsin.domain.instant import MINUTE

FINDING = {
    "class_uid": 2004,
    "activity_id": 1,
    "severity_id": 5,
    "metadata": {"product": {"name": "acme-edr"}},
    "finding_info": {"uid": "f-1", "title": "Ransomware"},
    "device": {"hostname": "fs-1"},
}


def sent(value: Any, minute: int) -> Entry:
    return entry(value, minute * MINUTE, "soc.security-events", headers={"tenant": "acme"})


def reported(source: str, asset: str, minute: int, **more: str) -> Entry:
    """A detection in our own schema, by that sensor."""
    data = {"signature": "Beacon", "severity": "high", "asset": asset, "title": f"By {source}", **more}
    told = event("detection", f"{source}-{minute}", data, minute * MINUTE)
    return {**told, "topic": "soc.security-events", "value": {**told["value"], "source": source}}


def desk(kind: str, minute: int) -> Entry:
    told = event(f"desk.{kind}", kind, {"ticket": "ACME-000001", "analyst": "Ola"}, minute * MINUTE)
    return {**told, "topic": "soc.desk"}


def counts(outcome: Outcome) -> tuple[int, int, int]:
    summary = outcome.summary
    return summary["tickets_opened"], summary["joined"], summary["ignored"]


def test_one_key_of_two_sensors_is_two_detections_and_of_one_sensor_one() -> None:
    both = fold([reported("edr", "srv-1", 0, key="1001"), reported("siem", "fs-7", 5, key="1001")])
    assert counts(both) == (2, 0, 0)
    assert both.summary["alerts"]["detection"] == 2
    assert counts(fold([reported("edr", "srv-1", 0, key="1"), reported("edr", "srv-2", 5, key="1")])) == (1, 1, 0)


def test_without_a_key_the_same_signature_on_the_same_asset_of_one_sensor_is_one() -> None:
    assert counts(fold([reported("edr", "a", 0), reported("edr", "a", 5)])) == (1, 1, 0)
    assert counts(fold([reported("edr", "a", 0), reported("edr", "b", 5)])) == (2, 0, 0)
    assert counts(fold([reported("edr", "a", 0), reported("siem", "a", 5)])) == (2, 0, 0)


def test_an_update_joins_its_finding_and_one_that_says_resolved_opens_and_reopens_nothing() -> None:
    update = {**FINDING, "activity_id": 2}
    over = {**update, "status_id": 4, "status": "Resolved"}
    assert counts(fold([sent(FINDING, 1), sent(update, 2)])) == (1, 1, 0)
    outcome = fold([sent(FINDING, 1), desk("respond", 5), desk("resolve", 30), sent(over, 31)])
    assert counts(outcome) == (1, 2, 0)
    assert outcome.summary["alerts"]["detection"] == 1
    assert outcome.events("TicketReopened") == []
    assert len(outcome.events("DetectionIgnored")) == 1
    assert counts(fold([sent(over, 1)])) == (0, 0, 0)
