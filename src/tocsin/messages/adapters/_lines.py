"""The part that CEF and LEEF share: the fields of a line of text, and the detection that they make."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._asset import Networks, endpoint
from tocsin.messages.adapters._sensor import first_text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.adapters._syslog import SyslogHeader
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.correlation import joined
from tocsin.messages.models.base import LINE_LENGTH_MAX

_SCALE = Scale(
    steps=((0, Severity.LOW), (4, Severity.MEDIUM), (7, Severity.HIGH), (9, Severity.CRITICAL)),
    top=10,
)
"""Both formats count from 0 to 10; the words are those of CEF, `Very-High` the worst."""

_KEY = re.compile(r"(?:^|\s)([A-Za-z0-9_.\[\]-]{1,64})=")
_SOURCES = ("src", "sourceAddress", "c6a2", "identSrc")
_SOURCE_NAMES = ("shost", "sourceHostName", "identHostName")
_DESTINATIONS = ("dst", "destinationAddress", "c6a3")
_DESTINATION_NAMES = ("dhost", "destinationHostName")
_DEVICES = ("dvchost", "deviceHostName", "dvc", "deviceAddress")

Attributes = Mapping[str, str]
Time = Callable[["EventLine", str | None, Instant], Instant | None]
"""The time of a line by its own account, with the zone of its sensor and the time of its arrival."""


class EventLine(NamedTuple):
    """A line that has been taken apart."""

    kind: str
    """The format, in lower case."""

    header: SyslogHeader
    vendor: str
    product: str
    signature: str
    title: str
    severity: str | None
    attributes: Attributes


def spaced(text: str) -> dict[str, str]:
    """The `key=value` pairs in `text`, which white space parts; of a key that comes twice the first."""
    found: dict[str, str] = {}
    keys = list(_KEY.finditer(text))
    ends = [match.start() for match in keys[1:]] + [len(text)]
    for match, end in zip(keys, ends, strict=False):  # without a key there is one end too many
        found.setdefault(match[1], text[match.end() : end].strip())
    return found


def detection(arrival: Arrival, line: EventLine, time: Time) -> Accepted:
    """The line as a detection. Raises `Rejected` where it is nobody's."""
    devices = tuple(map(line.attributes.get, _DEVICES))
    vendor = first_text(line.vendor) or ""
    product = first_text(line.product) or vendor or line.kind
    signature = first_text(line.signature, line.title) or f"{product} event"
    arrival.judge_type(f"{line.kind}:{signature}", f"{product}:{signature}")
    origin = sensor_source(arrival, product, *devices, line.header.host, f"{vendor} {product}")
    severity, assumed = _SCALE.grade(line.severity)
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=None,
        time=time(line, origin.zone, arrival.record.timestamp),
        namespace=joined(line.kind, vendor, product),
        body=Detection(
            signature=signature,
            severity=severity,
            severity_assumed=assumed,
            asset=_asset(line.attributes, origin.home) or first_text(*devices, line.header.host) or "unknown",
            title=first_text(line.title, length_max=LINE_LENGTH_MAX) or signature,
        ),
    )


def _asset(attributes: Attributes, home: Networks) -> str | None:
    """The endpoint that reports itself, else the one that is the tenant's own, by its name if it has one."""
    source_name, destination_name = _first(attributes, _SOURCE_NAMES), _first(attributes, _DESTINATION_NAMES)
    source = _first(attributes, _SOURCES) or source_name
    destination = _first(attributes, _DESTINATIONS) or destination_name
    itself = attributes.get("dvc")
    own = itself if itself and itself in (source, destination) else endpoint(source, destination, home)
    if own is None:
        return None
    return (destination_name if own == destination else source_name) or own


def _first(attributes: Attributes, keys: tuple[str, ...]) -> str | None:
    return first_text(*map(attributes.get, keys))
