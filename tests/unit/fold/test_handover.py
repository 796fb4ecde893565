"""`tocsin report handover`: what the next shift inherits."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from driver import ANALYST, FIRST, MONDAY, Driver

from tocsin.cli import main_group
from tocsin.domain.commands.desk import EstablishActionPlan
from tocsin.domain.tlp import Tlp
from tocsin.engine.rules import RULES
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic
from tocsin.replay import line

ROSTER = """
timezone = "Europe/Berlin"
[people.ada]
name = "Ada"
reach = [{via = "mail", to = "ada@soc.example"}]
[people.bo]
name = "Bo"
reach = [{via = "mail", to = "bo@soc.example"}]
[[roles."shift lead"]]
kind = "weekly"
shifts = [
  {days = "mon-sun", hours = "08:00-20:00", who = "ada"},
  {days = "mon-sun", hours = "20:00-08:00", who = "bo"},
]
"""
HOSTILE = "<script>alert(1)</script> | `x` \x1b[2J [a](javascript:b)"


def told(desk: Driver, folder: Path, *options: str) -> Result:
    file = folder / "inbox.jsonl"
    begins = Record(Topic.INBOX, 0, 0, MONDAY, None, inbox.switch(RULES, first=True))
    records = [begins, *(record._replace(offset=record.offset + 1) for record in desk.inbox.records)]
    file.write_bytes(b"".join(line.write(record) + b"\n" for record in records if desk.inbox.records))
    arguments = ["report", "handover", str(file), "--shift", "Shift lead", *options]
    return CliRunner().invoke(main_group, arguments)


def found(desk: Driver, folder: Path, *options: str) -> dict[str, Any]:
    result = told(desk, folder, "--json", *options)
    assert result.exit_code == 0, result.output
    handed: dict[str, Any] = json.loads(result.stdout)
    return handed


def at_ten() -> Driver:
    """A callback that is late, a detection that was taken, one that nobody has taken, a promise for another day."""
    desk = Driver("esentire", "example").at("09:00").missed()
    desk.at("09:50").detection(key="taken").acknowledge("ACME-000002")
    return desk.at("09:55").detection(key="free", title="Odd log-ins").at("10:00").tick()


def test_what_is_late_comes_first_and_then_what_falls_due_within_the_shift_in_order(tmp_path: Path) -> None:
    handed = found(at_ten(), tmp_path)
    due = [(row["number"], row["what"], row["state"], row["at"][11:16], row["who"]) for row in handed["due"]]
    assert due == [
        ("ACME-000001", "callback", "late", "09:20", None),
        ("ACME-000002", "first response", "due", "10:20", ANALYST),
        ("ACME-000003", "first response", "due", "10:25", None),
    ]
    assert handed["as_of"] == handed["shift"]["from"] == "2026-03-02T10:00:00Z"


def test_what_a_closed_ticket_still_owes_is_handed_over_until_it_is_late(tmp_path: Path) -> None:
    desk = Driver("esentire", "example").at("09:00").missed().at("09:05").close()
    handed = found(desk, tmp_path)
    assert [(row["number"], row["what"], row["at"][11:16]) for row in handed["due"]] == [(FIRST, "callback", "09:20")]
    assert [row["what"] for row in handed["promised"]] == ["call back +15550100"]
    assert found(desk.at("09:30").tick(), tmp_path)["tickets"] == 0


def test_a_client_whom_the_log_does_not_know_is_an_error_and_no_empty_handover(tmp_path: Path) -> None:
    result = told(at_ten(), tmp_path, "--tenant", "acm")
    assert result.exit_code == 2
    assert "nothing of a tenant acm; it has acme" in result.output


def test_what_falls_due_after_the_shift_is_counted(tmp_path: Path) -> None:
    handed = found(at_ten(), tmp_path, "--length", "22 min")
    assert [row["number"] for row in handed["due"]] == ["ACME-000001", "ACME-000002"]
    assert (handed["due_later"], handed["tickets"]) == (1, 3)


def test_what_people_were_told_of_and_nobody_has_taken_is_named(tmp_path: Path) -> None:
    handed = found(at_ten(), tmp_path)
    assert [(row["number"], row["what"]) for row in handed["unacknowledged"]] == [
        ("ACME-000001", "callback"),
        ("ACME-000003", "detection"),
    ]


def test_callbacks_action_plans_with_their_timeframe_and_waits_until_a_date_are_promises(tmp_path: Path) -> None:
    desk = at_ten().publish(
        EstablishActionPlan(ticket="ACME-000002", analyst=ANALYST, note="We rebuild it", timeframe="two days")
    )
    desk.hold("waiting_for_third_party", "ACME-000003", until="2026-03-02T12:00:00Z").tick()
    handed = found(desk, tmp_path)
    assert [(row["number"], row["what"], row["at"][11:16]) for row in handed["promised"]] == [
        ("ACME-000001", "call back +15550100", "09:20"),
        ("ACME-000002", "action plan: two days", "10:00"),
        ("ACME-000003", "goes on: waiting for third party", "12:00"),
    ]
    assert [(row["number"], row["what"]) for row in handed["holds"]] == [("ACME-000003", "waiting for third party")]


def test_an_earlier_time_is_told_as_it_was(tmp_path: Path) -> None:
    handed = found(at_ten(), tmp_path, "--at", "2026-03-02T09:10:00Z")
    assert [(row["number"], row["state"]) for row in handed["due"]] == [("ACME-000001", "due")]
    assert (handed["as_of"], handed["unacknowledged"]) == ("2026-03-02T09:10:00Z", [])


def test_a_closed_ticket_is_not_handed_over(tmp_path: Path) -> None:
    desk = at_ten().called().respond().resolve().at("10:00", day=20).tick()
    assert FIRST not in {row["number"] for name in ("due", "unacknowledged") for row in found(desk, tmp_path)[name]}


def test_the_shift_is_the_next_turn_of_the_roster_or_the_one_on_duty_then(tmp_path: Path) -> None:
    (tmp_path / "roster.toml").write_text(ROSTER)
    roster = ("--roster-file", str(tmp_path / "roster.toml"))
    following = found(at_ten(), tmp_path, *roster)["shift"]
    present = found(at_ten(), tmp_path, *roster, "--at", "2026-03-02T10:00:00Z")["shift"]
    assert following == {
        "role": "shift lead",
        "who": ["Bo"],
        "from": "2026-03-02T19:00:00Z",
        "to": "2026-03-03T07:00:00Z",
    }
    assert (present["who"], present["to"]) == (["Ada"], "2026-03-02T19:00:00Z")
    assert "Shift: 2026-03-02 20:00:00 +01:00 to 2026-03-03 08:00:00 +01:00, Bo" in told(
        at_ten(), tmp_path, *roster
    ).output.replace("\\", "")


def test_a_role_that_the_roster_does_not_have_is_refused_with_those_that_it_has(tmp_path: Path) -> None:
    (tmp_path / "roster.toml").write_text(ROSTER)
    result = told(at_ten(), tmp_path, "--shift", "janitor", "--roster-file", str(tmp_path / "roster.toml"))
    assert result.exit_code == 2
    assert "'shift lead'" in result.output


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_of_what_is_stricter_stays_that_it_is_there_and_when_it_is_due_and_it_is_counted(
    tmp_path: Path, form: str
) -> None:
    desk = Driver("esentire", "example").at("09:00").of_tlp(Tlp.AMBER).detection(title="Zanzibar").of_tlp(None)
    desk.publish(EstablishActionPlan(ticket=FIRST, analyst=ANALYST, note="Zanzibar", timeframe="Zanzibar"))
    desk.of_tlp(Tlp.RED).missed("+15559999").of_tlp(None).tick()
    shown = told(desk, tmp_path, "--format", form, "--tlp", "green").stdout
    assert "Zanzibar" not in shown
    assert "15559999" not in shown
    assert FIRST in shown
    assert "withheld" in shown
    open_to_all = told(desk, tmp_path, "--format", form).stdout
    assert "Zanzibar" in open_to_all
    assert found(desk, tmp_path, "--tlp", "green")["withheld"] == 2
    assert found(desk, tmp_path, "--tlp", "red")["withheld"] == 0


def test_the_words_of_strangers_are_text_and_nothing_else(tmp_path: Path) -> None:
    desk = Driver("esentire", "example").at("09:00").detection(title=HOSTILE).tick()
    page, text = (told(desk, tmp_path, "--format", form).stdout for form in ("html", "md"))
    assert "<script>" not in page + text.replace("\\<", "")
    assert "\x1b" not in page + text
    rows = [row.replace("\\|", "") for row in text.splitlines() if row.startswith("| ")]
    assert {row.count("|") for row in rows} == {10}


def test_where_nothing_is_to_do_it_says_so(tmp_path: Path) -> None:
    text = told(Driver("esentire", "example").at("09:00").adopt("esentire", "example").tick(), tmp_path).stdout
    assert "Nothing is late" in text
    assert "Everything that is open has been taken." in text


def test_a_file_without_a_log_is_refused(tmp_path: Path) -> None:
    result = told(Driver("esentire"), tmp_path)
    assert result.exit_code == 2
    assert "inbox" in result.output
