"""Instants: whole milliseconds since 1970-01-01T00:00:00Z, the resolution of a Kafka stamp."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

Instant = Annotated[int, "milliseconds since 1970-01-01T00:00:00Z"]
"""Milliseconds since the Unix epoch, UTC. The annotation tells encoders to write it as a time."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WITHOUT_ZONE = _EPOCH.replace(tzinfo=None)
_MILLISECOND = timedelta(milliseconds=1)


def from_datetime(moment: datetime) -> Instant:
    """The instant of an aware `moment`; microseconds below a millisecond are cut off."""
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset from UTC")
    return (moment - _EPOCH) // _MILLISECOND


def to_datetime(instant: Instant) -> datetime:
    """The aware UTC datetime of `instant`."""
    return _EPOCH + instant * _MILLISECOND


def parse(text: str) -> Instant:
    """The instant written in `text` as RFC 3339 with an offset. Raises `ValueError` otherwise."""
    return from_datetime(datetime.fromisoformat(text))


def show(instant: Instant) -> str:
    """RFC 3339 in UTC with `Z`; milliseconds only where there are some."""
    milliseconds = instant % SECOND
    if milliseconds:
        return f"{_show_second(instant // SECOND)}.{milliseconds:03d}Z"
    return f"{_show_second(instant // SECOND)}Z"


@lru_cache(maxsize=4096)
def _show_second(second: int) -> str:
    """The date and time of a second since the epoch. Times that are shown lie close together: most are known."""
    return (_EPOCH_WITHOUT_ZONE + timedelta(seconds=second)).isoformat()
