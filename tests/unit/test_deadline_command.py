"""`tocsin deadline`: every peer's case and our own, the form of the answers, and what is said about a bad case."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tocsin.cli import main_group
from tocsin.domain.instant import from_datetime, parse, show
from tocsin.messages.deadline_cases import parse_case

DATA = Path(__file__).parent.parent / "data"
PEERS: list[dict[str, Any]] = json.loads((DATA / "peer_sla_cases.json").read_text())
OWN: list[dict[str, Any]] = [json.loads(line) for line in (DATA / "own_deadline_cases.jsonl").read_text().splitlines()]

CASE: dict[str, Any] = {
    "id": "friday",
    "calendar": {
        "timezone": "Europe/Berlin",
        "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": [],
    },
    "start": "2026-11-20T16:00:00",
    "target_minutes": 120,
}


def run(text: str | bytes) -> Result:
    return CliRunner().invoke(main_group, ["deadline", "--json", "-"], input=text)


def read(text: str | bytes) -> Result:
    """What a person gets to read."""
    return CliRunner().invoke(main_group, ["deadline", "-"], input=text)


def answers(text: str | bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(text).stdout.splitlines()]


def answer(**changes: object) -> dict[str, Any]:
    (found,) = answers(json.dumps(CASE | changes))
    return found


def answer_with_calendar(**changes: object) -> dict[str, Any]:
    return answer(calendar=CASE["calendar"] | changes)


def seconds(answered: dict[str, Any], *reasons: str) -> float:
    return sum(parse(i["to"]) - parse(i["from"]) for i in answered["intervals"] if i["why"] in reasons) / 1000


@pytest.fixture(scope="module")
def answered() -> dict[str, dict[str, Any]]:
    found = answers((DATA / "peer_sla_cases.json").read_bytes())
    found += answers((DATA / "own_deadline_cases.jsonl").read_bytes())
    return {one["id"]: one for one in found}


def expected(case: dict[str, Any]) -> dict[str, Any]:
    """What the case expects, under the names of an answer."""
    names = {
        "deadline": "expected_deadline_utc",
        "warn_at": "expected_warn_at_utc",
        "elapsed_seconds": "expected_elapsed_seconds",
    }
    wanted = {name: case[field] for name, field in names.items() if field in case}
    if "expected_warn_at" in case:
        local = parse_case(
            case | {"end": case["expected_warn_at"], "target_minutes": None, "warn_offset_minutes": None}
        )
        assert local.end is not None
        wanted["warn_at"] = show(local.instant(local.end))
    return wanted


@pytest.mark.parametrize("case", PEERS + OWN, ids=lambda case: case["id"])
def test_a_case_is_answered_as_its_source_says(case: dict[str, Any], answered: dict[str, dict[str, Any]]) -> None:
    ours = answered[case["id"]]
    assert {name: ours.get(name) for name in expected(case)} == expected(case)
    if "expected_pause_seconds" in case:
        assert seconds(ours, "paused") == case["expected_pause_seconds"]
    if case.get("target_minutes") is not None and ours["deadline"]:
        assert seconds(ours, "counted") == case["target_minutes"] * 60
    if "end" in case:
        assert seconds(ours, "counted") == ours["elapsed_seconds"]


@pytest.mark.parametrize("case", PEERS + OWN, ids=lambda case: case["id"])
def test_the_intervals_run_from_the_start_to_the_answer_without_a_gap(
    case: dict[str, Any], answered: dict[str, dict[str, Any]]
) -> None:
    intervals, asked = answered[case["id"]]["intervals"], parse_case(case)
    assert [i["from"] for i in intervals[1:]] == [i["to"] for i in intervals[:-1]]
    if intervals and answered[case["id"]].get("deadline"):
        assert intervals[0]["from"] == show(asked.instant(asked.start))
        assert intervals[-1]["to"] == answered[case["id"]]["deadline"]


def test_all_thirty_peer_cases_are_there() -> None:
    assert len(PEERS) == 30
    assert run((DATA / "peer_sla_cases.json").read_bytes()).exit_code == 0


def test_an_answer_has_id_deadline_and_intervals_in_utc() -> None:
    assert answer() == {
        "id": "friday",
        "deadline": "2026-11-23T09:00:00Z",
        "intervals": [
            {"from": "2026-11-20T15:00:00Z", "to": "2026-11-20T16:00:00Z", "why": "counted"},
            {"from": "2026-11-20T16:00:00Z", "to": "2026-11-23T08:00:00Z", "why": "closed"},
            {"from": "2026-11-23T08:00:00Z", "to": "2026-11-23T09:00:00Z", "why": "counted"},
        ],
    }


def test_a_warning_is_answered_where_it_is_asked_for() -> None:
    assert "warn_at" not in answer()
    assert answer(warn_offset_minutes=-90)["warn_at"] == "2026-11-20T15:30:00Z"
    assert answer(warn_offset_minutes=540)["warn_at"] == "2026-11-24T10:00:00Z"


def test_elapsed_time_is_answered_for_an_end() -> None:
    found = answer(target_minutes=None, end="2026-11-23T09:30:00")
    assert found["elapsed_seconds"] == 5400
    assert "deadline" not in found


def test_fields_that_only_describe_a_case_are_passed_over() -> None:
    assert answer(source="a peer", note="why", expected_deadline="never", checked=True) == answer()
    assert answer_with_calendar(name="office", note="as agreed", source="order form") == answer()


def test_a_list_of_cases_in_one_json_array_is_read() -> None:
    assert [one["id"] for one in answers(json.dumps([CASE, CASE | {"id": 2}], indent=1))] == ["friday", 2]


def test_blank_lines_are_no_cases() -> None:
    assert len(answers(f"\n{json.dumps(CASE)}\n\n{json.dumps(CASE)}\n\n")) == 2


def test_one_bad_case_does_not_stop_the_others_but_ends_in_exit_code_1() -> None:
    result = run("\n".join([json.dumps(CASE), "no json", json.dumps(CASE | {"start": 5}), json.dumps(CASE)]))
    assert result.exit_code == 1
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert ["error" in line for line in lines] == [False, True, True, False]
    assert (lines[1]["id"], lines[1]["case"]) == (None, 2)
    assert lines[2]["id"] == "friday"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"calendar": None}, "calendar: Input should be a valid dictionary"),
        ({"start": "2026-11-20"}, "start: write a time like"),
        ({"start": "2026-11-31T10:00:00"}, "start: there is no such time"),
        ({"start": 1_700_000_000}, "start: write a time like"),
        ({"start": "9999-12-31T23:59:59-10:00"}, "outside the years 1900 to 9998"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "outside the years 1900 to 9998"),
        ({"target_minutes": -1}, "target_minutes: Input should be greater than or equal to 0"),
        ({"target_minutes": "120"}, "target_minutes: Input should be a valid number"),
        ({"target_minutes": True}, "target_minutes: Input should be a valid number"),
        ({"target_minutes": 1e12}, "target_minutes: Input should be less than or equal to"),
        ({"target_minutes": None}, "given: none"),
        ({"target_working_days": 1}, "given: target_minutes, target_working_days"),
        ({"target_minutes": None, "target_working_days": 1.5}, "target_working_days: Input should be a valid integer"),
        ({"target_minutes": None, "end": "2026-11-20T17:00:00", "warn_offset_minutes": -5}, "belongs to a target"),
        ({"pauses": [{"from": "2026-11-20T17:00:00", "to": "2026-11-20T16:00:00"}]}, "a pause ends before it begins"),
        ({"pauses": [{"from": "2026-11-20T17:00:00", "until": "2026-11-20T18:00:00"}]}, "unknown field 'until'"),
        ({"pauses": [{"to": "2026-11-20T17:00:00"}]}, "pauses.0.from: Field required"),
        ({"id": None}, "id"),
    ],
)
def test_a_bad_case_says_which_field_is_wrong(changes: dict[str, object], said: str) -> None:
    assert said in answer(**changes)["error"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timezone": "Europe/Bern"}, "'Europe/Bern' is no time zone"),
        ({"timezone": None}, "calendar.timezone: Input should be a valid string"),
        ({"hours": {}}, "the calendar never opens"),
        ({"hours": {"mon": [["17:00", "09:00"]]}}, "mon 17:00-09:00 ends before it starts"),
        ({"hours": {"mon": [["22:00", "06:00"]]}}, "hours past midnight belong to the next day"),
        ({"hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "mon 11:00 lies in the hours before it"),
        ({"hours": {"mon": [["09:00", "24:30"]]}}, "24:00 is its end"),
        ({"hours": {"mon": [["9", "17"]]}}, "write a time of day like 09:00"),
        ({"hours": {"mon": [["09:00"]]}}, "at least 2 items"),
        ({"hours": {"monday": [["09:00", "17:00"]]}}, "unknown field 'monday'"),
        ({"holidays": ["2026-02-29"]}, "write a holiday like"),
        ({"holidays_every_year": ["02-30"]}, "no year has a holiday 02-30"),
        ({"holidays_every_year": ["2-3"]}, "write a yearly holiday like"),
        ({"holidays_each_year": ["12-25"]}, "unknown field 'holidays_each_year'"),
    ],
)
def test_a_bad_calendar_says_what_is_wrong_with_it(changes: dict[str, object], said: str) -> None:
    assert said in answer_with_calendar(**changes)["error"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b'{"id": 1, "id": 2}', "a field is given twice"),
        (b'{"id": NaN}', "NaN is no JSON"),
        (b'"a case"', "a case is a JSON object"),
        (b'{"a":' * 20_000, "above 65536 bytes"),
        (b'{"a":' * 10_000, "nested too deeply"),
        (b"[" * 10_000, "nested too deeply"),
        (b"[1", "not JSON"),
        (b"[1]", "a case is a JSON object"),
    ],
)
def test_what_is_no_case_at_all_gives_a_line_with_an_error(text: bytes, said: str) -> None:
    result = run(text + b"\n")
    assert result.exit_code == 1
    assert said in json.loads(result.stdout)["error"]


def test_a_line_that_is_too_long_does_not_swallow_the_next() -> None:
    lines = answers(b'{"id": "' + b"x" * 200_000 + b'"}\n' + json.dumps(CASE).encode())
    assert "error" in lines[0]
    assert lines[1] == answer()


def test_a_hundred_thousand_unknown_fields_are_one_error() -> None:
    calendar = {f"field {n}": n for n in range(100_000)}
    (found,) = answers(json.dumps([CASE | {"calendar": calendar}]))
    assert len(found["error"]) < 300


def test_a_missing_file_is_a_usage_error() -> None:
    assert CliRunner().invoke(main_group, ["deadline", "no-such-file"]).exit_code == 2


def test_a_person_reads_a_table_in_the_calendars_own_time() -> None:
    shown = read(json.dumps(CASE | {"warn_offset_minutes": -30})).stdout
    assert "friday: due Mon 2026-11-23 10:00:00+01:00, warning Mon 2026-11-23 09:30:00+01:00" in shown
    assert "Fri 2026-11-20 17:00:00+01:00 │ Mon 2026-11-23 09:00:00+01:00 │ 64:00:00 │ closed" in shown


def test_a_table_tells_what_has_counted_what_waits_and_what_is_wrong() -> None:
    elapsed = CASE | {"target_minutes": None, "end": "2026-11-20T16:30:15.5"}
    paused = CASE | {"id": "held", "pauses": [{"from": "2026-11-20T16:30:00"}]}
    result = read("\n".join(json.dumps(case) for case in (elapsed, paused, CASE | {"id": "bad", "start": ""})))
    assert result.exit_code == 1
    assert "friday: 0:30:15.500 counted" in result.stdout
    assert "held: not due while it is paused" in result.stdout
    assert "bad: error: start: write a time like" in result.stdout


def test_a_long_explanation_is_cut_for_people_and_says_so() -> None:
    long = json.dumps(CASE | {"target_minutes": 40 * 8 * 60})
    assert "intervals more; --json prints them all" in read(long).stdout
    assert len(answers(long)[0]["intervals"]) > 60


def test_nothing_that_stands_in_a_case_steers_the_terminal() -> None:
    evil = "\x1b[31m\u202ered\u0007"
    text = json.dumps(CASE | {"id": evil}) + "\n" + json.dumps(CASE | {"id": evil, "calendar": {evil: 1}})
    for shown in (read(text).stdout, run(text).stdout):
        assert not {"\x1b", "\u202e", "\u0007"} & set(shown)


def test_a_time_with_an_offset_is_that_instant_whatever_the_calendar() -> None:
    case = parse_case(CASE | {"start": "2026-11-20T16:00:00-05:00"})
    assert show(case.instant(case.start)) == "2026-11-20T21:00:00Z"
    assert case.start.tzinfo is not None
    assert from_datetime(case.start) == case.instant(case.start)
