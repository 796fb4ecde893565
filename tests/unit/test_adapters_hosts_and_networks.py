"""Alerts of Wazuh, Falco, Zeek and Snort as detections: scales, times, assets, and what is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.taking import STAMP, Take, Taken

from tocsin.domain.instant import parse
from tocsin.messages.record import Headers, Topic

SAMPLES = Path(__file__).parents[1] / "data" / "sensors"
ACME = (("tenant", b"acme"),)
TORONTO = (*ACME, ("sensor", b"acme-sensor-2"))


def sample(name: str, **changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SAMPLES / name).read_bytes())
    return document | changes


@pytest.fixture
def adapt(take: Take) -> Take:
    def adapt(document: object, headers: Headers = ACME) -> Taken:
        return take(Topic.SECURITY_EVENTS, json.dumps(document).encode(), headers=headers)

    return adapt


@pytest.mark.parametrize(
    ("level", "severity", "assumed"),
    [
        (0, "informational", False),
        (3, "informational", False),
        (4, "low", False),
        (6, "low", False),
        (7, "medium", False),
        (11, "medium", False),
        (12, "high", False),
        (14, "high", False),
        (15, "critical", False),
        ("15", "critical", False),
        (17, "medium", True),
        (None, "medium", True),
        ([], "medium", True),
    ],
)
def test_levels_of_wazuh_are_0_to_15(adapt: Take, level: object, severity: str, assumed: bool) -> None:
    body = adapt(sample("wazuh/agent.json", rule={"level": level, "id": "1"})).input.body
    assert (body.severity, body.severity_assumed) == (severity, assumed)


@pytest.mark.parametrize(
    ("changes", "asset"),
    [
        ({}, "fs-7"),
        ({"agent": {"id": "007", "ip": "10.0.4.7"}}, "10.0.4.7"),
        ({"predecoder": {"hostname": "relay"}}, "fs-7"),
        ({"agent": {"id": "000", "name": "wazuh-1"}, "predecoder": {"hostname": "switch-2"}}, "switch-2"),
        ({"agent": {"id": "000", "name": "wazuh-1"}}, "wazuh-1"),
        ({"agent": None}, "wazuh-1"),
        ({"agent": 7, "manager": 7}, "unknown"),
    ],
)
def test_the_asset_of_wazuh_is_the_agent_or_the_host_that_wrote_to_the_manager(
    adapt: Take, changes: dict[str, object], asset: str
) -> None:
    assert adapt(sample("wazuh/agent.json", **changes)).input.body.asset == asset


def test_a_wazuh_alert_without_its_rule_is_a_dead_letter(adapt: Take) -> None:
    assert adapt(sample("wazuh/agent.json", rule={"level": 7})).reason == "invalid_data"


@pytest.mark.parametrize(
    ("priority", "severity", "assumed"),
    [
        ("Emergency", "critical", False),
        ("Alert", "critical", False),
        ("CRITICAL", "critical", False),
        ("Error", "high", False),
        ("warning", "medium", False),
        ("Notice", "low", False),
        ("Informational", "informational", False),
        ("Debug", "informational", False),
        ("", "medium", True),
        (7, "medium", True),
    ],
)
def test_priorities_of_falco_are_the_names_of_syslog(
    adapt: Take, priority: object, severity: str, assumed: bool
) -> None:
    body = adapt(sample("falco/readme.json", priority=priority)).input.body
    assert (body.severity, body.severity_assumed) == (severity, assumed)


def test_falco_without_a_host_is_about_the_pod(adapt: Take) -> None:
    fields = {"k8s.pod.name": "web-1", "container.id": "3ad7b26ded6d"}
    assert adapt(sample("falco/readme.json", hostname=None, output_fields=fields)).input.body.asset == "web-1"
    assert adapt(sample("falco/readme.json", hostname=None, output_fields=None)).input.body.asset == "unknown"


def test_falco_without_a_time_is_dated_by_that_of_its_event(adapt: Take) -> None:
    fields = {"evt.time": 1_507_591_916_746_609_046}
    taken = adapt(sample("falco/readme.json", time=None, output_fields=fields)).input
    assert taken.happened_at == parse("2017-10-09T23:31:56.746Z")


def test_an_event_that_falcosidekick_sends_twice_is_one_input(adapt: Take) -> None:
    uuid = "9d2b7b3c-1f0a-4c7e-8d34-0a6c6f7a2f11"
    assert adapt(sample("falco/readme.json", uuid=uuid)).input.id == uuid


@pytest.mark.parametrize(
    ("ends", "asset"),
    [
        ({"src": "203.0.113.7", "dst": "10.0.4.7"}, "10.0.4.7"),
        ({"src": "10.0.4.9", "dst": "203.0.113.7"}, "10.0.4.9"),
        ({"id.orig_h": "203.0.113.7", "id.resp_h": "10.0.4.8"}, "10.0.4.8"),
        ({"id": {"orig_h": "10.0.4.8", "resp_h": "203.0.113.7"}}, "10.0.4.8"),
        ({"src": "10.0.4.8"}, "10.0.4.8"),
        ({"id": 7}, "unknown"),
    ],
)
def test_the_asset_of_a_notice_is_the_tenants_own_end(adapt: Take, ends: dict[str, object], asset: str) -> None:
    notice = {"ts": 1_772_355_598.9, "note": "SSH::Password_Guessing", "msg": "guessing", **ends}
    assert adapt(notice).input.body.asset == asset


@pytest.mark.parametrize("ts", [1_772_355_598.879, "1772355598.879", 1_772_355_598_879, "2026-03-01T08:59:58.879Z"])
def test_a_notice_is_dated_by_seconds_milliseconds_or_text(adapt: Take, ts: object) -> None:
    assert adapt(sample("zeek/guessing.json", ts=ts)).input.happened_at == parse("2026-03-01T08:59:58.879Z")


def test_a_notice_that_the_kafka_writer_has_tagged_is_the_same_detection(adapt: Take) -> None:
    plain = adapt(sample("zeek/guessing.json")).input.body
    assert adapt({"notice": sample("zeek/guessing.json")}).input.body == plain


@pytest.mark.parametrize("path", ["conn", "dns", "weird", "ssl_red", "stats"])
def test_other_logs_of_zeek_are_no_findings(adapt: Take, path: str) -> None:
    taken = adapt(sample("zeek/conn.json", _path=path))
    assert (taken.inputs, taken.letters) == ([], [])


@pytest.mark.parametrize("changes", [{"note": 7.5}, {"note": ""}, {"_path": "notice", "note": None}])
def test_a_notice_without_its_kind_is_a_dead_letter(adapt: Take, changes: dict[str, object]) -> None:
    assert adapt(sample("zeek/guessing.json", **changes)).reason == "invalid_data"


@pytest.mark.parametrize(
    ("priority", "severity", "assumed"),
    [
        (1, "high", False),
        (2, "medium", False),
        (3, "low", False),
        (4, "informational", False),
        (0, "medium", True),
        (5, "medium", True),
        (None, "medium", True),
    ],
)
def test_priorities_of_snort_count_down_from_1(adapt: Take, priority: object, severity: str, assumed: bool) -> None:
    body = adapt(sample("snort/all-fields.json", priority=priority)).input.body
    assert (body.severity, body.severity_assumed) == (severity, assumed)


@pytest.mark.parametrize(
    ("changes", "instant"),
    [
        ({"seconds": 1_772_355_598}, "2026-03-01T08:59:58Z"),
        ({"seconds": None, "timestamp": "03/01-03:59:58.153899"}, "2026-03-01T08:59:58.153Z"),
        ({"seconds": None, "timestamp": "26/03/01-03:59:58.153899"}, "2026-03-01T08:59:58.153Z"),
        ({"seconds": None, "timestamp": "12/31-03:59:58.153899"}, "2025-12-31T08:59:58.153Z"),
    ],
)
def test_snort_is_dated_by_seconds_or_by_a_stamp_in_the_zone_of_its_sensor(
    adapt: Take, changes: dict[str, object], instant: str
) -> None:
    assert adapt(sample("snort/all-fields.json", **changes), TORONTO).input.happened_at == parse(instant)


def test_a_stamp_of_snort_says_nothing_where_nobody_knows_its_zone(adapt: Take) -> None:
    taken = adapt(sample("snort/all-fields.json", seconds=None)).input
    assert (taken.happened_at, taken.dated_by_arrival) == (STAMP, True)


@pytest.mark.parametrize("rule", ["1:1000000:0", "1:1000000"])
def test_a_newer_revision_of_snorts_rule_is_the_same_signature(adapt: Take, rule: str) -> None:
    assert adapt(sample("snort/default-fields.json", rule=rule)).input.body.signature == "1:1000000"


@pytest.mark.parametrize("changes", [{"rule": "odd"}, {"rule": "1:x"}, {"sid": None, "gid": 1}])
def test_snort_without_a_number_of_its_rule_is_a_dead_letter(adapt: Take, changes: dict[str, object]) -> None:
    assert adapt(sample("snort/default-fields.json", **changes)).reason == "invalid_data"


@pytest.mark.parametrize(
    ("ends", "asset"),
    [
        ({"src_ap": "203.0.113.2:50284", "dst_ap": "192.168.2.3:80"}, "192.168.2.3"),
        ({"src_ap": "10.0.4.7:50284", "dst_ap": "203.0.113.2:80"}, "10.0.4.7"),
        ({"src_ap": "2001:db8::1:0", "dst_ap": "2001:db8::2:0"}, "2001:db8::2"),
        ({"src_ap": None, "dst_ap": 7}, "7"),
    ],
)
def test_the_asset_of_snort_is_an_address_without_its_port(adapt: Take, ends: dict[str, object], asset: str) -> None:
    assert adapt(sample("snort/default-fields.json", **ends)).input.body.asset == asset


@pytest.mark.parametrize("name", ["wazuh/dpkg.json", "zeek/guessing.json", "snort/all-fields.json"])
@pytest.mark.parametrize(
    "header",
    [
        "<132>Sep 19 08:25:04 acme-sensor-1 ossec: ",
        "<13>1 2026-03-01T08:59:59Z acme-sensor-1 app - - - ",
        "Mar  1 08:59:59 acme-sensor-1 ",
    ],
)
def test_behind_a_syslog_header_stands_the_same_detection_and_its_host_finds_the_tenant(
    take: Take, adapt: Take, name: str, header: str
) -> None:
    line = header + json.dumps(sample(name)) + "\n"
    taken = take(Topic.SECURITY_EVENTS, line.encode()).input
    assert (taken.tenant, taken.body) == ("acme", adapt(sample(name)).input.body)
