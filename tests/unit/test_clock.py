"""Clocks: what peers and documents promise, the decisions of ours where they differ, and the speed."""

import time
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tocsin.domain.contract.calendar import MaintenanceWindow, WorkingCalendar
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant, parse, show
from tocsin.domain.time.business_time import NeverOpens
from tocsin.domain.time.calendar_parts import Interval
from tocsin.domain.time.deadlines import (
    before_deadline,
    counting_calendar,
    deadline,
    elapsed,
    explain,
    fraction_instant,
)
from tocsin.domain.time.opening_hours import Why
from tocsin.domain.time.zones import OutOfReckoning, UnknownZone

OFFICE = WorkingCalendar(timezone="Europe/Berlin", week=(((540, 1020),),) * 5 + ((), ()))
ALWAYS = WorkingCalendar(timezone="UTC", week=(((0, 1440),),) * 7)
SENTINELONE_WINDOW = MaintenanceWindow(weekday=6, opens=600, closes=1080, utc_offset_minutes=180)


def working(milliseconds: int) -> Target:
    return Target(unit=TargetUnit.WORKING_TIME, amount=milliseconds)


def real(milliseconds: int) -> Target:
    return Target(unit=TargetUnit.ELAPSED, amount=milliseconds)


def at(text: str) -> Instant:
    return parse(text)


def test_twenty_minutes_of_real_time_pass_on_a_sunday_too() -> None:
    assert deadline(at("2026-11-22T09:00:00Z"), real(20 * MINUTE), OFFICE) == at("2026-11-22T09:20:00Z")


def test_four_business_hours_wait_for_the_next_opening() -> None:
    assert show(deadline(at("2026-11-20T15:00:00Z"), working(4 * HOUR), OFFICE)) == "2026-11-23T11:00:00Z"


def test_milliseconds_are_kept() -> None:
    due = deadline(at("2026-11-20T15:59:59.750Z"), working(SECOND), OFFICE)
    assert show(due) == "2026-11-23T08:00:00.750Z"


def test_reclassification_counts_from_the_original_start_with_the_pauses_kept() -> None:
    start, pauses = at("2026-11-23T08:00:00Z"), [(at("2026-11-23T09:00:00Z"), at("2026-11-23T09:30:00Z"))]
    assert show(deadline(start, working(4 * HOUR), OFFICE, pauses)) == "2026-11-23T12:30:00Z"
    assert show(deadline(start, working(2 * HOUR), OFFICE, pauses)) == "2026-11-23T10:30:00Z"


def test_a_calendar_edited_later_moves_only_the_deadlines_reckoned_with_it() -> None:
    start, target = at("2026-11-23T08:00:00Z"), working(12 * HOUR)
    with_holiday = replace(OFFICE, holidays=(date(2026, 11, 24),))
    assert show(deadline(start, target, OFFICE)) == "2026-11-24T12:00:00Z"
    assert show(deadline(start, target, with_holiday)) == "2026-11-25T12:00:00Z"
    assert show(deadline(start, target, OFFICE)) == "2026-11-24T12:00:00Z"


def test_a_pause_of_a_twenty_minute_promise_extends_it_by_real_time() -> None:
    start = at("2026-11-22T09:00:00Z")
    pauses = [(start + 5 * MINUTE, start + 15 * MINUTE), (start + 25 * MINUTE, start + 26 * MINUTE)]
    assert deadline(start, real(20 * MINUTE), OFFICE, pauses) == start + 31 * MINUTE


def test_a_pause_that_ends_before_it_begins_is_none() -> None:
    start = at("2026-11-23T09:00:00Z")
    assert deadline(start, working(HOUR), OFFICE, [(start + 30, start + 10)]) == start + HOUR


def test_a_maintenance_window_pauses_nothing_unless_its_rule_says_so() -> None:
    start = at("2026-11-22T06:00:00Z")
    calendar = replace(ALWAYS, maintenance=(SENTINELONE_WINDOW,))
    assert deadline(start, working(2 * HOUR), calendar) == start + 2 * HOUR
    assert deadline(start, real(2 * HOUR), calendar) == start + 2 * HOUR
    assert [i.why for i in explain(start, start + 2 * HOUR, calendar)] == [Why.COUNTED]


