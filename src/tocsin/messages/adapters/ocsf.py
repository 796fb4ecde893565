"""OCSF findings: every class of the category Findings (2001 to 2008), and events of others that are marked as alerts.

The older Security Finding (2001) says the same under other names: `finding_info` was `finding`, `status` was `state`.
The sensor is named by the Kafka header `sensor` or is the product's name. Updates of a finding carry the same `uid`
and join its ticket. The other parts are in `_ocsf_asset` and `_ocsf_state`.
"""

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._asset import Networks
from tocsin.messages.adapters._ocsf_asset import asset
from tocsin.messages.adapters._ocsf_state import class_of, judge
from tocsin.messages.adapters._sensor import dig, first_text, text
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.arrival import Accepted, Arrival, TenantKey
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.models.base import LINE_LENGTH_MAX
from tocsin.messages.times import sensor_time

_SCALE = Scale(
    steps=(
        (1, Severity.INFORMATIONAL),
        (2, Severity.LOW),
        (3, Severity.MEDIUM),
        (4, Severity.HIGH),
        (5, Severity.CRITICAL),
    ),
    top=6,  # 6 is "fatal"; 0 is unknown and 99 is another, which `severity` may name
)
_RULES: tuple[tuple[str | int, ...], ...] = (
    ("analytic", "uid"),
    ("analytic", "name"),
    ("types", 0),
    ("title",),
    ("product_uid",),
)
_RULES_OF_THE_EVENT: tuple[tuple[str | int, ...], ...] = (
    ("metadata", "event_code"),
    ("metadata", "product", "uid"),
    ("metadata", "product", "name"),
    ("rule", "uid"),
    ("unmapped", "check_id"),
    ("compliance", "control"),
    ("vulnerabilities", 0, "cve", "uid"),
    ("vulnerabilities", 0, "title"),
)
"""The places of what is the same for many findings. A `uid` that equals one of them is no key of this finding."""


def recognises(arrival: Arrival) -> bool:
    """True if the value is an event of OCSF."""
    return "class_uid" in arrival.document


def adapt(arrival: Arrival) -> Accepted:
    """The finding as a detection. Raises `Rejected`, and `Ignored` for one that is over and for what is no finding."""
    event = arrival.document
    kind = class_of(event)
    if kind is None:
        raise Rejected(DeadLetterReason.NOT_A_DETECTION, "class_uid: no whole number")
    arrival.judge_type(str(kind), event.get("class_name"))
    judge(event, kind)
    product = first_text(dig(event, "metadata", "product", "name"), dig(event, "metadata", "product", "vendor_name"))
    sensor = first_text(arrival.header("sensor")) or product
    tenant = arrival.tenant(None, *((TenantKey(sensor=sensor),) if sensor else ()))
    finding = _finding(event)
    return Accepted(
        tenant=tenant,
        source=sensor or "ocsf",
        id=None,
        time=_time(event, finding, arrival.tenants.timezone_of_sensor(sensor) if sensor else None),
        body=_detection(event, finding, kind, arrival.tenants.home_networks(tenant)),
    )


def _finding(event: dict[str, object]) -> object:
    """What the event says of its finding; of an incident, the first of its findings."""
    return event.get("finding_info") or event.get("finding") or dig(event, "finding_info_list", 0)


def _time(event: dict[str, object], finding: object, zone: str | None) -> Instant | None:
    """The event time: `time_dt`, else `time`, else the last that the finding itself names."""
    stamps = (event.get("time_dt"), event.get("time"))
    of_the_finding = (dig(finding, name) for name in ("last_seen_time", "modified_time", "created_time"))
    times = (sensor_time(each, zone) for each in (*stamps, *of_the_finding) if each is not None)
    return next((time for time in times if time is not None), None)


def _detection(event: dict[str, object], finding: object, kind: int, home: Networks) -> Detection:
    severity, assumed = _SCALE.grade(
        event.get("severity_id"), event.get("severity"), dig(event, "vulnerabilities", 0, "severity")
    )
    title = first_text(dig(finding, "title"), event.get("message"), event.get("desc"), length_max=LINE_LENGTH_MAX)
    signature = first_text(
        dig(finding, "analytic", "uid"),
        dig(finding, "analytic", "name"),
        dig(event, "metadata", "event_code"),
        dig(event, "compliance", "control"),
        dig(event, "vulnerabilities", 0, "cve", "uid"),
        dig(finding, "types", 0),
        dig(event, "firewall_rule", "name"),
        dig(event, "malware", 0, "name"),
        title,
    )
    return Detection(
        signature=signature or f"OCSF {kind}",
        severity=severity,
        severity_assumed=assumed,
        asset=asset(event, home) or "unknown",
        title=title or signature or "OCSF finding",
        key=_key(event, finding),
    )


def _key(event: dict[str, object], finding: object) -> str | None:
    """The finding's own `uid`, unless it is that of a rule, a product or the like."""
    key = text(dig(finding, "uid"))
    if key is None:
        return None
    of_many = [dig(finding, *path) for path in _RULES] + [dig(event, *path) for path in _RULES_OF_THE_EVENT]
    return None if key.lower() in {each.lower() for each in map(text, of_many) if each} else key
