"""Trace context of W3C: by it a tracing system shows an alert beside what has caused it."""

import re
from typing import NamedTuple

STATE_LENGTH_MAX = 512
"""Characters of a `tracestate`; a longer one is no use to anybody, since nobody has to pass it on."""

MEMBERS_MAX = 32
"""Entries of a `tracestate`."""

_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_MEMBER = re.compile(r"[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]")


class Trace(NamedTuple):
    """The `traceparent` and `tracestate` of an input, as they came."""

    parent: str
    state: str = ""


class Traced(NamedTuple):
    """The trace of an input that a ticket knows by its inbox offset."""

    offset: int
    trace: Trace


def trace_of(parent: object, state: object) -> Trace | None:
    """The trace that is written so; None where it is none. A `state` that is none is left out."""
    if not isinstance(parent, str) or not _PARENT.fullmatch(parent):
        return None
    return Trace(parent, state if isinstance(state, str) and _is_state(state) else "")


def _is_state(text: str) -> bool:
    if len(text) > STATE_LENGTH_MAX:
        return False
    members = [member for part in text.split(",") if (member := part.strip(" \t"))]  # an empty one is allowed
    return len(members) <= MEMBERS_MAX and all(map(_MEMBER.fullmatch, members))
