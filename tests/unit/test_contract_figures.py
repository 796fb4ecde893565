"""What a contract may write for a target, a duration, hours, a holiday, a window, a moment and a warning."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tocsin.contracts.notation.escalation import StepTime, parse_step_time, parse_warning, show_step_time, show_warning
from tocsin.contracts.notation.hours import parse_holiday, parse_week, show_week
from tocsin.contracts.notation.targets import parse_duration, parse_target, show_duration, show_target
from tocsin.contracts.notation.windows import parse_period, parse_window, show_period, show_window
from tocsin.contracts.zone_data import zone_data
from tocsin.domain.contract.calendar import ClosedPeriod, MaintenanceWindow, WorkingCalendar
from tocsin.domain.contract.escalation import EscalationStep, StepAnchor
from tocsin.domain.contract.model import RiskWarning
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, parse
from tocsin.domain.time.deadlines import deadline
from tocsin.domain.time.opening_hours import DAY_NAMES, clock_time

NINE_TO_FIVE = ((540, 1020),)


def target(unit: str, amount: int, *, end_of_working_day: bool = True) -> Target:
    return Target(unit=TargetUnit(unit), amount=amount, end_of_working_day=end_of_working_day)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20 min", target("elapsed", 20 * MINUTE)),
        ("90 s", target("elapsed", 90 * SECOND)),
        ("2 h", target("elapsed", 2 * HOUR)),
        ("4 business hours", target("working_time", 4 * HOUR)),
        ("30 working minutes", target("working_time", 30 * MINUTE)),
        ("16 support hours", target("working_time", 16 * HOUR)),
        ("next working day", target("working_days", 1)),
        ("next business day", target("working_days", 1)),
        ("2 working days", target("working_days", 2)),
        ("2 working days to the hour", target("working_days", 2, end_of_working_day=False)),
        ("90 days", target("calendar_days", 90)),
        ("18 months", target("calendar_months", 18)),
        ("1 year", target("calendar_years", 1)),
        ("no figure", None),
    ],
)
def test_a_target_is_read_as_contracts_write_it(text: str, expected: Target) -> None:
    assert parse_target(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "4",
        "0 h",
        "-1 h",
        "1.5 h",
        "next day",
        "next hour",
        "2 working months",
        "3 days to the hour",
        "4 wk",
    ],
)
def test_what_is_no_target_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(ValueError, match="next working day"):
        parse_target(text)


@pytest.mark.parametrize(
    ("longest", "longer"),
    [
        ("87600 h", "87601 h"),
        ("87600 business hours", "87601 business hours"),
        ("3650 working days", "3651 working days"),
        ("36500 days", "36501 days"),
        ("1200 months to the end of the day", "1201 months"),
        ("100 years after the end of the year", "999999999 years"),
    ],
)
def test_the_longest_target_can_be_reckoned_with_where_hardly_anybody_works_and_a_longer_one_is_refused(
    longest: str, longer: str
) -> None:
    an_hour_a_week = WorkingCalendar(timezone="Asia/Tokyo", week=(((540, 600),), (), (), (), (), (), ()))
    promise = parse_target(longest)
    assert promise is not None
    assert deadline(parse("2100-01-01T00:00:00Z"), promise, an_hour_a_week) > parse("2109-12-01T00:00:00Z")
    with pytest.raises(ValueError, match=r"longer than (ten|a hundred) years"):
        parse_target(longer)


def test_a_duration_of_more_than_ten_years_is_refused() -> None:
    assert parse_duration("3650 days") == 3650 * DAY
    with pytest.raises(ValueError, match="longer than ten years"):
        parse_duration("999999999 days")


@given(
    st.sampled_from(TargetUnit).flatmap(
        lambda unit: st.builds(
            Target,
            unit=st.just(unit),
            amount=st.integers(1, 100).map(lambda n: n * SECOND if unit in ("elapsed", "working_time") else n),
            end_of_working_day=st.booleans() if unit == "working_days" else st.just(True),  # noqa: FBT003 - hypothesis
        )
    )
)
def test_a_target_that_is_shown_reads_as_the_same_target(it: Target) -> None:
    read = parse_target(show_target(it))
    days = read is not None and read.unit is TargetUnit.CALENDAR_DAYS and it.unit is TargetUnit.ELAPSED
    assert read == it or (days and read.amount * DAY == it.amount)


@given(st.integers(1, 40 * 24 * 3600))
def test_a_duration_that_is_shown_reads_as_the_same_duration(seconds: int) -> None:
    assert parse_duration(show_duration(seconds * SECOND)) == seconds * SECOND


@pytest.mark.parametrize("text", ["", "20", "min", "20 weeks", "1 month", "1.5 h", "-5 min"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


def test_a_week_names_its_days_singly_or_as_a_range() -> None:
    week = parse_week({"mon-fri": "09:00-12:00, 13:00-17:00", "sun": "00:00-24:00"})
    assert week == (((540, 720), (780, 1020)),) * 5 + ((), ((0, 1440),))
    assert show_week(week) == "mon-fri 09:00-12:00, 13:00-17:00; sun 00:00-24:00"


def test_round_the_clock_is_every_minute_of_the_week() -> None:
    assert parse_week("24x7") == (((0, 1440),),) * 7
    assert show_week(parse_week("24x7")) == "24x7"


def test_hours_over_midnight_belong_to_two_days() -> None:
    week = parse_week({"mon": "22:00-24:00", "tue": "00:00-06:00"})
    assert week[:2] == (((1320, 1440),), ((0, 360),))


@pytest.mark.parametrize(
    ("hours", "reason"),
    [
        ("9x5", "is no week"),
        ({"monday": "09:00-17:00"}, "is no day"),
        ({"fri-moon": "09:00-17:00"}, "is no day"),
        ({"mon": "09:00-09:00"}, "ends when it starts"),
        ({"mon": "9:00-09:00"}, "ends when it starts"),
        ({"mon": "09:00 - 09:00"}, "ends when it starts"),
        ({"mon": "24:00-06:00"}, "begins at the end of a day"),
        ({"mon": "22:00-06:00, 23:00-24:00"}, "overlap"),
        ({"mon": "22:00-06:00", "tue": "05:00-09:00"}, "mon, 22:00-06:00, last into those of tue"),
        ({"mon": "09:00-25:00"}, "no time of day"),
        ({"mon": "09:00-24:30"}, "no time of day"),
        ({"mon": "nine to five"}, "no time of day"),
        ({"mon": "09:00-12:00, 11:00-13:00"}, "overlap"),
        ({"mon": "09:00-12:00, 12:00-13:00"}, "touch"),
        ({"mon-tue": "09:00-17:00", "tue": "10:00-11:00"}, "tue is given twice"),
    ],
)
def test_hours_that_cannot_be_are_refused(hours: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_week(hours)


def test_a_holiday_is_a_date_or_a_day_of_every_year() -> None:
    assert parse_holiday("2026-12-25") == date(2026, 12, 25)
    assert parse_holiday("12-25") == (12, 25)
    assert parse_holiday("02-29") == (2, 29)


@pytest.mark.parametrize("text", ["25.12.", "2026-02-29", "13-01", "Christmas", "2026-12-25T00:00:00"])
def test_what_is_no_holiday_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no holiday"):
        parse_holiday(text)


def test_a_maintenance_window_stands_at_a_fixed_offset() -> None:
    window = parse_window("sun 10:00-18:00 +03:00")
    assert window == MaintenanceWindow(weekday=6, opens=600, closes=1080, utc_offset_minutes=180)
    assert parse_window("mon 00:30-01:00 -03:30").utc_offset_minutes == -210


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("son 10:00-18:00 +03:00", "is no window"),
        ("always", "is no window"),
        ("sun 10:00-18:00 +99:99", "is no window"),
        ("9999-12-31 04:00 to 9999-12-31 24:00", "is later than any date"),
        ("fifth sun 10:00-18:00", "is no window"),
        ("second sun 10:00-18:00 +03:00", "is no window"),
        ("sun 10:00-12:00,13:00-14:00", "write a window for each"),
        ("02-30 10:00-12:00", "is no holiday"),
        ("2026-11-08 04:00 to 2026-11-07 22:00", "is over before it begins"),
        ("2026-11-08 04:00 to 2028-11-07 22:00", "lasts more than 366 days"),
        ("2026-02-30 04:00 to 2026-11-07 22:00", "is no date or time"),
    ],
)
def test_what_is_no_window_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_window(text)


@pytest.mark.parametrize(
    "text",
    [
        "sun 10:00-18:00 +03:00",
        "mon 22:00-02:00 -03:30",
        "sun 02:00-06:00",
        "second sun 02:00-06:00",
        "last fri 22:00-02:00",
        "12-24 18:00-24:00",
        "12-31 22:00-02:00",
        "2026-11-07 22:00 to 2026-11-08 04:00",
        "2026-11-07 00:00 to 2026-12-08 00:00",
    ],
)
def test_a_window_that_is_shown_reads_as_the_same_window(text: str) -> None:
    assert show_window(parse_window(text)) == text
    if parse_window(text).utc_offset_minutes is None:
        assert show_window(replace(parse_window(text), zone=zone_data("Europe/Berlin"))) == f"{text} Europe/Berlin"


def test_a_period_ends_where_the_last_day_that_is_named_begins() -> None:
    begins, ends = parse_period("2026-12-20 18:00", "2027-01-03")
    period = ClosedPeriod(begins=begins, ends=ends)
    assert show_period(period) == "2026-12-20 18:00 to 2027-01-03 00:00"


def test_a_night_is_written_in_one_span_and_is_two_days_time() -> None:
    week = parse_week({"sun-thu": "22:00-06:00", "sat": "10:00-14:00"})
    assert week[0] == ((0, 360), (1320, 1440))
    assert week[4:] == (((0, 360),), ((600, 840),), ((1320, 1440),))
    assert parse_week({"mon": "22:00-06:00", "tue": "06:00-09:00"})[1] == ((0, 540),)


def test_a_night_is_shown_on_the_day_on_which_it_begins() -> None:
    assert show_week(parse_week({"mon-thu": "22:00-06:00"})) == "mon-thu 22:00-06:00"
    assert show_week(parse_week({"mon-fri": "00:00-24:00"})) == "mon-fri 00:00-24:00"


night_or_day = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda it: it[0] != it[1])


@given(st.dictionaries(st.sampled_from(DAY_NAMES), night_or_day))
def test_a_week_that_is_shown_reads_as_the_same_week(days: dict[str, tuple[int, int]]) -> None:
    try:
        week = parse_week({day: f"{clock_time(a)}-{clock_time(b)}" for day, (a, b) in days.items()})
    except ValueError:
        assume(False)  # noqa: FBT003 - a night that lasts into the hours of the next day
    shown = show_week(week)
    if shown not in ("24x7", "never"):
        assert parse_week(dict(run.split(" ", 1) for run in shown.split("; "))) == week


@pytest.mark.parametrize(
    ("text", "amount", "minute"),
    [
        ("by 12:00 of the next working day", 1, 720),
        ("by 09:30 of the 2nd working day", 2, 570),
        ("by 17:00 of the 11th working day", 11, 1020),
        ("by 17:00 of the 23rd working day", 23, 1020),
    ],
)
def test_a_due_time_is_a_time_of_a_working_day(text: str, amount: int, minute: int) -> None:
    assert parse_target(text) == Target(unit=TargetUnit.WORKING_DAYS, amount=amount, due_at=minute)
    assert show_target(parse_target(text)) == text


@pytest.mark.parametrize("text", ["by 12:00 of the 2th working day", "by 25:00 of the next working day", "by noon"])
def test_what_is_no_due_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no target|is no time of day"):
        parse_target(text)


@pytest.mark.parametrize(
    "text",
    [
        *("start", "start + 5 min", "50 %", "deadline", "deadline + 10 min", "deadline + 2 h"),
        *("deadline + 2 business hours", "start + 1 business hour", "deadline + next working day"),
    ],
)
def test_a_moment_that_is_shown_reads_as_the_same_moment(text: str) -> None:
    step = EscalationStep(role="shift lead", tier=2, **parse_step_time(text)._asdict())
    assert show_step_time(step) == text


def test_a_moment_is_counted_from_the_start_or_the_deadline_or_is_a_part_of_the_target() -> None:
    assert parse_step_time("start + 5 min") == StepTime(StepAnchor.START, after=5 * MINUTE)
    assert parse_step_time("50%") == StepTime(StepAnchor.FRACTION, fraction=0.5)
    assert parse_step_time("deadline") == StepTime(StepAnchor.DEADLINE)


@pytest.mark.parametrize("text", ["", "0 %", "100 %", "150 %", "deadline - 5 min", "start+5", "noon"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no (moment|part of a target)"):
        parse_step_time(text)


def test_a_warning_is_a_part_of_the_target_or_a_rest_of_it() -> None:
    assert parse_warning("75 %") == RiskWarning(fraction=0.75)
    assert parse_warning("5 min before") == RiskWarning(before=5 * MINUTE)
    assert show_warning(RiskWarning(before=5 * MINUTE)) == "5 min before"
    assert show_warning(RiskWarning(fraction=0.75)) == "75 %"
    with pytest.raises(ValueError, match="is no warning"):
        parse_warning("soon")
