"""The header that syslog puts before a line: RFC 3164, RFC 5424, or the stamp and host that relays write."""

import re
from typing import NamedTuple

_HEADER = re.compile(
    r"(?:<\d{1,3}>)?(?:\d{1,2} )?\s*"
    r"(?P<stamp>\d{4}-\d\d-\d\d[T ]\S+|[A-Za-z]{3}\s+\d{1,2}\s+(?:\d{4}\s+)?\d\d:\d\d:\d\d(?:\.\d{1,9})?)?"
    r"(?:\s+(?P<host>[^\s:\[]{1,255}))?",
    re.ASCII,
)


class SyslogHeader(NamedTuple):
    """The stamp of a header and the host that it names; None where it has none."""

    stamp: str | None
    host: str | None


def syslog_header(text: str) -> SyslogHeader:
    """The header in `text`, which stands before a message and may be empty."""
    match = _HEADER.match(text)
    if match is None or match["stamp"] is None:
        return SyslogHeader(None, None)
    return SyslogHeader(match["stamp"], match["host"])
