"""The laws of clocks, and the reckoning against a slow one that asks the wall clock every minute."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.walked import minutes, places, why

from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import DAY, HOUR, MINUTE, Instant, parse, to_datetime
from tocsin.domain.time.calendar_check import faults
from tocsin.domain.time.deadlines import (
    before_deadline,
    counting_calendar,
    deadline,
    elapsed,
    explain,
    fraction_instant,
)
from tocsin.domain.time.opening_hours import Why

USUAL = settings().max_examples

HORIZON = 4 * DAY
QUARTER = 15 * MINUTE

spans = st.lists(st.tuples(st.integers(-600, 5000), st.integers(0, 2000)), max_size=4)


def pauses_near(start: Instant, drawn: Sequence[tuple[int, int]]) -> list[tuple[Instant, Instant]]:
    return [(start + begin * MINUTE, start + (begin + length) * MINUTE) for begin, length in drawn]


@settings(max_examples=3 * USUAL // 2)
@given(places(), spans)
def test_every_minute_is_explained_as_the_wall_clock_would_explain_it(
    place: tuple[WorkingCalendar, Instant], drawn: list[tuple[int, int]]
) -> None:
    calendar, start = place
    pauses = pauses_near(start, drawn)
    told = explain(start, start + HORIZON, calendar, pauses)
    assert [i.start for i in told] == [start, *(i.end for i in told[:-1])]
    assert told[-1].end == start + HORIZON
    assert all(a.why is not b.why for a, b in pairwise(told))
    assert [i.why for i in told for _ in range((i.end - i.start) // MINUTE)] == minutes(
        calendar, start, pauses, HORIZON
    )


@settings(max_examples=3 * USUAL // 2)
@given(places(), spans, st.integers(1, 3000))
def test_deadline_elapsed_and_warning_agree_with_walking_every_minute(
    place: tuple[WorkingCalendar, Instant], drawn: list[tuple[int, int]], target: int
) -> None:
    calendar, start = place
    pauses = pauses_near(start, drawn)
    counted = [n for n, reason in enumerate(minutes(calendar, start, pauses, HORIZON)) if reason is Why.COUNTED]
    assert elapsed(start, start + HORIZON, calendar, pauses) == len(counted) * MINUTE
    assume(len(counted) >= target)
    promise = Target(unit=TargetUnit.WORKING_TIME, amount=target * MINUTE)
    due = deadline(start, promise, calendar, pauses)
    assert due == start + (counted[target - 1] + 1) * MINUTE
    half = target // 2
    if half:
        left = before_deadline(due, (target - half) * MINUTE, calendar, promise.unit, pauses)
        assert left == start + (counted[half - 1] + 1) * MINUTE
        assert fraction_instant(start, promise, half / target, calendar, pauses) == left


@given(places(), st.integers(1, 6))
def test_working_days_agree_with_walking_every_day(place: tuple[WorkingCalendar, Instant], days: int) -> None:
    calendar, start = place
    calendar = WorkingCalendar(
        timezone=calendar.timezone,
        week=(((540, 1020),), *calendar.week[1:]),  # opens at least on Mondays
        holidays=calendar.holidays,
        yearly_holidays=calendar.yearly_holidays,
    )
    zone = ZoneInfo(calendar.timezone)
    today = to_datetime(start).astimezone(zone).date()
    minute = start // QUARTER * QUARTER + QUARTER - MINUTE  # hours change on quarters, walls a minute after
    closings: dict[date, Instant] = {}
    day = today
    while len(closings) < days or day <= list(closings)[days - 1] + timedelta(days=1):  # which may yet begin again
        day = to_datetime(minute).astimezone(zone).date()
        if day > today and why(calendar, minute, ()) is Why.COUNTED:
            closings[day] = minute + MINUTE
        minute += QUARTER
    due = deadline(start, Target(unit=TargetUnit.WORKING_DAYS, amount=days), calendar)
    assert due == list(closings.values())[days - 1]


instants = st.integers(parse("1995-01-01T00:00:00Z"), parse("2060-01-01T00:00:00Z"))
amounts = st.integers(0, 60 * DAY)
calendars = places().map(lambda place: place[0]).filter(lambda calendar: not faults(calendar))
timed = st.sampled_from([TargetUnit.ELAPSED, TargetUnit.WORKING_TIME])
units = st.sampled_from(list(TargetUnit))


def target_of(unit: TargetUnit, amount: int) -> Target:
    """Milliseconds, or a small number of days, months or years."""
    is_timed = unit in (TargetUnit.ELAPSED, TargetUnit.WORKING_TIME)
    return Target(unit=unit, amount=amount if is_timed else amount % 12, end_of_working_day=amount % 2 == 0)


class Scene(NamedTuple):
    calendar: WorkingCalendar
    start: Instant
    pauses: list[tuple[Instant, Instant]]


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A calendar that opens, a start to the millisecond, and pauses near it."""
    start = draw(instants)
    pauses = [(start + begin * 10_007, start + (begin + length) * 10_007) for begin, length in draw(spans)]
    return Scene(draw(calendars), start, pauses)


