"""`tocsin report --tlp`: what is stricter is withheld and counted, and no figure changes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from driver import FIRST, MONDAY, Driver

from tocsin.cli import main_group
from tocsin.domain.tlp import Tlp
from tocsin.engine.rules import RULES
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic
from tocsin.replay import line

SECRET = "Zanzibar"
_WORDS = {"title", "caller", "contact", "location", "details", "client_ticket"}


def report(folder: Path, *options: str) -> str:
    """The report of March on a late call that is red and a late detection that is not marked."""
    desk = Driver("esentire", "example").at("09:00").of_tlp(Tlp.RED).missed("+15557777", contact=SECRET, summary=SECRET)
    desk.of_tlp(Tlp.RED).detection(title=SECRET).of_tlp(None).detection(key="open", title="Odd log-ins")
    desk.at("11:00").tick()
    begins = Record(Topic.INBOX, 0, 0, MONDAY, None, inbox.switch(RULES, first=True))
    records = [begins, *(record._replace(offset=record.offset + 1) for record in desk.inbox.records)]
    file = folder / "inbox.jsonl"
    file.write_bytes(b"".join(line.write(record) + b"\n" for record in records))
    arguments = ["report", "--tenant", "acme", "--period", "2026-03", *options, str(file)]
    result = CliRunner().invoke(main_group, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def without_words(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: without_words(it) for name, it in part.items() if name not in _WORDS | {"tlp", "withheld"}}
    return [without_words(it) for it in part] if isinstance(part, list) else part


@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_a_report_withholds_what_is_stricter_and_says_of_how_many_tickets(tmp_path: Path, form: str) -> None:
    shown = report(tmp_path, "--format", form, "--tlp", "amber")
    assert SECRET not in shown
    assert "15557777" not in shown
    assert "Odd log-ins" in shown
    assert FIRST in shown
    assert SECRET in report(tmp_path, "--format", form)


def test_no_figure_changes_by_what_is_withheld(tmp_path: Path) -> None:
    whole, part = (json.loads(report(tmp_path, "--format", "json", *it)) for it in ((), ("--tlp", "green")))
    assert without_words(whole) == without_words(part)
    assert (whole["tlp"], whole["withheld"], part["tlp"], part["withheld"]) == (None, 0, "green", 2)
    assert [it["tlp"] for it in whole["tickets"]] == ["red", "red", None]


def test_what_is_no_stricter_is_shown(tmp_path: Path) -> None:
    assert json.loads(report(tmp_path, "--format", "json", "--tlp", "red"))["withheld"] == 0