@pytest.mark.parametrize("target", [working(2 * HOUR), real(2 * HOUR)])
def test_a_maintenance_window_that_pauses_stops_the_clock_from_10_to_18_at_utc_plus_3(target: Target) -> None:
    start = at("2026-11-22T06:00:00Z")
    calendar = replace(ALWAYS, maintenance=(replace(SENTINELONE_WINDOW, pauses=True),))
    due = deadline(start, target, calendar)
    assert show(due) == "2026-11-22T16:00:00Z"
    assert explain(start, due, counting_calendar(target.unit, calendar)) == [
        Interval(start, at("2026-11-22T07:00:00Z"), Why.COUNTED),
        Interval(at("2026-11-22T07:00:00Z"), at("2026-11-22T15:00:00Z"), Why.MAINTENANCE),
        Interval(at("2026-11-22T15:00:00Z"), due, Why.COUNTED),
    ]


def test_a_maintenance_window_stays_where_it_is_when_summer_time_begins() -> None:
    window = MaintenanceWindow(weekday=0, opens=0, closes=600, utc_offset_minutes=0, pauses=True)
    calendar = replace(OFFICE, maintenance=(window,))
    winter, summer = at("2026-03-23T00:00:00Z"), at("2026-03-30T00:00:00Z")
    assert show(deadline(winter, working(HOUR), calendar)) == "2026-03-23T11:00:00Z"
    assert show(deadline(summer, working(HOUR), calendar)) == "2026-03-30T11:00:00Z"
    assert elapsed(winter, winter + DAY, calendar) == 6 * HOUR
    assert elapsed(summer, summer + DAY, calendar) == 5 * HOUR


def test_a_maintenance_window_over_the_end_of_the_week_of_the_wall_is_whole() -> None:
    window = MaintenanceWindow(weekday=6, opens=600, closes=1440, utc_offset_minutes=-300, pauses=True)
    calendar = replace(ALWAYS, timezone="Europe/Berlin", maintenance=(window,))
    start = at("2026-11-22T15:00:00Z")  # Sunday 16:00 in Berlin, for 14 hours
    assert [(show(i.end), i.why) for i in explain(start, start + DAY, calendar)] == [
        ("2026-11-23T05:00:00Z", Why.MAINTENANCE),
        ("2026-11-23T15:00:00Z", Why.COUNTED),
    ]


def test_a_working_day_ends_at_closing_time_though_maintenance_takes_all_of_it() -> None:
    window = MaintenanceWindow(weekday=0, opens=0, closes=1440, utc_offset_minutes=0, pauses=True)
    calendar = replace(OFFICE, timezone="UTC", maintenance=(window,))
    start = at("2026-11-20T18:00:00Z")
    assert show(deadline(start, Target(unit=TargetUnit.WORKING_DAYS, amount=1), calendar)) == "2026-11-23T17:00:00Z"
    same_time = Target(unit=TargetUnit.WORKING_DAYS, amount=1, end_of_working_day=False)
    assert show(deadline(start - 8 * HOUR, same_time, calendar)) == "2026-11-23T10:00:00Z"


@pytest.mark.parametrize("start", ["2010-11-05T15:00:00Z", "2010-11-07T02:45:00Z"])
def test_a_working_day_whose_last_hour_comes_again_closes_at_the_second_midnight(start: str) -> None:
    """In St. John's it was 23:01 on Saturday again after the first minute of Sunday; the later start lies in that."""
    calendar = WorkingCalendar(timezone="America/St_Johns", week=((),) * 5 + (((0, 1440),), ()))
    today_or_tomorrow = Target(unit=TargetUnit.WORKING_DAYS, amount=int(start < "2010-11-06"))
    assert show(deadline(at(start), today_or_tomorrow, calendar)) == "2010-11-07T03:30:00Z"


def test_a_working_day_does_not_open_in_the_hour_of_the_day_before_that_comes_again_in_it() -> None:
    calendar = WorkingCalendar(timezone="America/St_Johns", week=((),) * 5 + (((0, 1440),), ((540, 1020),)))
    same_time = Target(unit=TargetUnit.WORKING_DAYS, amount=1, end_of_working_day=False)
    assert show(deadline(at("2010-11-06T06:30:00Z"), same_time, calendar)) == "2010-11-07T12:30:00Z"  # 04:00 and 09:00


