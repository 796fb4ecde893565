"""Who carries a role when: somebody or a named gap at every instant, whatever the clocks of the zone do."""

import re
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tocsin.cli import main_group
from tocsin.contracts.errors import ContractError
from tocsin.domain.instant import DAY, HOUR, MINUTE, Instant, parse, show
from tocsin.domain.time.zones import offset_at, to_wall
from tocsin.roster.file import RosterFile, example_text
from tocsin.roster.layers import Rotation, Shift, Weekly, WeeklyShift
from tocsin.roster.lint import lint
from tocsin.roster.reading import read_roster
from tocsin.roster.roster import NamedLayer, Override, Roster

ZONES = ("Europe/Berlin", "America/Toronto", "Australia/Lord_Howe", "America/St_Johns", "Asia/Singapore", "UTC")
PEOPLE = "".join(
    f'[people.{key}]\nname = "{key.title()}"\nreach = [{{via = "mail", to = "{key}@soc.example"}}]\n'
    for key in ("ada", "bob", "cem")
)


def roster(text: str, **calendars: str) -> Roster:
    named = {f"{name}.ics": content for name, content in calendars.items()}
    return RosterFile(PEOPLE + dedent(text), Path("roster.toml")).roster(named)


def turns(found: Roster, start: str, end: str, role: str = "lead", tenant: str | None = None) -> list[str]:
    spans = found.spans(role, tenant, parse(start), parse(end))
    return [f"{show(span.start)} {span.who}" for span in spans]


# ---- laws

_people = st.sampled_from(("ada", "bob", "cem"))
_minutes = st.integers(0, 47).map(lambda half: half * 30)
_weekly = st.builds(
    Weekly,
    zone=st.sampled_from(ZONES),
    pattern=st.lists(
        st.builds(
            lambda day, opens, length, who: WeeklyShift(day, opens, opens + length, who),
            st.integers(0, 6),
            _minutes,
            st.integers(1, 48).map(lambda half: half * 30),
            _people,
        ),
        max_size=8,
    ).map(tuple),
)
_rotation = st.builds(
    Rotation,
    zone=st.sampled_from(ZONES),
    people=st.lists(_people, min_size=1, max_size=3).map(tuple),
    start=st.integers(20_400 * 48, 20_500 * 48).map(lambda half: half * 30 * MINUTE),
    every=st.sampled_from((HOUR, 6 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 7 * DAY)),
)
_layers = st.lists(st.one_of(_weekly, _rotation), max_size=3)
_instants = st.integers(20_440 * 48, 20_820 * 48).map(lambda half: half * 30 * MINUTE)  # from the end of 2025 to 2026
_periods = st.tuples(_instants, st.integers(1, 20)).map(lambda it: (it[0], it[0] + it[1] * 5 * HOUR))
_rosters = st.builds(
    lambda layers, overrides, leave: Roster(
        people={},
        roles={"lead": [NamedLayer(str(number), layer) for number, layer in enumerate(layers)]},
        overrides=[Override("lead", None, Shift(period[0], period[1], who)) for period, who in overrides],
        leave={"ada": leave},
    ),
    _layers,
    st.lists(st.tuples(_periods, _people), max_size=2),
    st.lists(_periods, max_size=2),
)


@given(_rosters, _instants)
def test_at_every_instant_there_is_somebody_or_a_gap_and_nothing_is_said_twice(found: Roster, start: Instant) -> None:
    end = start + 9 * DAY
    spans = found.spans("lead", None, start, end)
    assert (spans[0].start, spans[-1].end) == (start, end)
    for one, other in pairwise(spans):
        assert one.end == other.start
        assert one[2:] != other[2:]
    assert all(span.start < span.end for span in spans)


@given(_rosters, _instants, st.integers(0, 9 * DAY - 1))
def test_who_it_is_does_not_hang_on_where_one_begins_to_look(found: Roster, start: Instant, later: int) -> None:
    spans = found.spans("lead", None, start, start + 9 * DAY)
    [whole] = [span for span in spans if span.start <= start + later < span.end]
    assert found.on_duty("lead", None, start + later).who == whole.who


@given(_rosters, _instants)
def test_an_override_wins_and_nobody_on_leave_is_named_by_a_layer(found: Roster, start: Instant) -> None:
    for span in found.spans("lead", None, start, start + 9 * DAY):
        over = [each.shift for each in found.overrides if each.shift.start <= span.start < each.shift.end]
        if over:
            assert (span.who, span.by) == (over[-1].who, "override")
        away = any(begins <= span.start < ends for begins, ends in found.leave["ada"])
        assert not (span.who == "ada" and away and span.by != "override")


