"""ArcSight's Common Event Format: one line of text, with or without a syslog header before it.

`CEF:0|vendor|product|version|signature|name|severity|key=value key=value`. A backslash escapes `|` in the header and
`=` in a value. What devices leave unescaped is read as they meant it: a key begins after white space.
"""

import re

from tocsin.domain.instant import Instant
from tocsin.messages.adapters._lines import EventLine, detection, spaced
from tocsin.messages.adapters._stamps import device_stamp
from tocsin.messages.adapters._syslog import syslog_header
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected

_MARK = re.compile(rb"\s*+(?![{\[])[^\n]{0,512}?\bCEF: ?\d{1,2}\|")
_MARK_IN_TEXT = re.compile(r"\bCEF: ?\d{1,2}\|", re.ASCII)
_FIELD = re.compile(r"([^\\|]*+(?:\\.[^\\|]*+)*+\\?)(\||$)", re.DOTALL)
_FIELDS = 6
_ESCAPED = re.compile(r"\\([\\|=nr])")
_MEANING = {"n": "\n", "r": "\r"}
_TIMES = ("rt", "deviceReceiptTime", "start", "startTime", "end", "endTime")


def recognises(arrival: Arrival) -> bool:
    """True if the value is a line of CEF, not JSON."""
    return _MARK.match(arrival.value) is not None


def adapt(arrival: Arrival) -> Accepted:
    """The line as a detection. Raises `Rejected`."""
    text = arrival.value.decode(errors="replace")
    mark = _MARK_IN_TEXT.search(text)
    if mark is None:  # white space that only bytes, or only text, knows
        raise Rejected(DeadLetterReason.UNKNOWN_SHAPE, "no line of CEF")
    (vendor, product, _, signature, name, severity), extension = _taken_apart(text, mark.end())
    attributes = {key: _meant(value) for key, value in spaced(extension).items()}
    line = EventLine(
        kind="cef",
        header=syslog_header(text[: mark.start()]),
        vendor=vendor,
        product=product,
        signature=signature,
        title=name or attributes.get("msg", ""),
        severity=severity,
        attributes=attributes,
    )
    return detection(arrival, line, _time)


def _taken_apart(text: str, begin: int) -> tuple[list[str], str]:
    """The six fields of the header after the version, and the extension."""
    fields = []
    for _ in range(_FIELDS):
        match = _FIELD.match(text, begin)
        if match is None:
            break
        fields.append(_meant(match[1]).strip())
        begin = match.end()
        if not match[2]:
            break
    if len(fields) < _FIELDS:
        raise Rejected(DeadLetterReason.INVALID_DATA, f"the header of CEF has {_FIELDS + 1} fields")
    *fields_before, severity = fields
    if "=" in severity:  # some devices have one field for the signature and the name
        return [*fields_before[:-1], fields_before[-2], fields_before[-1]], severity
    return fields, text[begin:]


def _meant(text: str) -> str:
    """`text` without its escapes."""
    return _ESCAPED.sub(lambda match: _MEANING.get(match[1], match[1]), text) if "\\" in text else text


def _time(line: EventLine, zone: str | None, arrived_at: Instant) -> Instant | None:
    """The event time: when the device says that it happened, else the stamp of the syslog header."""
    stamps = (*map(line.attributes.get, _TIMES), line.header.stamp)
    instants = (device_stamp(stamp, zone, arrived_at) for stamp in stamps if stamp)
    return next((instant for instant in instants if instant is not None), None)
