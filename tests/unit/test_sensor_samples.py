"""What becomes of each sample of a sensor's format; `SOURCE.md` beside it says where it comes from."""

from pathlib import Path
from typing import NamedTuple

import pytest
from tests.unit.taking import Take

from tocsin.domain.commands.inbound import Detection, Input
from tocsin.domain.instant import parse
from tocsin.messages.record import Topic

SAMPLES = Path(__file__).parents[1] / "data" / "sensors"
ACME = (("tenant", b"acme"),)


class Right(NamedTuple):
    """What a sample must give. `happened_at` empty: it is dated by its arrival."""

    source: str
    severity: str
    signature: str
    asset: str
    title: str
    key: str
    happened_at: str = ""
    assumed: bool = False
    resolved: bool = False


WORM = "Detected a threat. No action needed."
THREAT = ("threatmanager", "critical", "100")

DETECTIONS = {
    "cef/CEF0001.txt": Right(*THREAT, "10.0.0.1", "worm successfully stopped", "cef~1Security~1threatmanager/..."),
    "cef/CEF0002.txt": Right(
        "threatmanager",
        "critical",
        "100",
        "10.0.0.1",
        "detected a | in message",
        "cef~1security~1threatmanager/...",
    ),
    "cef/CEF0003.txt": Right(
        "threatmanager",
        "critical",
        "100",
        "10.0.0.1",
        "detected a \\ in packet",
        "cef~1security~1threatmanager/...",
    ),
    "cef/CEF0004.txt": Right(
        "threatmanager",
        "critical",
        "100",
        "10.0.0.1",
        "detected a = in message",
        "cef~1security~1threatmanager/...",
    ),
    "cef/CEF0005.txt": Right(
        "Logger",
        "low",
        "sensor:115",
        "10.0.0.1",
        "Logger Internal Event",
        "cef~1ArcSight~1Logger/...",
        "2011-05-10T13:28:19.211Z",
    ),
    "cef/CEF0006.txt": Right(
        "OSSEC HIDS",
        "critical",
        "5302",
        "ubuntusvr",
        "User missed the password to change UID to root.",
        "cef~1Trend Micro Inc.~1OSSEC HIDS/...",
    ),
    "cef/CEF0007.txt": Right("threatmanager", "critical", "100", "10.0.0.1", WORM, "cef~1security~1threatmanager/..."),
    "cef/CEF0008.txt": Right("threatmanager", "critical", "100", "unknown", WORM, "cef~1security~1threatmanager/..."),
    "cef/syslog-words.txt": Right(
        "Wall",
        "critical",
        "34113",
        "laptop-4",
        "Blocked: path with \\ and | in it",
        "cef~1Example~1Wall/...",
        "2026-03-01T08:59:58Z",
    ),
    "leef/1.0.txt": Right(
        "Mail Guard",
        "high",
        "15345 Malware",
        "10.0.4.7",
        "A worm was stopped.",
        "leef~1Example~1Mail Guard/...",
        "2026-03-01T08:59:58Z",
    ),
    "leef/2.0-delimiter.txt": Right(
        "Flow Watch", "medium", "41", "10.0.4.7", "41", "leef~1Example~1Flow Watch/...", "2026-03-01T08:59:58Z"
    ),
    "leef/2.0-hexadecimal.txt": Right(
        "Flow Watch", "critical", "42 Scan", "10.0.4.8", "42 Scan", "leef~1Example~1Flow Watch/..."
    ),
    "wazuh/dpkg.json": Right(
        "wazuh",
        "medium",
        "2904",
        "ub20",
        "Dpkg (Debian Package) half configured.",
        "wazuh/...",
        "2024-09-19T02:55:04.210Z",
    ),
    "wazuh/pam.json": Right(
        "wazuh", "informational", "5502", "ub20", "PAM: Login session closed.", "wazuh/...", "2024-09-18T10:35:21.609Z"
    ),
    "wazuh/rootcheck.json": Right(
        "wazuh",
        "medium",
        "510",
        "ub20",
        "Host-based anomaly detection event (rootcheck).",
        "wazuh/...",
        "2024-09-19T20:00:20.439Z",
    ),
    "wazuh/agent.json": Right(
        "wazuh",
        "critical",
        "40112",
        "fs-7",
        "Multiple failed log-ins, then a success from the same source.",
        "wazuh/...",
        "2026-03-01T08:59:58.120Z",
    ),
    "falco/readme.json": Right(
        "falco",
        "high",
        "Write below binary dir",
        "localhost",
        "Write below binary dir",
        "falco/...",
        "2019-05-17T15:31:56.746Z",
    ),
    "falco/client_test.json": Right(
        "falco", "informational", "Test rule", "test-host", "Test rule", "falco/...", "2001-01-01T01:10:00Z"
    ),
    "zeek/notice.json": Right(
        "zeek",
        "high",
        "ATTACK::Discovery",
        "10.10.10.15",
        "Detected activity from host 10.10.10.15, total attempts 9 within timeframe 5.0 mins",
        "zeek/...",
        "2026-03-01T09:00:00Z",
    ),
    "zeek/guessing.json": Right(
        "zeek",
        "medium",
        "SSH::Password_Guessing",
        "10.0.4.7",
        "203.0.113.7 appears to be guessing SSH passwords (seen in 30 connections).",
        "zeek/...",
        "2026-03-01T08:59:58.879Z",
        assumed=True,
    ),
    "zeek/suricata_corelight.json": Right(
        "suricata",
        "high",
        "1:2006380",
        "10.69.5.8",
        "ET POLICY Outgoing Basic Auth Base64 HTTP Password detected unencrypted",
        "suricata/...",
        "2026-03-01T09:00:00Z",
    ),
    "snort/all-fields.json": Right(
        "snort",
        "high",
        "1:58722",
        "10.0.4.7",
        "SERVER-OTHER Apache Log4j logging remote code execution attempt",
        "snort/...",
        "2026-03-01T08:59:58Z",
    ),
    "snort/default-fields.json": Right(
        "snort", "medium", "1:1000000", "192.168.2.3", "Snort 1:1000000", "snort/...", assumed=True
    ),
    "prometheus-alertmanager/event-created.json": Right(
        "alertmanager",
        "medium",
        "InstanceDown",
        "db-1:9100",
        "db-1 is down",
        "alertmanager/key/798bb5da01e05168",
        "2026-03-01T08:58:00.120Z",
    ),
}