@given(_rotation, _instants)
def test_a_rotation_neither_skips_nor_doubles_a_turn_and_hands_over_at_its_time_of_day(
    rotation: Rotation, start: Instant
) -> None:
    shifts = sorted(set(rotation.shifts(start, start + 30 * DAY)))
    for one, other in pairwise(shifts):
        assert one.end == other.start
    for shift in shifts:
        shown = to_wall(shift.start, rotation.zone)
        late = (shown - rotation.start) % rotation.every
        turn = (shown - late - rotation.start) // rotation.every
        skipped = offset_at(shift.start - late, rotation.zone) != offset_at(shift.start, rotation.zone)
        assert not late or skipped
        assert shift.start == shift.end or shift.who == rotation.people[turn % len(rotation.people)]


# ---- what users of other systems reported

DAILY = """
    [[roles.lead]]
    kind = "rotation"
    timezone = "Europe/Berlin"
    people = ["ada", "bob"]
    start = 2026-03-27T08:00:00
    every = "1 day"
"""


def test_when_the_clocks_change_the_hand_over_stays_at_its_time_of_day() -> None:
    assert turns(roster(DAILY), "2026-03-28T07:00:00Z", "2026-03-31T06:00:00Z") == [
        "2026-03-28T07:00:00Z bob",
        "2026-03-29T06:00:00Z ada",  # summer time began that night
        "2026-03-30T06:00:00Z bob",
    ]


def test_a_night_shift_is_an_hour_shorter_in_one_night_and_has_no_gap_behind_it() -> None:
    found = roster("""
        [[roles.lead]]
        kind = "weekly"
        timezone = "Europe/Berlin"
        shifts = [
          {days = "mon-sun", hours = "08:00-20:00", who = "ada"},
          {days = "mon-sun", hours = "20:00-08:00", who = "bob"},
        ]
    """)
    assert turns(found, "2026-03-28T19:00:00Z", "2026-03-29T19:00:00Z") == [
        "2026-03-28T19:00:00Z bob",
        "2026-03-29T06:00:00Z ada",
        "2026-03-29T18:00:00Z bob",
    ]


def test_a_shift_that_begins_in_the_hour_which_the_clocks_skip_begins_all_the_same() -> None:
    found = roster("""
        [[roles.lead]]
        kind = "weekly"
        timezone = "Europe/Berlin"
        shifts = [
          {days = "sun", hours = "00:00-02:30", who = "ada"},
          {days = "sun", hours = "02:30-06:00", who = "bob"},
        ]
    """)
    assert turns(found, "2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z") == [
        "2026-03-28T23:00:00Z ada",
        "2026-03-29T01:30:00Z bob",
    ]


def test_an_override_that_ends_gives_the_role_back_and_shows_a_gap_where_there_is_one() -> None:
    found = roster("""
        [[roles.lead]]
        kind = "weekly"
        shifts = [{days = "mon-fri", hours = "08:00-16:00", who = "ada"}]
        [[overrides]]
        role = "lead"
        who = "bob"
        from = 2026-03-02T12:00:00
        to = 2026-03-02T18:00:00
    """)
    assert turns(found, "2026-03-02T08:00:00Z", "2026-03-03T09:00:00Z") == [
        "2026-03-02T08:00:00Z ada",
        "2026-03-02T12:00:00Z bob",
        "2026-03-02T18:00:00Z None",
        "2026-03-03T08:00:00Z ada",
    ]


def test_a_person_who_moves_keeps_the_hours_of_the_layer_and_rests_by_the_clock_of_the_new_place() -> None:
    person = """
        [people.dee]
        name = "Dee"
        timezone = "{zone}"
        quiet = "22:00-07:00"
        reach = [{{via = "mail", to = "dee@soc.example"}}]
    """
    before, after = (roster(person.format(zone=zone)).people["dee"] for zone in ("Europe/Berlin", "America/Toronto"))
    night_in_berlin = parse("2026-03-02T23:30:00Z")
    assert (before.rests(night_in_berlin), after.rests(night_in_berlin)) == (True, False)


def test_leave_lets_the_layer_below_show_until_the_last_day_is_over() -> None:
    found = roster(
        """
        [[roles.lead]]
        kind = "weekly"
        shifts = [{days = "mon-sun", hours = "00:00-24:00", who = "cem"}]
        """
        + DAILY.replace("Europe/Berlin", "UTC")
        + """
        [[leave]]
        who = "bob"
        from = 2026-03-28
        to = 2026-03-28
        """
    )
    assert turns(found, "2026-03-27T08:00:00Z", "2026-03-29T08:00:00Z") == [
        "2026-03-27T08:00:00Z ada",
        "2026-03-28T08:00:00Z cem",
        "2026-03-29T00:00:00Z bob",
    ]


