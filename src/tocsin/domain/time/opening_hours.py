"""The reasons why time counts, the days of a week, and the times of a day."""

from enum import StrEnum

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS = len(DAY_NAMES)


class Why(StrEnum):
    """The reason why a stretch of time counts for a clock, or does not."""

    COUNTED = "counted"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    FREEZE = "freeze"  # a closed period of the calendar
    EXCLUDED = "excluded"  # another calendar is taken from this one, and is open
    PAUSED = "paused"
    MAINTENANCE = "maintenance"


def clock_time(minutes: int) -> str:
    """Minutes after midnight as `09:00`; the end of the day is `24:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
