"""The time that a promise may take."""

from dataclasses import dataclass
from enum import StrEnum


class TargetUnit(StrEnum):
    """The unit in which a target is counted."""

    ELAPSED = "elapsed"  # milliseconds of real time
    WORKING_TIME = "working_time"  # milliseconds of the calendar's open hours
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    CALENDAR_MONTHS = "calendar_months"
    CALENDAR_YEARS = "calendar_years"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The time that a promise may take: `amount` milliseconds, or whole days, months or years."""

    unit: TargetUnit
    amount: int
    end_of_working_day: bool = True  # of working days only: due at closing time of the last one
    due_at: int | None = None  # of working days only: due at this minute after midnight of the last one, open or not
    to_the_end_of_the_day: bool = False  # of calendar days, months and years only: due at midnight after the last day
    after_the_year: bool = False  # of these only: counted from the end of the start's year
    moved_to: int | None = None  # of these only: a last day that is no working day is moved to this minute of the next
