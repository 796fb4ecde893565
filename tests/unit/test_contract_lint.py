"""The linter finds what whoever signs a contract should know."""

import re
from dataclasses import replace

import pytest

from tocsin.contracts.checks.base import Finding, Level
from tocsin.contracts.citations import citations
from tocsin.contracts.compile import compile_contract
from tocsin.contracts.library import SHIPPED, ContractLibrary
from tocsin.contracts.lint import errors, lint
from tocsin.contracts.source.loader import parse_contract
from tocsin.domain.contract.model import Contract
from tocsin.domain.vocabulary import Basis

LIBRARY = ContractLibrary.load(None)

SOUND = """\
name: sound
title: Nothing doubtful
source: nobody's
priorities: [P1, P2]
default_plan: only
calendars:
  always: {timezone: UTC, hours: 24x7, clause: "1"}
holds:
  asked_back: {text: the client has been asked, ended_by_contact: true, clause: "1"}
plans:
  only:
    default_priority: {value: P2, clause: "2"}
    priority_assigned_by: {value: client, clause: "2"}
    returns_a_call: {value: [reached], clause: "2"}
    acknowledgement_expires: {value: 30 min, clause: "2"}
    closes_after: {value: 72 h, clause: "2"}
    bounce_withdraws_answer: {value: true, clause: "2"}
    detections: {priorities: {informational: P2, low: P2, medium: P2, high: P1, critical: P1}, clause: "3"}
    objectives:
      response:
        objective: first_response
        starts: [email_received]
        stops: [response, resolution]
        calendar: always
        targets: {P1: 1 h, P2: 4 h}
        warn: [10 min before]
        clause: "4"
    escalation:
      - {rules: [response], steps: [{tell: shift lead, tier: 2, at: deadline}], clause: "5"}
"""


def findings(text: str) -> list[Finding]:
    return lint(compile_contract(parse_contract(text, "sound.yaml")))


def changed(old: str, new: str) -> str:
    assert SOUND.count(old) == 1, old
    return SOUND.replace(old, new)


def test_a_contract_without_doubts_has_no_findings_but_from_when_a_rise_counts() -> None:
    assert [(it.level, it.code) for it in findings(SOUND)] == [(Level.NOTE, "rise")]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("", "counts from the rise (`rises_from: rise`); a rise after it was kept begins nothing"),
        ("        rises_from: start\n", "counts from the start of the promise (`rises_from: start`)"),
        ("        renewed_by: rise\n", "a rise after it was kept begins it anew (`renewed_by: rise`)"),
        ("        renewed_by: contact\n", "a rise with a contact after it was kept begins it anew"),
    ],
)
def test_it_is_said_what_a_rise_of_the_priority_does(terms: str, expected: str) -> None:
    text = changed("        warn: [10 min before]\n", f"        warn: [10 min before]\n{terms}")
    (found,) = (it for it in findings(text) if it.code == "rise")
    assert expected in found.text


def test_where_the_priority_makes_no_difference_nothing_is_said_of_a_rise() -> None:
    assert not [it for it in findings(changed("P1: 1 h, P2: 4 h", "all: 4 h")) if it.code == "rise"]


ANOTHER_ROW = "      - {rules: [response], steps: [{tell: clerk, tier: 1, at: start}], clause: '5'}\n"
ANOTHER_RULE = (
    "      answer: {objective: first_response, starts: [email_received], stops: [response], calendar: always,"
    " targets: {P1: 2 h, P2: 4 h}, clause: '7'}\n"
)


