"""What `tocsin contract` says beside the figures: time zones, beginnings, lengths, readings. It holds in the fold."""

import re
from pathlib import Path
from typing import Any

import pytest

from tocsin.contracts.citations import citations
from tocsin.contracts.client_zone import NOT_GIVEN, WITHOUT_TENANT
from tocsin.contracts.compile import compile_contract
from tocsin.contracts.library import SHIPPED, ContractLibrary
from tocsin.contracts.report.readings import FOLD_READINGS, fold_readings
from tocsin.contracts.report.tables import contract_tables
from tocsin.contracts.source.loader import parse_contract
from tocsin.contracts.words import owed_by_priority, owed_from, show_length
from tocsin.domain.contract.model import ObjectiveRule, Plan
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, parse, show
from tocsin.domain.time.deadlines import deadline
from tocsin.domain.vocabulary import Basis
from tocsin.render.contract import report_table
from tocsin.render.table import print_table
from tocsin.tenants.directory import TenantDirectory, example_text

LIBRARY = ContractLibrary.load(None)
TESTS = Path(__file__).parent.parent

PROOFS = {
    "deadline": "esentire/a-call-returned-at-the-deadline-to-the-millisecond-is-in-time",
    "business hours": (
        "senstar/four-business-hours-from-friday-afternoon-end-on-monday-noon-over-the-change-to-summer-time"
    ),
    "working day": "senstar/what-arrives-on-saturday-for-the-next-working-day-is-due-on-monday",
    "days, months, years": "test_six_months_from_the_last_of_august_end_on_the_last_of_february",
    "maintenance window": "sentinelone/the-maintenance-window-pauses-nothing",
    "half day": "test_business_hours_end_where_the_calendar_says",
    "closed period": "test_real_time_goes_on_in_a_freeze",
    "calendar of calendars": "test_real_time_stands_still_only_while_windows_pause_all_calendars_of_a_union",
    "due time": "test_a_due_time_is_noon_of_the_working_day_that_is_meant",
    "callback": "esentire/a-client-who-rings-again-is-owed-one-callback-by-the-first-deadline",
    "callback by answering": "esentire/a-client-who-rings-again-and-is-answered-is-owed-nothing",
    "one call": "esentire/a-call-that-rings-at-two-telephones-and-is-taken-at-one-is-owed-no-callback",
    "withheld number": "esentire/two-callers-who-withhold-their-numbers-are-owed-a-callback-each",
    "several persons at one number": "esentire/two-people-at-one-switchboard-are-owed-a-callback-each",
    "detection": "test_a_detection_counts_from_when_we_learned_of_it",
    "response level": "esentire/an-attack-that-becomes-serious-outside-business-hours-is-judged-again",
    "over at the source": "esentire/what-a-sensor-says-is-over-ends-no-promise",
    "contact without a reference": "test_whoever_names_nothing_has_a_new_matter_that_says_to_what_it_may_belong",
    "answer": "esentire/an-answer-is-one-to-the-client",
    "closed ticket": "test_what_names_a_closed_ticket_opens_one_follow_up_and_then_belongs_to_that",
    "merged tickets": ("sentinelone/two-tickets-that-are-one-matter-are-owed-one-answer-from-the-first-contact"),
    "split tickets": ("sorb/a-contact-that-is-another-matter-has-a-ticket-and-a-clock-of-its-own-from-when-it-came"),
    "automatic mail": "test_an_automatic_mail_of_the_client_starts_no_clock_on_its_ticket",
    "spoofed sender": "esentire/a-mail-that-only-claims-to-be-from-us-stops-no-clock",
    "bounced answer": "tocsin/an-answer-that-bounced-is-owed-again-from-its-start",
    "late evidence": "esentire/a-callback-logged-late-corrects-the-overdue-alert",
    "at risk": "esentire/a-missed-call-not-returned-in-20-minutes-alerts-the-shift-lead",
    "acknowledgement": "esentire/a-call-missed-later-climbs-although-the-ticket-was-acknowledged",
    "escalation": "sorb/a-ticket-without-response-is-escalated-after-30-minutes-1-4-and-8-hours",
    "silence": "esentire/a-silence-keeps-an-overdue-call-from-people-and-its-end-tells-it",
    "page": "esentire/receipts-that-come-late-twice-or-contradict-each-other-page-nobody-twice",
    "priority": "test_a_fall_drops_what_the_higher_priority_owed",
    "rise": "esentire/an-alert-is-owed-from-the-moment-at-which-the-severity-rose",
    "priority from the start": "test_a_contract_may_count_a_rise_from_the_start",
    "duty of one priority": "sorb/the-periodic-reports-of-a-p1-end-when-it-is-one-no-longer",
    "rise after the answer": "esentire/a-severity-that-rises-after-the-alert-is-owed-another-one",
    "rise of a detection": "esentire/a-worse-detection-says-what-is-worse",
    "who assigns a priority": "sentinelone/a-ticket-that-the-customer-calls-urgent-by-mail-is-urgent-from-the-call",
    "channels": "sentinelone/a-p1-by-mail-is-measured-from-the-phone-call-that-follows",
    "hold": "test_a_hold_for_another_reason_stops_nothing",
    "end of a hold": "sorb/the-customers-word-ends-the-wait-for-the-customer-and-no-other-wait",
    "resolution": "test_a_mail_on_a_resolved_ticket_reopens_it_with_a_clock_of_its_own",
    "end of a ticket": "sorb/a-deletion-is-owed-whatever-became-of-its-ticket",
    "exclusion": "test_an_exclusion_of_everything_ends_no_callback",
    "unknown word": "esentire/a-word-for-equipment-or-loss-counts-in-any-spelling-and-is-told-when-nobody-knows-it",
    "attainment": "sentinelone/a-month-below-95-percent-breaks-the-promise-of-its-plan-and-priority",
    "server": "senstar/a-server-that-nobody-knows-is-asked-about",
    "term": "senstar/the-last-day-of-a-term-ends-where-the-client-is",
}
"""For each reading of the fold the history, or the test, that shows it."""


