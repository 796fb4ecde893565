"""Stamps in a form that the message itself gives, in the notation of Java's `SimpleDateFormat`.

Each letter stands for one group that may come once, so that no form makes the match take long.
"""

import re
from functools import lru_cache

from tocsin.domain.instant import Instant
from tocsin.messages.adapters._stamps import STAMP_LENGTH_MAX, instant_of

_PATTERN = re.compile(r"'(?P<quoted>[^']*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>.)", re.DOTALL)
_LETTERS = {
    "y": r"(?P<year>\d{4}|\d\d)",
    "M": r"(?P<month>[A-Za-z]{3}|\d{1,2})",
    "d": r"(?P<day>\d{1,2})",
    "H": r"(?P<hour>\d{1,2})",
    "h": r"(?P<hour>\d{1,2})",
    "m": r"(?P<minute>\d{1,2})",
    "s": r"(?P<second>\d{1,2})",
    "S": r"(?P<fraction>\d{1,9})",
    "a": r"(?P<half>[AaPp][Mm])",
    "z": r"(?P<zone>\S+)",
    "Z": r"(?P<zone>\S+)",
    "X": r"(?P<zone>\S+)",
    "E": r"(?P<weekday>[A-Za-z]+)",
}


def java_stamp(stamp: str, form: str, zone_name: str | None, arrived_at: Instant) -> Instant | None:
    """The instant of `stamp`, which is written in `form`; None where it cannot be told."""
    if max(len(stamp), len(form)) > STAMP_LENGTH_MAX:
        return None
    expression = _compiled(form)
    match = expression.fullmatch(stamp) if expression else None
    return None if match is None else instant_of(match.groupdict(), zone_name, arrived_at)


@lru_cache(maxsize=256)
def _compiled(form: str) -> re.Pattern[str] | None:
    """The form as a regular expression; None where it has letters that say nothing here, or the same twice."""
    parts = []
    for match in _PATTERN.finditer(form):
        letters = match["letters"]
        if letters and letters[0] not in _LETTERS:
            return None
        parts.append(_LETTERS[letters[0]] if letters else re.escape(match["quoted"] or match["other"] or "'"))
    try:
        return re.compile("".join(parts), re.ASCII)
    except re.error:  # the same group twice
        return None
