"""The calendars of a contract: the hours and days that count for a promise."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from tocsin.domain.contract.rules import Citation
from tocsin.domain.contract.zone import Zone

MIDNIGHT = 1440
"""The end of a day, in minutes after its start."""

DayHours = tuple[tuple[int, int], ...]
"""The hours of one day as (opens, closes) in minutes after midnight, sorted and apart."""

WeekHours = tuple[DayHours, ...]
"""The hours of seven days, Monday first."""

ALWAYS_OPEN: WeekHours = (((0, MIDNIGHT),),) * 7

LAST_WEEK = 5
"""The `week` of a window on the last such weekday of a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """The hours and days that count for a promise. Minutes are minutes after local midnight, 1440 being `24:00`.

    Time is open in the hours of `week`, or where `union` has calendars: while one of these is open. Holidays, half
    days, closed periods, the open time of the calendars in `without`, and windows that pause take from that.
    """

    timezone: str
    zone: Zone | None = None  # its data; None in what was compiled before release 0.3
    week: WeekHours
    holidays: tuple[date, ...] = ()
    yearly_holidays: tuple[tuple[int, int], ...] = ()  # (month, day)
    maintenance: tuple["MaintenanceWindow", ...] = ()
    cites: Citation | None = None
    half_days: tuple["HalfDay", ...] = ()
    closed: tuple["ClosedPeriod", ...] = ()
    union: tuple["NamedCalendar", ...] = ()
    without: tuple["NamedCalendar", ...] = ()

    def __hash__(self) -> int:
        """A hash of zone and hours: calendars are looked up by their content for every deadline."""
        return hash((self.timezone, self.week))

    @property
    def where(self) -> Zone | str:
        """The time zone for computing: its data, or its name where the contract carries no data."""
        return self.zone or self.timezone

    @property
    def always_open(self) -> bool:
        """True if all time counts but for windows that pause, so that working time is elapsed time."""
        taken = self.holidays or self.yearly_holidays or self.half_days or self.closed or self.without
        hours = (it.calendar.always_open for it in self.union) if self.union else (it == ALL_DAY for it in self.week)
        return all(hours) and not taken

    @property
    def pauses(self) -> bool:
        """True if a window pauses its clocks."""
        return any(it.pauses for it in self.maintenance) or any(it.calendar.pauses for it in self.union)


ALL_DAY: DayHours = ALWAYS_OPEN[0]


class NamedCalendar(NamedTuple):
    """A calendar of which another one is made, with the name that it has in the contract."""

    name: str
    calendar: WorkingCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfDay:
    """A day on which only those of its usual hours count that lie in `hours`."""

    month: int
    day: int
    year: int | None = None  # None: every year
    hours: DayHours


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPeriod:
    """The time from `begins` up to but without `ends`, as walls in the calendar's zone show it."""

    begins: datetime
    ends: datetime
    cites: Citation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A window on certain days. It pauses a clock only where a rule says so.

    It begins on the day `once`; or each year in `month` on `day`; or on each `weekday`, with a `week` only on that one
    of each month. Its walls are those of `zone`; without one they have a fixed offset from UTC.
    """

    weekday: int = 0  # Monday is 0
    opens: int  # minutes after midnight
    closes: int  # above 1440 on a later day
    utc_offset_minutes: int | None = None
    pauses: bool = False
    cites: Citation | None = None
    week: int | None = None  # 1 to 4; 5 is the last one
    month: int | None = None
    day: int = 0
    once: date | None = None
    zone: Zone | None = None
