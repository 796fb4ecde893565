"""Inputs that are well made and need no answer: they are counted by kind, and nothing is written for them.

Sensors talk a lot. An ignored input is no dead letter and never part of a flood.
"""

import re
from enum import StrEnum

EVENT_TYPES_MAX = 100
"""Event types that the settings may name."""

_EVENT_TYPE = re.compile(r"[!-+\--~](?:[ -+\--~]{0,126}[!-+\--~])?")
_OURS = "tocsin."


class IgnoredKind(StrEnum):
    """The reason why an input needs no answer. The list is closed: /metrics has a count of each."""

    RESOLVED = "resolved"  # a check was passed, or an alert is silenced
    NO_FINDING = "no_finding"  # flows, DNS, statistics, a class of OCSF that reports no finding
    HEARTBEAT = "heartbeat"  # a sensor says that it is alive, or that somebody tests it
    PROGRESS = "progress"  # telephony says how far a call is that has not ended
    BY_SETTING = "by_setting"  # `ignored_event_types` names its type


class Ignored(Exception):  # noqa: N818 - a verdict on one message, not an error of the program
    """The verdict on a message that needs no answer. Adapters raise it in place of `Rejected`."""

    def __init__(self, kind: IgnoredKind) -> None:
        super().__init__(kind)
        self.kind = kind


def event_types(names: str) -> frozenset[str]:
    """The event types in `names`, which commas part. Raises `ValueError` with what is wrong."""
    found = [name.strip() for name in names.split(",")]
    if len(found) > EVENT_TYPES_MAX:
        raise ValueError(f"it must have at most {EVENT_TYPES_MAX} names")
    if not all(map(_EVENT_TYPE.fullmatch, found)):
        raise ValueError("it must be names of event types, NAME[,NAME...], each of 1 to 128 ASCII characters")
    if any(name.startswith(_OURS) for name in found):
        raise ValueError(f"a message of our own schema ({_OURS}...) cannot be ignored")
    return frozenset(found)
