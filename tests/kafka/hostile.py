"""Messages in which every text that a stranger chooses tries to forge a line, steer a terminal or deceive a reader."""

import base64
import json
import unicodedata
from typing import Any

EVIL = (
    "evil\n2026-03-01 09:00:00.000Z  FORGED ! breached\r\x1b[2J\x1b]0;title\x07\x9b31m\x7f"
    "\u202eltr\u2066\u200b\u2028\u2029\ufeff\u061c\U000e0041[bold]'\";--"
)
"""New line, carriage return, ESC and CSI sequences, marks of direction, line separators, characters without width."""

DANGEROUS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories: control, format (direction, no width, tags), surrogate, line and paragraph separator."""

_AT = "2026-03-01T09:00:00Z"
_NUMBERS = {"from": "+14165550100", "to": "+18005550100"}


def _event(kind: str, data: dict[str, Any], **attributes: Any) -> bytes:
    common = {"specversion": "1.0", "id": f"{kind}-{EVIL}", "source": f"pbx-{EVIL}", "type": kind, "time": _AT}
    return json.dumps({**common, "tenant": "acme", **attributes, "data": data}).encode()


def _mail(subject: str, sender: str) -> bytes:
    encoded = base64.b64encode(subject.encode()).decode()
    return (
        f"From: =?utf-8?b?{base64.b64encode(EVIL.encode()).decode()}?= <{sender}>\r\nTo: soc@example.com\r\n"
        f"Message-ID: <evil@example.com>\r\nDate: Sun, 01 Mar 2026 09:00:00 +0000\r\n"
        f"Subject: =?utf-8?b?{encoded}?=\r\n\r\n{EVIL}\r\n"
    ).encode()


_SURICATA = {
    "timestamp": "2026-03-01T09:00:00.000000+0000",
    "event_type": "alert",
    "src_ip": "192.0.2.1",
    "dest_ip": "10.0.0.1",
    "host": EVIL,
    "alert": {"signature": EVIL, "signature_id": 1, "severity": 1, "category": EVIL},
}
_DETECTION = {"signature": EVIL, "severity": "high", "asset": EVIL, "title": EVIL, "key": EVIL}
_CALL = {**_NUMBERS, "call": EVIL, "contact": EVIL, "summary": EVIL, "client_ticket": EVIL}
_DESK = {"ticket": EVIL, "analyst": EVIL}

MESSAGES: tuple[tuple[str, bytes], ...] = (
    ("soc.calls", _event("tocsin.call.missed", _CALL)),
    ("soc.calls", _event("tocsin.call.missed", {**_CALL, "from": EVIL})),
    ("soc.calls", _event("tocsin.call.answered", {**_CALL, "ticket": EVIL})),
    ("soc.calls", _event("tocsin.call.missed", _CALL, tenant=EVIL)),
    ("soc.calls", _event(f"tocsin.{EVIL}", _CALL)),
    ("soc.calls", _event("tocsin.call.missed", {**_CALL, EVIL: EVIL}, time=EVIL)),
    ("soc.calls", EVIL.encode()),
    ("soc.calls", b"\xff\xfe" + EVIL.encode("utf-16")),
    ("soc.security-events", _event("tocsin.detection", _DETECTION)),
    ("soc.security-events", _event("tocsin.detection", _DETECTION, tenant=EVIL)),
    ("soc.security-events", json.dumps(_SURICATA).encode()),
    ("soc.emails", _mail(EVIL, "stranger@example.com")),
    ("soc.emails", EVIL.encode()),
    ("soc.desk", _event("tocsin.desk.note", {**_DESK, "note": EVIL})),
    ("soc.desk", _event("tocsin.desk.assign", {**_DESK, "assignee": EVIL}, tenant=EVIL)),
)
"""Topic and value."""


def dangerous(text: str) -> set[str]:
    """Lines of `text` that could do harm, escaped. Python's own ends of lines apart, there must be none."""
    return {
        line.encode("unicode_escape").decode()
        for line in text.split("\n")
        if {unicodedata.category(character) for character in line} & DANGEROUS
        or line.lstrip().startswith("2026-03-01 09:00:00.000Z  FORGED")
    }
