"""OCSF: the class of an event, and whether it needs an answer.

A finding that is closed, suppressed, resolved, archived or deleted at its source, or a check that was passed, needs
none. Numbers count before words; both are known in any case, and a number may be written as text.
"""

from tocsin.messages.adapters._sensor import text
from tocsin.messages.ignored import Ignored, IgnoredKind

_CLASSES_OF_AN_EXTENSION = 100_000
"""An extension's classes have its number before their own: 998 x 100,000 + 2004."""

_DIGITS_MAX = 32
_FINDINGS = range(2001, 2100)
_INCIDENT_FINDING = 2005
_CLOSE = 3
_SUPPRESS = 4
"""Of Data Security Findings, until OCSF 1.4."""

_DATA_SECURITY_FINDING = 2006
_OTHER = 99
_OVER = {3, 4, 5, 6}
_OVER_OF_INCIDENTS = {4, 5}
"""3 is an incident that is on hold."""

_PASSED = 1
_WORDS_OVER = {
    "close", "closed", "suppressed", "resolved", "archived", "deleted", "dismissed", "muted", "remediated", "fixed",
    "false positive", "false_positive",
}  # fmt: skip
_WORDS_PASSED = {"pass", "passed", "compliant"}
_WORDS_OF_NO_CHECK = {"manual", "not_available", "not applicable", "not_applicable"}


def class_of(event: dict[str, object]) -> int | None:
    """`class_uid`, which may be written as text."""
    return _number(event.get("class_uid"))


def judge(event: dict[str, object], class_uid: int) -> bool:
    """True if the finding is over. Raises `Ignored` for what is no finding and no alert, and for a passed check."""
    kind = class_uid % _CLASSES_OF_AN_EXTENSION
    if kind not in _FINDINGS and event.get("is_alert") is not True:
        raise Ignored(IgnoredKind.NO_FINDING)
    if _is_passed(event):
        raise Ignored(IgnoredKind.RESOLVED)
    if _word(event.get("status_code")) in _WORDS_OF_NO_CHECK:
        raise Ignored(IgnoredKind.NO_FINDING)
    return _is_closed(event, kind) or _is_over(event, kind)


def _is_closed(event: dict[str, object], kind: int) -> bool:
    """True if the activity closes a finding; of other classes activities have other meanings."""
    if kind not in _FINDINGS:
        return False
    activity = event.get("activity_id")
    number = _number(activity)
    if number is None and activity is None:
        type_uid = _number(event.get("type_uid"))
        number = None if type_uid is None else type_uid % 100
    if number is None or number == _OTHER:
        return not {_word(activity), _word(event.get("activity_name"))}.isdisjoint(_WORDS_OVER)
    return number == _CLOSE or (number == _SUPPRESS and kind == _DATA_SECURITY_FINDING)


def _is_over(event: dict[str, object], kind: int) -> bool:
    numbers = _OVER_OF_INCIDENTS if kind == _INCIDENT_FINDING else _OVER
    return any(_says(event, name, numbers, _WORDS_OVER) for name in ("status", "state"))


def _is_passed(event: dict[str, object]) -> bool:
    """True for a check that was passed; Prowler says it in `status_code`."""
    compliance = event.get("compliance")
    if isinstance(compliance, dict) and _says(compliance, "status", {_PASSED}, _WORDS_PASSED):
        return True
    return _word(event.get("status_code")) in _WORDS_PASSED


def _says(part: dict[str, object], name: str, numbers: set[int], words: set[str]) -> bool:
    """True if `name`_id is among `numbers`; where it is none that is defined, if it or `name` is among `words`."""
    given = part.get(f"{name}_id")
    number = _number(given)
    if number is None or number <= 0 or number == _OTHER:
        return not {_word(given), _word(part.get(name))}.isdisjoint(words)
    return number in numbers


def _number(found: object) -> int | None:
    if isinstance(found, str):
        return int(found) if found.isascii() and found.isdecimal() and len(found) < _DIGITS_MAX else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _word(found: object) -> str:
    return (text(found, _DIGITS_MAX) or "").lower() if isinstance(found, str) else ""
