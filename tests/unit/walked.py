"""A slow and plain reckoning that asks the wall clock about every minute, and calendars to try it on."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tocsin.contracts.zone_data import zone_data
from tocsin.domain.contract.calendar import (
    LAST_WEEK,
    ClosedPeriod,
    HalfDay,
    MaintenanceWindow,
    NamedCalendar,
    WorkingCalendar,
)
from tocsin.domain.instant import MINUTE, Instant, parse, to_datetime
from tocsin.domain.time.opening_hours import Why

TURNS = [
    # a zone, and about when its walls are changed
    ("Europe/Berlin", "2024-03-31T01:00:00Z"),
    ("Europe/Berlin", "2024-10-27T01:00:00Z"),
    ("America/New_York", "2024-11-03T06:00:00Z"),
    ("America/Toronto", "2038-03-14T07:00:00Z"),
    ("America/Sao_Paulo", "2015-10-18T03:00:00Z"),  # midnight is skipped
    ("America/Sao_Paulo", "2015-02-22T02:00:00Z"),  # the hour before midnight comes twice
    ("America/St_Johns", "2010-11-07T02:31:00Z"),  # the minute after midnight comes twice
    ("America/Havana", "2024-11-03T05:00:00Z"),  # midnight comes twice
    ("Asia/Tehran", "2016-03-20T20:30:00Z"),
    ("Asia/Gaza", "2040-10-20T00:00:00Z"),  # two changes a week apart
    ("America/Noronha", "2000-10-11T00:00:00Z"),  # two changes a week apart
    ("Australia/Lord_Howe", "2024-04-06T15:00:00Z"),  # half an hour
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),  # a whole day is skipped
    ("Pacific/Kiritimati", "1994-12-31T10:00:00Z"),  # a whole day is skipped, at the turn of the year
    ("Africa/Casablanca", "2024-03-10T02:00:00Z"),
    ("Asia/Kathmandu", "2024-12-31T20:00:00Z"),  # no change, 5:45 ahead, the turn of the year
    ("Pacific/Auckland", "2023-12-31T12:00:00Z"),  # the local year turns before that of UTC
    ("America/Toronto", "2025-01-01T05:00:00Z"),  # the local year turns after that of UTC
    ("UTC", "2024-02-28T12:00:00Z"),
]
OPENNESS = [Why.HOLIDAY, Why.CLOSED, Why.FREEZE, Why.EXCLUDED, Why.MAINTENANCE, Why.COUNTED]

day_hours = st.one_of(
    st.just(()),
    st.just(((0, 1440),)),
    st.just(((540, 1020),)),
    st.lists(st.integers(0, 96).map(lambda quarter: quarter * 15), min_size=2, max_size=6, unique=True).map(
        lambda edges: tuple(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
    ),
)
weeks = st.tuples(*[day_hours] * 7)
windows = st.builds(
    lambda weekday, opens, length, offset, pauses: MaintenanceWindow(
        weekday=weekday, opens=opens, closes=min(opens + length, 1440), utc_offset_minutes=offset, pauses=pauses
    ),
    st.integers(0, 6),
    st.integers(0, 23).map(lambda hour: hour * 60),
    st.integers(1, 24).map(lambda hours: hours * 60),
    st.sampled_from([-300, 0, 180, 345]),
    st.booleans(),
)


@st.composite
def places(draw: st.DrawFn) -> tuple[WorkingCalendar, Instant]:
    """A calendar, and a minute near which its zone does something."""
    timezone, turn = draw(st.sampled_from(TURNS))
    near = to_datetime(parse(turn)).date()
    calendar = WorkingCalendar(
        timezone=timezone,
        week=draw(weeks),
        holidays=tuple(near + timedelta(days=n) for n in draw(st.lists(st.integers(-3, 5), max_size=3))),
        yearly_holidays=tuple(draw(st.lists(st.sampled_from([(12, 31), (1, 1), (2, 29), (10, 18)]), max_size=2))),
        maintenance=tuple(draw(st.lists(windows, max_size=2))),
    )
    return calendar, parse(turn) // MINUTE * MINUTE + draw(st.integers(-3 * 1440, 1440)) * MINUTE


@st.composite
def dated_windows(draw: st.DrawFn, near: date) -> MaintenanceWindow:
    """A window that comes once, monthly, yearly or weekly, in a zone, near a day; it may last over midnight."""
    day = near + timedelta(days=draw(st.integers(-2, 2)))
    opens = draw(st.integers(0, 23)) * 60
    nth = draw(st.sampled_from([(day.day - 1) // 7 + 1, LAST_WEEK]))
    forms: list[dict[str, Any]] = [
        {"once": day},
        {"month": day.month, "day": day.day},
        {"weekday": day.weekday(), "week": nth},
        {"weekday": day.weekday()},
    ]
    days = draw(st.sampled_from(forms))
    zone = zone_data(draw(st.sampled_from(["Europe/Berlin", "America/New_York", "UTC"])))
    return MaintenanceWindow(
        opens=opens, closes=opens + draw(st.integers(1, 40)) * 60, pauses=draw(st.booleans()), zone=zone, **days
    )


@st.composite
def part_calendars(draw: st.DrawFn, timezone: str, near: date) -> WorkingCalendar:
    """A calendar with half days, closed periods and windows of every kind near a day."""
    midnight = datetime.combine(near, time())
    begins = [midnight + timedelta(hours=draw(st.integers(-30, 30))) for _ in range(draw(st.integers(0, 2)))]
    half_days = [near + timedelta(days=draw(st.integers(-2, 2))) for _ in range(draw(st.integers(0, 2)))]
    return WorkingCalendar(
        timezone=timezone,
        week=draw(weeks),
        holidays=tuple(near + timedelta(days=n) for n in draw(st.lists(st.integers(-3, 5), max_size=1))),
        half_days=tuple(
            HalfDay(month=it.month, day=it.day, year=draw(st.sampled_from([None, it.year])), hours=((540, 780),))
            for it in half_days
        ),
        closed=tuple(ClosedPeriod(begins=it, ends=it + timedelta(hours=draw(st.integers(1, 40)))) for it in begins),
        maintenance=tuple(draw(st.lists(dated_windows(near), max_size=2))),
    )


@st.composite
def composed_places(draw: st.DrawFn) -> tuple[WorkingCalendar, Instant]:
    """A calendar that is made of others, less others, and a minute near which one of their zones does something."""
    timezone, turn = draw(st.sampled_from(TURNS))
    near = to_datetime(parse(turn)).date()

    def named(least: int) -> tuple[NamedCalendar, ...]:
        zones = draw(
            st.lists(st.sampled_from([timezone, "Asia/Tokyo", "America/New_York"]), min_size=least, max_size=2)
        )
        return tuple(NamedCalendar(zone, draw(part_calendars(zone, near))) for zone in zones)

    own = draw(part_calendars(timezone, near))
    members = draw(st.sampled_from([0, 1]))
    calendar = WorkingCalendar(
        timezone=timezone,
        week=() if members else own.week,
        union=named(1) if members else (),
        without=named(0),
        holidays=own.holidays,
        half_days=own.half_days,
        closed=own.closed,
        maintenance=own.maintenance,
    )
    return calendar, parse(turn) // MINUTE * MINUTE + draw(st.integers(-1440, 1440)) * MINUTE


def why(calendar: WorkingCalendar, minute: Instant, pauses: Sequence[tuple[Instant, Instant]]) -> Why:
    """Asks the wall clock: the slow and plain truth about one minute."""
    wall = to_datetime(minute).astimezone(ZoneInfo(calendar.timezone))
    if wall.date() in calendar.holidays or (wall.month, wall.day) in calendar.yearly_holidays:
        return Why.HOLIDAY
    if calendar.union:
        reason = max((why(it.calendar, minute, ()) for it in calendar.union), key=OPENNESS.index)
        if reason is not Why.COUNTED:
            return reason
    elif not _within(wall, calendar.week[wall.weekday()]):
        return Why.CLOSED
    for it in calendar.half_days:
        if (
            (it.month, it.day) == (wall.month, wall.day)
            and it.year in (None, wall.year)
            and not _within(wall, it.hours)
        ):
            return Why.HOLIDAY
    if any(it.begins <= wall.replace(tzinfo=None) < it.ends for it in calendar.closed):
        return Why.FREEZE
    if any(why(it.calendar, minute, ()) is Why.COUNTED for it in calendar.without):
        return Why.EXCLUDED
    if any(window.pauses and _in_window(window, minute) for window in calendar.maintenance):
        return Why.MAINTENANCE
    return Why.PAUSED if any(begin <= minute < end for begin, end in pauses) else Why.COUNTED


def minutes(
    calendar: WorkingCalendar, start: Instant, pauses: Sequence[tuple[Instant, Instant]], length: int
) -> list[Why]:
    """The reasons of each minute from `start` on, for `length` milliseconds."""
    return [why(calendar, start + n * MINUTE, pauses) for n in range(length // MINUTE)]


def _within(wall: datetime, hours: Sequence[tuple[int, int]]) -> bool:
    return any(opens <= wall.hour * 60 + wall.minute < closes for opens, closes in hours)


def _in_window(window: MaintenanceWindow, minute: Instant) -> bool:
    if window.zone:
        there = to_datetime(minute).astimezone(ZoneInfo(window.zone.name)).replace(tzinfo=None)
    else:
        there = to_datetime(minute).replace(tzinfo=None) + timedelta(minutes=window.utc_offset_minutes or 0)
    for back in range(window.closes // 1440 + 1):
        day = datetime.combine(there.date() - timedelta(days=back), time())
        passed = (there - day) // timedelta(minutes=1)
        if window.opens <= passed < window.closes and _begins_on(window, day.date()):
            return True
    return False


def _begins_on(window: MaintenanceWindow, day: date) -> bool:
    if window.once:
        return day == window.once
    if window.month:
        return (day.month, day.day) == (window.month, window.day)
    if day.weekday() != window.weekday:
        return False
    last = (day + timedelta(days=7)).month != day.month
    return window.week in (None, (day.day - 1) // 7 + 1) or (window.week == LAST_WEEK and last)
