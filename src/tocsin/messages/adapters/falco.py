"""Falco events as JSON, from Falco itself or through Falcosidekick. Its priorities are the names of syslog.

The title is the rule's name: `output` is a whole line of fields that differ each time.
"""

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._sensor import dig, first_text, text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.times import sensor_time

_SCALE = Scale(
    words={
        "alert": Severity.CRITICAL,
        "error": Severity.HIGH,
        "notice": Severity.LOW,  # what its rules give to behaviour that is unusual, such as a shell in a container
    }
)
_ASSETS = ("k8s.pod.name", "container.name", "container.id", "k8s.node.name")


def recognises(arrival: Arrival) -> bool:
    """True if the value is an event of a rule with a priority and its fields."""
    document = arrival.document
    return "output_fields" in document and "rule" in document and "priority" in document


def adapt(arrival: Arrival) -> Accepted:
    """The event as a detection. Raises `Rejected`."""
    event = arrival.document
    rule = text(event["rule"])
    if rule is None:
        raise Rejected(DeadLetterReason.INVALID_DATA, "rule: neither text nor a whole number")
    arrival.judge_type(f"falco:{rule}")
    host = text(event.get("hostname"))
    origin = sensor_source(arrival, "falco", host)
    severity, assumed = _SCALE.grade(event["priority"])
    fields = event["output_fields"]
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=text(event.get("uuid")),
        time=sensor_time(event.get("time"), origin.zone) or sensor_time(dig(fields, "evt.time")),
        namespace="falco",
        body=Detection(
            signature=rule,
            severity=severity,
            severity_assumed=assumed,
            asset=host or first_text(*(dig(fields, name) for name in _ASSETS)) or "unknown",
            title=rule,
        ),
    )
