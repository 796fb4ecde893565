"""The data of a time zone travels with the contract: what was promised is not moved by another tz database."""

import operator
from dataclasses import replace
from importlib import resources

import pytest
from contracts import contract, response
from driver import Driver, clock_of, states, when
from hypothesis import given
from hypothesis import strategies as st

from tocsin.contracts.codec import contract_from_json, contract_to_json
from tocsin.contracts.compile import TenantOverrides
from tocsin.contracts.library import SHIPPED, ContractLibrary
from tocsin.contracts.zone_data import zone_data
from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import DAY, HOUR, MINUTE, parse, show
from tocsin.domain.time import business_time, zones
from tocsin.domain.time.zones import from_wall, offsets, to_wall

NAMES = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
YEARS = (*range(2000, 2042), 2085, 2086, 2087, 2088, 2100, 2400, 9998)
BERLIN = zone_data("Europe/Berlin")
OFFICE = WorkingCalendar(timezone="Europe/Berlin", zone=BERLIN, week=(((540, 1020),),) * 5 + ((), ()))


def test_the_data_of_each_zone_says_what_the_tz_database_says() -> None:
    for name in NAMES:
        data = zone_data(name)
        for year in YEARS:
            assert offsets(data, year) == offsets(name, year), name


@given(
    st.sampled_from(NAMES),
    st.integers(2001, 2045),
    st.integers(0, 4),
    st.builds(
        operator.mul, st.sampled_from([1, 30 * MINUTE, HOUR - 1, HOUR, 2 * HOUR, DAY]), st.sampled_from([-1, 0, 1])
    ),
)
def test_wall_times_about_every_change_are_read_as_by_the_tz_database(
    name: str, year: int, number: int, away: int
) -> None:
    data, known = zone_data(name), offsets(name, year)
    instant, offset = known[number % len(known)]
    moment = instant + away
    assert to_wall(moment, data) == to_wall(moment, name)
    assert from_wall(moment + offset, data) == from_wall(moment + offset, name)


def test_before_2000_the_first_offset_holds() -> None:
    assert to_wall(parse("1985-07-01T12:00:00Z"), BERLIN) == parse("1985-07-01T13:00:00Z")
    assert from_wall(parse("1985-07-01T13:00:00Z"), BERLIN) == parse("1985-07-01T12:00:00Z")


def test_the_data_of_a_zone_with_two_changes_a_year_is_small() -> None:
    assert len(BERLIN.changes) == 0
    assert [change[:3] for change in BERLIN.yearly] == [(3, 5, 6), (10, 5, 6)]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_calendar_of_a_compiled_contract_carries_its_zone_and_the_contract_the_clients(name: str) -> None:
    compiled = ContractLibrary.load(None).get(name, TenantOverrides(timezone="America/Toronto"))
    assert compiled.client_zone == zone_data("America/Toronto")
    for calendar in compiled.calendars.values():
        assert calendar.zone == zone_data(calendar.timezone)
        assert calendar.where is calendar.zone
    assert contract_from_json(contract_to_json(compiled)) == compiled


@pytest.fixture
def other_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another tz database, by which Berlin is in Tokyo's zone, installed from here on."""
    real = zones.zone
    monkeypatch.setattr(zones, "zone", lambda name: real("Asia/Tokyo" if name == "Europe/Berlin" else name))
    forget()


@pytest.fixture(autouse=True)
def fresh() -> None:
    forget()


def forget() -> None:
    """A worker that is started again knows nothing from before."""
    for cached in (zones.offsets, business_time.timetable, business_time.daily_hours, business_time.counter):
        cached.cache_clear()


def in_berlin() -> Contract:
    promise = response({"P1": 60, "P2": 60, "P3": 60})
    hour = Target(unit=TargetUnit.WORKING_TIME, amount=HOUR)
    targets = {priority: replace(it, target=hour) for priority, it in promise.targets.items()}
    return replace(contract(replace(promise, targets=targets)), calendars={"always": OFFICE})


def due_of_a_request_at_dawn(promise: Contract) -> str | None:
    desk = Driver(promise).at("07:30").missed()
    [clock] = desk.ticket().clocks
    return None if clock.deadline is None else clock_of(clock.deadline)


def test_a_deadline_of_an_adopted_contract_is_where_it_was_under_another_database(
    request: pytest.FixtureRequest,
) -> None:
    before = due_of_a_request_at_dawn(in_berlin())
    request.getfixturevalue("other_database")
    assert due_of_a_request_at_dawn(in_berlin()) == before == "09:00"
    assert show(from_wall(when("09:00"), BERLIN)) == "2026-03-02T08:00:00Z"


@pytest.mark.usefixtures("other_database")
def test_a_contract_that_was_adopted_without_data_goes_by_the_database_that_is_installed() -> None:
    assert from_wall(when("09:00"), "Europe/Berlin") == when("00:00")
    assert from_wall(when("09:00"), replace(OFFICE, zone=None).where) == when("00:00")


def test_another_database_comes_in_by_adoption_and_moves_nothing_that_was_promised() -> None:
    now = in_berlin()
    tokyo = Zone(name="Europe/Berlin", first=9 * HOUR)
    then = replace(now, calendars={"always": replace(OFFICE, zone=tokyo)})
    desk = Driver(now).at("07:30").missed("+1").adopt(then).missed("+2").at("07:31").tick()
    deadlines = [clock.deadline for ticket in states(desk.outputs).values() for clock in ticket.clocks]
    # the office opens at 08:00 UTC by Berlin's walls; by the others it closes then, and opens at midnight
    assert deadlines == [when("09:00"), when("00:30", day=1)]


def test_zones_of_one_name_and_other_data_are_not_mistaken_for_each_other() -> None:
    moved = Zone(name="Europe/Berlin", first=9 * HOUR)
    assert to_wall(when("09:00"), BERLIN) == when("10:00")
    assert to_wall(when("09:00"), moved) == when("18:00")
