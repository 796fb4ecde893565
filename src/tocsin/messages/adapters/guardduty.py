"""Amazon GuardDuty's own finding, as its export and EventBridge's `detail` have it.

GuardDuty counts repeats on one finding and sends it again with the same `id`: that is the key. The tenants file may
name a client's AWS account as a sensor.
"""

from typing import Any

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._sensor import dig, first_text, text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.adapters._vendor import moment
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.models.base import LINE_LENGTH_MAX

_SCALE = Scale(
    steps=(
        (0, Severity.INFORMATIONAL),
        (1, Severity.LOW),
        (4, Severity.MEDIUM),
        (7, Severity.HIGH),
        (9, Severity.CRITICAL),
    ),
    top=10,
)
_OURS = "guardduty"
_ASSETS: tuple[tuple[str | int, ...], ...] = (
    ("instanceDetails", "instanceId"),
    ("s3BucketDetails", 0, "name"),
    ("eksClusterDetails", "name"),
    ("ecsClusterDetails", "name"),
    ("rdsDbInstanceDetails", "dbInstanceIdentifier"),
    ("lambdaDetails", "functionName"),
    ("containerDetails", "name"),
    ("accessKeyDetails", "userName"),
    ("accessKeyDetails", "accessKeyId"),
)
"""The places of `resource` that name the subject; the access key is last, since it may be the actor's."""


def recognises(arrival: Arrival) -> bool:
    """True if the value names GuardDuty as the service that found it."""
    document = arrival.document
    return dig(document, "service", "serviceName") == _OURS or _is_of_sdk(document)


def _is_of_sdk(document: dict[str, object]) -> bool:
    """True for a finding as the SDK for Python has it: its names begin with capitals."""
    return dig(document, "Service", "ServiceName") == _OURS


def _as_exported(found: object) -> Any:
    """The same with names as the export has them."""
    if isinstance(found, dict):
        return {name[:1].lower() + name[1:]: _as_exported(value) for name, value in found.items()}
    return [_as_exported(each) for each in found] if isinstance(found, list) else found


def adapt(arrival: Arrival) -> Accepted:
    """The finding as a detection. Raises `Rejected`, and `Ignored` for one that was made as a sample."""
    document = arrival.document
    finding: dict[str, object] = _as_exported(document) if _is_of_sdk(document) else document
    kind = text(finding.get("type"))
    if kind is None:
        raise Rejected(DeadLetterReason.INVALID_DATA, "type: no text")
    arrival.judge_type(kind)
    service = finding["service"]
    if dig(service, "additionalInfo", "sample") is True:
        raise Ignored(IgnoredKind.HEARTBEAT)
    origin = sensor_source(arrival, "GuardDuty", finding.get("accountId"))
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=None,
        time=moment(dig(service, "eventLastSeen"), finding.get("updatedAt"), finding.get("createdAt")),
        namespace="guardduty",
        body=_detection(finding, kind),
    )


def _detection(finding: dict[str, object], kind: str) -> Detection:
    severity, assumed = _SCALE.grade(finding.get("severity"))
    return Detection(
        signature=kind,
        severity=severity,
        severity_assumed=assumed,
        asset=_asset(finding),
        resolved=dig(finding, "service", "archived") is True,
        title=text(finding.get("title"), LINE_LENGTH_MAX) or kind,
        key=text(finding.get("id")),
    )


def _asset(finding: dict[str, object]) -> str:
    """The resource; else what a call to AWS changed; else the account."""
    resource = finding.get("resource")
    changed = dig(finding, "service", "action", "awsApiCallAction", "affectedResources")
    return (
        first_text(*(dig(resource, *path) for path in _ASSETS))
        or first_text(*(changed.values() if isinstance(changed, dict) else ()))
        or first_text(finding.get("accountId"))
        or "unknown"
    )