@settings(max_examples=2 * USUAL)
@given(scenes(), timed, amounts)
def test_the_time_that_counted_until_the_deadline_is_the_target(scene: Scene, unit: TargetUnit, amount: int) -> None:
    calendar, start, pauses = scene
    due = deadline(start, Target(unit=unit, amount=amount), calendar, pauses)
    counting = counting_calendar(unit, calendar)
    assert elapsed(start, due, counting, pauses) == amount
    assert sum(i.end - i.start for i in explain(start, due, counting, pauses) if i.why is Why.COUNTED) == amount
    if amount:
        assert elapsed(start, due - 1, counting, pauses) == amount - 1


@settings(max_examples=2 * USUAL)
@given(scenes(), timed, amounts, amounts)
def test_the_deadline_of_a_deadline_is_that_of_both_targets_together(
    scene: Scene, unit: TargetUnit, a: int, b: int
) -> None:
    calendar, start, pauses = scene
    first = deadline(start, Target(unit=unit, amount=a), calendar, pauses)
    together = deadline(start, Target(unit=unit, amount=a + b), calendar, pauses)
    assert deadline(first, Target(unit=unit, amount=b), calendar, pauses) == together


@settings(max_examples=2 * USUAL)
@given(scenes(), st.integers(0, 200 * DAY))
def test_the_deadline_after_the_time_that_elapsed_is_the_last_moment_that_counted(scene: Scene, length: int) -> None:
    calendar, start, pauses = scene
    end = start + length
    counted = elapsed(start, end, calendar, pauses)
    assume(counted)
    due = deadline(start, Target(unit=TargetUnit.WORKING_TIME, amount=counted), calendar, pauses)
    assert due <= end
    assert elapsed(due, end, calendar, pauses) == 0
    assert elapsed(due - 1, due, calendar, pauses) == 1


@settings(max_examples=3 * USUAL)
@given(scenes(), units, amounts, st.tuples(st.integers(-600, 5000), st.integers(0, 2000)))
def test_one_more_pause_never_makes_a_deadline_earlier(
    scene: Scene, unit: TargetUnit, amount: int, added: tuple[int, int]
) -> None:
    calendar, start, pauses = scene
    target = target_of(unit, amount)
    more = [*pauses, (start + added[0] * 10_007, start + sum(added) * 10_007)]
    assert deadline(start, target, calendar, more) >= deadline(start, target, calendar, pauses) >= start


@given(scenes(), units, amounts, st.randoms())
def test_the_order_of_pauses_does_not_matter(scene: Scene, unit: TargetUnit, amount: int, random: Random) -> None:
    calendar, start, pauses = scene
    target = target_of(unit, amount)
    mixed = random.sample(pauses, len(pauses))
    assert deadline(start, target, calendar, mixed) == deadline(start, target, calendar, pauses)


@settings(max_examples=2 * USUAL)
@given(scenes(), units, amounts, st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_fractions_of_a_target_come_in_their_order_and_end_at_the_deadline(
    scene: Scene, unit: TargetUnit, amount: int, fractions: list[float]
) -> None:
    calendar, start, pauses = scene
    target = target_of(unit, amount)
    due = deadline(start, target, calendar, pauses)
    early, late = (fraction_instant(start, target, f, calendar, pauses) for f in sorted(fractions))
    assert early <= late <= due or target.amount == 0
    assert fraction_instant(start, target, 1, calendar, pauses) == due


@settings(max_examples=2 * USUAL)
@given(scenes(), timed, st.integers(2, 30 * DAY), st.floats(0.01, 0.99))
def test_a_warning_before_the_deadline_is_the_deadline_of_what_is_not_left(
    scene: Scene, unit: TargetUnit, amount: int, share: float
) -> None:
    calendar, start, pauses = scene
    left = min(max(round(amount * share), 1), amount - 1)
    due = deadline(start, Target(unit=unit, amount=amount), calendar, pauses)
    sooner = deadline(start, Target(unit=unit, amount=amount - left), calendar, pauses)
    assert before_deadline(due, left, calendar, unit, pauses) == sooner


@given(scenes(), st.integers(0, 400 * HOUR))
def test_what_counts_in_two_parts_of_a_span_adds_up_to_the_whole(scene: Scene, length: int) -> None:
    calendar, start, pauses = scene
    middle, end = start + length // 3, start + length
    parts = elapsed(start, middle, calendar, pauses) + elapsed(middle, end, calendar, pauses)
    assert elapsed(start, end, calendar, pauses) == parts


def test_the_slow_reckoning_knows_a_holiday_from_a_closed_hour() -> None:
    calendar = WorkingCalendar(
        timezone="Europe/Berlin", week=(((540, 1020),),) * 5 + ((), ()), holidays=(date(2024, 5, 1),)
    )
    noon = datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert why(calendar, parse(noon.isoformat()), ()) is Why.HOLIDAY
    assert why(calendar, parse((noon - timedelta(days=1)).isoformat()), ()) is Why.COUNTED
    assert why(calendar, parse((noon + timedelta(hours=12)).isoformat()), ()) is Why.CLOSED
