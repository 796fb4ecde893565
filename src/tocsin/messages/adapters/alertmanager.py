"""Prometheus Alertmanager: webhook payloads, its alerts one by one, and the events of its recorder on Kafka.

A webhook payload carries the alerts of a group: each is an input of its own. The key of an alert is its fingerprint,
its id the fingerprint and when it began, so that what Alertmanager repeats, or sends from each of its replicas, is
known as one. What is resolved has an id of its own.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._sensor import dig, first_text, text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.correlation import joined
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.models.base import LINE_LENGTH_MAX
from tocsin.messages.times import sensor_time

_SCALE = Scale(
    words={
        **dict.fromkeys(("page", "disaster"), Severity.CRITICAL),
        **dict.fromkeys(("ticket", "average"), Severity.MEDIUM),
    }
)
_SEVERITIES = ("severity", "level", "priority")
_ASSETS = ("instance", "host", "hostname", "node", "nodename", "pod", "container", "service", "job", "namespace")
_TITLES = ("summary", "title", "message", "description", "details")
_HEARTBEATS = frozenset({"Watchdog", "DeadMansSwitch"})
"""Alerts that always fire, to show that the way from Prometheus to their receiver works."""

_DECIMAL = re.compile(r"\d{1,20}", re.ASCII)
_CREATED = ("alertCreated", "alert_created")
_ENDED = ("alertResolved", "alert_resolved")
_RESOLVED = "resolved"
_SILENCED = "suppressed"


class _Alert(NamedTuple):
    """An alert with its labels and annotations, and the names of whoever sent it."""

    labels: Mapping[str, object]
    annotations: Mapping[str, object]
    fingerprint: str | None
    began: object
    state: str  # in lower case
    senders: tuple[object, ...]


def recognises(arrival: Arrival) -> bool:
    """True if the value is a webhook payload, an alert, or an event of the recorder."""
    document = arrival.document
    if "alerts" in document:
        return "groupLabels" in document or "commonLabels" in document
    if "labels" in document:
        return "startsAt" in document
    return "@timestamp" in document and "instance" in document and isinstance(document.get("data"), dict)


def adapt(arrival: Arrival) -> Accepted | Sequence[Arrival]:
    """The alert as a detection, or the alerts of a payload. Raises `Rejected` and `Ignored`."""
    document = arrival.document
    if "alerts" in document:
        return _parts(arrival, document)
    if "labels" in document:
        return _accepted(arrival, _of_webhook(document))
    return _accepted(arrival, _of_event(arrival, document))


def _parts(arrival: Arrival, payload: dict[str, object]) -> Sequence[Arrival]:
    alerts = payload["alerts"]
    if not isinstance(alerts, list):
        raise Rejected(DeadLetterReason.INVALID_DATA, "alerts: no array")
    if not alerts:
        raise Ignored(IgnoredKind.NO_FINDING)
    group = {"status": payload.get("status"), "startsAt": None}
    parts = arrival.parts([alert | _lacking(group, alert) if isinstance(alert, dict) else alert for alert in alerts])
    senders = filter(None, (text(payload.get("receiver")), _host(payload.get("externalURL"))))
    known = next((name for name in senders if arrival.tenants.tenant_of(sensor=name) is not None), None)
    for part in parts:
        part.sender = known or part.sender
    return parts


def _lacking(group: dict[str, object], alert: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in group.items() if name not in alert}


def _of_webhook(alert: dict[str, object]) -> _Alert:
    """An alert as webhooks and the API have it. Raises `Rejected` where it is none."""
    labels = alert.get("labels")
    if not isinstance(labels, dict):
        raise Rejected(DeadLetterReason.INVALID_DATA, "an alert has no labels")
    annotations = alert.get("annotations")
    status = alert.get("status")
    state = dig(status, "state") if isinstance(status, dict) else status
    return _Alert(
        labels=labels,
        annotations=annotations if isinstance(annotations, dict) else {},
        fingerprint=text(alert.get("fingerprint")),
        began=alert.get("startsAt"),
        state=state.lower() if isinstance(state, str) else "",
        senders=(_host(alert.get("generatorURL")),),
    )


def _of_event(arrival: Arrival, event: dict[str, object]) -> _Alert:
    """The alert of an event. Raises `Ignored` for every event but those two of an alert, and `Rejected`."""
    data = event["data"]
    name = next(iter(data), "") if isinstance(data, dict) else ""
    arrival.judge_type(name)
    if name not in (*_CREATED, *_ENDED):
        raise Ignored(IgnoredKind.NO_FINDING)
    alert = dig(data, name, "alert", "details") or dig(data, name, "alert")  # of a group, or by itself
    if not isinstance(alert, dict):
        raise Rejected(DeadLetterReason.INVALID_DATA, "the event has no alert")
    return _Alert(
        labels=_pairs(alert.get("labels")),
        annotations=_pairs(alert.get("annotations")),
        fingerprint=_hexadecimal(alert.get("fingerprint")),
        began=alert.get("startsAt", alert.get("starts_at")),
        state=_RESOLVED if name in _ENDED or alert.get("resolved") is True else "",
        senders=(event.get("instance"),),
    )


def _pairs(label_set: object) -> dict[str, object]:
    """A label set of an event: `{"labels": [{"key": "alertname", "value": "InstanceDown"}]}`."""
    found = dig(label_set, "labels")
    pairs = found if isinstance(found, list) else []
    return {key: dig(pair, "value") for pair in pairs if isinstance(key := dig(pair, "key"), str)}


def _accepted(arrival: Arrival, alert: _Alert) -> Accepted:
    """The alert as a detection. Raises `Rejected`, and `Ignored` for what is silenced or only shows life."""
    name = text(alert.labels.get("alertname"))
    if name is None:
        raise Rejected(DeadLetterReason.INVALID_DATA, "an alert has no label alertname")
    if alert.state == _SILENCED:
        raise Ignored(IgnoredKind.RESOLVED)
    if name in _HEARTBEATS:
        raise Ignored(IgnoredKind.HEARTBEAT)
    arrival.judge_type(name)
    origin = sensor_source(arrival, "alertmanager", *alert.senders)
    severity, assumed = _SCALE.grade(*map(alert.labels.get, _SEVERITIES))
    time = sensor_time(alert.began, origin.zone)
    key = alert.fingerprint or joined("labels", *(f"{name}={value}" for name, value in sorted(alert.labels.items())))
    resolved = alert.state == _RESOLVED
    began = arrival.derived_id(origin.tenant) if time is None else str(time)
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=joined(key, began, *((_RESOLVED,) if resolved else ())),
        time=time,
        namespace="alertmanager",
        body=Detection(
            signature=name,
            severity=severity,
            severity_assumed=assumed,
            asset=first_text(*map(alert.labels.get, _ASSETS)) or "unknown",
            title=first_text(*map(alert.annotations.get, _TITLES), length_max=LINE_LENGTH_MAX) or name,
            key=key,
            resolved=resolved,
        ),
    )


def _hexadecimal(fingerprint: object) -> str | None:
    """The fingerprint of an event, a decimal number of 64 bits, as webhooks write it."""
    written = text(fingerprint)
    if written is None or not _DECIMAL.fullmatch(written):
        return written
    return f"{int(written):016x}"


def _host(url: object) -> str | None:
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:
        return None
