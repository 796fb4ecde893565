"""`tocsin replay what-if` from the command line: a log as a file, its result as tables, JSON, a page and a picture."""

import json
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import CliRunner, Result
from contracts import contract, response, step
from driver import Driver
from PIL import Image
from tools.quarter import write

from tocsin.cli import main_group
from tocsin.engine.rules import RULES
from tocsin.messages.inbox import switch
from tocsin.messages.record import Record, Topic
from tocsin.replay import line
from tocsin.whatif.adoptions import Adoptions
from tocsin.whatif.comparison import Comparison, Period
from tocsin.whatif.page import page
from tocsin.whatif.plot import plot
from tocsin.whatif.result import Result as Compared
from tocsin.whatif.twin import Twin

ROOT = Path(__file__).parents[2]
STRICTER = ROOT / "docs" / "samples" / "esentire-stricter.yaml"
HISTORY = ROOT / "tests/histories/esentire/a-call-returned-a-millisecond-late-is-overdue-and-then-cleared.jsonl"

Entry = dict[str, Any]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main_group, ["replay", "what-if", *map(str, arguments)])


def told(outcome: Result) -> list[Entry]:
    assert outcome.exit_code == 0, outcome.output
    return [json.loads(each) for each in outcome.stdout.splitlines()]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of the sample quarter, with fewer tickets."""
    path = tmp_path_factory.mktemp("quarter") / "days.jsonl"
    write(path, days=2, tickets=10)
    return path


def test_the_sample_quarter_is_the_same_each_time(days: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl"
    assert write(again, days=2, tickets=10) == len(days.read_bytes().splitlines())
    assert again.read_bytes() == days.read_bytes()


def test_the_shipped_contract_changes_nothing_in_the_sample(days: Path) -> None:
    whole, *rows = told(run("--contract", "esentire", "--json", days))
    assert [whole[it] for it in ("appears", "vanishes", "moves", "changes")] == [0, 0, 0, 0]
    assert whole["same"] > 100
    assert {row["what"] for row in rows} == {"alerts", "attainment", "pages"}


def test_a_stricter_matrix_pages_more_and_keeps_less(days: Path) -> None:
    rows = told(run("--contract", STRICTER, "--json", days))
    pages = [row for row in rows if row["what"] == "pages"]
    kept = [row for row in rows if row["what"] == "attainment"]
    assert sum(row["after"] for row in pages) > 2 * sum(row["before"] for row in pages) > 0
    assert sum(row["after"]["met"] for row in kept) < sum(row["before"]["met"] for row in kept)
    assert {row["after"]["promised"] for row in kept} == {0.9}
    assert {row["before"]["promised"] for row in kept} == {None}
    cases = [row for row in rows if row["what"] == "case" and row["case"] == "earlier"]
    assert cases
    assert all(row["after"] <= row["deed_at"] for row in cases)
    assert all(row["before"] is None or row["after"] < row["before"] for row in cases)


def test_the_same_log_gives_the_same_bytes(days: Path, tmp_path: Path) -> None:
    found = []
    for each in ("one", "two"):
        html, png = tmp_path / f"{each}.html", tmp_path / f"{each}.png"
        outcome = run("--contract", STRICTER, "--json", "--html", html, "--png", png, days)
        found.append((outcome.stdout, html.read_bytes(), png.read_bytes()))
    assert found[0] == found[1]


def test_a_packed_file_and_an_export_give_what_the_file_gives(days: Path, tmp_path: Path) -> None:
    packed, folder = tmp_path / "days.jsonl.zst", tmp_path / "export"
    packed.write_bytes(zstandard.compress(days.read_bytes()))
    (folder / "soc.inbox").mkdir(parents=True)
    (folder / "soc.inbox" / "0.jsonl").write_bytes(days.read_bytes())
    count = len(days.read_bytes().splitlines())
    stretch = {"begin": 0, "end": count, "records": count}
    manifest = {"format": 1, "topics": {"soc.inbox": {"partitions": {"0": stretch}}}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    plain = run("--contract", STRICTER, "--json", days)
    assert plain.exit_code == 0
    assert run("--contract", STRICTER, "--json", packed).stdout == plain.stdout
    assert run("--contract", STRICTER, "--json", folder).stdout == plain.stdout


def test_recorded_inputs_are_taken_as_replay_file_takes_them() -> None:
    whole, *rows = told(run("--contract", "esentire", "--plan", "example", "--json", HISTORY))
    assert whole["plans"] == {"acme": "example"}
    assert [(row["change"], row["kind"], row["role"]) for row in rows if row["what"] == "alert"] == [
        ("appears", "at_risk", None),
        ("appears", "escalated", "analyst"),
        ("appears", "at_risk", None),
    ]  # the shift lead is told when the catalogue has it too


def test_the_tables_say_what_the_comparison_can_and_cannot_tell(days: Path) -> None:
    text = run("--contract", STRICTER, days).stdout
    assert "As if esentire-stricter had held for acme (example), globex (example)" in text
    assert "it might have been answered earlier" in text
    assert "It cannot tell what people would have done." in text


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--contract", "nobody"), 2, "there is no contract 'nobody'; there is esentire"),
        (("--contract", "senstar"), 2, "senstar has no plan 'example', which acme has"),
        (("--contract", "esentire", "--plan", "gold"), 2, "esentire has no plan 'gold'; it has standard, example"),
        (
            ("--contract", "esentire", "--tenant", "umbrella"),
            1,
            "umbrella adopts no contract in this log; acme, globex",
        ),
        (("--contract", "missing.yaml"), 2, "missing.yaml: cannot be read"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(
    days: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    outcome = run(*arguments, days)
    assert outcome.exit_code == code
    assert says in outcome.stderr


def test_a_period_that_ends_before_it_begins_is_refused(days: Path) -> None:
    bounds = ("--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z")
    assert "--to is not after --from" in run("--contract", "esentire", *bounds, days).stderr


def test_what_the_tenants_file_agrees_must_fit_the_other_contract_and_holds_there(days: Path, tmp_path: Path) -> None:
    tenants = tmp_path / "tenants.toml"
    tenants.write_text('[tenants.acme]\ncontract = "esentire"\nplan = "example"\n[tenants.acme.targets]\n')
    with tenants.open("a") as file:
        file.write('callback = {all = "20 min"}\n')
    arguments = ("--contract", STRICTER, "--tenant", "acme", "--tenants-file", tenants, "--json", days)
    shown = [row for row in told(run(*arguments)) if row["what"] == "attainment" and row["objective"] == "callback"]
    assert shown
    assert all(row["before"]["met"] == row["after"]["met"] for row in shown)
    tenants.write_text('[tenants.acme]\ncontract = "esentire"\nplan = "example"\nroles = {"chief of nobody" = "Kim"}\n')
    outcome = run(*arguments)
    assert outcome.exit_code == 2
    assert "esentire-stricter tells no such role" in outcome.stderr


def test_with_a_roster_pages_are_counted_by_whose_turn_it_is(days: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.yaml"
    roster.write_text(
        "people:\n"
        "  ann: {name: Ann, reach: [{via: mail, to: ann@soc.example}]}\n"
        "  ben: {name: Ben, reach: [{via: mail, to: ben@soc.example}]}\n"
        "roles:\n"
        "  analyst:\n"
        "    - {kind: rotation, people: [ann, ben], start: 2026-01-01T00:00:00, every: 1 day}\n"
    )
    plain = told(run("--contract", STRICTER, "--json", days))
    rows = told(run("--contract", STRICTER, "--json", "--roster", roster, days))
    turns = {row["label"]: row for row in rows if row["what"] == "pages" and row["role"] == "analyst"}
    assert set(turns) == {"Ann", "Ben"}
    assert turns["Ann"]["shifts"] >= 2
    of_all = [sum(row["after"] for row in told_ if row["what"] == "pages") for told_ in (plain, rows)]
    assert of_all[0] == of_all[1]
    assert {row["label"] for row in rows if row["what"] == "pages" and row["role"] != "analyst"} == {"nobody"}


# ---- the page and the picture


def hostile_result() -> Compared:
    strict = contract(
        response({"P1": 10, "P2": 10, "P3": 10}), steps=(step("<script>alert(1)</script>"),), name="<b>bold</b>"
    )
    loose = contract(response({"P1": 20, "P2": 20, "P3": 20}), name="loose")
    desk = Driver(loose).at("09:00").detection().at("09:30").respond()
    adoptions = Adoptions(lambda *_: strict, None, None)
    comparison = Comparison(adoptions, Period())
    list(Twin(0, RULES, adoptions, comparison).fold(desk.inbox.records))
    return comparison.result()


def test_the_page_is_one_file_without_script_and_network_and_escapes_what_strangers_wrote() -> None:
    text = page(hostile_result())
    assert "&lt;script&gt;" in text
    assert "&lt;b&gt;bold" in text
    assert "<svg" in text
    assert not [it for it in ("<script", "<b>", "http", "src=", "url(", "@import") if it in text]
    assert "prefers-color-scheme: dark" in text


def test_the_page_shows_the_figures_of_the_json(days: Path, tmp_path: Path) -> None:
    html = tmp_path / "page.html"
    rows = told(run("--contract", STRICTER, "--json", "--html", html, days))
    text = html.read_text()
    kept = next(row for row in rows if row["what"] == "attainment")
    assert f"{kept['after']['met']} of {kept['after']['met'] + kept['after']['missed']}" in text
    assert all(row["number"] in text for row in [it for it in rows if it["what"] == "case"][:50])


def test_the_picture_is_a_png_of_its_own_size(days: Path, tmp_path: Path) -> None:
    png = tmp_path / "plot.png"
    assert run("--contract", STRICTER, "--png", png, days).exit_code == 0
    with Image.open(BytesIO(png.read_bytes())) as image:
        assert image.format == "PNG"
        assert image.width == 2240
        assert len(image.getcolors(1_000_000) or ()) > 5


@pytest.mark.parametrize(("days_of_log", "columns", "name"), [(100, 100, "Pages a day"), (364, 52, "Pages a week")])
def test_many_days_are_shown_as_weeks_with_all_their_pages(days_of_log: int, columns: int, name: str) -> None:
    shown = plot(replace(hostile_result(), days=[(20_000 + day, 1, 2) for day in range(days_of_log)], shifts=[]))
    (title,) = [it for it in shown.words if it.text == name]
    heights = [it.height for it in shown.boxes if it.y > title.y and it.tone == "after"]
    assert len(heights) == columns
    assert len(set(heights)) == 1


def test_without_pillow_a_picture_is_refused_before_anything_is_folded(
    days: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    outcome = run("--contract", STRICTER, "--png", tmp_path / "plot.png", days)
    assert outcome.exit_code == 2
    assert "pip install 'tocsin[plots]'" in outcome.stderr
    assert outcome.stdout == ""


def test_a_log_in_which_nobody_adopts_a_contract_is_said_to_be_one(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    first = Record(Topic.INBOX, 0, 0, 1_000, None, switch(RULES, first=True))
    empty.write_bytes(line.write(first) + b"\n")
    outcome = run("--contract", "esentire", empty)
    assert outcome.exit_code == 1
    assert "No tenant adopts a contract in this log" in outcome.stderr
