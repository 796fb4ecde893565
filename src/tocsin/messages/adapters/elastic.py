"""Alerts of Elastic Security, and alerts of any sensor in the Elastic Common Schema (ECS).

Kibana's alerts (`kibana.alert.*`, before 8.0 `signal.*`) have a uuid, which is the key. An alert in ECS
(`event.kind: alert`) has none that repeats share: it correlates by rule and asset. Names may be written with dots or as
nested objects. The tenants file may name a Kibana space, an observer or an agent as a sensor.
"""

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._asset import Networks, endpoint
from tocsin.messages.adapters._sensor import first_text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Graded, Scale
from tocsin.messages.adapters._vendor import first_of, is_over, moment
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.models.base import LINE_LENGTH_MAX

_RISK = Scale(
    steps=((0, Severity.LOW), (22, Severity.MEDIUM), (48, Severity.HIGH), (74, Severity.CRITICAL)),
    top=100,
)
"""Elastic's risk score: 21 is low, 47 medium, 73 high, 99 critical."""

_RISK_FROM = 10
"""ECS leaves the scale of `event.severity` to the source. Below this number it is not Elastic's, and says nothing."""

_ALERTS = frozenset({"alert", "signal"})
_KINDS = _ALERTS | {"event", "metric", "state", "asset", "enrichment", "pipeline_error"}
"""Of `event.kind`, by ECS."""

_OVER = frozenset({"closed", "recovered"})
_STATES = ("kibana.alert.workflow_status", "kibana.alert.status", "signal.status")
_RULES = ("kibana.alert.rule.rule_id", "kibana.alert.rule.uuid", "signal.rule.rule_id", "signal.rule.id", "rule.id")
_NAMES = ("kibana.alert.rule.name", "signal.rule.name", "rule.name")
_TITLES = (*_NAMES, "kibana.alert.reason", "message", "event.action")
_TIMES = ("kibana.alert.original_time", "signal.original_time", "@timestamp")
_HOSTS = ("host.name", "host.hostname", "cloud.instance.id", "orchestrator.resource.name", "container.name")
_OTHERS = ("user.name", "user.email", "kibana.alert.instance.id", "service.name", "agent.name")
_TENANTS = ("kibana.space_ids", "observer.name", "agent.name")


def recognises(arrival: Arrival) -> bool:
    """True if the value is an alert of Kibana, or a document that says of what kind it is in ECS."""
    document = arrival.document
    if "@timestamp" not in document:
        return "kibana.alert.uuid" in document
    kind = _get(document, "event.kind")
    if isinstance(kind, str) and kind in _KINDS:
        return kind in _ALERTS or not _carries_json(document)
    return _get(document, "kibana.alert.uuid") is not None or _get(document, "signal.rule.name") is not None


def adapt(arrival: Arrival) -> Accepted:
    """The alert as a detection. Raises `Rejected`, and `Ignored` for documents of other kinds."""
    document = arrival.document
    kind = _get(document, "event.kind")
    arrival.judge_type(kind)
    uuid = first_text(_get(document, "kibana.alert.uuid"))
    rule = uuid or _get(document, "signal.rule.name")
    if (rule is None and kind not in _ALERTS) or _get(document, "kibana.alert.building_block_type"):
        raise Ignored(IgnoredKind.NO_FINDING)  # building blocks are for other rules, not for people
    origin = sensor_source(arrival, "elastic", *(_get(document, name) for name in _TENANTS))
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=None,
        time=moment(*(_get(document, name) for name in _TIMES)),
        namespace="elastic" if rule else first_text(_get(document, "event.module")) or "ecs",
        body=_detection(document, uuid, origin.home),
    )


def _detection(document: dict[str, object], uuid: str | None, home: Networks) -> Detection:
    title = first_of((_get(document, name) for name in _TITLES), LINE_LENGTH_MAX)
    if title is None:
        raise Rejected(DeadLetterReason.INVALID_DATA, "no rule and no message")
    severity, assumed = _severity(document)
    return Detection(
        signature=first_of(_get(document, name) for name in (*_RULES, *_NAMES)) or title,
        severity=severity,
        severity_assumed=assumed,
        asset=_asset(document, home),
        resolved=is_over(_OVER, *(_get(document, name) for name in _STATES)),
        title=title,
        key=uuid,
    )


def _severity(document: dict[str, object]) -> Graded:
    """By the rule's word, its risk score, or the event's number where the scale is known."""
    words = ("kibana.alert.severity", "kibana.alert.rule.severity", "signal.rule.severity")
    scores = ("kibana.alert.risk_score", "signal.rule.risk_score", "event.risk_score")
    number = _get(document, "event.severity")
    graded = _RISK.grade(*(_get(document, name) for name in (*words, *scores)))
    if graded.assumed and isinstance(number, int) and number >= _RISK_FROM:
        return _RISK.grade(number)
    return graded


def _asset(document: dict[str, object], home: Networks) -> str:
    """The host; else the endpoint of the client's; else the user or what else the alert names."""
    source, destination = first_text(_get(document, "source.ip")), first_text(_get(document, "destination.ip"))
    return (
        first_of(_get(document, name) for name in _HOSTS)
        or endpoint(source, destination, home)
        or first_of(_get(document, name) for name in _OTHERS)
        or "unknown"
    )


def _carries_json(document: dict[str, object]) -> bool:
    """True if a shipper put another document into this one: that may be an alert."""
    line = document.get("message")
    return isinstance(line, str) and line.startswith("{")


def _get(document: dict[str, object], name: str) -> object:
    """The value of a field, written with dots or nested; the first of several."""
    found: object = document.get(name)
    if found is None:
        found = document
        for step in name.split("."):
            if not isinstance(found, dict):
                return None
            found = found.get(step)
    return found[0] if isinstance(found, list) and found else found
