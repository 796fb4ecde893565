"""Compiles a calendar of a contract: holidays become dates, zones data; what it is made of is taken into it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

import holidays

from tocsin.contracts.notation.calendar import CLIENT, CalendarSpec, CountryHolidaysSpec, MaintenanceSpec
from tocsin.contracts.zone_data import zone_data
from tocsin.domain.contract.calendar import ClosedPeriod, HalfDay, MaintenanceWindow, NamedCalendar, WorkingCalendar
from tocsin.domain.contract.rules import Citation


def compile_calendar(name: str, calendars: Mapping[str, CalendarSpec], client: str) -> WorkingCalendar:
    """The calendar `name` for a client in the time zone `client`. Every name must exist, and none be made of itself."""
    spec = calendars[name]
    members, taken = (
        tuple(NamedCalendar(it, compile_calendar(it, calendars, client)) for it in names)
        for names in (spec.made_of, spec.without)
    )
    dates = {day for day in spec.holidays if isinstance(day, date)}
    if spec.holidays_of:
        dates |= _public_holidays(spec.holidays_of)
    zone = _zone(spec.timezone, client) if spec.timezone else members[0].calendar.timezone
    return WorkingCalendar(
        timezone=zone,
        zone=zone_data(zone),
        week=spec.hours or (),
        holidays=tuple(sorted(dates)),
        yearly_holidays=tuple(sorted({day for day in spec.holidays if not isinstance(day, date)})),
        maintenance=tuple(_window(it, zone, client) for it in spec.maintenance),
        cites=spec.cites,
        half_days=tuple(_half_days(spec)),
        closed=tuple(_closed(spec)),
        union=members,
        without=taken,
    )


def _zone(name: str, client: str) -> str:
    return client if name == CLIENT else name


def _window(it: MaintenanceSpec, own_zone: str, client: str) -> MaintenanceWindow:
    window = replace(it.window, pauses=it.pauses, cites=it.cites)
    if window.utc_offset_minutes is not None:
        return window
    return replace(window, zone=zone_data(_zone(it.timezone or own_zone, client)))


def _half_days(spec: CalendarSpec) -> Iterator[HalfDay]:
    for day, hours in spec.parsed_half_days:
        if isinstance(day, date):
            yield HalfDay(month=day.month, day=day.day, year=day.year, hours=hours)
        else:
            yield HalfDay(month=day[0], day=day[1], hours=hours)


def _closed(spec: CalendarSpec) -> Iterable[ClosedPeriod]:
    for it in spec.closed:
        begins, ends = it.walls
        cites = Citation(clause=it.clause) if it.clause else spec.cites
        yield ClosedPeriod(begins=begins, ends=ends, cites=cites)


def _public_holidays(of: CountryHolidaysSpec) -> set[date]:
    years = range(of.first_year, of.last_year + 1)
    return set(holidays.country_holidays(of.country, subdiv=of.region, years=years))
