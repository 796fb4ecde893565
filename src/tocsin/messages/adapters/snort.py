"""Snort 3's `alert_json`. Its fields are a matter of settings: a rule is `gid`, `sid` or `rule: "gid:sid:rev"`.

A signature is `gid:sid`, without the revision. The priority counts down from 1, the worst, to 4.
"""

import re

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._asset import endpoint
from tocsin.messages.adapters._sensor import first_text, text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.adapters._stamps import device_stamp
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.models.base import LINE_LENGTH_MAX

_SCALE = Scale(steps=((1, Severity.HIGH), (2, Severity.MEDIUM), (3, Severity.LOW), (4, Severity.INFORMATIONAL)), top=4)
_RULE = re.compile(r"(\d{1,10}:\d{1,10})(?::\d{1,10})?", re.ASCII)
_PACKET = ("src_ap", "src_addr", "pkt_num", "dst_ap", "dst_addr")


def recognises(arrival: Arrival) -> bool:
    """True if the value is an alert of a rule on a packet."""
    document = arrival.document
    if "sid" in document:
        return "gid" in document
    return isinstance(document.get("rule"), str) and any(name in document for name in _PACKET)


def adapt(arrival: Arrival) -> Accepted:
    """The alert as a detection. Raises `Rejected`."""
    alert = arrival.document
    signature = _signature(alert)
    arrival.judge_type(f"snort:{signature}")
    origin = sensor_source(arrival, "snort", alert.get("host"), alert.get("hostname"))
    severity, assumed = _SCALE.grade(alert.get("priority"))
    arrived_at = arrival.record.timestamp
    seconds = device_stamp(alert.get("seconds"), None, arrived_at)
    source = text(alert.get("src_addr")) or _address(alert.get("src_ap"))
    destination = text(alert.get("dst_addr")) or _address(alert.get("dst_ap"))
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=None,
        time=seconds if seconds is not None else device_stamp(alert.get("timestamp"), origin.zone, arrived_at),
        namespace="snort",
        body=Detection(
            signature=signature,
            severity=severity,
            severity_assumed=assumed,
            asset=endpoint(source, destination, origin.home) or "unknown",
            title=first_text(alert.get("msg"), alert.get("class"), length_max=LINE_LENGTH_MAX) or f"Snort {signature}",
        ),
    )


def _signature(alert: dict[str, object]) -> str:
    """`gid:sid`. Raises `Rejected` where there is none."""
    rule = text(alert.get("rule"))
    written = rule if rule and "sid" not in alert else f"{text(alert.get('gid'))}:{text(alert.get('sid'))}"
    match = _RULE.fullmatch(written)
    if match is None:
        raise Rejected(DeadLetterReason.INVALID_DATA, "gid and sid, or rule: no number of a rule")
    return match[1]


def _address(endpoint_and_port: object) -> str | None:
    """The address of `192.168.1.2:50284`."""
    written = text(endpoint_and_port)
    return text(written.rpartition(":")[0]) or written if written else None
