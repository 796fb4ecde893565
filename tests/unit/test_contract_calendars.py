"""Calendars of a contract's file: what they compile to, how they are shown, and what is refused."""

from pathlib import Path

import pytest

from tocsin.contracts.client_zone import ClientZone
from tocsin.contracts.codec import contract_from_json, contract_to_json
from tocsin.contracts.compile import TenantOverrides, compile_contract
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.lint import errors
from tocsin.contracts.report.tables import rule_tables
from tocsin.contracts.source.loader import parse_contract
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import HOUR, parse, show
from tocsin.domain.time.deadlines import deadline, explain
from tocsin.tenants.directory import TenantDirectory

CONTRACT = """\
name: shifts
title: Shifts
source: nobody's
priorities: [P1]
default_plan: only
calendars:
  always: {timezone: UTC, hours: 24x7, clause: "1"}
  apac: {timezone: Asia/Singapore, hours: {mon-fri: "09:00-17:00"}, holidays: [12-25], clause: "1"}
  emea: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}, holidays: [12-25], clause: "1"}
  amer: {timezone: America/Los_Angeles, hours: {mon-fri: "09:00-17:00"}, clause: "1"}
  follow_the_sun: {union: [apac, emea, amer], clause: "2"}
  night: {timezone: client, hours: {sun-thu: "22:00-06:00"}, clause: "2"}
  lunch: {timezone: Europe/Berlin, hours: {mon-fri: "12:00-13:00"}, clause: "3"}
  not_at_lunch: {of: emea, without: [lunch], clause: "3"}
  office:
    timezone: Europe/Berlin
    hours: {mon-thu: "09:00-18:00", fri: "09:00-14:00"}
    half_days: {"12-24": "09:00-13:00", "2026-12-31": "09:00-12:00"}
    closed: [{from: 2026-12-28, until: 2026-12-30, clause: "5"}, {from: "2027-01-04 12:00", until: 2027-01-05}]
    maintenance:
      - {window: "sun 10:00-18:00 +03:00", clause: "4"}
      - {window: "second tue 10:00-12:00", pauses: true, clause: "4"}
      - {window: "2026-11-05 22:00 to 2026-11-06 10:00", timezone: America/New_York, pauses: true, clause: "4"}
      - {window: "12-03 09:00-10:00", timezone: client, pauses: true, clause: "4"}
    clause: "4"
plans:
  only:
    default_priority: {value: P1, clause: "1"}
    objectives:
      response:
        objective: first_response
        starts: [email_received]
        stops: [response]
        calendar: office
        targets: {P1: by 12:00 of the next working day}
        clause: "6"
"""


def hours(amount: int) -> Target:
    return Target(unit=TargetUnit.WORKING_TIME, amount=amount * HOUR)


def due(calendar: str, start: str, target: Target, client: str = "UTC") -> str:
    contract = compile_contract(parse_contract(CONTRACT, "shifts.yaml"), TenantOverrides(timezone=client))
    assert errors(contract) == []
    again = contract_from_json(contract_to_json(contract))
    assert again == contract
    return show(deadline(parse(start), target, again.calendars[calendar]))


@pytest.mark.parametrize(
    ("calendar", "start", "amount", "expected"),
    [
        ("follow_the_sun", "2026-11-25T16:30:00Z", 8, "2026-11-26T01:00:00Z"),  # amer opens an hour after emea closed
        ("follow_the_sun", "2026-11-28T02:00:00Z", 1, "2026-11-30T02:00:00Z"),  # apac opens the week on Monday
        ("follow_the_sun", "2026-12-25T02:00:00Z", 1, "2026-12-25T18:00:00Z"),  # a holiday of two of three
        ("night", "2026-11-24T23:00:00Z", 8, "2026-11-25T23:00:00Z"),
        ("not_at_lunch", "2026-11-25T10:30:00Z", 1, "2026-11-25T12:30:00Z"),
        ("office", "2026-12-23T16:00:00Z", 2, "2026-12-24T09:00:00Z"),
        ("office", "2026-12-25T12:00:00Z", 2, "2026-12-30T09:00:00Z"),  # over the freeze
        ("office", "2026-12-31T10:00:00Z", 2, "2027-01-01T09:00:00Z"),
        ("office", "2027-01-04T10:00:00Z", 2, "2027-01-05T09:00:00Z"),
        ("office", "2026-11-10T08:30:00Z", 1, "2026-11-10T11:30:00Z"),  # the second Tuesday, 10:00 to 12:00 in Berlin
        ("office", "2026-11-17T08:30:00Z", 1, "2026-11-17T09:30:00Z"),
        ("office", "2026-11-05T16:30:00Z", 1, "2026-11-09T08:30:00Z"),  # the window takes Friday until 15:00 UTC
    ],
)
def test_business_hours_end_where_the_calendar_says(calendar: str, start: str, amount: int, expected: str) -> None:
    assert due(calendar, start, hours(amount)) == expected


def test_a_window_in_the_clients_zone_is_where_the_client_is() -> None:
    assert due("office", "2026-12-03T08:00:00Z", hours(1), "Europe/Berlin") == "2026-12-03T10:00:00Z"
    assert due("office", "2026-12-03T08:00:00Z", hours(1), "America/New_York") == "2026-12-03T09:00:00Z"


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-11-20T08:00:00Z", 1, "2026-11-23T11:00:00Z"),  # from Friday to Monday
        ("2026-11-21T08:00:00Z", 1, "2026-11-23T11:00:00Z"),
        ("2026-03-27T08:00:00Z", 1, "2026-03-30T10:00:00Z"),  # over the change to summer time
        ("2026-12-25T08:00:00Z", 1, "2026-12-30T11:00:00Z"),  # over the freeze
        ("2026-12-29T08:00:00Z", 2, "2026-12-31T11:00:00Z"),  # the half day ends at noon
        ("2026-11-20T08:00:00Z", 2, "2026-11-24T11:00:00Z"),
    ],
)
def test_a_due_time_is_noon_of_the_working_day_that_is_meant(start: str, days: int, expected: str) -> None:
    noon = Target(unit=TargetUnit.WORKING_DAYS, amount=days, due_at=720)
    assert due("office", start, noon) == expected