def test_a_rotation_may_carry_a_role_in_some_hours_of_the_week_only() -> None:
    found = roster(DAILY + '    hours = {mon-fri = "09:00-17:00"}')
    assert turns(found, "2026-03-27T08:00:00Z", "2026-03-30T15:00:00Z") == [
        "2026-03-27T08:00:00Z ada",
        "2026-03-27T16:00:00Z None",
        "2026-03-30T07:00:00Z bob",
    ]


THREE = """
    [[roles.lead]]
    kind = "rotation"
    timezone = "Europe/Berlin"
    people = ["ada", "bob", "cem"]
"""


def test_a_daily_rotation_on_working_days_skips_nobody_at_the_weekend() -> None:
    """Reported of another system: whoever had Friday had Monday again, since the turns of the weekend were counted."""
    every_day = '    start = 2026-03-05T09:00:00\n    every = "1 day"\n    hours = {mon-fri = "09:00-17:00"}'
    found = roster(THREE + every_day)
    named = [it.partition(" ")[2] for it in turns(found, "2026-03-05T08:00:00Z", "2026-03-12T08:00:00Z")]
    assert [it for it in named if it != "None"] == ["ada", "bob", "cem", "ada", "bob"]


def test_a_rotation_of_half_days_by_day_only_gives_every_day_to_the_next_one() -> None:
    by_day = '    start = 2026-03-05T08:00:00\n    every = "12 h"\n    hours = {mon-sun = "08:00-20:00"}'
    found = roster(THREE + by_day)
    named = [it.partition(" ")[2] for it in turns(found, "2026-03-05T07:00:00Z", "2026-03-10T07:00:00Z")]
    assert [it for it in named if it != "None"] == ["ada", "bob", "cem", "ada", "bob"]


def test_a_weekly_hand_over_in_the_hour_that_comes_twice_happens_once() -> None:
    found = roster(THREE + '    start = 2026-10-18T02:30:00\n    every = "7 days"')
    assert turns(found, "2026-10-24T22:00:00Z", "2026-10-27T00:00:00Z") == [
        "2026-10-24T22:00:00Z ada",
        "2026-10-25T00:30:00Z bob",  # at the first of the two 02:30
    ]


def test_in_autumn_the_times_of_a_shift_that_was_written_in_summer_stay() -> None:
    """Reported of another system: shifts of 08:30 to 17:30 became 07:30 to 16:30 when summer time ended."""
    found = roster("""
        [[roles.lead]]
        kind = "weekly"
        timezone = "Europe/London"
        shifts = [{days = "mon-sun", hours = "08:30-17:30", who = "ada"}]
    """)
    assert turns(found, "2026-10-24T07:30:00Z", "2026-10-25T20:00:00Z") == [
        "2026-10-24T07:30:00Z ada",
        "2026-10-24T16:30:00Z None",
        "2026-10-25T08:30:00Z ada",
        "2026-10-25T17:30:00Z None",
    ]


def test_a_rotation_of_hours_hands_over_at_its_hours_also_in_the_long_night() -> None:
    """Reported of another system: turns of some hours drifted by one when the clocks changed."""
    found = roster(THREE + '    start = 2026-10-24T00:00:00\n    every = "6 h"')
    assert turns(found, "2026-10-24T16:00:00Z", "2026-10-25T12:00:00Z") == [
        "2026-10-24T16:00:00Z ada",
        "2026-10-24T22:00:00Z bob",
        "2026-10-25T05:00:00Z cem",  # 06:00 there; this turn had seven hours
        "2026-10-25T11:00:00Z ada",
    ]


def test_the_weeks_in_which_two_countries_change_their_clocks_apart_show_their_gap() -> None:
    """Toronto takes over at 13:00 London time; for some weeks of a year that is at 12:00."""
    found = roster("""
        [[roles.lead]]
        kind = "weekly"
        timezone = "Europe/London"
        shifts = [{days = "mon-fri", hours = "08:00-13:00", who = "ada"}]
        [[roles.lead]]
        kind = "weekly"
        timezone = "America/Toronto"
        shifts = [{days = "mon-fri", hours = "08:00-17:00", who = "bob"}]
    """)
    assert turns(found, "2026-03-06T12:30:00Z", "2026-03-06T13:30:00Z") == [
        "2026-03-06T12:30:00Z ada",
        "2026-03-06T13:00:00Z bob",
    ]
    assert turns(found, "2026-03-09T11:30:00Z", "2026-03-09T13:30:00Z") == [
        "2026-03-09T11:30:00Z ada",
        "2026-03-09T12:00:00Z bob",  # the later layer lies over
    ]
    assert turns(found, "2026-10-26T11:30:00Z", "2026-10-26T13:30:00Z") == [
        "2026-10-26T11:30:00Z ada",
        "2026-10-26T12:00:00Z bob",
    ]


