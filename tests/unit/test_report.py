"""`tocsin report`: every total follows from the log, it holds nothing of another client, and its text is harmless."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from io import StringIO
from typing import Any
from unittest.mock import patch

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner, Result
from driver import Driver, shipped
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.recounted import told, totals
from tools.clients_quarter import CLIENTS, records

from tocsin.audit.attainment import Attainment
from tocsin.audit.growing import Partition, Start, heads_of
from tocsin.audit.journal import read_event
from tocsin.cli import main_group
from tocsin.domain.commands import desk as verbs
from tocsin.domain.commands.inbound import EmailReceived
from tocsin.domain.contract.attainment import AttainmentRule, Grouping
from tocsin.domain.contract.rules import Citation
from tocsin.domain.tlp import Tlp
from tocsin.domain.vocabulary import Purpose
from tocsin.messages.record import Output, Record, Topic
from tocsin.replay import line
from tocsin.replay.refolding import Refold
from tocsin.report.building import report_of
from tocsin.report.chapters import paper
from tocsin.report.document import document
from tocsin.report.gathering import NoSuchTenant, gathered
from tocsin.report.markdown import markdown
from tocsin.report.model import Report
from tocsin.report.page import page
from tocsin.report.period import Period
from tocsin.report.sections import Paper
from tocsin.report.sharing import withheld
from tocsin.report.spreadsheet import TABLES, spreadsheet
from tocsin.schemas.files import files

QUARTER = Period.parse("2026-Q4")
MARCH = Period.parse("2026-03")
EVIL = "=cmd|' /C calc'!A0 <script>alert(1)</script> #panic() `x` | [a](b) \u202e\x1b[2J 日本 " + "W" * 300

each_client = pytest.mark.parametrize("tenant", CLIENTS)


@cache
def log() -> tuple[Record, ...]:
    """What follows from a month of five clients with 300 tickets."""
    return tuple(Refold(0).fold(records(days=40, tickets=60)))


@cache
def report(tenant: str, period: str = "2026-Q4") -> Report:
    return report_of(gathered(log(), tenant), Period.parse(period), "1")


def plain(made: Report) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(msgspec.json.encode(made))
    return found


def outputs_of(desk: Driver) -> Iterator[Record]:
    for offset, it in enumerate(desk.outputs):
        output: Output = it
        yield Record(output.topic, 0, offset, output.timestamp, output.key, output.value, output.headers)


def report_on(desk: Driver, tenant: str = "acme") -> Report:
    return report_of(gathered(outputs_of(desk), tenant), MARCH, "1")


@each_client
@pytest.mark.parametrize("period", ["2026-Q4", "2026-10", "2026-11"])
def test_every_total_is_what_a_script_without_our_code_counts_in_the_journal(tenant: str, period: str) -> None:
    events = [json.loads(it.value or b"") for it in log() if it.topic is Topic.TICKET_EVENTS]
    states = ((it.key or b"", it.value) for it in log() if it.topic is Topic.TENANTS)
    contracts = {key[9:].decode(): json.loads(value) for key, value in states if key.startswith(b"contract/") and value}
    made = plain(report(tenant, period))
    counted = totals([it for it in events if it["tenant"] == tenant], contracts, made["period"], made["as_of"])
    said = told(made)
    if period != "2026-Q4":
        del counted["last"], said["last"]  # a month names the tickets of that month alone
    assert said == counted


@each_client
def test_the_rows_are_those_of_the_audit_and_count_the_promises_that_they_name(tenant: str) -> None:
    made = report(tenant)
    contracts = gathered(log(), tenant).contracts
    audit = Attainment(lambda _, __, adopted: contracts.get(adopted))
    for record in log():
        if record.topic is Topic.TICKET_EVENTS:
            audit.take(read_event(record.value))
    audited = {
        (it.plan, it.month, it.objective, it.priority): (count.met, count.missed, count.promised, count.kept)
        for it, count in audit.counts().items()
        if it.tenant == tenant and it.by_priority_and_month
    }
    rows = made.attainment
    assert audited == {
        (it.plan, it.month, it.objective, it.priority): (it.met, it.missed, it.promised, it.kept) for it in rows
    }
    results = {it.id: it.result for it in made.promises}
    assert all(it.met == sum(results[name] == "met" for name in it.promises) for it in rows)
    assert [name for it in rows for name in it.promises] != []
    assert len(results) == sum(len(it.promises) for it in rows)
    assert {it.promise for it in made.breaches} == {name for name, result in results.items() if result == "missed"}


def test_the_sample_has_something_of_everything() -> None:
    made = [report(tenant) for tenant in CLIENTS]
    for name in TABLES:
        assert any(getattr(it, name) for it in made), name
    assert all(it.adds_up for one in made for it in one.breaches)


@each_client
def test_what_is_named_can_be_looked_up(tenant: str) -> None:
    made = report(tenant)
    numbers = {it.number for it in made.tickets}
    parts = plain(made)
    named = ("promises", "breaches", "corrections", "exclusions", "waits", "callbacks", "open")
    assert {it["ticket"] for part in named for it in parts[part]} <= numbers
    journal = {it.offset: it for it in log() if it.topic is Topic.TICKET_EVENTS}
    for ticket in made.tickets:
        for place in ticket.places:
            assert json.loads(journal[place.offset].value or b"")["number"] == ticket.number
    for breach in made.breaches:
        assert breach.place is not None
        assert json.loads(journal[breach.place.offset].value or b"")["type"] == "ObjectiveBreached"


def test_the_proof_is_the_head_that_would_be_signed() -> None:
    journal = [it for it in log() if it.topic is Topic.TICKET_EVENTS]
    made = list(heads_of(Partition(Topic.TICKET_EVENTS, 0, 0, len(journal)), Start(None, None), journal, "1", "key"))
    head, (proof,) = made[-1].head, report("acme").proofs
    assert (proof.root, proof.records, proof.end) == (head.root, head.size, head.end)
    assert proof.chain == json.loads(journal[-1].value or b"")["hash"]


def pdf(read: Paper) -> bytes:
    return document(read, 0)


@each_client
def test_the_same_log_gives_the_same_bytes_in_every_form(tenant: str) -> None:
    again = report_of(gathered(log(), tenant), QUARTER, "1")
    for form in (page, markdown, pdf):
        assert form(paper(report(tenant))) == form(paper(again))
    assert [spreadsheet(again, it) for it in TABLES] == [spreadsheet(report(tenant), it) for it in TABLES]
    assert msgspec.json.encode(again) == msgspec.json.encode(report(tenant))


def test_a_month_that_is_not_over_says_so_and_a_later_one_is_empty() -> None:
    assert report("acme", "2026-10").over
    assert not report("acme").over
    assert "The period is not over" in page(paper(report("acme")))
    assert report("acme", "2027-05").promises == []
    assert "None." in page(paper(report("acme", "2027-05")))


def test_a_breach_that_was_told_and_is_corrected_is_told_as_such_and_counts_as_kept() -> None:
    desk = Driver("esentire", "example").at("09:00").missed().at("09:25").tick().at("09:30").called(happened="09:10")
    made = report_on(desk)
    (kept,) = (it for it in made.promises if it.objective == "callback")
    assert (kept.result, kept.corrected) == ("met", True)
    assert [(it.objective, it.kept_at) for it in made.corrections] == [("callback", "2026-03-02T09:10:00Z")]
    assert made.breaches == []


def test_a_breach_is_explained_to_its_offsets_by_the_client_s_clocks() -> None:
    desk = Driver("esentire", "example").at("09:00").missed().at("09:25").called()
    (breach,) = report_on(desk).breaches
    assert breach.late_by == 5 * 60
    assert [(it.why, it.seconds) for it in breach.intervals] == [("counted", 20 * 60)]
    assert [it.inbox_offset for it in (*breach.begun_by, *breach.kept_by)] == [1, 2]
    assert any("5 min after the deadline" in line for line in breach.words)


def test_callbacks_count_the_attempts_before_somebody_was_reached() -> None:
    desk = Driver("esentire", "example").at("09:00").missed()
    desk.at("09:05").called(outcome="no_answer").at("09:10").called(outcome="voicemail", purpose=Purpose.RESPONSE)
    (callback,) = report_on(desk).callbacks
    assert (callback.caller, callback.attempts) == ("+15550100", 1)


def test_a_ticket_that_is_open_is_told_with_what_it_is_owed_and_waits_for() -> None:
    desk = Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2").at("09:30").hold("waiting_for_customer")
    desk.at("10:00").tick()
    (it,) = report_on(desk).open
    assert (it.ticket, it.waits_for) == ("ACME-000001", "waiting_for_customer")
    assert {due.objective for due in it.due} >= {"first_response"}
    (wait,) = report_on(desk).waits
    assert wait.end is None


def test_a_rule_and_an_objective_of_one_name_have_a_verdict_each() -> None:
    contract = shipped("sorb")
    plan = contract.plans["premium"]
    usual: dict[str, Any] = {"share": 0.9, "by": Grouping.PLAN, "cites": Citation(clause="8")}
    both = (AttainmentRule(rule="response", **usual), AttainmentRule(objective="response", **usual))
    rules = tuple(replace(it, objective="response") if it.id == "response" else it for it in plan.objectives)
    plan = replace(plan, objectives=rules, attainment=both)
    desk = Driver(replace(contract, plans={"premium": plan}), plan="premium").at("09:00").mail()
    desk.at("09:10").respond().at("00:01", day=31).tick()
    assert [(it.scope, it.met) for it in report_on(desk).judgements] == [
        ({"plan": "premium", "rule": "response"}, 1),
        ({"plan": "premium", "objective": "response"}, 1),
    ]


@pytest.mark.parametrize("shares", [(0.99, 0.5), (0.5, 0.99)])
def test_what_was_promised_is_what_the_contract_of_the_ticket_says_and_not_a_later_one(
    shares: tuple[float, float],
) -> None:
    there = shipped("sentinelone")
    plans = [
        replace(there.plans["enterprise"], attainment=(replace(there.plans["enterprise"].attainment[0], share=share),))
        for share in shares
    ]
    first, second = (replace(there, plans={**there.plans, "enterprise": plan}) for plan in plans)
    desk = Driver(first, plan="enterprise").at("09:00").mail(priority="P2").at("10:00").respond()
    desk.at("11:00").adopt(second, "enterprise").at("11:01").tick()
    (row,) = report_on(desk).attainment
    assert (row.promised, row.kept) == (shares[0], True)


def test_an_exclusion_tells_when_it_was_lifted() -> None:
    desk = Driver("sorb", "premium").at("09:00").mail().at("09:05")
    of = {"ticket": desk.ticket().id, "analyst": "Ann"}
    desk.publish(verbs.ReportAccessMissing(**of, alternative=False))
    (before,) = report_on(desk).exclusions
    desk.at("09:20").publish(verbs.ReportAccessRestored(**of))
    (after,) = report_on(desk).exclusions
    assert (before.lifted_at, after.lifted_at) == (None, "2026-03-02T09:20:00Z")


def test_whoever_was_refused_is_withheld_whatever_the_marking_of_others() -> None:
    made = report("acme")
    stranger = msgspec.structs.replace(made.support_log[0], ticket=None, contact="x@y.example", details="a secret")
    shown = withheld(msgspec.structs.replace(made, support_log=[stranger]), Tlp.CLEAR).support_log[0]
    assert (shown.contact, shown.details, shown.contacted_at) == (None, None, stranger.contacted_at)


def mailed(sender: str, subject: str) -> EmailReceived:
    return EmailReceived(
        message_id=f"{sender} {subject}"[:60], sender=sender, recipients=("soc@soc.example",), subject=subject
    )


SECRET = "Zq9"
secrets = st.lists(
    st.tuples(st.sampled_from(("acme", "globex")), st.sampled_from(("mail", "call", "seen")), st.integers(0, 50)),
    min_size=1,
    max_size=14,
)


@given(secrets)
def test_a_report_holds_nothing_of_another_client_law(inputs: list[tuple[str, str, int]]) -> None:
    desk = Driver("esentire", "example")
    for minute, (tenant, kind, number) in enumerate(inputs):
        mark = f"{SECRET}{tenant}" if tenant == "globex" else tenant
        desk.of(tenant).at(f"{9 + minute // 60:02}:{minute % 60:02}")
        if kind == "mail":
            desk.publish(mailed(f"{mark}{number}@client.example", f"{mark} {number}"))
        elif kind == "call":
            desk.missed(f"+1555{'9' if tenant == 'globex' else '0'}{number:03}", summary=f"{mark} {number}")
        else:
            desk.detection(severity="high", title=f"{mark} {number}", asset=f"{mark}{number}")
    desk.at("12:00", day=3).tick()
    if not any(tenant == "acme" for tenant, _, _ in inputs):
        return
    made = report_on(desk)
    told_all = [
        page(paper(made)),
        markdown(paper(made)),
        msgspec.json.encode(made).decode(),
        *(spreadsheet(made, t) for t in TABLES),
    ]
    for text in told_all:
        assert SECRET not in text
        assert "globex" not in text.lower()
        assert "+15559" not in text
    assert {it.event.tenant for it in gathered(outputs_of(desk), "acme").journal} == {"acme"}


def test_a_ticket_that_goes_to_another_client_names_no_other_client() -> None:
    desk = Driver("esentire", "example").at("09:00").missed()
    desk.of("globex").missed("+15559999").of("acme").at("09:30")
    desk.publish(verbs.Move(ticket="ACME-000001", analyst="Ann", to="globex")).tick()
    assert "globex" not in page(paper(report_on(desk))).lower()


def test_text_of_strangers_is_text_in_every_form() -> None:
    desk = Driver("esentire", "example").at("09:00").publish(mailed("eve@client.example", EVIL))
    desk.at("12:00", day=2).tick()
    made = report_on(desk)
    html, text = page(paper(made)), markdown(paper(made))
    assert "<script>" not in html
    assert "\u202e" not in html
    assert "\x1b" not in html
    assert "日本" in html
    assert "<script>" not in text.replace("\\<", "")
    assert "\x1b" not in text
    assert "\\|" in text
    assert pdf(paper(made)).startswith(b"%PDF")
    cells = [cell for table in TABLES for row in csv.reader(StringIO(spreadsheet(made, table))) for cell in row]
    assert any(cell.startswith("'=cmd") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r")) or "\x1b" in cell]


@each_client
def test_the_json_is_what_its_schema_says(tenant: str) -> None:
    schema = json.loads(files()["report.schema.json"])
    jsonschema.validate(plain(report(tenant)), schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert msgspec.json.decode(msgspec.json.encode(report(tenant)), type=Report) == report(tenant)


@pytest.mark.parametrize("text", ["2026-13", "2026-Q5", "26-10", "2026-1", "october", ""])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        Period.parse(text)


def test_periods_are_those_of_the_client_s_walls() -> None:
    start, end = Period.parse("2026-Q1").bounds("Europe/Berlin")
    assert end - start == (90 * 24 - 1) * 3_600_000  # the clocks go forward on 29 March
    assert Period.parse("2026").months[-1] == "2026-12"
    assert QUARTER.has("2026-Q4")
    assert QUARTER.has("2025-11-15--2026-11-14")
    assert not QUARTER.has("2026-09")


def test_a_client_of_whom_there_is_nothing_is_an_error() -> None:
    with pytest.raises(NoSuchTenant, match="nothing of a tenant acm"):
        gathered(log(), "acm")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("log") / "inbox.jsonl"
    path.write_bytes(b"".join(line.write(record) + b"\n" for record in records(days=5, tickets=10)))
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main_group, ["report", *arguments])


@pytest.mark.parametrize(
    ("form", "begins"),
    [("html", "<!doctype html>"), ("pdf", "%PDF"), ("csv", "contract,plan"), ("json", "{\n"), ("md", "# Report")],
)
def test_each_form_comes_from_the_inbox_alone(recorded: str, form: str, begins: str) -> None:
    result = run("--tenant", "acme", "--period", "2026-10", "--format", form, recorded)
    assert (result.exit_code, result.stdout_bytes[: len(begins)].decode()) == (0, begins)


def test_it_is_written_to_a_file_and_a_folder_that_is_not_there_is_an_error(recorded: str, tmp_path: Any) -> None:
    result = run("client", "--tenant", "acme", "--period", "2026-10", "--output", str(tmp_path / "r.html"), recorded)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    result = run("--tenant", "acme", "--period", "2026-10", "--output", str(tmp_path / "no" / "r.html"), recorded)
    assert result.exit_code == 2
    assert "cannot be written" in result.output


def test_errors_say_what_is_wrong(recorded: str) -> None:
    result = run("--tenant", "acm", "--period", "2026-10", recorded)
    assert result.exit_code == 1
    assert "nothing of a tenant acm" in result.output
    assert run("--tenant", "acme", "--period", "2026-13", recorded).exit_code == 2
    with patch.dict("sys.modules", {"typst": None}):
        result = run("--tenant", "acme", "--period", "2026-10", "--format", "pdf", recorded)
    assert result.exit_code == 2
    assert "pip install 'tocsin[report]'" in result.output
