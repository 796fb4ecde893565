"""Suricata EVE, `event_type: alert`: one line of JSON per alert.

A signature is `gid:sid`, without the revision: an updated rule still means the same. The sensor is named by the
Kafka header `sensor` or by the line's own `host`.
"""

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._asset import Networks, endpoint
from tocsin.messages.adapters._sensor import first_text, text
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.known_tenants import TenantKey
from tocsin.messages.models.base import LINE_LENGTH_MAX
from tocsin.messages.times import sensor_time

_SCALE = Scale(steps=((1, Severity.HIGH), (2, Severity.MEDIUM), (3, Severity.LOW), (4, Severity.INFORMATIONAL)), top=4)
"""Suricata counts down: 1 is the worst, 4 is what `classification.config` gives to what only informs."""


def recognises(arrival: Arrival) -> bool:
    """True if the value is a line of EVE."""
    return "event_type" in arrival.document


def adapt(arrival: Arrival) -> Accepted:
    """The alert as a detection. Raises `Rejected`, and `Ignored` for lines of other types."""
    line = arrival.document
    event_type = line["event_type"]
    if not isinstance(event_type, str):
        raise Rejected(DeadLetterReason.NOT_A_DETECTION, "event_type: no text")
    arrival.judge_type(event_type)
    if event_type != "alert":
        raise Ignored(IgnoredKind.NO_FINDING)
    alert = line.get("alert")
    signature = alert.get("signature_id") if isinstance(alert, dict) else None
    if not isinstance(alert, dict) or isinstance(signature, bool) or not isinstance(signature, int):
        raise Rejected(DeadLetterReason.INVALID_DATA, "alert.signature_id: not a whole number")
    name = _name(alert, signature)
    arrival.judge_type(f"suricata:{name}")
    sensor = text(arrival.header("sensor")) or text(line.get("host"))
    tenant = arrival.tenant(None, *((TenantKey(sensor=sensor),) if sensor else ()))
    zone = arrival.tenants.timezone_of_sensor(sensor) if sensor else None
    return Accepted(
        tenant=tenant,
        source=sensor or "suricata",
        id=None,
        time=sensor_time(line.get("timestamp"), zone),
        namespace="suricata",
        body=_detection(line, alert, name, arrival.tenants.home_networks(tenant)),
    )


def _name(alert: dict[str, object], signature: int) -> str:
    generator = alert.get("gid")
    return f"{generator if isinstance(generator, int) else 1}:{signature}"[:64]


def _detection(line: dict[str, object], alert: dict[str, object], name: str, home: Networks) -> Detection:
    severity, assumed = _SCALE.grade(alert.get("severity"))
    return Detection(
        signature=name,
        severity=severity,
        severity_assumed=assumed,
        asset=_asset(line, home),
        title=text(alert.get("signature"), LINE_LENGTH_MAX) or f"Suricata {name}",
    )


def _asset(line: dict[str, object], home: Networks) -> str:
    """The endpoint that is the tenant's own; the destination where both are, or neither is."""
    own = endpoint(text(line.get("src_ip")), text(line.get("dest_ip")), home)
    return own or first_text(line.get("host"), line.get("in_iface")) or "unknown"
