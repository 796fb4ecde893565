"""Promises about periods as laws count them: whole days, to the end of the last one, moved where that is none."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.contracts.notation.targets import parse_target, show_target
from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.instant import from_datetime, show
from tocsin.domain.time.deadlines import deadline

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = WorkingCalendar(
    timezone="Europe/Berlin",
    week=(((0, 1440),),) * 5 + ((),) * 2,
    holidays=(date(2026, 4, 6),),
    yearly_holidays=((12, 25), (1, 1)),
)


def due(target: str, start: str) -> str:
    """The deadline of what begins at `start`, a local time of Berlin, as a local time."""
    promise = parse_target(target)
    assert promise is not None
    begins = datetime.fromisoformat(start).replace(tzinfo=BERLIN)
    at = deadline(from_datetime(begins), promise, WEEKDAYS)
    return datetime.fromisoformat(show(at)).astimezone(BERLIN).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("target", "start", "end"),
    [
        ("1 month to the end of the day", "2026-03-10 08:30", "2026-04-11 00:00"),
        ("1 month to the end of the day", "2026-01-31 08:30", "2026-03-01 00:00"),
        ("1 month to the end of the day", "2028-01-31 23:59", "2028-03-01 00:00"),
        ("1 month to the end of the day", "2026-02-28 08:30", "2026-03-29 00:00"),
        ("14 days to the end of the day", "2026-03-20 00:00", "2026-04-04 00:00"),
        ("60 days after the end of the year", "2026-01-01 00:00", "2027-03-02 00:00"),
        ("60 days after the end of the year", "2027-12-31 23:59", "2028-03-01 00:00"),
        ("1 month to the end of the day, or by 12:00 of the next working day", "2026-03-10 08:30", "2026-04-11 00:00"),
        ("1 month to the end of the day, or by 12:00 of the next working day", "2026-03-04 08:30", "2026-04-07 12:00"),
        ("1 month to the end of the day, or by 12:00 of the next working day", "2026-01-31 08:30", "2026-03-02 12:00"),
        ("60 days after the end of the year", "2026-01-31 08:30", "2027-03-02 00:00"),
        ("1 month to the end of the day, or by 24:00 of the next working day", "2026-11-25 08:30", "2026-12-29 00:00"),
    ],
)
def test_a_period_ends_with_its_last_day_or_on_the_next_working_day(target: str, start: str, end: str) -> None:
    """The same date a month later, the last day of a shorter month, a leap day, a year's end, Easter Monday."""
    assert due(target, start) == end


@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)),  # noqa: DTZ001 - local times of Berlin
    st.integers(1, 400),
    st.sampled_from(["day", "month", "year"]),
    st.booleans(),
)
def test_a_period_agrees_with_a_count_of_days(start: datetime, amount: int, unit: str, after_the_year: bool) -> None:
    """Counted day by day, the day of the start being day 0, the period ends as the first day after it begins."""
    begins = date(start.year, 12, 31) if after_the_year else start.date()
    if unit == "day":
        last = begins + timedelta(days=amount)
    else:
        amount = min(amount, 40)
        months = begins.month - 1 + amount * (12 if unit == "year" else 1)
        year, month = begins.year + months // 12, months % 12 + 1
        last = date(year, month, min(begins.day, monthrange(year, month)[1]))
    end = datetime.combine(last + timedelta(days=1), time(), BERLIN)
    how = "after the end of the year" if after_the_year else "to the end of the day"
    assert due(f"{amount} {unit}s {how}", start.isoformat()) == end.strftime("%Y-%m-%d %H:%M")


@given(
    st.integers(1, 100),
    st.sampled_from(["day", "month", "year"]),
    st.sampled_from(["to the end of the day", "after the end of the year"]),
    st.sampled_from(["", ", or by 12:00 of the next working day", ", or by 24:00 of the next working day"]),
)
def test_a_period_is_shown_as_it_is_written(amount: int, unit: str, end: str, moved: str) -> None:
    """What `contract show` says can be pasted into a contract."""
    text = f"{amount} {unit}{'s' * (amount > 1)} {end}{moved}"
    assert show_target(parse_target(text)) == text


@pytest.mark.parametrize(
    "text", ["1 month to the end", "1 h to the end of the day", "0 days after the end of the year"]
)
def test_what_is_no_period_is_refused_with_the_forms_that_are(text: str) -> None:
    """Hours have no last day, and nothing is no time."""
    with pytest.raises(ValueError, match="1 month to the end of the day"):
        parse_target(text)
