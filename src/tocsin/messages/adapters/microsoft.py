"""Alerts and incidents of Microsoft: Defender XDR, Defender for Endpoint, Microsoft Graph security (both versions).

Streamed rows of advanced hunting are taken where they tell of an alert: `AlertInfo`, and `AlertEvidence` that has a
severity, since that row alone names the asset. All ways give an alert the same id, which is the key; but rows of
`SecurityAlert`, of Sentinel's workspace or the export of Defender for Cloud, have one of their own. The tenants file
may name a client's Entra tenant id as a sensor, of a row the id of the workspace.
"""

from collections.abc import Iterator
from itertools import islice

from tocsin.domain.commands.inbound import Detection
from tocsin.messages.adapters._sensor import dig, first_text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.adapters._vendor import first_of, is_over, moment
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.models.base import LINE_LENGTH_MAX

_HUNTING = "AdvancedHunting-"
_ALERT_ROWS = ("AdvancedHunting-AlertInfo", "AdvancedHunting-AlertEvidence")
_SENTINEL = "SystemAlertId"
_ALERTS = ("serviceSource", "vendorInformation", "alertCreationTime", _SENTINEL)
_INCIDENTS = ("redirectIncidentId", "incidentName", "incidentWebUrl")
"""Each stands in one kind of alert or incident. An alert may have the link to its incident."""

_SCALE = Scale()
"""Microsoft writes words alone, and has no critical."""

_OVER = frozenset({"resolved", "dismissed", "redirected"})
"""A redirected incident was merged into another one, which is sent for itself."""

_ALERT_KEYS = ("AlertId", "alertId", "id", _SENTINEL)
_INCIDENT_KEYS = ("incidentId", "id")
_TITLES = ("title", "Title", "incidentName", "displayName", "DisplayName", "AlertDisplayName", "AlertName")
_SOURCES = ("productName", "serviceSource", "ServiceSource", "detectionSource", "ProductName")
_ENTRA_TENANTS = ("tenantId", "azureTenantId", "aadTenantId", "TenantId")
_TIMES = (
    "lastActivityDateTime", "lastActivity", "lastEventTime", "eventDateTime", "Timestamp",
    "EndTime", "EndTimeUtc", "TimeGenerated", "TimeGeneratedUtc",
    "lastUpdateDateTime", "lastUpdateTime", "createdDateTime", "createdTime", "creationTime", "alertCreationTime",
)  # fmt: skip
_DEVICES: tuple[tuple[str | int, ...], ...] = (
    ("CompromisedEntity",),
    ("deviceDnsName",), ("computerDnsName",), ("DeviceName",), ("fqdn",), ("netBiosName",), ("hostName",),
)  # fmt: skip
_OTHERS: tuple[tuple[str | int, ...], ...] = (
    ("userPrincipalName",), ("userAccount", "userPrincipalName"), ("relatedUser", "userName"), ("AccountUpn",),
    ("primaryAddress",), ("mailboxAddress",), ("resourceName",), ("resourceId",),
    ("userAccount", "accountName"), ("accountName",), ("AccountName",),
    ("mdeDeviceId",), ("mdatpDeviceId",), ("machineId",), ("DeviceId",), ("privateIpAddress",),
)  # fmt: skip
"""The members that name a thing of the client's, devices first. Addresses of evidence are mostly the attacker's."""

_EVIDENCE = ("devices", "hostStates", "evidence", "entities", "userStates", "alerts")
_NODES_MAX = 100


def recognises(arrival: Arrival) -> bool:
    """True if the value is an alert, an incident, or a streamed row of advanced hunting."""
    document = arrival.document
    category = document.get("category")
    if isinstance(category, str) and category.startswith(_HUNTING):
        return True
    return any(name in document for name in _ALERTS) or any(name in document for name in _INCIDENTS)


def adapt(arrival: Arrival) -> Accepted:
    """The alert or incident. Raises `Rejected`, and `Ignored` for other rows."""
    document = arrival.document
    alert = _alert(arrival, document)
    is_incident = not any(name in alert for name in (*_ALERTS, "AlertId"))
    key = first_text(*map(alert.get, _INCIDENT_KEYS if is_incident else _ALERT_KEYS))
    title = first_text(*map(alert.get, _TITLES), length_max=LINE_LENGTH_MAX)
    if key is None or title is None:
        raise Rejected(DeadLetterReason.INVALID_DATA, "no id or no title")
    product = first_text(*map(alert.get, _SOURCES), dig(alert, "vendorInformation", "provider")) or "microsoft"
    entra = first_text(*map(document.get, _ENTRA_TENANTS))
    origin = sensor_source(arrival, product, entra)
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=None,
        time=moment(*map(alert.get, _TIMES)),
        namespace="microsoft incident" if is_incident else "microsoft",
        body=_detection(alert, key, title),
    )


def _alert(arrival: Arrival, document: dict[str, object]) -> dict[str, object]:
    """The alert itself: the document, or the row in it. Raises `Ignored` for rows that are no alert."""
    category = document.get("category")
    if not isinstance(category, str) or not category.startswith(_HUNTING):
        return document
    arrival.judge_type(category)
    row = document.get("properties")
    if category not in _ALERT_ROWS or (isinstance(row, dict) and not row.get("Severity")):
        raise Ignored(IgnoredKind.NO_FINDING)
    if not isinstance(row, dict):
        raise Rejected(DeadLetterReason.INVALID_DATA, "properties: no object")
    return row


def _detection(alert: dict[str, object], key: str, title: str) -> Detection:
    severity, assumed = _SCALE.grade(alert.get("severity"), alert.get("Severity"), alert.get("AlertSeverity"))
    return Detection(
        signature=first_text(alert.get("detectorId"), alert.get("AlertType"), title) or title,
        severity=severity,
        severity_assumed=assumed,
        asset=_asset(alert),
        resolved=is_over(_OVER, alert.get("status"), alert.get("Status")),
        title=title,
        key=key,
    )


def _asset(alert: dict[str, object]) -> str:
    """The first device, else the first user, mailbox or resource, of the alert, its evidence, or its own alerts."""
    nodes = list(islice(_nodes(alert), _NODES_MAX))
    return first_of(dig(node, *path) for paths in (_DEVICES, _OTHERS) for node in nodes for path in paths) or "unknown"


def _nodes(alert: dict[str, object]) -> Iterator[dict[str, object]]:
    """The alert and what lies in it: its evidence in every version, and the alerts of an incident with theirs."""
    yield alert
    for name in _EVIDENCE:
        found = alert.get(name)
        for node in found if isinstance(found, list) else (found,):
            if isinstance(node, dict):
                yield from _nodes(node)
