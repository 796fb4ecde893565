"""CrowdStrike Falcon: its event streams (`metadata` and `event`), Falcon Data Replicator, and the Alerts API.

All three write a detection with the same composite id, which is the key. The tenants file may name a client's customer
id (`cid`) as a sensor.
"""

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._sensor import dig, first_text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Graded, Scale
from tocsin.messages.adapters._vendor import is_over, moment
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.models.base import LINE_LENGTH_MAX

_SCALE = Scale(
    steps=(
        (1, Severity.INFORMATIONAL),
        (20, Severity.LOW),
        (40, Severity.MEDIUM),
        (60, Severity.HIGH),
        (80, Severity.CRITICAL),
    ),
    top=100,
)
_OLDER_SCALE = Scale(
    steps=(
        (1, Severity.INFORMATIONAL),
        (2, Severity.LOW),
        (3, Severity.MEDIUM),
        (4, Severity.HIGH),
        (5, Severity.CRITICAL),
    ),
    top=5,
)
"""Of `Severity` in older events. The newer scale goes to 100 and gives 10 to the least, so up to 5 it is this one."""

_OWN = ("composite_id", "ExternalApiType", "fdr_event_type", "event_simpleName")
"""Each stands in alerts, in events, or in telemetry, and in nobody else's."""

_FINDINGS = ("detectionsummaryevent", "incidentsummaryevent", "identityprotectionevent")
"""The types of events that are taken end so, in any case and with any product before it; or the event is graded."""

_OVER = frozenset({"closed", "false_positive", "ignored", "auto_closed"})
_KEYS = ("CompositeId", "composite_id", "DetectId", "detection_id", "IncidentID", "IdentityProtectionIncidentId")
_NAMES = ("display_name", "DetectName", "Name", "name", "scenario")
_DESCRIPTIONS = ("DetectDescription", "Description", "description", "IncidentDescription")
_HOSTS = ("Hostname", "ComputerName", "EndpointName", "SourceEndpointHostName", "source_endpoint_host_name")
_OTHER_ASSETS = (
    "LocalIP", "EndpointIp", "SourceEndpointIpAddress", "source_endpoint_ip_address",
    "AgentId", "AgentIdString", "agent_id", "SensorId", "HostID", "SourceAccountName", "source_account_name",
)  # fmt: skip
_TIMES = ("timestamp", "UTCTimestamp", "created_timestamp")


def recognises(arrival: Arrival) -> bool:
    """True if the value is an event of Falcon, of whatever type."""
    document = arrival.document
    if any(name in document for name in _OWN):
        return True
    return isinstance(dig(document, "metadata", "eventType"), str)


def adapt(arrival: Arrival) -> Accepted:
    """The detection or incident. Raises `Rejected`, and `Ignored` for other types of events."""
    document = arrival.document
    event = _event(document)
    if "composite_id" not in document:
        kind = first_text(dig(document, "metadata", "eventType"), event.get("ExternalApiType"))
        arrival.judge_type(kind)
        if "SeverityName" not in event and not (kind or "").lower().endswith(_FINDINGS):
            raise Ignored(IgnoredKind.NO_FINDING)
    cid = first_text(dig(document, "metadata", "customerIDString"), event.get("cid"), event.get("CustomerIdString"))
    origin = sensor_source(arrival, "crowdstrike", cid)
    times = (*(event.get(name) for name in _TIMES), dig(document, "metadata", "eventCreationTime"))
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=None,
        time=moment(*times),
        namespace="crowdstrike",
        body=_detection(event),
    )


def _event(document: dict[str, object]) -> dict[str, object]:
    event = document.get("event")
    return event if isinstance(event, dict) else document


def _detection(event: dict[str, object]) -> Detection:
    name = first_text(*map(event.get, _NAMES))
    described = first_text(*map(event.get, _DESCRIPTIONS))
    key = first_text(*map(event.get, _KEYS))
    if name is None and described is None and key is None:
        raise Rejected(DeadLetterReason.INVALID_DATA, "neither an id nor a name nor a description")
    title = ": ".join(dict.fromkeys(filter(None, (name, described)))) or "CrowdStrike incident"  # which has no name
    severity, assumed = _severity(event)
    return Detection(
        signature=first_text(name, event.get("PatternId"), event.get("pattern_id"), described) or "crowdstrike",
        severity=severity,
        severity_assumed=assumed,
        asset=_asset(event),
        resolved=is_over(_OVER, event.get("status"), event.get("State")),
        title=title[:LINE_LENGTH_MAX],
        key=key,
    )


def _severity(event: dict[str, object]) -> Graded:
    older = _OLDER_SCALE.grade(event.get("SeverityName"), event.get("severity_name"), event.get("Severity"))
    return _SCALE.grade(event.get("Severity"), event.get("severity")) if older.assumed else older


def _asset(event: dict[str, object]) -> str:
    device = event.get("device")
    return (
        first_text(*map(event.get, _HOSTS), dig(device, "hostname"), dig(device, "local_ip"))
        or first_text(*map(event.get, _OTHER_ASSETS), dig(device, "device_id"))
        or "unknown"
    )
