"""The calendars of a contract: the hours and days that count for a promise."""

from dataclasses import dataclass
from datetime import date

from tocsin.domain.contract.rules import Citation
from tocsin.domain.contract.zone import Zone

MIDNIGHT = 1440
"""The end of a day, in minutes after its start."""

WeekHours = tuple[tuple[tuple[int, int], ...], ...]
"""Seven tuples of (opens, closes) in minutes after midnight, Monday first; those of a day are sorted and apart."""

ALWAYS_OPEN: WeekHours = (((0, MIDNIGHT),),) * 7


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """The hours and days that count for a promise. Minutes are minutes after local midnight, 1440 being `24:00`."""

    timezone: str
    zone: Zone | None = None  # its data; None in what was compiled before release 0.3
    week: WeekHours
    holidays: tuple[date, ...] = ()
    yearly_holidays: tuple[tuple[int, int], ...] = ()  # (month, day)
    maintenance: tuple["MaintenanceWindow", ...] = ()
    cites: Citation | None = None

    @property
    def where(self) -> Zone | str:
        """The time zone for computing: its data, or its name where the contract carries no data."""
        return self.zone or self.timezone

    @property
    def always_open(self) -> bool:
        """True if all time counts, so that working time is elapsed time."""
        return all(day == ALWAYS_OPEN[0] for day in self.week) and not (self.holidays or self.yearly_holidays)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A weekly window at a fixed offset from UTC. It pauses a clock only where a rule says so."""

    weekday: int  # Monday is 0
    opens: int  # minutes after midnight at that offset
    closes: int
    utc_offset_minutes: int
    pauses: bool = False
    cites: Citation | None = None
