"""Wazuh alerts, as `alerts.json` has them: a rule that fired, with a level from 0 to 15, on an agent.

The asset is the agent. Agent 000 is the manager itself, which also tells of devices that send it syslog: then the
asset is the host that wrote the line.
"""

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._sensor import dig, first_text, text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.correlation import joined
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.models.base import LINE_LENGTH_MAX
from tocsin.messages.times import sensor_time

_SCALE = Scale(
    steps=(
        (0, Severity.INFORMATIONAL),
        (4, Severity.LOW),
        (7, Severity.MEDIUM),
        (12, Severity.HIGH),
        (15, Severity.CRITICAL),
    ),
    top=16,
)
"""The steps of Wazuh's own dashboard; it calls the levels to 3 successful, authorised or of no relevance."""

_MANAGER = "000"


def recognises(arrival: Arrival) -> bool:
    """True if the value is an alert of a rule that has a level."""
    document = arrival.document
    rule = document.get("rule")
    return isinstance(rule, dict) and "level" in rule and ("agent" in document or "manager" in document)


def adapt(arrival: Arrival) -> Accepted:
    """The alert as a detection. Raises `Rejected`."""
    alert = arrival.document
    rule = text(dig(alert, "rule", "id"))
    if rule is None:
        raise Rejected(DeadLetterReason.INVALID_DATA, "rule.id: neither text nor a whole number")
    arrival.judge_type(f"wazuh:{rule}")
    manager = text(dig(alert, "manager", "name"))
    origin = sensor_source(arrival, "wazuh", manager)
    severity, assumed = _SCALE.grade(dig(alert, "rule", "level"))
    own_id = text(alert.get("id"))
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=joined(manager or "", own_id) if own_id else None,
        time=sensor_time(alert.get("timestamp"), origin.zone) or sensor_time(alert.get("@timestamp"), origin.zone),
        namespace="wazuh",
        body=Detection(
            signature=rule,
            severity=severity,
            severity_assumed=assumed,
            asset=_asset(alert) or manager or "unknown",
            title=first_text(dig(alert, "rule", "description"), length_max=LINE_LENGTH_MAX) or f"Wazuh {rule}",
        ),
    )


def _asset(alert: dict[str, object]) -> str | None:
    agent = first_text(dig(alert, "agent", "name"), dig(alert, "agent", "ip"), dig(alert, "agent", "id"))
    if dig(alert, "agent", "id") in (_MANAGER, None):
        return text(dig(alert, "predecoder", "hostname")) or agent
    return agent