@pytest.mark.parametrize(
    ("old", "new", "code", "expected"),
    [
        ("hours: 24x7", "hours: {}", "impossible_calendar", "error calendars.always: .*never opens"),
        ("P1: 1 h, P2: 4 h", "P1: 1 h", "gap", "warning plans.only.objectives.response: nothing is promised to P2"),
        ("P2: 4 h", "P2: no figure", "gap", "warning plans.only.objectives.response: no figure for P2"),
        ("first_response", "resolution", "gap", "warning plans.only: no response is promised"),
        ("P2: 4 h", "P2: 30 min", "contradiction", "warning plans.only.objectives.response: P1 has 1 h, P2 only 30"),
        ("informational: P2, ", "", "gap", "note plans.only.detections: .*informational is counted"),
        ("10 min before", "60 min before", "early_warning", "warning plans.only.objectives.response: .*start for P1"),
        (
            "{rules: [response], ",
            "{rules: [response], priorities: [P1], ",
            "gap",
            "warning .*: no escalation .* P2",
        ),
        (
            "      - {rules:",
            f"{ANOTHER_ROW}      - {{rules:",
            "dead_step",
            "warning plans.only.escalation: .*never",
        ),
        (
            "    escalation:",
            "    attainment: [{objective: resolution, share: 0.9, clause: '6'}]\n    escalation:",
            "gap",
            "warning plans.only.attainment.resolution: .*no figure",
        ),
        (
            "    objectives:",
            "    term: {shortest: 2 years, longest: 1 year, clause: '6'}\n    objectives:",
            "impossible_term",
            "error plans.only.term: .*the longer one",
        ),
        (
            "    escalation:",
            f"{ANOTHER_RULE}    escalation:",
            "contradiction",
            "warning plans.only.objectives.response: response and answer promise P1 different times",
        ),
    ],
)
def test_a_doubt_is_found_and_named(old: str, new: str, code: str, expected: str) -> None:
    found = [f"{it.level} {it.where}: {it.text}" for it in findings(changed(old, new)) if it.code == code]
    assert any(re.match(expected, it) for it in found), found


OFFICE = 'always: {timezone: UTC, hours: {mon-fri: "09:00-17:00"}, clause: "1"}'
IN_OFFICE = SOUND.replace('always: {timezone: UTC, hours: 24x7, clause: "1"}', OFFICE)
STAGE = (
    "      fix: {objective: resolution, starts: [email_received], stops: [resolution], calendar: always,"
    " targets: {P1: %s, P2: 8 h}, clause: '7'%s}\n    escalation:\n"
    "      - {rules: [fix], steps: [{tell: clerk, tier: 1, at: deadline}], clause: '5'}"
)
STEPS = "steps: [{tell: boss, tier: 3, at: %s}, {tell: shift lead, tier: 2, at: %s}]"
NEXT = (
    "      next: {objective: next_update, after: %s, starts: [email_received], stops: [status_report, resolution],"
    " calendar: always, targets: {P1: no figure, P2: no figure}, clause: '7'%s}\n    escalation:"
)
CHANNELS = "    channels: [%s]\n    objectives:"
PHONE = "{priorities: [P1], channels: [phone], clause: '6'%s}"
MAIL = "{priorities: [P1], channels: [email], clause: '6'%s}"
SHARES = (
    "    attainment: [{objective: first_response, share: 0.95, clause: '6'},"
    " {objective: %s, share: 0.9, clause: '6'%s}]\n    escalation:"
)
MEANT = ", reading: meant so"


def told(text: str, code: str) -> list[str]:
    return [f"{it.level} {it.where} {it.clause}: {it.text}" for it in findings(text) if it.code == code]


def with_channels(*rules: str) -> str:
    return changed("    objectives:", CHANNELS % ", ".join(rules))


def with_steps(first: str, second: str) -> str:
    return changed("steps: [{tell: shift lead, tier: 2, at: deadline}]", STEPS % (first, second))


