"""JSON behind a syslog header, as Wazuh, Corelight and many relays send it: a frame around what any adapter reads."""

import re
from collections.abc import Sequence

from tocsin.messages.adapters._syslog import syslog_header
from tocsin.messages.arrival import Arrival

_MARK = re.compile(
    rb"\s*+((?:<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d)[^{\n]{0,512}+)\{"
)


def recognises(arrival: Arrival) -> bool:
    """True if the value begins as a line of syslog, in which an object begins."""
    return _MARK.match(arrival.value) is not None


def adapt(arrival: Arrival) -> Sequence[Arrival]:
    """The object. The host that the header names is its sender. Raises `Rejected`."""
    match = _MARK.match(arrival.value)
    if match is None:
        return []
    header = syslog_header(match[1].decode(errors="replace"))
    return [
        arrival.part(arrival.value[match.end() - 1 :].rstrip(), sender=header.host, without_headers=("content-type",))
    ]
