"""Severities as sensors write them: a word in any case, or a number of the sensor's own scale."""

from collections.abc import Mapping
from math import isfinite
from typing import NamedTuple

from tocsin.domain.vocabulary import Severity

WORDS: Mapping[str, Severity] = {
    **{severity.value: severity for severity in Severity},
    **dict.fromkeys(("none", "debug", "info", "information", "notice"), Severity.INFORMATIONAL),
    **dict.fromkeys(("minor", "verylow", "very low", "very-low"), Severity.LOW),
    **dict.fromkeys(("moderate", "warn", "warning"), Severity.MEDIUM),
    **dict.fromkeys(("major", "important", "err", "error"), Severity.HIGH),
    **dict.fromkeys(("severe", "fatal", "crit", "alert", "emerg", "emergency", "panic"), Severity.CRITICAL),
    **dict.fromkeys(("veryhigh", "very high", "very-high"), Severity.CRITICAL),
}
"""Words that several products and syslog use. A format with other meanings has words of its own in its `Scale`."""

_WORD_LENGTH_MAX = 32


class Graded(NamedTuple):
    """A severity; `assumed` where the sensor did not say one that is known."""

    severity: Severity
    assumed: bool


class Scale(NamedTuple):
    """A sensor's scale. A number is as severe as the last of the rising `steps` that begins at or below it.

    Below the first step and above `top` numbers mean nothing. `words` count before `WORDS`.
    """

    steps: tuple[tuple[float, Severity], ...] = ()
    top: float = float("inf")
    words: Mapping[str, Severity] = {}

    def grade(self, *found: object) -> Graded:
        """The first of `found` that is a known severity; else medium, assumed."""
        for each in found:
            severity = self._severity(each)
            if severity is not None:
                return Graded(severity, assumed=False)
        return Graded(Severity.MEDIUM, assumed=True)

    def _severity(self, found: object) -> Severity | None:
        if isinstance(found, str):
            if len(found) > _WORD_LENGTH_MAX:
                return None
            word = found.strip().lower()
            return self.words.get(word) or WORDS.get(word) or self._of_number(_number(word))
        return self._of_number(found)

    def _of_number(self, found: object) -> Severity | None:
        if isinstance(found, bool) or not isinstance(found, int | float) or not found <= self.top:
            return None
        for begin, severity in reversed(self.steps):
            if begin <= found:
                return severity
        return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None
