"""How often one address is written to, and how long is waited between attempts. Pure: the time is told."""


class Pace:
    """So many messages a minute, evenly; a minute's worth may go at once after a quiet time."""

    def __init__(self, per_minute: int, now: float) -> None:
        self._per_second = per_minute / 60
        self._most = float(per_minute)
        self._left = self._most
        self._at = now

    def take(self, now: float) -> bool:
        """Returns whether a message may go at `now` (seconds), and counts it."""
        self._fill(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def seconds_until(self, now: float) -> float:
        """Seconds until the next one may go; 0 for at once."""
        self._fill(now)
        return max(0.0, (1 - self._left) / self._per_second)

    def _fill(self, now: float) -> None:
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now


def backoff(attempt: int, first: float, longest: float, chance: float) -> float:
    """Seconds to wait after the failed `attempt` (1 for the first): doubling, between half and the whole of it.

    `chance` from 0 to 1 chooses, so that many who failed at one moment do not come back at one moment.
    """
    whole = min(longest, first * 2.0 ** min(attempt - 1, 30))
    return whole * (0.5 + chance / 2)
