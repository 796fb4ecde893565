"""Time zones, the compiled calendar, and what is said about an impossible one."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tocsin.domain.contract.calendar import MaintenanceWindow, WorkingCalendar
from tocsin.domain.instant import DAY, HOUR, MINUTE, parse, show, to_datetime
from tocsin.domain.time.business_time import RoundTheClock, counter, local_day, round_the_clock, timetable
from tocsin.domain.time.calendar_check import faults
from tocsin.domain.time.deadlines import explain
from tocsin.domain.time.zones import OutOfReckoning, UnknownZone, from_wall, offsets, to_wall, zone

OFFICE = WorkingCalendar(timezone="Europe/Berlin", week=(((540, 1020),),) * 5 + ((), ()))
ALWAYS = WorkingCalendar(timezone="Europe/Berlin", week=(((0, 1440),),) * 7)


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("Europe/Berlin", 2026),
        ("America/Sao_Paulo", 2015),
        ("America/Noronha", 2000),
        ("Asia/Gaza", 2040),
        ("Africa/Casablanca", 2024),
        ("Pacific/Apia", 2011),
        ("America/St_Johns", 2010),
        ("Asia/Kolkata", 2026),
        ("Africa/Monrovia", 1972),
        ("Europe/Berlin", 2500),
    ],
)
def test_every_change_of_a_zone_is_found_to_the_second(name: str, year: int) -> None:
    found = offsets(name, year)
    zone_info = ZoneInfo(name)
    for n, (start, offset) in enumerate(found):
        end = found[n + 1][0] if n + 1 < len(found) else parse(f"{year + 1}-01-01T00:00:00Z")
        for moment in (*range(start, end, 3 * HOUR), end - 1):
            ahead = to_datetime(moment).astimezone(zone_info).utcoffset()
            assert ahead is not None
            assert ahead.total_seconds() * 1000 == offset


def test_a_year_has_the_changes_that_the_tz_database_knows() -> None:
    assert [show(start) for start, _ in offsets("Europe/Berlin", 2026)[1:]] == [
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
    ]
    assert [offset // MINUTE for _, offset in offsets("Africa/Monrovia", 1972)] == [-45, 0]
    assert len(offsets("Asia/Gaza", 2040)) == 5


def test_a_wall_time_that_is_skipped_is_read_with_the_offset_before() -> None:
    wall = parse("2024-03-31T02:30:00Z")
    assert show(from_wall(wall, "Europe/Berlin")) == "2024-03-31T01:30:00Z"


def test_a_wall_time_that_comes_twice_is_the_first() -> None:
    wall = parse("2024-10-27T02:30:00Z")
    assert show(from_wall(wall, "Europe/Berlin")) == "2024-10-27T00:30:00Z"


def test_wall_and_instant_are_each_others_inverse_away_from_changes() -> None:
    instant = parse("2026-11-23T10:00:00.123Z")
    wall = to_wall(instant, "America/Toronto")
    assert show(wall) == "2026-11-23T05:00:00.123Z"
    assert from_wall(wall, "America/Toronto") == instant


@pytest.mark.parametrize("name", ["Europe", "Europe/Bern", "", "../zone", "/etc/utc", "UTC+3", "x" * 5000, "a\0b"])
def test_what_is_no_zone_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(UnknownZone, match="is no time zone"):
        zone(name)


@pytest.mark.parametrize("year", [1, 1899, 9999])
def test_years_that_no_calendar_reaches_are_refused(year: int) -> None:
    moment = int(datetime(year, 6, 1, tzinfo=UTC).timestamp()) * 1000
    with pytest.raises(OutOfReckoning):
        timetable(OFFICE).open_time(moment, moment)


def test_a_calendar_that_is_always_open_is_plain_addition() -> None:
    assert isinstance(counter(ALWAYS), RoundTheClock)
    assert not isinstance(counter(replace(ALWAYS, holidays=(date(2026, 12, 25),))), RoundTheClock)
    pausing = MaintenanceWindow(weekday=0, opens=0, closes=60, utc_offset_minutes=0, pauses=True)
    assert not isinstance(counter(replace(ALWAYS, maintenance=(pausing,))), RoundTheClock)
    assert isinstance(counter(replace(ALWAYS, maintenance=(replace(pausing, pauses=False),))), RoundTheClock)


def test_round_the_clock_keeps_the_windows_and_drops_hours_and_holidays() -> None:
    window = MaintenanceWindow(weekday=0, opens=0, closes=60, utc_offset_minutes=0, pauses=True)
    calendar = round_the_clock(replace(OFFICE, holidays=(date(2026, 12, 25),), maintenance=(window,)))
    assert calendar.always_open
    assert calendar.maintenance == (window,)


def test_a_whole_year_of_office_hours_has_its_sum_in_either_hemisphere() -> None:
    start, end = parse("2026-01-01T00:00:00Z"), parse("2027-01-01T00:00:00Z")
    for name in ("UTC", "Europe/Berlin", "Australia/Sydney", "Asia/Kathmandu"):
        hours = timetable(replace(OFFICE, timezone=name)).open_time(start, end)
        assert abs(hours - 261 * 8 * HOUR) <= 8 * HOUR  # 261 weekdays; the year's edges lie elsewhere in local time


def test_open_time_over_thirty_years_is_that_of_its_years() -> None:
    table = timetable(replace(OFFICE, yearly_holidays=((12, 25), (12, 26), (1, 1))))
    edges = [parse(f"{year}-07-01T00:00:00Z") for year in range(2000, 2031)]
    parts = [table.open_time(a, b) for a, b in pairwise(edges)]
    assert table.open_time(edges[0], edges[-1]) == sum(parts)


def test_the_local_day_of_an_instant_is_that_of_the_zone() -> None:
    late = parse("2026-11-23T23:30:00Z")
    assert local_day(late, OFFICE) == late // DAY + 1
    assert local_day(late, replace(OFFICE, timezone="UTC")) == late // DAY


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timezone": "Mars/Olympus"}, "'Mars/Olympus' is no time zone"),
        ({"week": ((),) * 7}, "never opens"),
        ({"week": (((0, 1440),),) * 6}, "a week has 7 days, not 6"),
        ({"week": (((1020, 540),), *[()] * 6)}, "mon 17:00-09:00 ends before it starts"),
        ({"week": ((), ((540, 540),), *[()] * 5)}, "tue 09:00-09:00 ends before it starts"),
        ({"week": (((540, 1500),), *[()] * 6)}, "mon 09:00-25:00 is outside the day"),
        ({"week": (((540, 720), (700, 800)), *[()] * 6)}, "mon 11:40 lies in the hours before it, which end at 12:00"),
        ({"yearly_holidays": ((2, 30),)}, "no year has a holiday 02-30"),
        ({"yearly_holidays": ((13, 1),)}, "no year has a holiday 13-01"),
        (
            {"maintenance": (MaintenanceWindow(weekday=0, opens=60, closes=0, utc_offset_minutes=0),)},
            "window 01:00-00:00 ends before it starts",
        ),
        (
            {
                "maintenance": tuple(
                    MaintenanceWindow(weekday=day, opens=0, closes=1440, utc_offset_minutes=0, pauses=True)
                    for day in range(7)
                )
            },
            "never opens",
        ),
    ],
)
def test_an_impossible_calendar_is_named_with_its_fault(changes: dict[str, Any], said: str) -> None:
    (fault,) = faults(replace(OFFICE, **changes))
    assert said in fault


def test_a_sound_calendar_has_no_faults() -> None:
    split = replace(OFFICE, week=(((0, 720), (720, 1440)),) * 7, yearly_holidays=((2, 29),))
    assert faults(OFFICE) == faults(ALWAYS) == faults(split) == []


@pytest.mark.parametrize(
    "days", [{"weekday": 6}, {"weekday": 6, "week": 4}, {"weekday": 6, "week": 5}, {"once": date(2026, 11, 22)}]
)
def test_a_window_that_began_before_what_is_asked_for_lasts_until_its_end(days: dict[str, Any]) -> None:
    began = date(2026, 11, 29) if days.get("week") == 5 else date(2026, 11, 22)
    window = MaintenanceWindow(opens=1320, closes=2 * 1440 + 360, utc_offset_minutes=0, pauses=True, **days)
    calendar = replace(ALWAYS, timezone="UTC", maintenance=(window,))
    inside = parse(f"{began}T22:00:00Z") + 31 * HOUR
    assert [(it.end - inside, it.why) for it in explain(inside, inside + 2 * HOUR, calendar)] == [
        (HOUR, "maintenance"),
        (2 * HOUR, "counted"),
    ]
