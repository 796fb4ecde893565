"""IBM's Log Event Extended Format, 1.0 and 2.0: one line of text, with or without a syslog header before it.

`LEEF:1.0|vendor|product|version|event id|key=value<tab>key=value`. In 2.0 the delimiter may stand before the
attributes, as a character or in hexadecimal (`x09`, `0x5E`).
"""

import re

from tocsin.domain.instant import Instant
from tocsin.messages.adapters._java_dates import java_stamp
from tocsin.messages.adapters._lines import EventLine, detection, spaced
from tocsin.messages.adapters._stamps import device_stamp
from tocsin.messages.adapters._syslog import syslog_header
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected

_MARK = re.compile(rb"\s*+(?![{\[])[^\n]{0,512}?\bLEEF: ?\d(?:\.\d)?\|")
_MARK_IN_TEXT = re.compile(r"\bLEEF: ?(\d)(?:\.\d)?\|", re.ASCII)
_FIELDS = 4
_DELIMITER = re.compile(r"(?:\\?0?x([0-9A-Fa-f]{2,4})|([^A-Za-z0-9=]?))\|", re.ASCII)
_TITLES = ("msg", "reason", "name", "policy")


def recognises(arrival: Arrival) -> bool:
    """True if the value is a line of LEEF, not JSON."""
    return _MARK.match(arrival.value) is not None


def adapt(arrival: Arrival) -> Accepted:
    """The line as a detection. Raises `Rejected`."""
    text = arrival.value.decode(errors="replace").strip("\r\n")
    mark = _MARK_IN_TEXT.search(text)
    fields = text[mark.end() :].split("|", _FIELDS) if mark else []
    if mark is None or len(fields) < _FIELDS:
        raise Rejected(DeadLetterReason.INVALID_DATA, f"the header of LEEF has {_FIELDS + 1} fields")
    vendor, product, _, event = (field.strip() for field in fields[:_FIELDS])
    attributes = _attributes(fields[_FIELDS] if len(fields) > _FIELDS else "", declared=mark[1] != "1")
    category = attributes.get("cat", "")
    line = EventLine(
        kind="leef",
        header=syslog_header(text[: mark.start()]),
        vendor=vendor,
        product=product,
        signature=f"{event} {category}".strip(),
        title=next(filter(None, map(attributes.get, _TITLES)), f"{event} {category}".strip()),
        severity=attributes.get("sev") or attributes.get("severity"),
        attributes=attributes,
    )
    return detection(arrival, line, _time)


def _attributes(text: str, *, declared: bool) -> dict[str, str]:
    """The attributes. `declared`: the delimiter may stand before them. Where it never comes, white space parts them."""
    delimiter = "\t"
    if declared and (match := _DELIMITER.match(text)):
        delimiter = chr(int(match[1], 16)) if match[1] else match[2] or delimiter
        text = text[match.end() :]
    if delimiter not in text:
        return spaced(text)
    found: dict[str, str] = {}
    for pair in text.split(delimiter):
        key, _, value = pair.partition("=")
        found.setdefault(key.strip(), value.strip())
    return found


def _time(line: EventLine, zone: str | None, arrived_at: Instant) -> Instant | None:
    """The event time: `devTime`, which `devTimeFormat` explains, else the stamp of the syslog header."""
    written, form = line.attributes.get("devTime"), line.attributes.get("devTimeFormat")
    explained = java_stamp(written, form, zone, arrived_at) if written and form else None
    if explained is not None:
        return explained
    stamps = (written, line.header.stamp)
    instants = (device_stamp(stamp, zone, arrived_at) for stamp in stamps if stamp)
    return next((instant for instant in instants if instant is not None), None)