def plan(contract: str, name: str) -> Plan:
    return LIBRARY.get(contract).plans[name]


def rule(contract: str, name: str, rule_id: str) -> ObjectiveRule:
    (found,) = (it for it in plan(contract, name).objectives if it.id == rule_id)
    return found


def tables(name: str) -> dict[str, list[tuple[str, ...]]]:
    contract = LIBRARY.get(name)
    zone = LIBRARY.client_zone(name, unknown=WITHOUT_TENANT)
    return {it.title: it.rows for it in contract_tables(contract, list(contract.plans.values()), zone)}


# ---- where the client is


def test_without_a_tenant_the_time_zone_of_the_client_is_not_known() -> None:
    zones = {row[0]: row[1] for row in tables("esentire")["Calendars"]}
    assert zones == {
        "always": "UTC",
        "business_days": "client: not known without a tenant, so UTC",
        "client_hours": "client: not known without a tenant, so UTC",
    }


@pytest.mark.parametrize(
    ("text", "calendar", "shown", "owner"),
    [
        ("timezone: America/Toronto", "business_days", "client: America/Toronto", "client"),
        ("plan: standard", "business_days", f"client: {NOT_GIVEN}, so UTC", "unknown client"),
        ("plan: standard", "always", "UTC", "contract"),
        (
            "calendars: {business_days: {timezone: Europe/Paris, hours: {mon: '09:00-17:00'}, clause: agreed}}",
            "business_days",
            "Europe/Paris",
            "contract",
        ),
    ],
)
def test_of_a_tenant_the_time_zone_is_named(tmp_path: Path, text: str, calendar: str, shown: str, owner: str) -> None:
    file = tmp_path / "tenants.yaml"
    file.write_text(f"tenants: {{acme: {{contract: esentire, {text}}}}}\n")
    directory = TenantDirectory.from_file(file, LIBRARY, "esentire")
    zone = directory.client_zone("acme")
    assert zone.shown(calendar, directory.contract("acme").calendars[calendar].timezone) == shown
    assert zone.owner(calendar) == owner


def test_the_tenants_of_the_example_have_their_own_zones(tmp_path: Path) -> None:
    file = tmp_path / "tenants.toml"
    file.write_text(example_text())
    directory = TenantDirectory.from_file(file, LIBRARY, "esentire")
    assert directory.client_zone("globex").shown("weekdays", "Europe/Berlin") == "client: Europe/Berlin"
    assert directory.client_zone("initech").shown("weekdays", "UTC") == "client: the tenant has none, so UTC"


# ---- from which fact on


@pytest.mark.parametrize(
    ("contract", "name", "rule_id", "expected"),
    [
        (
            "sentinelone",
            "professional",
            "response",
            (
                "P1 from the phone call on, and again from a rise to P1 with a further contact; "
                "P2, P3, P4 from the mail or the portal request on, and again from a rise to P1 with a further contact"
            ),
        ),
        ("sentinelone", "professional", "action_plan", "from the response on"),
        ("esentire", "standard", "callback", "from the missed call on, each time"),
        (
            "esentire",
            "standard",
            "replacement",
            "from the report that equipment has failed (not soho) on, each time",
        ),
        ("sorb", "platinum", "deletion", "from the notice to delete (after_end only) on, each time"),
        (
            "sorb",
            "platinum",
            "response",
            (
                "P1 from the phone call, the mail or the portal request on; "
                "P2, P3, P4 from the phone call in support_hours, the mail or the portal request on"
            ),
        ),
        (
            "senstar",
            "without_maintenance",
            "follow_up",
            "from the mail or the portal request on, once there has been the first_response, each time",
        ),
    ],
)
def test_a_promise_is_owed_from_contacts_by_accepted_channels_on(
    contract: str, name: str, rule_id: str, expected: str
) -> None:
    order = LIBRARY.get(contract).priorities
    assert owed_by_priority(plan(contract, name), rule(contract, name, rule_id), order) == expected


def test_a_promise_that_no_accepted_channel_starts_says_so() -> None:
    text = SMALL.replace("    objectives:", "    channels: [{channels: [phone], clause: '2'}]\n    objectives:")
    only = compile_contract(parse_contract(text, "small.yaml")).plans["only"]
    assert owed_from(only, only.objectives[0], "P1") == "never: no accepted channel starts it"


