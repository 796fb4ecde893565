"""OCSF findings as detections."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.taking import Take, Taken

from tocsin.domain.instant import parse
from tocsin.domain.vocabulary import Severity
from tocsin.messages.record import Headers, Topic

DATA = Path(__file__).parents[1] / "data"
STAMP = parse("2026-03-01T09:00:00Z")
ACME = (("tenant", b"acme"),)
FINDING = {
    "class_uid": 2004,
    "activity_id": 1,
    "severity_id": 4,
    "time": 1_767_225_600_000,
    "finding_info": {"title": "Odd log-ins", "uid": "f-1", "analytic": {"uid": "rule-7"}},
    "device": {"hostname": "laptop-4"},
    "metadata": {"product": {"name": "globex-edr"}},
}


@pytest.fixture
def adapt(take: Take) -> Take:
    def adapt(headers: Headers = ACME, **changes: Any) -> Taken:
        return take(Topic.SECURITY_EVENTS, json.dumps(FINDING | changes).encode(), headers=headers)

    return adapt


def test_a_detection_finding_is_a_detection_that_correlates_by_its_uid(adapt: Take) -> None:
    taken = adapt().input
    body = taken.body
    assert (taken.tenant, taken.source) == ("acme", "globex-edr")
    assert (body.signature, body.title, body.asset, body.key) == (
        "rule-7",
        "Odd log-ins",
        "laptop-4",
        "globex-edr/key/f-1",
    )
    assert (body.severity, body.severity_assumed) == (Severity.HIGH, False)
    assert taken.happened_at == parse("2026-01-01T00:00:00Z")


def test_the_older_security_finding_says_the_same_under_its_own_names(adapt: Take) -> None:
    older = adapt(class_uid=2001, finding={"title": "Odd log-ins", "uid": "f-1"}, finding_info=None).input.body
    assert (older.signature, older.title, older.key) == ("Odd log-ins", "Odd log-ins", "globex-edr/key/f-1")


@pytest.mark.parametrize(
    ("written", "severity", "assumed"),
    [
        (0, Severity.MEDIUM, True),
        (1, Severity.INFORMATIONAL, False),
        (2, Severity.LOW, False),
        (3, Severity.MEDIUM, False),
        (4, Severity.HIGH, False),
        (5, Severity.CRITICAL, False),
        (6, Severity.CRITICAL, False),
        (99, Severity.MEDIUM, True),
        (None, Severity.MEDIUM, True),
        ("5", Severity.CRITICAL, False),
        ("High", Severity.HIGH, False),
        (-1, Severity.MEDIUM, True),
    ],
)
def test_severity_6_is_critical_and_0_and_99_are_medium_and_marked(
    adapt: Take, written: object, severity: Severity, assumed: bool
) -> None:
    body = adapt(severity_id=written).input.body
    assert (body.severity, body.severity_assumed) == (severity, assumed)


@pytest.mark.parametrize(
    ("stamps", "instant"),
    [
        ({"time": 1_767_225_600_123}, "2026-01-01T00:00:00.123Z"),
        ({"time": 1_767_225_600}, "2026-01-01T00:00:00Z"),
        ({"time": 1_767_225_600.5}, "2026-01-01T00:00:00.500Z"),
        ({"time": 1, "time_dt": "2026-01-01T01:00:00.000+01:00"}, "2026-01-01T00:00:00Z"),
        ({"time": 1_767_225_600, "time_dt": "2026-01-01T01:00:00"}, "2026-01-01T00:00:00Z"),
        ({"time": 1_767_225_600, "time_dt": "soon"}, "2026-01-01T00:00:00Z"),
    ],
)
def test_time_dt_counts_before_time_which_is_in_seconds_or_milliseconds(
    adapt: Take, stamps: dict[str, object], instant: str
) -> None:
    assert adapt(**stamps).input.happened_at == parse(instant)


@pytest.mark.parametrize("time", [None, True, 10**40, -(10**40), [], 1e300])
def test_a_time_that_says_nothing_leaves_the_finding_dated_by_its_arrival(adapt: Take, time: object) -> None:
    taken = adapt(time=time).input
    assert (taken.happened_at, taken.dated_by_arrival) == (STAMP, True)


@pytest.mark.parametrize("kind", [2002, 2003, 2005, 2006, 2007, "2004", 99_802_004])
def test_findings_of_every_class_are_taken(adapt: Take, kind: object) -> None:
    assert adapt(class_uid=kind).input.body.title == "Odd log-ins"


@pytest.mark.parametrize("kind", [0, 1001, 4001, 6003, 2000])
def test_events_that_are_no_findings_are_ignored_unless_they_are_alerts(adapt: Take, kind: int) -> None:
    assert adapt(class_uid=kind).ignored == {"no_finding": 1}
    assert adapt(class_uid=kind, is_alert=True).input.body.title == "Odd log-ins"


@pytest.mark.parametrize("kind", [None, [2004], True, "x", "-2004", "9" * 5_000])
def test_a_class_that_is_no_number_is_a_dead_letter(adapt: Take, kind: object) -> None:
    assert adapt(class_uid=kind).reason == "not_a_detection"


@pytest.mark.parametrize(
    "over",
    [
        {"activity_id": 3},
        {"activity_id": "3"},
        {"activity_id": "Close"},
        {"activity_id": 99, "activity_name": "Closed"},
        {"activity_id": None, "type_uid": 200403},
        {"activity_id": 2, "status_id": 3},
        {"activity_id": 2, "status_id": 4, "status": "Resolved"},
        {"status_id": 5},
        {"status_id": "6"},
        {"status_id": "Suppressed"},
        {"status": "RESOLVED"},
        {"status_id": 99, "status": "False Positive"},
        {"class_uid": 2001, "state_id": 4},
        {"class_uid": 2001, "state_id": -1, "state": "Resolved"},
        {"class_uid": 2005, "status_id": 5},
        {"class_uid": 2006, "activity_id": 4},
    ],
)
def test_a_finding_that_is_over_at_its_source_says_so_under_its_key(adapt: Take, over: dict[str, object]) -> None:
    (before, after) = adapt().input.body, adapt(**over).input.body
    assert (before.resolved, after.resolved, before.key) == (False, True, after.key)


@pytest.mark.parametrize(
    "passed",
    [
        {"status_code": "PASS"},
        {"class_uid": 2003, "compliance": {"status_id": 1}},
        {"class_uid": 2003, "compliance": {"status": "Passed"}},
    ],
)
def test_a_check_that_was_passed_is_ignored(adapt: Take, passed: dict[str, object]) -> None:
    taken = adapt(**passed)
    assert (taken.outputs, taken.ignored) == ([], {"resolved": 1})


@pytest.mark.parametrize(
    "open_still",
    [
        {"status_id": 1, "status": "Resolved"},
        {"status_id": 2},
        {"status_id": 0},
        {"status_id": 99, "status": "Odd"},
        {"status_id": [4]},
        {"class_uid": 2005, "status_id": 3, "status": "On Hold"},
        {"class_uid": 2004, "activity_id": 4},
        {"class_uid": 4001, "is_alert": True, "activity_id": 3},
        {"status_code": "FAIL"},
        {"class_uid": 2003, "compliance": {"status_id": 3, "status": "Failed"}},
    ],
)
def test_a_finding_that_is_open_at_its_source_is_taken(adapt: Take, open_still: dict[str, object]) -> None:
    assert adapt(**open_still).input.body.title == "Odd log-ins"


@pytest.mark.parametrize(
    "of_many",
    [
        {"finding_info": {"uid": "RULE-7", "title": "t", "analytic": {"uid": "rule-7"}}},
        {"finding_info": {"uid": "t", "title": "t"}},
        {"finding_info": {"uid": "CVE-1"}, "vulnerabilities": [{"cve": {"uid": "CVE-1"}}]},
        {"finding_info": {"uid": "check"}, "metadata": {"event_code": "check"}},
    ],
)
def test_a_uid_that_is_the_rules_is_no_key_of_the_finding(adapt: Take, of_many: dict[str, object]) -> None:
    one, other = (adapt(**of_many, device={"hostname": host}).input.body.key for host in ("a", "b"))
    assert one != other


def test_the_asset_is_the_clients_own_among_endpoints_and_observables(adapt: Take) -> None:
    ours, theirs = {"ip": "10.0.0.1", "hostname": "laptop-4"}, {"ip": "203.0.113.4"}
    nothing: dict[str, object] = {"device": None}
    for ends in ((ours, theirs), (theirs, ours)):
        pair = dict(zip(("src_endpoint", "dst_endpoint"), ends, strict=True))
        assert adapt(**nothing, evidences=[{}, pair]).input.body.asset == "laptop-4"
        assert adapt(**nothing, **pair).input.body.asset == "laptop-4"
    observables = [{"type_id": 2, "value": "203.0.113.4"}, {"type_id": 2, "value": "10.0.0.1"}]
    assert adapt(**nothing, observables=observables).input.body.asset == "10.0.0.1"
    assert adapt(**nothing, src_endpoint=theirs, user={"name": "ada"}).input.body.asset == "ada"
    acting = [{"role_id": 2, "name": "attacker"}, {"role_id": 1, "name": "victim"}]
    assert adapt(**nothing, resources=acting).input.body.asset == "victim"


def test_a_finding_says_what_it_is_about_in_many_places(adapt: Take) -> None:
    nothing = {"device": None}
    assert adapt(**nothing, resources=[{"uid": "key-1"}]).input.body.asset == "key-1"
    assert adapt(**nothing, evidences=[{"dst_endpoint": {"ip": "10.0.0.1"}}]).input.body.asset == "10.0.0.1"
    assert adapt(**nothing, evidences=[], resources="odd", cloud=7).input.body.asset == "unknown"


def test_a_finding_with_nothing_in_it_is_still_not_lost(take: Take) -> None:
    body = take(Topic.SECURITY_EVENTS, b'{"class_uid": 2004}', headers=ACME).input.body
    assert (body.signature, body.title, body.asset, body.key) == (
        "OCSF 2004",
        "OCSF finding",
        "unknown",
        "ocsf/signature/OCSF 2004/unknown",
    )


def test_the_product_finds_the_tenant_where_the_message_names_none(adapt: Take) -> None:
    assert adapt(headers=()).input.tenant == "globex"
    assert adapt(headers=(), metadata={}).reason == "no_tenant"


def test_marks_in_a_findings_text_are_neutralised_not_refused(adapt: Take) -> None:
    body = adapt(finding_info={"title": "a\u202eb\x00", "uid": "u\u2066"}).input.body
    assert body.title == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert body.key == "globex-edr/key/u\N{REPLACEMENT CHARACTER}"


def test_guarddutys_example(take: Take) -> None:
    taken = take(Topic.SECURITY_EVENTS, (DATA / "ocsf-guardduty-detection.json").read_bytes(), headers=ACME).input
    assert taken.source == "GuardDuty"
    assert taken.happened_at == parse("2023-09-19T11:05:22.487-04:00")
    assert taken.body.severity is Severity.LOW
    assert taken.body.signature == "TTPs/Defense Evasion/Stealth:IAMUser-CloudTrailLoggingDisabled"
    assert taken.body.key.endswith("~1finding~1a6c556fcbc9bea427a19f8b787099a0b")
    assert taken.body.asset == "AWS::IAM::AccessKey:ASIATMJPC7EXAMPLE"


def test_oktas_example(take: Take) -> None:
    taken = take(Topic.SECURITY_EVENTS, (DATA / "ocsf-okta-detection.json").read_bytes(), headers=ACME).input
    assert taken.happened_at == parse("2024-08-13T15:58:20Z")
    assert (taken.body.severity, taken.body.severity_assumed) == (Severity.MEDIUM, True)
    assert taken.body.title == "Login Failures"
    assert taken.body.key == "Okta System Log/key/dc9fd3c0-598c-11ef-8478-2b7584bf8d5a"
