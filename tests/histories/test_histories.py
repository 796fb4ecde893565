"""Recorded histories, each named after the promise that it shows, replayed without a broker.

Each contract has a folder; `tocsin` holds what is our own wherever a contract says nothing. A history is two files,
and a third where its tenants need a plan of their own:

- `NAME.jsonl`: the inputs, as `tocsin replay file` reads them;
- `NAME.expected.json`: what must come of them, worked out from the contract's document;
- `NAME.tenants.toml`: the tenants file.

`tocsin history record` writes them from a script; where `NAME.script` stands beside them, they are what it gives.

What is expected, where `promise`, `clause`, `shows` and `alerts` are required:

- `promise`: what is shown, in a sentence; `clause`: where the document says so;
- `shows`: the rules, as `tocsin contract table` calls them, such as `premium.exclusions.training` (`*` is anything);
- `note`: how the figures were worked out;
- `options`: further options of the command, such as `{"until": "2026-03-01T12:00:00Z"}`;
- `alerts`: every alert in order. Each is compared in the members that are written down: `at`, `kind` and any other
  member of an alert's `data`;
- `events`: journal events that occur in this order, others between them. Members are `at`, `type`, `number` and any
  member of an event's `data`; null stands for one that is absent;
- `never`: journal events that must not occur, written likewise;
- `support_log`: the support log that the journal gives, row by row;
- `dead_letters`: the reason of every dead letter, in order; without it there must be none;
- `summary`: members of the summary.

Every rule of a contract from which something comes has a history; see `evidence`.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from evidence import Proven, proof

from tocsin.audit.journal import read_event
from tocsin.audit.support_log import SupportLog
from tocsin.cli import main_group
from tocsin.contracts.library import SHIPPED, ContractLibrary
from tocsin.contracts.report.histories import History, histories
from tocsin.contracts.report.rules import OWN, Rule, own_rules, rules
from tocsin.domain.contract.model import Plan
from tocsin.domain.instant import parse
from tocsin.messages.record import Output
from tocsin.replay import file, line
from tocsin.tenants.directory import TenantDirectory

FOLDER = Path(__file__).parent
PAGES = FOLDER.parents[1] / "docs"
HISTORIES = histories(FOLDER)
LIBRARY = ContractLibrary.load(None)
NEEDED = {"promise", "clause", "shows", "alerts"}
MEMBERS = NEEDED | {"note", "options", "events", "never", "support_log", "dead_letters", "summary"}
SILENT = ("ClockStarted", "ClockMoved", "ObjectiveFulfilled", "TicketRuledOut", "WorkProposed", "CallReturned")
ENDINGS = (".jsonl", ".expected.json", ".tenants.toml")

Entry = dict[str, Any]


class Replayed(NamedTuple):
    """What came of a history: every record as a line, and the summary."""

    records: list[Entry]
    summary: Entry

    def of(self, topic: str) -> list[Entry]:
        return [record for record in self.records if record["topic"] == topic]

    @property
    def alerts(self) -> list[Entry]:
        return [{"at": it["recorded_at"], **it["value"]["data"]} for it in self.of("soc.alerts")]

    @property
    def journal(self) -> list[Entry]:
        return [it["value"] for it in self.of("soc.ticket-events")]

    @property
    def events(self) -> list[Entry]:
        return [{"at": it["at"], "type": it["type"], "number": it["number"], **it["data"]} for it in self.journal]


def expected(history: History) -> Entry:
    found: Entry = json.loads(history.path.with_suffix(".expected.json").read_text())
    return found


def tenants(history: History) -> Path | None:
    path = history.path.with_suffix(".tenants.toml")
    return path if path.exists() else None


@cache
def replayed(history: History) -> Replayed:
    """As `tocsin replay file` does it, without the command around it."""
    options = expected(history).get("options", {})
    directory = TenantDirectory.from_file(tenants(history), LIBRARY, options.get("contract", "esentire"))
    said: list[Output] = []
    with history.path.open("rb") as stream:
        until = parse(options["until"]) if "until" in options else None
        done = file.replay(stream, directory, until, said.append)
    return Replayed([json.loads(line.write(output)) for output in said], asdict(done.summary()))


def like(actual: Entry, wanted: Entry) -> Entry:
    """The members of `actual` that `wanted` tells of."""
    return {member: actual.get(member) for member in wanted}


def side_by_side(actual: list[Entry], wanted: list[Entry]) -> list[Entry]:
    """`actual` in the members of `wanted`, so that a difference can be read; what is too many in short."""
    known = [like(found, each) for found, each in zip(actual, wanted, strict=False)]
    return known + [like(found, dict.fromkeys(("at", "kind", "number"))) for found in actual[len(wanted) :]]


def places(events: list[Entry], wanted: list[Entry]) -> list[int]:
    """Where the `wanted` events stand among `events`, in this order."""
    found: list[int] = []
    for each in wanted:
        start = found[-1] + 1 if found else 0
        place = next((place for place in range(start, len(events)) if like(events[place], each) == each), None)
        similar = [it for it in events[start:] if it["type"] == each["type"]]
        assert place is not None, f"no such event, or not in this order: {each}; there is {similar}"
        found.append(place)
    return found


def support_log_fields(plan: Plan) -> tuple[str, ...]:
    assert plan.support_log
    return plan.support_log.fields


def support_log(history: History) -> list[Entry]:
    """As `tocsin audit support-log` reads it from the journal."""
    log = SupportLog(lambda _, contract, plan: support_log_fields(LIBRARY.get(contract).plans[plan]))
    for event in replayed(history).journal:
        log.take(read_event(json.dumps(event).encode()))
    return [entry.document() for entry in log.entries]


every_history = pytest.mark.parametrize("history", HISTORIES, ids=lambda it: f"{it.contract}/{it.name}")


@every_history
def test_history(history: History) -> None:
    wanted, came = expected(history), replayed(history)
    assert NEEDED <= wanted.keys() <= MEMBERS
    assert side_by_side(came.alerts, wanted["alerts"]) == wanted["alerts"]
    reasons = [record["headers"]["tocsin-reason"] for record in came.of("soc.dead-letters")]
    assert reasons == wanted.get("dead_letters", [])
    assert like(came.summary, wanted.get("summary", {})) == wanted.get("summary", {})
    places(came.events, wanted.get("events", []))
    assert [it for it in came.events for each in wanted.get("never", []) if like(it, each) == each] == []
    if "support_log" in wanted:
        assert side_by_side(support_log(history), wanted["support_log"]) == wanted["support_log"]


@every_history
def test_a_history_cites_its_clause_and_proves_the_rules_that_it_names(history: History) -> None:
    assert history.shows
    assert expected(history)["clause"]
    for pattern in history.shows:
        named = [rule for rule in rules_of(history.contract) if history._replace(shows=(pattern,)).shows_rule(rule)]
        assert named, f"no rule is called {pattern}"
        assert any(proven_facets(rule, history) for rule in named), f"nothing of {pattern} is to be seen in it"


def test_what_is_not_expected_proves_nothing() -> None:
    silent = [it for history in HISTORIES for it in replayed(history).journal if it["type"] in SILENT]
    assert Proven(silent, [], [], logged=False).events == []


@pytest.mark.parametrize("contract", [*SHIPPED, OWN])
def test_every_rule_from_which_something_comes_is_proven(contract: str) -> None:
    unproven: dict[str, set[str]] = {}
    for rule in rules_of(contract):
        recorded = [it for it in HISTORIES if it.contract == contract and it.shows_rule(rule)]
        if rule.folded or recorded:
            missing = set(wanted_facets(rule)).difference(*(proven_facets(rule, it) for it in recorded))
            unproven |= {f"{rule.plans} {rule.key}": missing} if missing else {}
    assert unproven == {}


@cache
def rules_of(contract: str) -> list[Rule]:
    if contract == OWN:
        return list({rule.key: rule for name in SHIPPED for rule in own_rules(LIBRARY.get(name))}.values())
    return rules(LIBRARY.get(contract))


def plans_of(rule: Rule, contract: str) -> Iterator[Plan]:
    """The plans that have `rule`; of our own rules every plan of every contract."""
    for name in SHIPPED if contract == OWN else [contract]:
        yield from (plan for plan in LIBRARY.get(name).plans.values() if contract == OWN or plan.name in rule.plans)


def wanted_facets(rule: Rule) -> set[str]:
    contract = next(name for name in [*SHIPPED, OWN] if rule in rules_of(name))
    return proof(rule.key, next(plans_of(rule, contract)), Proven([], [], [], logged=False)).wanted


def proven_facets(rule: Rule, history: History) -> set[str]:
    found = proven(history)
    return set().union(*(proof(rule.key, plan, found).found for plan in plans_of(rule, history.contract)))


@cache
def proven(history: History) -> Proven:
    wanted, came = expected(history), replayed(history)
    written = places(came.events, wanted.get("events", []))
    return Proven(came.journal, wanted["alerts"], written, logged="support_log" in wanted)


@pytest.mark.parametrize("history", HISTORIES[::20], ids=lambda it: f"{it.contract}/{it.name}")
def test_the_command_gives_what_the_module_gives(history: History) -> None:
    options = expected(history).get("options", {})
    if path := tenants(history):
        options = {**options, "tenants": str(path)}
    arguments = [text for option, value in options.items() for text in (f"--{option}", value)]
    result = CliRunner().invoke(main_group, ["replay", "file", str(history.path), "--json", *arguments])
    assert result.exit_code == 0, result.output
    assert [json.loads(text) for text in result.stdout.splitlines()] == replayed(history).records
    assert json.loads(result.stderr.splitlines()[-1]) == replayed(history).summary


def test_every_file_belongs_to_a_history() -> None:
    found = {path for ending in ENDINGS for path in FOLDER.glob(f"*/*{ending}")}
    complete = {it.path.with_suffix(ending) for it in HISTORIES for ending in ENDINGS[:2]}
    assert complete <= found <= complete | {it.path.with_suffix(ENDINGS[2]) for it in HISTORIES}
    assert {it.contract for it in HISTORIES} == {*SHIPPED, OWN}


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*/*.script")), ids=lambda it: it.stem)
def test_a_history_with_a_script_is_what_the_script_gives(script: Path) -> None:
    result = CliRunner().invoke(main_group, ["history", "record", str(script), "--check"])
    assert result.exit_code == 0, result.output


def test_without_histories_the_page_says_of_no_rule_that_it_is_shown() -> None:
    page = CliRunner().invoke(main_group, ["contract", "table"]).stdout
    assert page.count("\n## ") == len(SHIPPED) + 1
    assert ".jsonl" not in page
    assert "| premium, platinum | 2.2 | stated |  |" in page


@pytest.mark.parametrize(("name", "options"), [("contracts.md", []), ("rules.md", ["--short"])])
def test_the_pages_of_the_rules_are_current(tmp_path: Path, name: str, options: list[str]) -> None:
    page = tmp_path / "docs" / name
    page.parent.mkdir()
    (tmp_path / "tests").symlink_to(FOLDER.parent)
    folder = tmp_path / "tests" / "histories"
    arguments = ["contract", "table", *options, "--histories", str(folder), "--output", str(page)]
    result = CliRunner().invoke(main_group, arguments)
    assert result.exit_code == 0, result.output
    command = " ".join(["tocsin contract table", *options, f"--histories tests/histories --output docs/{name}"])
    assert page.read_text() == (PAGES / name).read_text(), f"not current; run `{command}`"