def in_office(target: str) -> str:
    return IN_OFFICE.replace("targets: {P1: 1 h, P2: 4 h}", f"targets: {{P1: {target}, P2: 8 business hours}}")


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (
            "elapsed_target",
            in_office("1 h"),
            (
                "warning plans.only.objectives.response.targets.P1 4: 1 h for P1 is real time and runs on while always "
                "is closed; if only open time counts, write `business` before the unit, as in `4 business hours`"
            ),
        ),
        (
            "elapsed_target",
            in_office("{within: 1 h, reading: meant so}"),
            (
                "note plans.only.objectives.response.targets.P1 4: 1 h for P1 is real time and runs on while always is "
                "closed; if only open time counts, write `business` before the unit, as in `4 business hours`. "
                "Read here: meant so"
            ),
        ),
        (
            "ignored_rule",
            changed("    escalation:", SHARES % ("first_response", "")),
            (
                "warning plans.only.attainment.first_response 6: only the first promise of first_response for "
                "this period is judged, 95%; 90% never is. Steps of one promise are `credits` with `tiers`"
            ),
        ),
        (
            "ignored_rule",
            with_channels(PHONE % "", MAIL % ""),
            (
                "warning plans.only.channels.P1 6: the channels of P1 are given twice: clocks start by the first rule "
                "(phone), and a contact that either of them lacks is reported"
            ),
        ),
        (
            "ignored_rule",
            changed("    escalation:", "    entitlements: {visits: {limit: 2, clause: '8'}}\n    escalation:"),
            (
                "warning plans.only.entitlements.visits 8: its limit is shown, and nothing counts it: only that of "
                "support_cases is counted"
            ),
        ),
        (
            "ignored_rule",
            changed("    escalation:", "    entitlements: {support_cases: {limit: 2, clause: '8'}}\n    escalation:"),
            (
                "warning plans.only.entitlements.support_cases 8: nothing follows when it is reached: the plan has no "
                "exclusion cases_used"
            ),
        ),
        (
            "never_owed",
            changed("    escalation:", NEXT % ("action_plan", "")),
            (
                "warning plans.only.objectives.next 7: it begins after the action_plan, which this plan does not have, "
                "so it is never owed"
            ),
        ),
        (
            "never_owed",
            with_channels(PHONE % ""),
            (
                "warning plans.only.objectives.response 4: P1 must come by phone, and none of email_received does, so "
                "it is never owed"
            ),
        ),
        (
            "stage_order",
            changed("    escalation:", STAGE % ("30 min", "")),
            "warning plans.only.objectives.fix 7: P1 has fix in 30 min, before response in 1 h",
        ),
        (
            "stage_order",
            changed("    escalation:", STAGE % ("30 min", MEANT)),
            "note plans.only.objectives.fix 7: P1 has fix in 30 min, before response in 1 h. Read here: meant so",
        ),
        (
            "step_order",
            with_steps("deadline + 1 h", "50 %"),
            (
                "warning plans.only.escalation 5: the steps are not in the order of time: for response of P1, `50 %` "
                "comes before `deadline + 1 h`, which is written above it"
            ),
        ),
        (
            "step_order",
            with_steps("deadline", "start + 2 h"),
            (
                "warning plans.only.escalation 5: the steps are not in the order of time: for response of P2, "
                "`start + 2 h` comes before `deadline`, which is written above it"
            ),
        ),
    ],
)
def test_a_rule_that_does_not_do_what_it_seems_to_say_is_found(code: str, text: str, expected: str) -> None:
    assert told(text, code) == [expected]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("elapsed_target", in_office("4 business hours")),
        ("elapsed_target", in_office("next working day")),
        ("elapsed_target", SOUND),
        ("ignored_rule", changed("    escalation:", SHARES % ("resolution", ""))),
        ("ignored_rule", with_channels(MAIL % "", "{priorities: [P2], channels: [email], clause: '6'}")),
        ("never_owed", changed("    escalation:", NEXT % ("first_response", ""))),
        ("never_owed", with_channels(MAIL % "")),
        ("never_owed", with_channels("{priorities: [P1], channels: [phone, email], clause: '6'}")),
        ("stage_order", changed("    escalation:", STAGE % ("1 h", ""))),
        ("stage_order", changed("    escalation:", STAGE % ("no figure", ""))),
        ("stage_order", changed("    escalation:", (STAGE % ("30 min", "")).replace("[email_received]", "[response]"))),
        ("step_order", with_steps("50 %", "deadline + 1 h")),
        ("step_order", with_steps("start + 1 h", "deadline")),
        ("step_order", changed("hours: 24x7", "hours: {}").replace("at: deadline}", "at: start}")),
    ],
)
def test_a_rule_that_does_what_it_says_is_no_doubt(code: str, text: str) -> None:
    assert told(text, code) == []


def test_steps_are_compared_in_the_hours_in_which_they_count() -> None:
    text = IN_OFFICE.replace("P1: 1 h, P2: 4 h", "P1: 1 business hour, P2: 4 business hours")
    steps = STEPS % ("deadline + 1 h", "start + 8 h")
    assert told(text.replace("steps: [{tell: shift lead, tier: 2, at: deadline}]", steps), "step_order") == []
    steps = STEPS % ("deadline + 40 h", "start + 8 h")
    assert told(text.replace("steps: [{tell: shift lead, tier: 2, at: deadline}]", steps), "step_order")