SEVERAL = {
    "prometheus-alertmanager/goalert-0.json": [
        Right(
            "alertmanager",
            "critical",
            "InstanceDown",
            "127.0.0.1:9090",
            "Instance 127.0.0.1:9090 down",
            "alertmanager/key/791cec13fcba0368",
            "2020-08-08T14:32:08.326Z",
        ),
        Right(
            "alertmanager",
            "critical",
            "InstanceDown",
            "localhost:9090",
            "Instance localhost:9090 down",
            "alertmanager/key/8df98227bdd81384",
            "2020-08-08T02:21:08.326Z",
        ),
    ],
    "prometheus-alertmanager/mixed.json": [
        Right(
            "alertmanager",
            "critical",
            "InstanceDown",
            "127.0.0.1:9090",
            "Instance 127.0.0.1:9090 down",
            "alertmanager/key/791cec13fcba0368",
            "2020-08-08T14:32:08.326Z",
            resolved=True,
        ),
        Right(
            "alertmanager",
            "critical",
            "InstanceDown",
            "localhost:9090",
            "Instance localhost:9090 down",
            "alertmanager/key/8df98227bdd81384",
            "2020-08-08T02:21:08.326Z",
        ),
    ],
}

DETECTIONS["prometheus-alertmanager/event-resolved.json"] = DETECTIONS[
    "prometheus-alertmanager/event-created.json"
]._replace(resolved=True)
DETECTIONS["syslog_json/wazuh-dpkg.txt"] = DETECTIONS["wazuh/dpkg.json"]
DETECTIONS["syslog_json/zeek-notice.txt"] = DETECTIONS["zeek/notice.json"]

IGNORED = {
    "zeek/conn.json",
    "prometheus-alertmanager/event-startup.json",
}


@pytest.mark.parametrize("name", DETECTIONS)
def test_a_sample_is_the_detection_that_its_sensor_means(take: Take, name: str) -> None:
    taken = take(Topic.SECURITY_EVENTS, (SAMPLES / name).read_bytes(), headers=ACME).input
    assert taken.tenant == "acme"
    assert found(taken) == _complete(DETECTIONS[name])


@pytest.mark.parametrize("name", SEVERAL)
def test_a_sample_with_several_alerts_is_a_detection_for_each(take: Take, name: str) -> None:
    taken = take(Topic.SECURITY_EVENTS, (SAMPLES / name).read_bytes(), headers=ACME)
    assert taken.letters == []
    assert [found(it) for it in taken.inputs] == [_complete(right) for right in SEVERAL[name]]


@pytest.mark.parametrize("name", sorted(IGNORED))
def test_a_sample_that_is_no_finding_leaves_nothing(take: Take, name: str) -> None:
    taken = take(Topic.SECURITY_EVENTS, (SAMPLES / name).read_bytes(), headers=ACME)
    assert (taken.inputs, taken.letters) == ([], [])


def found(taken: Input) -> Right:
    body = taken.body
    assert isinstance(body, Detection)
    return Right(
        source=taken.source,
        severity=body.severity.value,
        signature=body.signature,
        asset=body.asset,
        title=body.title,
        key=body.key or "",
        happened_at="" if taken.dated_by_arrival else str(taken.happened_at),
        assumed=body.severity_assumed,
        resolved=body.resolved,
    )


def _complete(right: Right) -> Right:
    """`right` with the key of its signature and asset, and its time as intake counts it."""
    key = right.key.replace("...", f"signature/{right.signature}/{right.asset}")
    return right._replace(key=key, happened_at=str(parse(right.happened_at)) if right.happened_at else "")
