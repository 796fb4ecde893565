"""Recorded histories, each named after the promise that it shows, replayed without a broker.

A history is two files, and a third where its tenants need a plan of their own:

- `NAME.jsonl`: the inputs, as `tocsin replay file` reads them;
- `NAME.expected.json`: what must come of them;
- `NAME.tenants.toml`: the tenants file.

What is expected, where only `promise`, `clause` and `alerts` are required:

- `promise`: what is shown, in a sentence; `clause`: where the contract says so;
- `options`: further options of the command, such as `{"contract": "sentinelone", "until": "2026-03-01T12:00:00Z"}`;
- `alerts`: every alert in order. Each is compared in the members that are written down: `at`, `kind` and any other
  member of an alert's `data`;
- `events`: journal events that occur in this order, others between them. Members are `at`, `type`, `number` and any
  member of an event's `data`;
- `dead_letters`: the reason of every dead letter, in order; without it there must be none;
- `summary`: members of the summary.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tocsin.cli import main_group

FOLDER = Path(__file__).parent
NAMES = sorted(path.name.removesuffix(".expected.json") for path in FOLDER.glob("*.expected.json"))
MEMBERS = {"promise", "clause", "options", "alerts", "events", "dead_letters", "summary"}

Entry = dict[str, Any]


def replay(name: str, options: dict[str, str]) -> tuple[list[Entry], Entry]:
    """What the history gives rise to, and the summary."""
    arguments = [text for option, value in options.items() for text in (f"--{option}", value)]
    tenants = FOLDER / f"{name}.tenants.toml"
    if tenants.exists():
        arguments += ["--tenants", str(tenants)]
    command = ["replay", "file", str(FOLDER / f"{name}.jsonl"), "--json", *arguments]
    result = CliRunner().invoke(main_group, command)
    assert result.exit_code == 0, result.output
    return [json.loads(text) for text in result.stdout.splitlines()], json.loads(result.stderr.splitlines()[-1])


def alert(record: Entry) -> Entry:
    return {"at": record["recorded_at"], **record["value"]["data"]}


def event(record: Entry) -> Entry:
    value = record["value"]
    return {"at": value["at"], "type": value["type"], "number": value["number"], **value["data"]}


def like(actual: Entry, expected: Entry) -> Entry:
    """The members of `actual` that `expected` tells of."""
    return {member: actual.get(member) for member in expected}


def side_by_side(actual: list[Entry], expected: list[Entry]) -> list[Entry]:
    """`actual` in the members of `expected`, so that a difference can be read; what is too many in short."""
    known = [like(found, wanted) for found, wanted in zip(actual, expected, strict=False)]
    return known + [like(found, dict.fromkeys(("at", "kind"))) for found in actual[len(expected) :]]


@pytest.mark.parametrize("name", NAMES)
def test_history(name: str) -> None:
    expected = json.loads((FOLDER / f"{name}.expected.json").read_text())
    assert {"promise", "clause", "alerts"} <= expected.keys() <= MEMBERS
    records, summary = replay(name, expected.get("options", {}))
    of = {
        topic: [record for record in records if record["topic"] == topic]
        for topic in ("soc.alerts", "soc.ticket-events", "soc.dead-letters")
    }
    assert side_by_side([alert(record) for record in of["soc.alerts"]], expected["alerts"]) == expected["alerts"]
    reasons = [record["headers"]["tocsin-reason"] for record in of["soc.dead-letters"]]
    assert reasons == expected.get("dead_letters", [])
    assert like(summary, expected.get("summary", {})) == expected.get("summary", {})
    following = iter([event(record) for record in of["soc.ticket-events"]])
    for wanted in expected.get("events", []):
        assert any(like(found, wanted) == wanted for found in following), (
            f"no such event, or not in this order: {wanted}"
        )


def test_every_file_belongs_to_a_history() -> None:
    endings = (".jsonl", ".expected.json", ".tenants.toml")
    found = {path.name for path in FOLDER.iterdir() if path.name.endswith(endings)}
    complete = {name + ending for name in NAMES for ending in endings[:2]}
    tenants = {name + endings[2] for name in NAMES}
    assert complete <= found <= complete | tenants