def test_a_freeze_and_what_another_calendar_takes_are_reasons_of_their_own() -> None:
    contract = compile_contract(parse_contract(CONTRACT, "shifts.yaml"))
    frozen = explain(parse("2026-12-28T07:00:00Z"), parse("2026-12-28T18:00:00Z"), contract.calendars["office"])
    assert [it.why for it in frozen] == ["closed", "freeze", "closed"]
    lunch = explain(parse("2026-11-25T09:00:00Z"), parse("2026-11-25T13:00:00Z"), contract.calendars["not_at_lunch"])
    assert [it.why for it in lunch] == ["counted", "excluded", "counted"]


def test_real_time_goes_on_in_a_freeze() -> None:
    assert due("office", "2026-12-28T08:00:00Z", Target(unit=TargetUnit.ELAPSED, amount=HOUR)) == "2026-12-28T09:00:00Z"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "union: [apac, emea, amer]",
            "union: [apac, moon]",
            "calendars.follow_the_sun.union: there is no calendar",
        ),
        ("without: [lunch]", "without: [not_at_lunch]", "the calendar not_at_lunch is made of itself"),
        ("of: emea", "of: follow_the_sun, timezone: Mars/Olympus", "there is no time zone 'Mars/Olympus'"),
        ("of: emea", "of: emea, hours: 24x7", "one of these"),
        ("timezone: client, hours", "hours", "a calendar with hours has a `timezone`"),
        ("timezone: America/New_York", "timezone: Mars/Olympus", "there is no time zone 'Mars/Olympus'"),
        ('+03:00"', '+03:00", timezone: UTC', "an offset from UTC or a `timezone`, not both"),
        ("until: 2026-12-30", "until: 2026-12-28", "is over before it begins"),
        ("until: 2026-12-30", "until: soon", "is no date or time"),
        ('"12-24": "09:00-13:00"', '"12-24": "22:00-03:00"', "lie in that day"),
        ('"12-24": "09:00-13:00"', '"12-32": "09:00-13:00"', "is no holiday"),
        (
            "    objectives:",
            '    closes_after: {value: 3 working days, clause: "1"}\n    objectives:',
            "has a `calendar`",
        ),
        (
            "    objectives:",
            '    closes_after: {value: 72 h, calendar: office, clause: "1"}\n    objectives:',
            "has none",
        ),
        (
            "value: P1, clause",
            'value: P1, clause: "1"}\n    closes_after: {value: 2 months, clause',
            "is no time to wait",
        ),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_with_the_reason(old: str, new: str, said: str) -> None:
    assert old in CONTRACT
    with pytest.raises(ContractError, match=said.replace("(", "\\(")):
        parse_contract(CONTRACT.replace(old, new), "shifts.yaml")


def test_a_difference_from_which_nothing_is_left_is_an_error_of_the_contract() -> None:
    spec = parse_contract(CONTRACT.replace("without: [lunch]", "without: [emea]"), "shifts.yaml")
    (found,) = errors(compile_contract(spec))
    assert (found.code, found.where) == ("impossible_calendar", "calendars.not_at_lunch")


def test_the_report_shows_what_a_calendar_is_made_of() -> None:
    contract = compile_contract(parse_contract(CONTRACT, "shifts.yaml"))
    tables = rule_tables(contract, list(contract.plans.values()), ClientZone(frozenset()))
    page = "\n".join(cell for table in tables for row in table.rows for cell in row)
    for text in (
        "apac or emea or amer",
        "emea, without lunch",
        "sun-thu 22:00-06:00",
        "mon-thu 09:00-18:00; fri 09:00-14:00; closed",
        "2026-12-28 00:00 to 2026-12-30",
        "12-24 only 09:00-13:00 every year",
        "2026-12-31 only 09:00-12:00",
        "second tue 10:00-12:00 Europe/Berlin, pauses clocks",
        "2026-11-05 22:00 to 2026-11-06 10:00 America/New_York, pauses clocks",
        "by 12:00 of the next working day",
    ):
        assert text in page


def test_a_tenant_may_make_a_calendar_of_others_that_it_brings(tmp_path: Path) -> None:
    (tmp_path / "shifts.yaml").write_text(CONTRACT)
    path = tmp_path / "tenants.toml"
    path.write_text(
        '[tenants.acme]\ncontract = "shifts"\n[tenants.acme.calendars]\n'
        'office = {union = ["early", "late"], clause = "A", '
        "closed = [{from = 2026-12-20, until = 2026-12-22T12:00:00}]}\n"
        'early = {timezone = "UTC", hours = {mon-fri = "06:00-12:00"}, clause = "A"}\n'
        'late = {of = "night", clause = "A"}\n'
    )
    directory = TenantDirectory.from_file(path, ContractLibrary.load(tmp_path), "shifts")
    assert directory is not None
    path.write_text(path.read_text().replace('of = "night"', 'of = "moon"'))
    with pytest.raises(ContractError, match=r"calendars.late.of: there is no calendar 'moon'"):
        TenantDirectory.from_file(path, ContractLibrary.load(tmp_path), "shifts")
