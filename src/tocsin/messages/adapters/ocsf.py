"""OCSF findings: every class of the category Findings (2001 to 2008), and events of others that are marked as alerts.

The older Security Finding (2001) says the same under other names: `finding_info` was `finding`, `status` was `state`.
The sensor is named by the Kafka header `sensor` or is the product's name. Updates of a finding carry the same `uid`
and join its ticket. The other parts are in `_ocsf_asset` and `_ocsf_state`.
"""

from collections.abc import Iterator

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.instant import Instant
from tocsin.domain.tlp import Tlp, strictest, tlp_of
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._asset import Networks
from tocsin.messages.adapters._ocsf_asset import asset
from tocsin.messages.adapters._ocsf_state import class_of, judge
from tocsin.messages.adapters._sensor import dig, first_text, text
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.known_tenants import TenantKey
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


_TIMES_OF_A_FINDING = ("last_seen_time", "modified_time", "created_time")


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
    over = judge(event, kind)
    product = first_text(dig(event, "metadata", "product", "name"), dig(event, "metadata", "product", "vendor_name"))
    sensor = first_text(arrival.header("sensor")) or product
    tenant = arrival.tenant(None, *((TenantKey(sensor=sensor),) if sensor else ()))
    finding = _finding(event)
    return Accepted(
        tenant=tenant,
        source=sensor or "ocsf",
        id=None,
        time=_time(event, finding, arrival.tenants.timezone_of_sensor(sensor) if sensor else None),
        body=_detection(event, finding, kind, arrival.tenants.home_networks(tenant), resolved=over),
        tlp=_tlp(event),
    )


def _finding(event: dict[str, object]) -> dict[str, object]:
    """The members of the event about its finding; of an incident, the first of its findings."""
    found = event.get("finding_info") or event.get("finding") or dig(event, "finding_info_list", 0)
    return found if isinstance(found, dict) else {}


def _time(event: dict[str, object], finding: dict[str, object], zone: str | None) -> Instant | None:
    """The event time: `time_dt`, else `time`, else the last that the finding itself names."""
    for stamp in (event.get("time_dt"), event.get("time"), *map(finding.get, _TIMES_OF_A_FINDING)):
        time = None if stamp is None else sensor_time(stamp, zone)
        if time is not None:
            return time
    return None


def _tlp(event: dict[str, object]) -> Tlp | None:
    """The strictest marking of the intelligence (profile `osint`) that the event brings."""
    known = event.get("osint")
    return strictest(*(tlp_of(dig(each, "tlp")) for each in known)) if isinstance(known, list) else None


def _detection(
    event: dict[str, object], finding: dict[str, object], kind: int, home: Networks, *, resolved: bool
) -> Detection:
    severity, assumed = _SCALE.grade(
        event.get("severity_id"), event.get("severity"), _of_vulnerability(event, "severity")
    )
    title = first_text(finding.get("title"), event.get("message"), event.get("desc"), length_max=LINE_LENGTH_MAX)
    rules = [rule for rule in map(text, _rules(event, finding)) if rule]
    key = text(finding.get("uid"))
    if key and key.lower() in map(str.lower, (*rules, *_products(event, finding), title or "")):
        key = None  # it is the same for many findings
    signature = next(iter(rules), None) or title
    return Detection(
        signature=signature or f"OCSF {kind}",
        severity=severity,
        severity_assumed=assumed,
        asset=asset(event, home) or "unknown",
        title=title or signature or "OCSF finding",
        key=key,
        resolved=resolved,
    )


def _rules(event: dict[str, object], finding: dict[str, object]) -> tuple[object, ...]:
    """The names of the rule that made the finding, the most telling first."""
    analytic, types = finding.get("analytic"), finding.get("types")
    return (
        *((analytic.get("uid"), analytic.get("name")) if isinstance(analytic, dict) else ()),
        dig(event, "metadata", "event_code"),
        dig(event, "compliance", "control") if "compliance" in event else None,
        _of_vulnerability(event, "cve", "uid"),
        types[0] if isinstance(types, list) and types else None,
        dig(event, "firewall_rule", "name") if "firewall_rule" in event else None,
        dig(event, "malware", 0, "name") if "malware" in event else None,
    )


def _products(event: dict[str, object], finding: dict[str, object]) -> Iterator[str]:
    product = dig(event, "metadata", "product")
    names = (product.get("uid"), product.get("name")) if isinstance(product, dict) else ()
    others = (finding.get("product_uid"), dig(event, "unmapped", "check_id"))
    return (name for name in (*names, *others) if isinstance(name, str))


def _of_vulnerability(event: dict[str, object], *path: str) -> object:
    return dig(event, "vulnerabilities", 0, *path) if "vulnerabilities" in event else None
