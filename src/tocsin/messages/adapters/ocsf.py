"""OCSF Detection Finding (class 2004) and the older Security Finding (2001).

Both say the same under other names: `finding_info` was `finding`. The correlation key is the finding's `uid`;
updates of a finding carry the same one and join its ticket. The sensor is named by the Kafka header `sensor` or
is the product's name.
"""

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._sensor import dig, first_text, text
from tocsin.messages.arrival import Accepted, Arrival, TenantKey
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.models.base import LINE_LENGTH_MAX
from tocsin.messages.times import sensor_stamp, since_epoch

_FINDINGS = {2004: "finding_info", 2001: "finding"}
_CLOSE = 3
_SEVERITIES = {
    1: Severity.INFORMATIONAL,
    2: Severity.LOW,
    3: Severity.MEDIUM,
    4: Severity.HIGH,
    5: Severity.CRITICAL,
    6: Severity.CRITICAL,  # "fatal"
}
_ASSETS: tuple[tuple[str | int, ...], ...] = (
    ("device", "hostname"),
    ("device", "name"),
    ("device", "ip"),
    ("device", "uid"),
    ("resources", 0, "name"),
    ("resources", 0, "uid"),
    ("evidences", 0, "dst_endpoint", "hostname"),
    ("evidences", 0, "dst_endpoint", "ip"),
    ("evidences", 0, "src_endpoint", "hostname"),
    ("evidences", 0, "src_endpoint", "ip"),
    ("cloud", "account", "uid"),
)
"""The places where a finding may name its subject, the most telling first."""


def recognises(arrival: Arrival) -> bool:
    """True if the value is an event of OCSF."""
    return "class_uid" in arrival.document


def adapt(arrival: Arrival) -> Accepted:
    """The finding as a detection. Raises `Rejected`, for other classes and for findings that are closed, too."""
    event = arrival.document
    kind = event["class_uid"]
    arrival.judge_type(str(kind), event.get("class_name"))
    where = _FINDINGS.get(kind) if isinstance(kind, int) else None
    if where is None:
        raise Rejected(DeadLetterReason.NOT_A_DETECTION, "of OCSF only the classes 2004 and 2001 are taken")
    if event.get("activity_id") == _CLOSE:
        raise Rejected(DeadLetterReason.NOT_A_DETECTION, "the finding was closed at its source")
    sensor = first_text(arrival.header("sensor"), dig(event, "metadata", "product", "name"))
    return Accepted(
        tenant=arrival.tenant(None, *((TenantKey(sensor=sensor),) if sensor else ())),
        source=sensor or "ocsf",
        id=None,
        time=_time(event, arrival.tenants.timezone_of_sensor(sensor) if sensor else None),
        body=_detection(event, event.get(where)),
    )


def _time(event: dict[str, object], zone: str | None) -> Instant | None:
    """The event time: `time_dt`, else `time`, which some sources give in seconds."""
    stamp = sensor_stamp(event.get("time_dt"), zone)
    return since_epoch(event.get("time")) if stamp is None else stamp


def _detection(event: dict[str, object], finding: object) -> Detection:
    severity = event.get("severity_id")
    known = _SEVERITIES.get(severity) if isinstance(severity, int) else None
    title = first_text(dig(finding, "title"), event.get("message"), length_max=LINE_LENGTH_MAX)
    signature = first_text(
        dig(finding, "analytic", "uid"), dig(finding, "analytic", "name"), dig(finding, "types", 0), title
    )
    return Detection(
        signature=signature or f"OCSF {event['class_uid']}",
        severity=known or Severity.MEDIUM,
        severity_assumed=known is None,
        asset=first_text(*(dig(event, *path) for path in _ASSETS)) or "unknown",
        title=title or signature or "OCSF finding",
        key=text(dig(finding, "uid")),
    )