def test_the_longest_targets_are_no_contradiction() -> None:
    longest = findings(changed("P1: 1 h, P2: 4 h", "P1: 1200 months, P2: 100 years"))
    assert not [it for it in longest if it.level is Level.ERROR]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_contracts_have_no_rule_that_does_not_do_what_it_seems_to_say(name: str) -> None:
    codes = {it.code for it in lint(LIBRARY.get(name))}
    assert codes <= {"assumed", "reading", "contradiction", "gap", "rise"}


def test_what_makes_a_contract_unusable_is_found_without_looking_for_doubts() -> None:
    text = changed("hours: 24x7", "hours: {}").replace("P2: 4 h", "P2: 30 min")
    contract = compile_contract(parse_contract(text, "sound.yaml"))
    assert errors(contract) == [it for it in lint(contract) if it.level is Level.ERROR] != []


def test_a_step_that_hangs_on_a_figure_that_there_is_not_is_never_taken() -> None:
    (step,) = (it for it in findings(changed("P2: 4 h", "P2: no figure")) if it.code == "dead_step")
    assert step.text == "response has no figure for P2, so shift lead is never told (deadline)"


def test_the_same_promise_for_two_kinds_of_thing_is_no_contradiction() -> None:
    text = LIBRARY.get("esentire")
    assert not [it for it in lint(text) if it.code == "contradiction" and "replacement" in it.text]


def test_the_worst_comes_first() -> None:
    levels = [tuple(Level).index(it.level) for it in findings(changed("hours: 24x7", "hours: {}"))]
    assert levels == sorted(levels)
    assert levels[0] == 0


def test_the_contradictions_of_sorb_are_told() -> None:
    told = {it.clause for it in lint(LIBRARY.get("sorb")) if it.code == "contradiction"}
    assert told == {"2.1, 2.2, 2.3, 2.4, 2.5", "1.1.2, 2.1", "1.2", "1.1.3", "1, 1.1.1", "1.1.2, 1.1.3"}


def test_the_figures_that_esentire_does_not_give_are_a_gap() -> None:
    gaps = {it.where for it in lint(LIBRARY.get("esentire")) if (it.level, it.code) == (Level.WARNING, "gap")}
    assert gaps == {"plans.standard.objectives.email_response", "plans.standard.objectives.detection_alert"}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_assumed_rule_of_a_shipped_contract_is_listed(name: str) -> None:
    contract = LIBRARY.get(name)
    assumed = {(it.clause, it.reading) for _, it in citations(contract) if it.basis is Basis.ASSUMED}
    assert {(it.clause, it.text) for it in lint(contract) if it.code == "assumed"} == assumed
    assert assumed


def test_holidays_on_every_day_of_the_year_never_open() -> None:
    contract: Contract = LIBRARY.get("sorb")
    every_day = tuple((month, day) for month in range(1, 13) for day in range(1, 32))
    calendar = replace(contract.calendars["support_hours"], yearly_holidays=every_day)
    closed = replace(contract, calendars={**contract.calendars, "support_hours": calendar})
    assert [it.where for it in lint(closed) if it.level is Level.ERROR] == ["calendars.support_hours"]


MILESTONES = """\
milestones:
  aware: {text: we know, set_by: [], clause: "6"}
  warned: {text: they know, clause: "6"}
plans:
"""


def with_milestones(old: str = "", new: str = "") -> list[Finding]:
    return findings(SOUND.replace("plans:\n", MILESTONES, 1).replace(old, new))


def test_a_milestone_that_nothing_depends_on_is_found() -> None:
    found = [it for it in with_milestones() if it.code == "ignored_rule"]
    assert [(it.where, it.clause) for it in found] == [("milestones.aware", "6"), ("milestones.warned", "6")]


def test_a_promise_that_nobody_can_keep_is_found() -> None:
    (found,) = (
        it for it in with_milestones("stops: [response, resolution]", "stops: [aware]") if it.code == "never_kept"
    )
    assert found.text == "nobody can set aware, so it is never kept"
    assert not [it for it in with_milestones("stops: [response,", "stops: [aware,") if it.code == "never_kept"]


def test_a_hand_over_to_another_team_needs_a_team_to_begin_with() -> None:
    (found,) = (it for it in with_milestones("stops: [response,", "stops: [handed_on,") if it.code == "never_kept")
    assert "`handed_on` ends nothing" in found.text
