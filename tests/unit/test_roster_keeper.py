"""The roster in force is the last valid one, whatever stands in the file, and whoever serves the calendars."""

import asyncio
import os
from pathlib import Path
from textwrap import dedent

import pytest

from tocsin.contracts.errors import ContractError
from tocsin.domain.instant import DAY, Instant, parse
from tocsin.roster.file import RosterFile, example_text
from tocsin.roster.keeper import RosterKeeper
from tocsin.roster.lint import lint_against
from tocsin.roster.reading import KnownRoster, Texts, read_known
from tocsin.roster.roster import Roster, Span

FILE = """
    timezone = "Europe/Berlin"
    [people.ada]
    name = "Ada"
    reach = [{via = "mail", to = "ada@soc.example"}, {via = "fone", to = "1"}]
    [people.bob]
    name = "Bob"
    reach = [{via = "mail", to = "bob@soc.example"}]
    [[roles.lead]]
    kind = "calendar"
    file = "leads.ics"
"""
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Berlin:20260302T080000
DTEND;TZID=Europe/Berlin:20260302T200000
RRULE:FREQ=DAILY
SUMMARY:Ada
END:VEVENT
END:VCALENDAR
"""
MORNING = parse("2026-03-03T09:00:00Z")


class Place:
    """A folder with a roster and its calendar."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "roster.toml"
        self.calendar = folder / "leads.ics"
        self.file.write_text(dedent(FILE))
        self.calendar.write_text(CALENDAR)
        self.now: Instant = MORNING
        self.keeper = RosterKeeper(self.file, lambda: self.now)

    def who(self, role: str = "lead", tenant: str | None = "acme") -> str | None:
        person = self.keeper.turn(role, tenant, self.now).person
        return person.key if person else None


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_the_identity_changes_with_the_file_and_with_each_calendar_and_with_nothing_else(place: Place) -> None:
    first = (await read_known(place.file)).identity
    os.utime(place.file, (0, 0))
    assert (await read_known(place.file)).identity == first
    place.calendar.write_text(CALENDAR.replace("SUMMARY:Ada", "SUMMARY:Bob"))
    second = (await read_known(place.file)).identity
    place.file.write_text(dedent(FILE) + "# a word\n")
    assert len({first, second, (await read_known(place.file)).identity}) == 3


async def test_a_new_roster_is_in_force_from_the_next_look_on(place: Place) -> None:
    await place.keeper.look()
    assert (place.who(), place.keeper.hints()) == ("ada", [])
    place.calendar.write_text(CALENDAR.replace("SUMMARY:Ada", "SUMMARY:Bob"))
    assert place.who() == "ada"
    await place.keeper.look()
    assert place.who() == "bob"


@pytest.mark.parametrize(
    ("calendar", "file", "says"),
    [
        ("no calendar", FILE, "is no iCalendar file"),
        (CALENDAR.replace("DAILY", "SECONDLY"), FILE, "is no shift"),
        (CALENDAR.replace("RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY;BYSECOND=0,1,2"), FILE, "is no shift"),
        (CALENDAR, FILE.replace("Berlin", "Bärlin"), "timezone"),
        (CALENDAR, FILE.replace("leads", "others"), "cannot be read"),
    ],
)
async def test_a_bad_one_is_told_and_the_last_valid_one_stays(
    place: Place, calendar: str, file: str, says: str
) -> None:
    await place.keeper.look()
    identity = place.keeper.turn("lead", None, place.now).roster
    place.calendar.write_text(calendar)
    place.file.write_text(dedent(file))
    place.now += DAY
    await place.keeper.look()
    assert (place.who(), place.keeper.turn("lead", None, place.now).roster) == ("ada", identity)
    [hint] = place.keeper.hints()
    assert "that of 2026-03-03T09:00:00Z is in force" in hint
    assert says in hint
    place.calendar.write_text(CALENDAR)
    place.file.write_text(dedent(FILE))
    await place.keeper.look()
    assert place.keeper.hints() == []