def test_a_promise_is_explained_with_its_holiday_night_and_pause() -> None:
    calendar = replace(OFFICE, holidays=(date(2026, 11, 24),))
    start, pause = at("2026-11-23T15:00:00Z"), (at("2026-11-23T15:30:00Z"), at("2026-11-25T08:15:00Z"))
    due = deadline(start, working(2 * HOUR), calendar, [pause])
    assert [(show(i.start), show(i.end), i.why) for i in explain(start, due, calendar, [pause])] == [
        ("2026-11-23T15:00:00Z", "2026-11-23T15:30:00Z", "counted"),
        ("2026-11-23T15:30:00Z", "2026-11-23T16:00:00Z", "paused"),
        ("2026-11-23T16:00:00Z", "2026-11-23T23:00:00Z", "closed"),
        ("2026-11-23T23:00:00Z", "2026-11-24T23:00:00Z", "holiday"),
        ("2026-11-24T23:00:00Z", "2026-11-25T08:00:00Z", "closed"),
        ("2026-11-25T08:00:00Z", "2026-11-25T08:15:00Z", "paused"),
        ("2026-11-25T08:15:00Z", "2026-11-25T09:45:00Z", "counted"),
    ]


def test_nothing_is_explained_and_nothing_elapsed_when_the_end_is_not_later() -> None:
    moment = at("2026-11-23T10:00:00Z")
    assert explain(moment, moment - HOUR, OFFICE) == explain(moment, moment, OFFICE) == []
    assert elapsed(moment, moment - HOUR, OFFICE) == elapsed(moment, moment, OFFICE) == 0


def test_a_warning_at_half_the_target_is_counted_in_working_time() -> None:
    start = at("2026-11-20T15:00:00Z")
    assert show(fraction_instant(start, working(4 * HOUR), 0.5, OFFICE)) == "2026-11-23T09:00:00Z"
    assert show(fraction_instant(start, working(4 * HOUR), 0.25, OFFICE)) == "2026-11-20T16:00:00Z"
    assert show(fraction_instant(at("2026-11-21T15:00:00Z"), working(HOUR), 0, OFFICE)) == "2026-11-23T08:00:00Z"


def test_a_warning_at_three_quarters_of_two_working_days_falls_inside_hours() -> None:
    target = Target(unit=TargetUnit.WORKING_DAYS, amount=2)
    assert show(fraction_instant(at("2026-11-23T08:00:00Z"), target, 0.75, OFFICE)) == "2026-11-25T10:00:00Z"


def test_a_warning_before_the_deadline_skips_the_night() -> None:
    due = at("2026-11-23T09:00:00Z")
    assert show(before_deadline(due, 2 * HOUR, OFFICE, TargetUnit.WORKING_TIME)) == "2026-11-20T15:00:00Z"
    assert show(before_deadline(due, 2 * HOUR, OFFICE, TargetUnit.WORKING_DAYS)) == "2026-11-20T15:00:00Z"
    assert show(before_deadline(due, 2 * HOUR, OFFICE, TargetUnit.ELAPSED)) == "2026-11-23T07:00:00Z"
    assert before_deadline(due - DAY, 0, OFFICE, TargetUnit.WORKING_TIME) == due - DAY


def test_a_warning_before_the_first_opening_of_the_year_is_the_last_closing_of_the_one_before() -> None:
    due = at("2027-01-04T09:00:00Z")
    calendar = replace(OFFICE, yearly_holidays=((1, 1), *((12, day) for day in range(24, 32))))
    assert show(before_deadline(due, HOUR, calendar, TargetUnit.WORKING_TIME)) == "2026-12-23T16:00:00Z"


def test_a_holiday_on_the_last_day_of_the_year_lasts_until_the_local_midnight() -> None:
    calendar = replace(ALWAYS, timezone="America/Toronto", yearly_holidays=((12, 31),))
    assert show(deadline(at("2026-12-31T12:00:00Z"), working(HOUR), calendar)) == "2027-01-01T06:00:00Z"