SMALL = """\
name: small
title: Small
source: nobody's
priorities: [P1]
default_plan: only
calendars:
  always: {timezone: UTC, hours: 24x7, clause: "1"}
plans:
  only:
    default_priority: {value: P1, clause: "2"}
    objectives:
      response: {objective: first_response, starts: [email_received], stops: [response], calendar: always,
                 targets: {all: 1 h}, clause: "4"}
"""


# ---- lengths and whole sentences


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (0, "0 s"),
        (20 * MINUTE, "20 min"),
        (450 * MINUTE, "7 h 30 min"),
        (DAY, "1 day"),
        (3390 * MINUTE, "2 days 8 h 30 min"),
        (HOUR + 1500, "1 h 1.5 s"),
        (61 * SECOND, "1 min 1 s"),
    ],
)
def test_a_length_reads_as_people_say_it(milliseconds: int, expected: str) -> None:
    assert show_length(milliseconds) == expected


@pytest.mark.parametrize("width", ["80", "200"])
@pytest.mark.parametrize("name", SHIPPED)
def test_no_sentence_of_a_contract_is_cut(
    name: str, width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = LIBRARY.get(name)
    monkeypatch.setattr("tocsin.render.table._PIPED_WIDTH", int(width))
    for table in contract_tables(contract, list(contract.plans.values()), LIBRARY.client_zone(name)):
        print_table(report_table(table))
        shown = capsys.readouterr().out
        assert "…" not in shown
        letters = sorted(re.sub(r"[^\w]", "", "".join("".join(row) for row in table.rows)))
        title = sorted(re.sub(r"[^\w]", "", table.title + "".join(table.columns)))
        assert sorted(re.sub(r"[^\w]", "", shown)) == sorted([*letters, *title])


# ---- what is assumed


@pytest.mark.parametrize("name", SHIPPED)
def test_every_reading_of_a_contract_is_shown_and_marked_where_it_is_assumed(name: str) -> None:
    shown = {(clause, text) for clause, text, _ in tables(name)["How the document is read"]}
    expected = {
        (f"{it.clause} *" if it.basis is Basis.ASSUMED else it.clause, it.reading)
        for _, it in citations(LIBRARY.get(name))
        if it.reading
    }
    assert shown == expected


def test_a_figure_that_is_assumed_is_marked() -> None:
    promises = {row[0]: row for row in tables("sorb")["Premium Support: promises"]}
    assert promises["response"][1:3] == ("1 h (always) *", "4 business hours (support_hours)")


def test_a_rule_of_which_nothing_comes_is_said_to_be_shown_only() -> None:
    enforced = {
        row[1].partition(":")[0]: row[3]
        for row in tables("senstar")["Server without Maintenance & Support: what else holds"]
    }
    assert enforced["support cases, 1 at most (one case of the server within its term that was served)"] == "yes"
    assert enforced["on site support"] == "shown only"
    assert enforced["term_over"] == "yes"
    assert enforced["the client"] == "yes"


def test_the_readings_of_one_plan_are_not_those_of_another() -> None:
    contract = LIBRARY.get("sorb")
    shown = {it.title: it.rows for it in contract_tables(contract, [contract.plans["self_service"]], ZONE)}
    assert not any("2.5" in row[0] for row in shown["How the document is read"])
    assert any("support_hours" in row[2] for row in shown["How the document is read"])


ZONE = LIBRARY.client_zone("sorb")


# ---- what the code reads


def test_each_reading_of_the_fold_is_shown_by_a_history_or_a_test() -> None:
    assert [it.of for it in FOLD_READINGS] == list(PROOFS)
    tests = "".join(path.read_text(encoding="utf-8") for path in TESTS.glob("unit/**/test_*.py"))
    for proof in PROOFS.values():
        found = (TESTS / "histories" / f"{proof}.jsonl").exists() if "/" in proof else f"def {proof}(" in tests
        assert found, proof


def test_a_contract_has_the_readings_that_concern_it() -> None:
    def of(name: str, *plans: str) -> set[str]:
        contract = LIBRARY.get(name)
        return {it.of for it in fold_readings(contract, [contract.plans[each] for each in plans])}

    assert of("esentire", "standard") >= {"callback", "callback by answering", "working day", "detection"}
    assert not of("sorb", "premium") & {"callback", "callback by answering", "working day", "term", "attainment"}
    assert of("sentinelone", "professional") >= {"attainment", "maintenance window", "channels"}
    assert of("senstar", "with_maintenance") >= {"working day", "business hours", "term"}
    assert "days, months, years" in of("sorb", "self_service")


def test_six_months_from_the_last_of_august_end_on_the_last_of_february() -> None:
    calendar = LIBRARY.get("sorb").calendars["support_hours"]
    six: Any = Target(unit=TargetUnit.CALENDAR_MONTHS, amount=6)
    assert show(deadline(parse("2026-08-31T02:00:00Z"), six, calendar)) == "2027-02-28T02:00:00Z"
