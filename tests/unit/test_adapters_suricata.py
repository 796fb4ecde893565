"""Suricata EVE as a detection."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.taking import Take, Taken

import tocsin
from tocsin.domain.instant import parse
from tocsin.domain.vocabulary import Severity
from tocsin.messages.record import Headers, Topic

SAMPLES = Path(tocsin.__file__).parent / "dev" / "samples"
STAMP = parse("2026-03-01T09:00:00Z")
ACME = (("tenant", b"acme"),)
ALERT = {"gid": 1, "signature_id": 2001219, "rev": 20, "signature": "ET SCAN Potential SSH Scan", "severity": 2}
LINE = {
    "timestamp": "2026-02-28T11:01:38.221126-0600",
    "event_type": "alert",
    "src_ip": "222.186.56.46",
    "dest_ip": "192.168.0.2",
    "alert": ALERT,
}


@pytest.fixture
def adapt(take: Take) -> Take:
    def adapt(headers: Headers = ACME, **changes: Any) -> Taken:
        return take(Topic.SECURITY_EVENTS, json.dumps(LINE | changes).encode(), headers=headers)

    return adapt


def test_an_alert_is_a_detection_by_its_rule_and_our_endpoint(adapt: Take) -> None:
    taken = adapt().input
    assert taken.tenant == "acme"
    assert taken.source == "suricata"
    assert taken.happened_at == parse("2026-02-28T17:01:38.221Z")
    assert not taken.dated_by_arrival
    body = taken.body
    assert (body.signature, body.title) == ("1:2001219", "ET SCAN Potential SSH Scan")
    assert (body.severity, body.severity_assumed) == (Severity.MEDIUM, False)
    assert (body.asset, body.key) == ("192.168.0.2", "suricata/signature/1:2001219/192.168.0.2")


def test_a_newer_revision_of_a_rule_is_the_same_signature(adapt: Take) -> None:
    assert adapt(alert=ALERT | {"rev": 21}).input.body.signature == "1:2001219"


@pytest.mark.parametrize(
    ("written", "severity", "assumed"),
    [
        (1, Severity.HIGH, False),
        (2, Severity.MEDIUM, False),
        (3, Severity.LOW, False),
        (4, Severity.INFORMATIONAL, False),
        (255, Severity.MEDIUM, True),
        (0, Severity.MEDIUM, True),
        ("1", Severity.HIGH, False),
        ("High", Severity.HIGH, False),
        (None, Severity.MEDIUM, True),
        ([1], Severity.MEDIUM, True),
    ],
)
def test_severity_1_to_4_is_high_to_informational_and_anything_else_medium_and_marked(
    adapt: Take, written: object, severity: Severity, assumed: bool
) -> None:
    body = adapt(alert=ALERT | {"severity": written}).input.body
    assert (body.severity, body.severity_assumed) == (severity, assumed)


@pytest.mark.parametrize(
    ("source", "destination", "asset"),
    [
        ("222.186.56.46", "192.168.0.2", "192.168.0.2"),
        ("192.168.0.2", "222.186.56.46", "192.168.0.2"),
        ("10.1.1.1", "192.168.0.2", "192.168.0.2"),
        ("222.186.56.46", "198.51.100.7", "198.51.100.7"),
        ("10.1.1.1", None, "10.1.1.1"),
        (None, "198.51.100.7", "198.51.100.7"),
        ("fe80::1", "2001:db8::2", "2001:db8::2"),
        ("10.1.1.1", "not an address", "10.1.1.1"),
        (None, None, "unknown"),
    ],
)
def test_the_asset_is_the_tenants_own_endpoint_or_else_the_destination(
    adapt: Take, source: str, destination: str, asset: str
) -> None:
    assert adapt(src_ip=source, dest_ip=destination).input.body.asset == asset


@pytest.mark.parametrize("kind", ["flow", "dns", "stats", "fileinfo", "anomaly"])
def test_lines_that_are_no_alert_are_ignored(adapt: Take, kind: str) -> None:
    taken = adapt(event_type=kind)
    assert (taken.outputs, taken.ignored) == ([], {"no_finding": 1})


@pytest.mark.parametrize("kind", [None, 7, ["alert"]])
def test_a_line_whose_type_is_no_word_is_a_dead_letter(adapt: Take, kind: object) -> None:
    assert adapt(event_type=kind).reason == "not_a_detection"


@pytest.mark.parametrize("alert", [None, {}, [], "x", {"signature_id": "2001219"}, {"signature_id": True}])
def test_an_alert_without_its_rule_is_a_dead_letter(adapt: Take, alert: object) -> None:
    assert adapt(alert=alert).reason == "invalid_data"


def test_a_stamp_without_an_offset_is_read_in_the_zone_of_its_sensor(adapt: Take) -> None:
    taken = adapt(headers=(), host="acme-sensor-2", timestamp="2026-02-28T11:01:38.221126").input
    assert (taken.tenant, taken.source) == ("acme", "acme-sensor-2")
    assert taken.happened_at == parse("2026-02-28T16:01:38.221Z")


def test_the_header_names_the_sensor_before_the_line_does(adapt: Take) -> None:
    headers = (("sensor", b"acme-sensor-2"),)
    taken = adapt(headers=headers, host="other", timestamp="2026-02-28T11:01:38.221126").input
    assert (taken.source, taken.happened_at) == ("acme-sensor-2", parse("2026-02-28T16:01:38.221Z"))


@pytest.mark.parametrize(
    "stamp", ["2026-02-28T11:01:38.221126", "99999-02-28T11:01:38+0000", "", "yesterday", 7, None, "1" * 100, {}]
)
def test_a_stamp_that_says_nothing_leaves_the_alert_dated_by_its_arrival(adapt: Take, stamp: object) -> None:
    taken = adapt(timestamp=stamp).input
    assert (taken.happened_at, taken.dated_by_arrival) == (STAMP, True)


def test_marks_in_a_sensors_text_are_neutralised_not_refused(adapt: Take) -> None:
    body = adapt(alert=ALERT | {"signature": "evil\u202egpj.exe\x1b[31m\r\n\ttwo\ud800"}).input.body
    assert (
        body.title == "evil\N{REPLACEMENT CHARACTER}gpj.exe\N{REPLACEMENT CHARACTER}[31m two\N{REPLACEMENT CHARACTER}"
    )


def test_a_long_signature_is_cut(adapt: Take) -> None:
    assert len(adapt(alert=ALERT | {"signature": "é" * 5_000}).input.body.title) == 1_024


def test_an_alert_without_tenant_or_known_sensor_is_a_dead_letter(adapt: Take) -> None:
    assert adapt(headers=(), host="nobody's").reason == "no_tenant"
    assert adapt(headers=()).reason == "no_tenant"


def test_the_samples_have_the_severities_that_the_sensor_gave(take: Take) -> None:
    lines = [line for file in sorted(SAMPLES.glob("*.jsonl")) for line in file.read_bytes().splitlines()]
    given = [json.loads(line)["alert"]["severity"] for line in lines]
    taken = [it.body.severity for it in take(Topic.SECURITY_EVENTS, *lines, headers=ACME).inputs]
    assert [{1: "high", 2: "medium", 3: "low"}[severity] for severity in given] == taken