def test_the_layers_of_a_client_lie_over_those_for_all() -> None:
    found = roster("""
        [[roles.lead]]
        kind = "weekly"
        shifts = [{days = "mon-sun", hours = "00:00-24:00", who = "ada"}]
        [[tenants.acme.roles.lead]]
        kind = "weekly"
        shifts = [{days = "mon", hours = "09:00-10:00", who = "bob"}]
    """)
    day = ("2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z")
    assert turns(found, *day, tenant="acme") == ["2026-03-02T09:00:00Z bob", "2026-03-02T10:00:00Z ada"]
    assert turns(found, *day, tenant="globex") == ["2026-03-02T09:00:00Z ada"]


# ---- calendars

EVENTS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Berlin:20260302T080000
DTEND;TZID=Europe/Berlin:20260302T200000
RRULE:FREQ=DAILY
EXDATE;TZID=Europe/Berlin:20260304T080000
SUMMARY:on call
ATTENDEE:MAILTO:Ada@soc.example
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20260304
DTEND;VALUE=DATE:20260305
SUMMARY:Bob
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART:20260305T180000Z
DTEND:20260305T190000Z
SUMMARY:Somebody else
END:VEVENT
END:VCALENDAR
"""
CALENDAR = """
    [[roles.lead]]
    kind = "calendar"
    timezone = "Europe/Berlin"
    file = "leads.ics"
