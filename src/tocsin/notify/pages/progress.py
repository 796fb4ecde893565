"""How far a page has come: which way is due, given what became of those before it. It reads no clock."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from tocsin.domain.instant import Instant
from tocsin.notify.pages.plan import Way

Outcome = Literal["accepted", "failing", "failed"]
"""`failing`: an attempt has failed, and it is tried again."""

_ENDED = ("accepted", "failed")


class Tried(NamedTuple):
    """A way that was begun, and what became of it; None while the first attempt lasts."""

    begun: Instant
    outcome: Outcome | None = None


class Due(NamedTuple):
    """The ways to begin now, and when the next one is due, if no way fails before; None if nothing more comes."""

    ways: tuple[Way, ...]
    next_at: Instant | None


def due(ways: Sequence[Way], tried: Mapping[str, Tried], begun: Instant, now: Instant) -> Due:
    """What to begin at `now` of a page that was begun at `begun` and that nobody has answered yet.

    A way is due as long after the one before it was begun as its `after` says, and at once when an attempt of that one
    has failed.
    """
    chosen: list[Way] = []
    before = Tried(begun)
    for way in ways:
        done = tried.get(way.name)
        if done is not None:
            before = done
            continue
        if before.outcome not in ("failing", "failed") and before.begun + way.after > now:
            return Due(tuple(chosen), before.begun + way.after)
        chosen.append(way)
        before = Tried(now)
    return Due(tuple(chosen), None)


def ways_left(ways: Sequence[Way], tried: Mapping[str, Tried]) -> int:
    """How many ways have not ended: 0 with no way accepted means that the page reached nobody."""
    return sum(way.name not in tried or tried[way.name].outcome not in _ENDED for way in ways)


def is_over(ways: Sequence[Way], tried: Mapping[str, Tried]) -> bool:
    """True if every way has ended, one way or the other."""
    return ways_left(ways, tried) == 0