async def test_without_any_valid_roster_nobody_is_guessed(place: Place) -> None:
    place.file.unlink()
    await place.keeper.look()
    turn = place.keeper.turn("lead", "acme", place.now)
    assert (turn.person, turn.roster, turn.why) == (None, None, "there is no valid roster")
    assert "none is in force" in place.keeper.hints()[0]


async def test_a_gap_and_a_role_that_nobody_knows_are_told_apart(place: Place) -> None:
    await place.keeper.look()
    place.now = parse("2026-03-03T20:00:00Z")
    gap, unknown = (place.keeper.turn(role, "acme", place.now) for role in ("lead", "boss"))
    assert (gap.person, gap.why) == (None, "nobody carries 'lead' until 2026-03-04T07:00:00Z")
    assert (unknown.person, unknown.why) == (None, "the roster has no role 'boss'")


async def test_a_turn_that_was_reckoned_ends_with_the_turn(place: Place) -> None:
    await place.keeper.look()
    assert place.who() == "ada"
    place.now = parse("2026-03-03T19:00:00Z")
    assert place.who() is None
    place.now = parse("2026-03-04T07:00:00Z")
    assert place.who() == "ada"


async def test_it_looks_again_and_again_and_knows_the_people_of_the_roster_in_force(place: Place) -> None:
    assert place.keeper.person("ada") is None
    watching = asyncio.create_task(place.keeper.watch(0.01))
    async with asyncio.timeout(60):
        while place.keeper.person("ada") is None:  # noqa: ASYNC110 - it has no event for that
            await asyncio.sleep(0.01)
    watching.cancel()


async def test_with_a_kept_file_the_last_valid_one_outlives_the_process(place: Place, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    first = RosterKeeper(place.file, lambda: place.now, kept)
    await first.look()
    assert kept.stat().st_mode & 0o077 == 0
    place.calendar.unlink()
    second = RosterKeeper(place.file, lambda: place.now, kept)
    await second.look()
    person, _, roster, _ = second.turn("lead", "acme", place.now)
    assert person is not None
    assert (person.key, roster) == ("ada", first.turn("lead", "acme", place.now).roster)
    assert "a kept one is in force" in second.hints()[0]


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '["people = 3", {}]', '["", {"leads.ics": ""}]'])
async def test_a_kept_file_that_holds_no_roster_is_none(place: Place, tmp_path: Path, text: str) -> None:
    (kept := tmp_path / "kept.json").write_text(text)
    place.calendar.unlink()
    keeper = RosterKeeper(place.file, lambda: place.now, kept)
    await keeper.look()
    assert (keeper.known, "none is in force" in keeper.hints()[0]) == (None, True)


async def test_where_nothing_can_be_kept_the_roster_is_in_force_all_the_same(place: Place, tmp_path: Path) -> None:
    keeper = RosterKeeper(place.file, lambda: place.now, tmp_path / "missing" / "kept.json")
    await keeper.look()
    assert (keeper.known is not None, keeper.problem) == (True, None)


class Unreckonable(Roster):
    """A roster with a calendar that can be read and not be reckoned."""

    def on_duty(self, role: str, tenant: str | None, at: Instant) -> Span:
        raise ContractError("leads.ics: an event cannot be reckoned")


async def test_a_calendar_that_cannot_be_reckoned_later_names_nobody(place: Place) -> None:
    place.keeper.known = KnownRoster(Unreckonable(people={}, roles={}), "r1", Texts("", {}))
    turn = place.keeper.turn("lead", None, place.now)
    assert (turn.person, turn.roster, turn.why) == (None, "r1", "leads.ics: an event cannot be reckoned")


async def test_turns_of_however_many_roles_are_not_all_remembered(place: Place) -> None:
    await place.keeper.look()
    for number in range(10_001):
        place.keeper.turn(f"role {number}", None, place.now)
    assert place.who() == "ada"


def test_roles_that_nobody_carries_and_ways_by_no_sink_are_found() -> None:
    roster = RosterFile(example_text(), Path("roster.toml")).roster({})
    found = [(each.kind, each.about) for each in lint_against(roster, ["shift lead", "CISO"], ["mail"])]
    assert found == [("role", "CISO"), ("sink", "grace")]