"""


def test_the_events_of_a_calendar_name_people_by_attendee_or_title_with_their_exceptions() -> None:
    found = roster(CALENDAR, leads=EVENTS)
    assert turns(found, "2026-03-03T07:00:00Z", "2026-03-05T08:00:00Z") == [
        "2026-03-03T07:00:00Z ada",
        "2026-03-03T19:00:00Z None",
        "2026-03-03T23:00:00Z bob",
        "2026-03-04T23:00:00Z None",
        "2026-03-05T07:00:00Z ada",
    ]


def test_an_event_that_names_nobody_is_found() -> None:
    start = parse("2026-03-02T00:00:00Z")
    kinds = {each.kind: each.text for each in lint(roster(CALENDAR, leads=EVENTS), start, start + 7 * DAY)}
    assert kinds["unknown"] == "nobody of the roster is named by 'Somebody else'"


@pytest.mark.parametrize("text", ["", "no calendar", "BEGIN:VCALENDAR\nBEGIN:VEVENT"])
def test_what_is_no_calendar_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(ContractError, match=r"leads\.ics: "):
        roster(CALENDAR, leads=text).spans("lead", None, 0, DAY)


async def test_a_calendar_comes_from_the_web_or_is_said_to_be_missing(tmp_path: Path) -> None:
    answer: dict[str, Any] = {"status": 200, "text": EVENTS}

    async def calendar(_request: web.Request) -> web.Response:
        return web.Response(**answer)

    app = web.Application()
    app.router.add_get("/leads.ics", calendar)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/leads.ics"
    file = _file(tmp_path, CALENDAR.replace('file = "leads.ics"', f'url = "{address}"'))
    try:
        found = await read_roster(file)
        assert turns(found, "2026-03-03T07:00:00Z", "2026-03-03T08:00:00Z") == ["2026-03-03T07:00:00Z ada"]
        for status, text in ((500, EVENTS), (302, EVENTS), (200, "no calendar"), (200, EVENTS + " " * 1_048_576)):
            answer.update(status=status, text=text)
            with pytest.raises(ContractError, match=r"127\.0\.0\.1:\d+/\.\.\.: ") as refused:
                await read_roster(file)
            assert "leads" not in str(refused.value)  # whoever has the whole address may read the calendar
    finally:
        await runner.cleanup()
    with pytest.raises(ContractError, match="cannot be had") as refused:
        await read_roster(file)
    assert "leads" not in str(refused.value)


def test_a_calendar_beside_the_file_is_read(tmp_path: Path) -> None:
    file = _file(tmp_path, CALENDAR)
    assert "leads.ics" in command("check", str(file))[1]
    (tmp_path / "leads.ics").write_text(EVENTS)
    status, said = command("who", "lead", str(file), "--at", "2026-03-03T07:00:00Z")
    assert (status, "Ada" in said) == (0, True)


def _file(folder: Path, text: str) -> Path:
    path = folder / "roster.toml"
    path.write_text(PEOPLE + dedent(text))
    return path


# ---- faults of the file


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[roles.lead]]\nkind='weekly'\nshifts=[{days='mon',hours='08:00-09:00',who='eve'}]", "nobody 'eve'"),
        ("[[roles.lead]]\nkind='weekly'\nshifts=[{days='mo',hours='08:00-09:00',who='ada'}]", "'mo' is no day"),
        ("[[roles.lead]]\nkind='weekly'\nshifts=[{days='mon',hours='8-9',who='ada'}]", "'8' is no time of day"),
        ("[[roles.lead]]\nkind='weekly'\nshifts=[{days='mon',hours='24:00-08:00',who='ada'}]", "write `00:00`"),
        ("[[roles.lead]]\nkind='rotation'\npeople=['eve']\nstart=2026-01-01T08:00:00\nevery='1 day'", "nobody 'eve'"),
        ("[[roles.lead]]\nkind='rotation'\npeople=['ada']\nstart=2026-01-01T08:00:00\nevery='5 h'", "divides a day"),
        ("[[roles.lead]]\nkind='rotation'\npeople=['ada']\nstart=2026-01-01T08:00:00Z\nevery='1 day'", "offset"),
        ("[[roles.lead]]\nkind='calendar'", "a `file` or a `url`"),
        ("[[roles.lead]]\nkind='calendar'\nurl='http://soc.example/x.ics'", "url"),
        ("[[overrides]]\nrole='lead'\nwho='ada'\nfrom=2026-01-02T00:00:00\nto=2026-01-01T00:00:00", "ends before"),
        ("[[leave]]\nwho='eve'\nfrom=2026-01-02\nto=2026-01-03", "nobody 'eve'"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, says: str) -> None:
    with pytest.raises(ContractError, match=r"^roster\.toml:\d+: ") as fault:
        roster(text)
    assert says in str(fault.value)


# ---- the command


def command(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main_group, ["roster", *arguments])
    return done.exit_code, done.output


def test_who_carries_a_role_is_said_with_the_end_of_the_turn_and_the_ways_to_reach_the_person(tmp_path: Path) -> None:
    path = tmp_path / "roster.toml"
    path.write_text(example_text())
    status, said = command("who", "shift lead", str(path), "--at", "2026-03-02T14:30:00Z", "--json")
    assert re.search(r'"roster": "[0-9a-f]{64}"', said)
    assert (status, '"who": "Alan Turing"' in said, '"to": "2026-03-02T16:00:00Z"' in said) == (0, True, True)
    status, said = command("who", "shift lead", str(path), "--tenant", "acme", "--at", "2026-03-02T14:30:00Z")
    assert (status, "Hedy Lamarr" in said, "mail hedy@soc.example" in said) == (0, True, True)
    status, said = command("who", "analyst", str(path), "--at", "2026-03-02T14:30:00Z")
    assert "phone +1 416 555 0181 after 5 min" in said
    status, said = command("who", "shift leed", str(path))
    assert (status, "there is 'shift lead'" in said) == (2, True)


def test_check_fails_for_a_gap_and_names_it(tmp_path: Path) -> None:
    path = _file(tmp_path, DAILY)
    status, said = command("check", str(path), "--from", "2026-03-26T00:00:00Z", "--days", "2")
    assert status == 1
    assert "2026-03-27T07:00:00Z" in said
    assert "Faults in 2 days: 1." in said
    status, said = command("check", str(path), "--from", "2026-04-01T00:00:00Z")
    assert (status, "carries no role in that time" in said) == (0, True)


def test_show_lists_the_turns_of_each_role(tmp_path: Path) -> None:
    path = _file(tmp_path, DAILY)
    status, said = command("show", str(path), "--from", "2026-04-01T06:00:00Z", "--json")
    assert (status, len(said.splitlines())) == (0, 7)
    assert command("show", str(path), "--from", "2026-04-01T06:00:00Z", "--to", "2026-04-01T06:00:00Z")[0] == 2


def test_doubles_people_on_leave_who_stand_in_and_idle_ones_are_found() -> None:
    found = roster(
        DAILY
        + DAILY.replace("roles.lead", "roles.analyst")
        + """
        [[overrides]]
        role = "lead"
        who = "bob"
        from = 2026-04-01T10:00:00
        to = 2026-04-01T11:00:00
        [[leave]]
        who = "bob"
        from = 2026-04-01
        to = 2026-04-01
        """
    )
    start = parse("2026-04-01T00:00:00Z")
    assert {each.kind for each in lint(found, start, start + DAY)} == {"double", "away", "idle", "gap"}
