"""Parts that the adapters of vendors' alerts share: when it was, and whether it is over."""

from collections.abc import Iterable

from tocsin.domain.instant import Instant
from tocsin.messages.adapters._sensor import text
from tocsin.messages.models.base import IDENTIFIER_LENGTH_MAX
from tocsin.messages.times import sensor_time

_UTC = "UTC"


def first_of(found: Iterable[object], length_max: int = IDENTIFIER_LENGTH_MAX) -> str | None:
    """The first of `found` that is text. What comes after it is not looked at."""
    return next((string for string in (text(one, length_max) for one in found) if string), None)


def moment(*found: object) -> Instant | None:
    """The first of `found` that is a time. The vendors write UTC, and some leave out the offset."""
    return next((time for time in (sensor_time(one, _UTC) for one in found) if time is not None), None)


def is_over(over: frozenset[str], *states: object) -> bool:
    """True if one of `states` is among `over`, which are in lower case."""
    return any(isinstance(state, str) and state.strip().lower() in over for state in states)
