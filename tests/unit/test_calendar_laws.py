"""Laws of calendars that are made of others, over clock changes, month ends and leap days."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.walked import composed_places, minutes, part_calendars, why

from tocsin.domain.contract.calendar import NamedCalendar, WorkingCalendar
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import DAY, HOUR, MINUTE, Instant, parse, to_datetime
from tocsin.domain.time.calendar_check import faults
from tocsin.domain.time.deadlines import counting_calendar, deadline, elapsed, explain
from tocsin.domain.time.opening_hours import Why
from tocsin.domain.time.zones import to_wall

HORIZON = 2 * DAY


@given(composed_places())
def test_every_minute_of_a_composed_calendar_is_explained_as_wall_clocks_would_explain_it(
    place: tuple[WorkingCalendar, Instant],
) -> None:
    calendar, start = place
    told = explain(start, start + HORIZON, calendar)
    assert [i.start for i in told] == [start, *(i.end for i in told[:-1])]
    assert told[-1].end == start + HORIZON
    assert all(a.why is not b.why for a, b in pairwise(told))
    assert [i.why for i in told for _ in range((i.end - i.start) // MINUTE)] == minutes(calendar, start, (), HORIZON)


@given(composed_places(), st.integers(1, 1500))
def test_a_deadline_in_a_composed_calendar_agrees_with_walking_every_minute(
    place: tuple[WorkingCalendar, Instant], target: int
) -> None:
    calendar, start = place
    counted = [n for n, reason in enumerate(minutes(calendar, start, (), HORIZON)) if reason is Why.COUNTED]
    assert elapsed(start, start + HORIZON, calendar) == len(counted) * MINUTE
    assume(len(counted) >= target)
    due = deadline(start, Target(unit=TargetUnit.WORKING_TIME, amount=target * MINUTE), calendar)
    assert due == start + (counted[target - 1] + 1) * MINUTE


@given(composed_places(), st.integers(1, 1500))
def test_real_time_stands_still_only_while_windows_pause_all_calendars_of_a_union(
    place: tuple[WorkingCalendar, Instant], target: int
) -> None:
    calendar, start = place
    due = deadline(start, Target(unit=TargetUnit.ELAPSED, amount=target * MINUTE), calendar)
    clock = counting_calendar(TargetUnit.ELAPSED, calendar)
    reasons = [why(clock, start + n * MINUTE, ()) for n in range((due - start) // MINUTE)]
    assert reasons.count(Why.COUNTED) == target
    assert set(reasons) <= {Why.COUNTED, Why.MAINTENANCE}


@given(composed_places(), st.integers(1, 3))
def test_a_working_day_of_a_composed_calendar_is_a_local_day_with_open_hours(
    place: tuple[WorkingCalendar, Instant], days: int
) -> None:
    calendar, start = place
    opened = WorkingCalendar(
        timezone=calendar.timezone,
        week=(),
        union=(
            NamedCalendar(
                "weekdays", WorkingCalendar(timezone=calendar.timezone, week=(((540, 1020),),) * 5 + ((), ()))
            ),
            *calendar.union,
        ),
        without=calendar.without,
    )
    assume(not faults(opened))
    due = deadline(start, Target(unit=TargetUnit.WORKING_DAYS, amount=days), opened)
    assume(due - start < 8 * DAY)
    today = to_wall(start, opened.where) // DAY
    hours = [i for i in explain(start - DAY, due + 2 * DAY, _without_pauses(opened)) if i.why is Why.COUNTED]
    quarters = [moment for i in hours for moment in range(i.start, i.end, 15 * MINUTE)]
    working = sorted({day for moment in quarters if (day := to_wall(moment, opened.where) // DAY) > today})
    assert to_wall(due - 1, opened.where) // DAY == working[days - 1]
    assert all(i.end <= due for i in hours if to_wall(i.end - 1, opened.where) // DAY == working[days - 1])


def _without_pauses(calendar: WorkingCalendar) -> WorkingCalendar:
    members = tuple(NamedCalendar(name, _without_pauses(it)) for name, it in calendar.union)
    return WorkingCalendar(
        timezone=calendar.timezone,
        week=calendar.week,
        union=members,
        without=calendar.without,
        holidays=calendar.holidays,
        half_days=calendar.half_days,
        closed=calendar.closed,
    )


@st.composite
def two_calendars(draw: st.DrawFn) -> tuple[WorkingCalendar, WorkingCalendar, Instant]:
    start = draw(st.integers(parse("2001-01-01T00:00:00Z"), parse("2040-01-01T00:00:00Z")))
    near = to_datetime(start).date() + timedelta(days=draw(st.integers(0, 400)))
    zones = draw(st.tuples(*[st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu"])] * 2))
    one, other = (draw(part_calendars(zone, near)) for zone in zones)
    return one, other, start


def made_of(*union: WorkingCalendar, without: tuple[WorkingCalendar, ...] = ()) -> WorkingCalendar:
    return WorkingCalendar(
        timezone=union[0].timezone,
        week=(),
        union=tuple(NamedCalendar("a", it) for it in union),
        without=tuple(NamedCalendar("b", it) for it in without),
    )


@given(two_calendars(), st.integers(1, 900 * 24))
def test_union_and_difference_add_up_over_years(
    drawn: tuple[WorkingCalendar, WorkingCalendar, Instant], hours: int
) -> None:
    one, other, start = drawn
    end = start + hours * HOUR
    either, only = made_of(one, other), made_of(one, without=(other,))
    both = made_of(one, without=(only,))

    def counted(calendar: WorkingCalendar) -> int:
        return elapsed(start, end, calendar)

    assert counted(either) + counted(both) == counted(one) + counted(other)
    assert counted(only) + counted(both) == counted(one)
    assert counted(made_of(other, one)) == counted(either)
    assert counted(made_of(one)) == counted(one)
