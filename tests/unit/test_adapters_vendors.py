"""Alerts of GuardDuty, Security Hub, CrowdStrike, Microsoft and Elastic as detections."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.takers import takers

from tocsin.domain.commands.inbound import Detection, Input
from tocsin.domain.instant import parse
from tocsin.messages import inbox
from tocsin.messages.adapters import asff, crowdstrike, elastic, guardduty, microsoft
from tocsin.messages.arrival import Arrival
from tocsin.messages.intake import Intake
from tocsin.messages.record import Headers, Record, Topic
from tocsin.tenants.directory import TenantDirectory

SENSORS = Path(__file__).parents[1] / "data" / "sensors"
FORMATS = {"guardduty": guardduty, "asff": asff, "crowdstrike": crowdstrike, "microsoft": microsoft, "elastic": elastic}
SAMPLES = sorted(str(file.relative_to(SENSORS)) for name in FORMATS for file in (SENSORS / name).glob("*.json"))
ACME = (("tenant", b"acme"),)
NOW = parse("2026-11-01T00:00:00Z")

IAM_ROLE = "arn:aws:iam::123456789012:role/IAMRole"
PERMISSIVE = "Principal AssumedRole:IAMRole attempted to add a policy to themselves that is highly permissive."
ADDED = (IAM_ROLE, PERMISSIVE, "2020-02-14T17:59:17Z", "guardduty/key/eeb88ab56556eb7771b266670dddee5a")
CUSTOM = "arn:aws:securityhub:us-east-1:123456789012:product~1123456789012~1default/key/"
CUSTOM_KEY = f"{CUSTOM}1abc2de3-69ea-4e15-91c6-27eb4a07bd21"
DECOY_ROLE = "arn:aws:iam::123456789012:role/Dummy-Test-InfoRole-ab21cde50f"
DECOY_SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:Dummy-Secret-ab12cde34f"
PRODUCT = "arn:aws:securityhub:eu-west-1::product~1aws~1"
INDICATOR = "00000000000000000000000000000000:ind:00000000006e49842267fc5837c4e2fc:222222222222222222-33333-444444"
EICAR = (
    "Known Malware: A process has written a known EICAR test file. Review the files written by the triggered process."
)
REGSVR = "Regsvr32 Rundll32 Image Loads Abnormal Extension"
HOMER = "homer.simpson@corporation.onmicrosoft.com"

TAKEN: dict[str, tuple[str, str, str, str, str]] = {
    "guardduty/critical-0.json": (
        "critical", "123456789012",
        "Potential credential compromise of IAMUser/john_doe indicated by a sequence of actions.",
        "2025-02-25T20:40:06Z", "guardduty/key/8c258d654378414b9bc26f61a93eb816",
    ),
    "guardduty/high-0.json": ("high", *ADDED),
    "guardduty/med-0.json": ("medium", *ADDED),
    "guardduty/low-0.json": ("low", *ADDED),
    "guardduty/own-instance.json": (
        "high", "i-0abc12345", "The EC2 instance i-0abc12345 asks for a name of a Bitcoin pool.",
        "2026-03-01T08:50:00Z", "guardduty/key/1ab92989eaf0e742df4a014d5c0a8841",
    ),
    "asff/decoy_iam-0.json": (
        "high", DECOY_ROLE,
        f"Suspicious activity detected accessing private decoy IAM role {DECOY_ROLE}",
        "2024-05-24T13:17:15Z", CUSTOM_KEY,
    ),
    "asff/decoy_s3-0.json": (
        "high", "arn:aws:s3:::panther-databucket",
        "Suspicious activity detected accessing private decoy S3 bucket panther-databucket",
        "2024-05-24T00:26:57Z", f"{CUSTOM}ABC9ONWNS3155VIEJC8U",
    ),
    "asff/decoy_secret-0.json": (
        "high", DECOY_SECRET,
        f"Suspicious activity detected accessing private decoy secret {DECOY_SECRET}",
        "2024-05-23T20:49:02Z", CUSTOM_KEY,
    ),
    "asff/own-control-failed.json": (
        "high", "arn:aws:s3:::globex-reports", "S3 buckets should block public access", "2026-03-01T08:30:00.100Z",
        f"{PRODUCT}securityhub/key/arn:aws:securityhub:eu-west-1:444455556666:security-control~1S3.8~1finding~10a1b",
    ),
    "asff/own-guardduty.json": (
        "high", "arn:aws:ec2:eu-west-1:444455556666:instance/i-0abc12345",
        "The EC2 instance i-0abc12345 asks for a name of a Bitcoin pool.", "2026-03-01T08:30:00.100Z",
        f"{PRODUCT}guardduty/key/arn:aws:guardduty:eu-west-1:444455556666:detector~122b1~1finding~11ab9",
    ),
    "crowdstrike/replicator-0.json": (
        "low", "macbook", "NGAV: This file is classified as Adware/PUP based on its SHA256 hash.",
        "2021-09-18T20:38:52Z", f"crowdstrike/key/{INDICATOR}",
    ),
    "crowdstrike/replicator-1.json": (
        "low", "hostname.lan",
        "Suspicious Activity: Non-malicious sample detection generated for evaluation purposes.",
        "2021-03-24T18:19:49Z", f"crowdstrike/key/{INDICATOR}",
    ),
    "crowdstrike/stream-0.json": (
        "informational", "2.2.2.2", EICAR, "2024-12-03T19:54:30Z", "crowdstrike/key/DETECTION ID",
    ),
    "crowdstrike/stream-4.json": (
        "critical", "2.2.2.2", EICAR, "2024-12-03T19:54:30Z", "crowdstrike/key/DETECTION ID",
    ),
    "crowdstrike/own-alert.json": (
        "high", "GLOBEX-LT-7", "EncodedCommand: A script host started an encoded command.",
        "2026-03-01T08:41:02.328Z", "crowdstrike/key/0f3a:ind:5f1c:7788-10197-12",
    ),
    "crowdstrike/own-stream-detection.json": (
        "high", "GLOBEX-DC-1", "Credential Theft: A process read the memory of lsass.",
        "2026-03-01T08:41:12Z", "crowdstrike/key/ldt:5f1c:99",
    ),
    "microsoft/graph-0.json": (
        "medium", HOMER, "Anonymous IP address", "2026-04-01T14:31:48.438Z", "microsoft/key/abcd12345efghijk6789",
    ),
    "microsoft/graph-1.json": (
        "high", HOMER, "Password Spray", "2026-04-02T14:30:21.979Z", "microsoft/key/abcdefg-123456-hijklmno",
    ),
    "microsoft/graph-3.json": (
        "informational", "unknown", "Informational signal", "2026-04-04T10:00:00Z", "microsoft/key/info-event-1",
    ),
    "microsoft/hunting-0.json": (
        "high", "unknown", REGSVR, "2025-04-21T20:51:04.058Z", "microsoft/key/0000000000-1111-2222-3333-444444444444",
    ),
    "microsoft/hunting-1.json": (
        "high", "testdevice.testdomain.com", REGSVR, "2025-04-11T20:51:04.058Z",
        "microsoft/key/sn34c87846-505a-4c84-b125-44bce1202df4",
    ),
    "microsoft/own-endpoint-alert.json": (
        "low", "lt-8.globex.example", "A beacon", "2026-03-01T08:33:00.300Z", "microsoft/key/da637000000000000001_33",
    ),
    "microsoft/own-graph-device.json": (
        "medium", "lt-7.globex.example", "A hidden file was run", "2026-03-01T08:15:58.222Z",
        "microsoft/key/da638700000000000001_77",
    ),
    "microsoft/own-graph-incident.json": (
        "high", "lt-7.globex.example", "Several stages on one endpoint", "2026-03-01T08:25:00Z",
        "microsoft incident/key/4711",
    ),
    "microsoft/own-graph-v1.json": (
        "high", "srv-2.globex.example", "Files are being encrypted", "2026-03-01T08:20:11.500Z",
        "microsoft/key/2517000000000000000_88",
    ),
    "microsoft/own-xdr-incident.json": (
        "medium", "kim@globex.example", "Activity from a country that is not usual", "2026-03-01T08:25:00.290Z",
        "microsoft incident/key/4712",
    ),
    "elastic/own-alert.json": (
        "high", "web-1", "Many failed log-ins", "2026-03-01T08:49:00Z", "elastic/key/8c1a2b3c4d5e",
    ),
    "elastic/own-alert-nested.json": (
        "low", "web-2", "Rare process", "2026-03-01T08:50:03.412Z", "elastic/key/9d1a",
    ),
    "elastic/own-signal.json": (
        "critical", "db-1", "Shadow copies deleted", "2026-03-01T08:45:00Z", "elastic/signature/rr-1/db-1",
    ),
    "elastic/own-ecs-alert.json": (
        "high", "10.20.0.30", "Beacon", "2026-03-01T08:50:00Z", "globex_ids/signature/77/10.20.0.30",
    ),
}  # fmt: skip
"""Severity, asset, title, time and key of every sample that is taken."""

OVER = (
    "asff/own-archived.json",
    "crowdstrike/own-alert-closed.json",
    "microsoft/graph-2.json",
    "microsoft/own-graph-v1-dismissed.json",
    "elastic/own-alert-closed.json",
)
"""The samples that say that something is over."""

IGNORED = {
    "guardduty/critical-1.json": "heartbeat",
    "guardduty/high-1.json": "heartbeat",
    "guardduty/med-1.json": "heartbeat",
    "guardduty/low-1.json": "heartbeat",
    "asff/own-control-passed.json": "resolved",
    "crowdstrike/replicator-2.json": "no_finding",
    "crowdstrike/stream-5.json": "no_finding",
    "crowdstrike/own-telemetry.json": "no_finding",
    "microsoft/own-hunting-process.json": "no_finding",
    "elastic/own-building-block.json": "no_finding",
    "elastic/own-ecs-event.json": "no_finding",
}


def sample(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SENSORS / name).read_bytes())
    return document


def outcome(tenants: TenantDirectory, document: object, headers: Headers = ACME) -> Input | str:
    """The input that was taken, or the kind of what was ignored, or the reason of the dead letter."""
    intake = Intake(tenants, inbox_partitions=3)
    record = Record(Topic.SECURITY_EVENTS, 2, 100, NOW, None, json.dumps(document).encode(), headers)
    outputs = [output for chunk in intake.fold([record]) for output in chunk.outputs]
    if not outputs:
        (kind,) = intake.ignored
        return kind
    last = outputs[-1]
    if last.topic is Topic.DEAD_LETTERS:
        return dict(last.headers)["tocsin-reason"].decode()
    return inbox.decode(Record(Topic.INBOX, 0, 0, NOW, last.key, last.value))


def detection(tenants: TenantDirectory, document: object) -> Detection:
    taken = outcome(tenants, document)
    assert isinstance(taken, Input)
    assert isinstance(taken.body, Detection)
    return taken.body


def test_every_sample_has_its_outcome_in_these_tables() -> None:
    assert sorted([*TAKEN, *OVER, *IGNORED]) == SAMPLES


@pytest.mark.parametrize("name", TAKEN)
def test_a_sample_has_the_severity_asset_title_time_and_key_that_its_vendor_wrote(
    example_tenants: TenantDirectory, name: str
) -> None:
    severity, asset, title, time, key = TAKEN[name]
    taken = outcome(example_tenants, sample(name))
    assert isinstance(taken, Input)
    body = taken.body
    assert isinstance(body, Detection)
    assert (body.severity, body.severity_assumed, body.asset, body.title) == (severity, False, asset, title)
    assert (taken.tenant, taken.happened_at, taken.dated_by_arrival) == ("acme", parse(time), False)
    assert body.key == key


@pytest.mark.parametrize("name", OVER)
def test_what_is_over_at_its_source_says_so(example_tenants: TenantDirectory, name: str) -> None:
    assert detection(example_tenants, sample(name)).resolved


@pytest.mark.parametrize("name", IGNORED)
def test_what_was_passed_or_is_no_finding_is_ignored(example_tenants: TenantDirectory, name: str) -> None:
    assert outcome(example_tenants, sample(name)) == IGNORED[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_exactly_its_own_adapter_recognises_a_sample(example_tenants: TenantDirectory, name: str) -> None:
    value = json.dumps(sample(name)).encode()
    record = Record(Topic.SECURITY_EVENTS, 2, 100, NOW, None, value, ACME)
    assert takers(Arrival(record, value, example_tenants)) == [FORMATS[name.partition("/")[0]].__name__]


@pytest.mark.parametrize(
    ("name", "product"),
    [
        ("guardduty/own-instance.json", "GuardDuty"),
        ("asff/own-guardduty.json", "GuardDuty"),
        ("asff/decoy_s3-0.json", "DecoyDetector"),
        ("crowdstrike/own-alert.json", "crowdstrike"),
        ("microsoft/own-graph-device.json", "Microsoft Defender for Endpoint"),
        ("microsoft/own-graph-v1.json", "Microsoft Defender ATP"),
        ("microsoft/own-xdr-incident.json", "microsoft"),
        ("elastic/own-alert.json", "elastic"),
    ],
)
def test_the_source_is_the_product_unless_the_header_names_the_sensor(
    example_tenants: TenantDirectory, name: str, product: str
) -> None:
    assert outcome(example_tenants, sample(name)).source == product
    assert outcome(example_tenants, sample(name), (*ACME, ("sensor", b"edge"))).source == "edge"


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("guardduty/own-instance.json", {"accountId": "acme-sensor-2"}),
        ("asff/own-guardduty.json", {"AwsAccountId": "acme-sensor-2"}),
        ("crowdstrike/own-alert.json", {"cid": "acme-sensor-2"}),
        ("microsoft/own-graph-device.json", {"tenantId": "acme-sensor-2"}),
        ("microsoft/own-endpoint-alert.json", {"aadTenantId": "acme-sensor-2"}),
        ("elastic/own-alert.json", {"kibana.space_ids": ["acme-sensor-2"]}),
    ],
)
def test_the_clients_account_at_the_vendor_finds_the_tenant(
    example_tenants: TenantDirectory, name: str, account: dict[str, Any]
) -> None:
    assert outcome(example_tenants, sample(name), ()) == "no_tenant"
    assert outcome(example_tenants, sample(name) | account, ()).tenant == "acme"


SCALES: list[tuple[str, dict[str, Any], str]] = [
    *(
        ("guardduty/own-instance.json", {"severity": number}, severity)
        for number, severity in [
            (0, "informational"), (1, "low"), (3.9, "low"), (4, "medium"), (6.9, "medium"), (7.0, "high"),
            (8.9, "high"), (9, "critical"), (10, "critical"), (10.1, "assumed"), (-1, "assumed"), (None, "assumed"),
            (True, "assumed"), ([8], "assumed"), ("8", "high"), ("High", "high"),
        ]
    ),
    *(
        ("asff/own-control-failed.json", {"Severity": severity}, expected)
        for severity, expected in [
            ({"Label": "CRITICAL", "Normalized": 10}, "critical"), ({"Label": "low"}, "low"),
            ({"Normalized": 0}, "informational"), ({"Normalized": 39}, "low"), ({"Normalized": 40}, "medium"),
            ({"Normalized": 90}, "critical"), ({"Normalized": 101}, "assumed"), ({}, "assumed"), ("HIGH", "assumed"),
        ]
    ),
    ("asff/own-control-failed.json", {"Severity": 1, "FindingProviderFields": {"Severity": {"Label": "LOW"}}}, "low"),
    *(
        ("crowdstrike/own-alert.json", {"severity_name": None, "severity": number}, severity)
        for number, severity in [
            (10, "informational"), (30, "low"), (50, "medium"), (70, "high"), (90, "critical"), (0, "assumed"),
        ]
    ),
    *(
        ("crowdstrike/replicator-0.json", {"SeverityName": None, "Severity": number}, severity)
        for number, severity in [
            (1, "informational"), (2, "low"), (3, "medium"), (4, "high"), (5, "critical"), (10, "informational"),
            (70, "high"), (1000, "assumed"),
        ]
    ),
    *(
        ("microsoft/own-graph-device.json", {"severity": word}, severity)
        for word, severity in [
            ("informational", "informational"), ("Low", "low"), ("HIGH", "high"), ("unknown", "assumed"),
            ("unknownFutureValue", "assumed"), ("UnSpecified", "assumed"), (3, "assumed"), (None, "assumed"),
        ]
    ),
    *(
        ("elastic/own-ecs-alert.json", {"event": {"kind": "alert", "severity": number}}, severity)
        for number, severity in [
            (21, "low"), (47, "medium"), (73, "high"), (99, "critical"), (3, "assumed"), (None, "assumed"),
            ("x", "assumed"), (101, "assumed"),
        ]
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "severity"), SCALES)
def test_a_severity_is_read_on_the_vendors_scale_and_else_medium_and_marked(
    example_tenants: TenantDirectory, name: str, changes: dict[str, Any], severity: str
) -> None:
    body = detection(example_tenants, sample(name) | changes)
    expected = ("medium", True) if severity == "assumed" else (severity, False)
    assert (body.severity, body.severity_assumed) == expected


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("guardduty/own-instance.json", {"service": {"serviceName": "guardduty", "archived": True}}),
        ("asff/own-control-failed.json", {"Workflow": {"Status": "SUPPRESSED"}}),
        ("crowdstrike/own-alert.json", {"status": "false_positive"}),
        ("microsoft/own-graph-device.json", {"status": "Resolved"}),
        ("microsoft/own-xdr-incident.json", {"status": "Redirected"}),
        ("elastic/own-alert.json", {"kibana.alert.status": "recovered"}),
        ("elastic/own-signal.json", {"signal": {"status": "closed", "rule": {"id": "rr-1", "name": "x"}}}),
    ],
)
def test_what_was_closed_at_its_source_says_so_under_the_key_that_it_had(
    example_tenants: TenantDirectory, name: str, changes: dict[str, Any]
) -> None:
    before, after = detection(example_tenants, sample(name)), detection(example_tenants, sample(name) | changes)
    assert (before.resolved, after.resolved, before.key) == (False, True, after.key)


ROW = {
    "TenantId": "00000000-1111-2222-3333-444444444444",
    "TimeGenerated": "2026-03-01T08:55:00.1234567Z",
    "DisplayName": "Suspicious sign-in",
    "AlertName": "Suspicious sign-in",
    "AlertType": "SIGN_IN_7",
    "AlertSeverity": "High",
    "SystemAlertId": "a-1",
    "CompromisedEntity": "srv-1",
    "Entities": "[]",
    "EndTime": "2026-03-01T08:50:00Z",
    "ProductName": "Azure Sentinel",
    "ProviderName": "ASI Scheduled Alerts",
    "Status": "New",
    "Type": "SecurityAlert",
}
"""By the documented columns of the table."""


def test_a_row_of_the_alerts_of_sentinels_workspace_is_one_of_microsofts(example_tenants: TenantDirectory) -> None:
    taken = outcome(example_tenants, ROW)
    assert isinstance(taken, Input)
    body = detection(example_tenants, ROW)
    assert (taken.source, taken.happened_at, taken.dated_by_arrival) == (
        "Azure Sentinel",
        parse("2026-03-01T08:50:00Z"),
        False,
    )
    assert (body.signature, body.severity, body.severity_assumed) == ("SIGN_IN_7", "high", False)
    assert (body.asset, body.title, body.key) == ("srv-1", "Suspicious sign-in", "microsoft/key/a-1")
    assert detection(example_tenants, ROW | {"Status": "Resolved"}).resolved


def test_a_finding_of_guardduty_is_the_same_as_the_sdk_for_python_spells_it(example_tenants: TenantDirectory) -> None:
    exported = sample("guardduty/own-instance.json")
    assert detection(example_tenants, _with_capitals(exported)) == detection(example_tenants, exported)
    listed = {"Findings": [_with_capitals(exported)]}
    assert detection(example_tenants, listed) == detection(example_tenants, exported)


def _with_capitals(found: Any) -> Any:
    if isinstance(found, dict):
        return {name[:1].upper() + name[1:]: _with_capitals(value) for name, value in found.items()}
    return [_with_capitals(each) for each in found] if isinstance(found, list) else found


def test_a_check_that_could_not_be_made_is_ignored(example_tenants: TenantDirectory) -> None:
    changes = {"Compliance": {"Status": "NOT_AVAILABLE"}}
    assert outcome(example_tenants, sample("asff/own-control-failed.json") | changes) == "resolved"


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("guardduty/own-instance.json", ["type"]),
        ("asff/own-control-failed.json", ["Title", "GeneratorId"]),
        ("crowdstrike/own-alert.json", ["composite_id", "display_name", "name", "scenario", "description"]),
        ("microsoft/own-graph-device.json", ["title"]),
        ("microsoft/own-graph-device.json", ["id"]),
        ("elastic/own-ecs-alert.json", ["rule", "message"]),
    ],
)
def test_an_alert_that_does_not_say_what_it_is_is_a_dead_letter(
    example_tenants: TenantDirectory, name: str, lost: list[str]
) -> None:
    assert outcome(example_tenants, sample(name) | dict.fromkeys(lost)) == "invalid_data"


def test_a_row_of_hunting_without_its_object_is_a_dead_letter(example_tenants: TenantDirectory) -> None:
    row = sample("microsoft/hunting-0.json")
    assert outcome(example_tenants, row | {"properties": "x"}) == "invalid_data"
    assert outcome(example_tenants, row | {"properties": {"Title": "t", "AlertId": "1"}}) == "no_finding"


def test_an_id_that_is_the_rules_own_is_no_key(example_tenants: TenantDirectory) -> None:
    finding = sample("asff/own-control-failed.json")
    body = detection(example_tenants, finding | {"Id": finding["GeneratorId"]})
    assert (
        body.key
        == "arn:aws:securityhub:eu-west-1::product~1aws~1securityhub/signature/S3.8/arn:aws:s3:::globex-reports"
    )


def test_the_actor_is_the_asset_of_a_finding_only_where_there_is_no_target(example_tenants: TenantDirectory) -> None:
    actor, target = {"Id": "key-1", "ResourceRole": "Actor"}, {"Id": "bucket-1", "ResourceRole": "Target"}
    finding = sample("asff/own-control-failed.json")
    assert detection(example_tenants, finding | {"Resources": [actor, target]}).asset == "bucket-1"
    assert detection(example_tenants, finding | {"Resources": [actor]}).asset == "key-1"
    assert detection(example_tenants, finding | {"Resources": "odd"}).asset == "444455556666"


def test_an_alert_without_a_host_is_about_the_endpoint_at_home_or_the_user(example_tenants: TenantDirectory) -> None:
    alert = sample("elastic/own-ecs-alert.json")
    swapped = {"source": alert["destination"], "destination": alert["source"]}
    assert detection(example_tenants, alert | swapped).asset == "10.20.0.30"
    nobody = {"source": None, "destination": None}
    assert detection(example_tenants, alert | nobody | {"user": {"name": "kim"}}).asset == "kim"
    assert detection(example_tenants, alert | nobody).asset == "unknown"


def test_alerts_nested_in_alerts_without_end_are_read_to_a_bound(example_tenants: TenantDirectory) -> None:
    incident = sample("microsoft/own-graph-incident.json")
    wide: list[object] = [{"alerts": [{}] * 50}] * 50
    assert detection(example_tenants, incident | {"alerts": [*wide, {"deviceDnsName": "late"}]}).asset == "unknown"


def test_findings_that_a_vendor_made_as_samples_are_a_test_of_the_way(example_tenants: TenantDirectory) -> None:
    assert outcome(example_tenants, sample("asff/own-control-failed.json") | {"Sample": True}) == "heartbeat"


def test_an_alert_of_kibana_without_a_time_is_dated_by_its_arrival(example_tenants: TenantDirectory) -> None:
    alert = {name: it for name, it in sample("elastic/own-alert.json").items() if name.startswith("kibana.alert.rule")}
    taken = outcome(example_tenants, alert | {"kibana.alert.uuid": "u-1"})
    assert isinstance(taken, Input)
    assert (taken.dated_by_arrival, taken.body.title) == (True, "Many failed log-ins")


def test_telemetry_of_crowdstrike_is_ignored_also_without_a_customer_id(example_tenants: TenantDirectory) -> None:
    assert outcome(example_tenants, {"event_simpleName": "DnsRequest", "DomainName": "example.com"}) == "no_finding"


def test_an_event_that_carries_another_document_is_left_to_the_frames(example_tenants: TenantDirectory) -> None:
    event = sample("elastic/own-ecs-event.json") | {"message": "{}"}
    value = json.dumps(event).encode()
    assert takers(Arrival(Record(Topic.SECURITY_EVENTS, 2, 100, NOW, None, value, ACME), value, example_tenants)) != [
        elastic.__name__
    ]


@pytest.mark.parametrize(
    ("name", "around"),
    [
        ("guardduty/own-instance.json", lambda it: {"detail-type": "GuardDuty Finding", "detail": it}),
        ("asff/own-guardduty.json", lambda it: {"detail-type": "Security Hub Findings", "detail": {"findings": [it]}}),
        ("asff/own-guardduty.json", lambda it: {"Findings": [it]}),
        ("microsoft/hunting-1.json", lambda it: {"records": [it]}),
        (
            "microsoft/own-graph-device.json",
            lambda it: {"@odata.context": "https://x", "value": [it]},
        ),
        ("microsoft/own-xdr-incident.json", lambda it: [it]),
    ],
)
def test_a_finding_in_the_frame_of_its_cloud_is_read_as_the_finding_alone(
    example_tenants: TenantDirectory, name: str, around: Callable[[object], object]
) -> None:
    assert detection(example_tenants, around(sample(name))) == detection(example_tenants, sample(name))
