"""Suricata EVE, `event_type: alert`: one line of JSON per alert.

A signature is `gid:sid`, without the revision: an updated rule still means the same. The sensor is named by the
Kafka header `sensor` or by the line's own `host`.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._sensor import first_text, text
from tocsin.messages.arrival import Accepted, Arrival, TenantKey
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.models.base import LINE_LENGTH_MAX
from tocsin.messages.times import sensor_stamp

_SEVERITIES = {1: Severity.HIGH, 2: Severity.MEDIUM, 3: Severity.LOW}


def recognises(arrival: Arrival) -> bool:
    """True if the value is a line of EVE."""
    return "event_type" in arrival.document


def adapt(arrival: Arrival) -> Accepted:
    """The alert as a detection. Raises `Rejected`, for lines of other types, too."""
    line = arrival.document
    if line["event_type"] != "alert":
        raise Rejected(DeadLetterReason.NOT_A_DETECTION, "of EVE only `event_type: alert` is taken")
    alert = line.get("alert")
    signature = alert.get("signature_id") if isinstance(alert, dict) else None
    if not isinstance(alert, dict) or isinstance(signature, bool) or not isinstance(signature, int):
        raise Rejected(DeadLetterReason.INVALID_DATA, "alert.signature_id: not a whole number")
    sensor = text(arrival.header("sensor")) or text(line.get("host"))
    tenant = arrival.tenant(None, *((TenantKey(sensor=sensor),) if sensor else ()))
    zone = arrival.tenants.timezone_of_sensor(sensor) if sensor else None
    return Accepted(
        tenant=tenant,
        source=sensor or "suricata",
        id=None,
        time=sensor_stamp(line.get("timestamp"), zone),
        body=_detection(line, alert, signature, arrival.tenants.home_networks(tenant)),
    )


def _detection(
    line: dict[str, object], alert: dict[str, object], signature: int, home: Iterable[IPv4Network | IPv6Network]
) -> Detection:
    generator = alert.get("gid")
    name = f"{generator if isinstance(generator, int) else 1}:{signature}"[:64]
    severity = alert.get("severity")
    known = _SEVERITIES.get(severity) if isinstance(severity, int) else None
    return Detection(
        signature=name,
        severity=known or Severity.MEDIUM,
        severity_assumed=known is None,
        asset=_asset(line, home),
        title=text(alert.get("signature"), LINE_LENGTH_MAX) or f"Suricata {name}",
    )


def _asset(line: dict[str, object], home: Iterable[IPv4Network | IPv6Network]) -> str:
    """The endpoint that is the tenant's own; the destination where both are, or neither is."""
    source, destination = text(line.get("src_ip")), text(line.get("dest_ip"))
    if source and destination and not _within(destination, home) and _within(source, home):
        return source
    return destination or source or first_text(line.get("host"), line.get("in_iface")) or "unknown"


def _within(address: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


@lru_cache(maxsize=10_000)
def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address; None where it is none. Remembered, since parsing one costs a sixth of the whole line."""
    try:
        return ip_address(address)
    except ValueError:
        return None
