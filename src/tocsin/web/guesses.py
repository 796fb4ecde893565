"""Counts guesses at links and tokens, so that nobody tries many. Valid ones are never held up by it."""

from collections import Counter
from collections.abc import Callable

_WINDOW_SECONDS = 60.0
_GUESSES_MAX = 20
_PLACES_MAX = 1_000


class Guesses:
    """Guesses of the running minute by the address that they came from; those of many addresses count as one's."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since = monotonic()
        self._counts: Counter[str] = Counter()

    def guessed(self, place: str) -> bool:
        """Count a guess from `place`; True if there were too many."""
        now = self._monotonic()
        if now - self._since >= _WINDOW_SECONDS:
            self._since = now
            self._counts.clear()
        name = place if place in self._counts or len(self._counts) < _PLACES_MAX else ""
        self._counts[name] += 1
        return self._counts[name] > _GUESSES_MAX
