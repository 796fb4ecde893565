"""What a check finds."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

FAULT_CODE, UNREACHABLE, REFUSED, UNUSABLE = 1, 69, 77, 78
"""Exit codes of a fault; those of a cluster that does not answer, does not permit, or cannot be used as it is."""


class Level(StrEnum):
    """How bad it is. `unknown`: it could not be asked."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    UNKNOWN = "unknown"


class Finding(NamedTuple):
    """A sentence about one thing, and the command that mends it. `code` is the exit code that a fault ends with."""

    check: str
    level: Level
    sentence: str
    command: str = ""
    code: int = FAULT_CODE


def exit_code(findings: Iterable[Finding]) -> int:
    """The code of the first fault; 0 where there is none."""
    return next((each.code for each in findings if each.level is Level.FAULT), 0)