def test_a_calendar_without_hours_gives_a_clear_error_not_a_loop() -> None:
    never = replace(OFFICE, week=((),) * 7)
    for target in (working(HOUR), working(0), Target(unit=TargetUnit.WORKING_DAYS, amount=1)):
        with pytest.raises(NeverOpens, match="no opening hours within 50 years of 2026-11-23"):
            deadline(at("2026-11-23T10:00:00Z"), target, never)
    with pytest.raises(NeverOpens):
        before_deadline(at("2026-11-23T10:00:00Z"), HOUR, never, TargetUnit.WORKING_TIME)
    assert elapsed(at("2026-11-23T10:00:00Z"), at("2027-11-23T10:00:00Z"), never) == 0


def test_holidays_that_cover_every_day_give_the_same_error() -> None:
    yearly = tuple((day.month, day.day) for day in (date(2024, 1, 1) + timedelta(days=n) for n in range(366)))
    with pytest.raises(NeverOpens):
        deadline(at("2026-11-23T10:00:00Z"), working(1), replace(OFFICE, yearly_holidays=yearly))
    dated = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(366 * 60))
    with pytest.raises(NeverOpens):
        deadline(at("2026-11-23T10:00:00Z"), working(1), replace(OFFICE, holidays=dated))


def test_a_calendar_that_opens_on_a_leap_monday_only_is_found_to_open() -> None:
    all_but_one = tuple(
        (day.month, day.day)
        for day in (date(2024, 1, 1) + timedelta(days=n) for n in range(366))
        if (day.month, day.day) != (2, 29)
    )
    calendar = WorkingCalendar(timezone="UTC", week=(((540, 1020),), *[()] * 6), yearly_holidays=all_but_one)
    assert show(deadline(at("2073-01-01T00:00:00Z"), working(HOUR), calendar)) == "2112-02-29T10:00:00Z"


def test_a_negative_target_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        deadline(0, working(-1), OFFICE)


@pytest.mark.parametrize(
    "target",
    [
        working(10_000_000 * 365 * DAY),
        Target(unit=TargetUnit.WORKING_DAYS, amount=10_000_000),
        Target(unit=TargetUnit.CALENDAR_DAYS, amount=10_000_000),
        Target(unit=TargetUnit.CALENDAR_MONTHS, amount=10_000_000),
        Target(unit=TargetUnit.CALENDAR_YEARS, amount=10_000),
    ],
)
def test_a_deadline_after_the_year_9998_is_refused(target: Target) -> None:
    with pytest.raises(OutOfReckoning):
        deadline(at("2026-11-23T10:00:00Z"), target, OFFICE)


def test_a_time_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownZone, match="'Europe/Bern' is no time zone"):
        deadline(0, working(1), replace(OFFICE, timezone="Europe/Bern"))


BUSY = WorkingCalendar(
    timezone="America/New_York",
    week=(((540, 720), (780, 1020)),) * 5 + ((), ()),
    holidays=tuple(date(2020, 1, 1) + timedelta(days=37 * n) for n in range(150)),
    yearly_holidays=((1, 1), (7, 4), (12, 25)),
)
TEN_WORKING_YEARS = [
    working(10 * 250 * 7 * HOUR),
    Target(unit=TargetUnit.WORKING_DAYS, amount=2500),
    Target(unit=TargetUnit.WORKING_DAYS, amount=2500, end_of_working_day=False),
]


@pytest.mark.parametrize("target", TEN_WORKING_YEARS)
def test_ten_working_years_are_answered_in_less_than_a_millisecond(target: Target) -> None:
    start = at("2026-11-23T10:00:00Z")
    seconds = []
    for n in range(20):
        before = time.process_time()
        deadline(start + n, target, BUSY)
        seconds.append(time.process_time() - before)
    assert min(seconds) < 0.001
    assert seconds[0] < 0.5  # the first compiles the years of the calendar


def test_the_callback_of_twenty_minutes_costs_an_addition() -> None:
    start, target = at("2026-11-23T10:00:00Z"), real(20 * MINUTE)
    before = time.process_time()
    for n in range(10_000):
        deadline(start + n, target, BUSY)
    assert (time.process_time() - before) / 10_000 < 0.000_02
