"""The contracts that come with Tocsin say what their documents say."""

import json
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator
from yaml12 import as_editors_read

from tocsin.contracts.checks.base import Level
from tocsin.contracts.citations import citations
from tocsin.contracts.codec import contract_from_json, contract_to_json
from tocsin.contracts.library import SHIPPED, ContractLibrary, shipped_text
from tocsin.contracts.lint import lint
from tocsin.contracts.notation.targets import show_target
from tocsin.domain.clocks.schedule import policy_for
from tocsin.domain.contract.escalation import StepAnchor
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan
from tocsin.domain.instant import MINUTE
from tocsin.domain.vocabulary import Basis, CallOutcome, Channel, Evidence, Objective, Severity
from tocsin.schemas.files import files

LIBRARY = ContractLibrary.load(None)
CONTACTS = {Evidence.CALL_ANSWERED, Evidence.CALL_MISSED, Evidence.EMAIL_RECEIVED, Evidence.PORTAL_REQUEST}


def plan(contract: str, name: str) -> Plan:
    return LIBRARY.get(contract).plans[name]


def rule(contract: str, name: str, rule_id: str) -> ObjectiveRule:
    (found,) = (it for it in plan(contract, name).objectives if it.id == rule_id)
    return found


def figures(contract: str, name: str, rule_id: str) -> list[str]:
    return [show_target(promise.target) for promise in rule(contract, name, rule_id).targets.values()]


def clauses(contract: str, name: str, rule_id: str) -> list[str]:
    return [promise.cites.clause for promise in rule(contract, name, rule_id).targets.values()]


# ---- all of them


@pytest.mark.parametrize("name", SHIPPED)
def test_every_rule_names_its_clause_and_every_assumption_its_reading(name: str) -> None:
    found = list(citations(LIBRARY.get(name)))
    assert len(found) > 5
    for where, cites in found:
        assert cites.clause, where
        assert cites.basis is Basis.STATED or cites.reading, where


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_contract_survives_the_log_and_fits_into_a_message(name: str) -> None:
    text = contract_to_json(LIBRARY.get(name))
    assert contract_from_json(text) == LIBRARY.get(name)
    assert len(text) < 64_000


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_contract_fits_the_schema_that_editors_use(name: str) -> None:
    document = as_editors_read(shipped_text(name))
    Draft202012Validator(json.loads(files()["contract.schema.json"])).validate(document)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_resolution_keeps_every_promise_that_lies_before_it(name: str) -> None:
    before = {
        Objective.FIRST_RESPONSE,
        Objective.ACTION_PLAN,
        Objective.WORKAROUND,
        Objective.RESOLUTION,
        Objective.NEXT_UPDATE,
        Objective.ASSIGNMENT,
    }
    for it in LIBRARY.get(name).plans.values():
        for objective in it.objectives:
            assert (objective.objective in before) == (Evidence.RESOLUTION in objective.stops), objective.id


@pytest.mark.parametrize("name", SHIPPED)
def test_no_hold_pauses_a_callback(name: str) -> None:
    for it in LIBRARY.get(name).plans.values():
        assert not any(o.paused_by for o in it.objectives if o.objective == Objective.CALLBACK)


@pytest.mark.parametrize("name", SHIPPED)
def test_no_maintenance_window_pauses_a_clock(name: str) -> None:
    calendars = LIBRARY.get(name).calendars.values()
    assert not any(window.pauses for calendar in calendars for window in calendar.maintenance)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_contract_has_no_errors(name: str) -> None:
    assert not [finding for finding in lint(LIBRARY.get(name)) if finding.level is Level.ERROR]


# ---- eSentire


@pytest.mark.parametrize("name", ["standard", "example"])
def test_esentire_returns_a_call_that_was_not_answered_within_20_minutes_at_any_hour(name: str) -> None:
    callback = rule("esentire", name, "callback")
    assert set(figures("esentire", name, "callback")) == {"20 min"}
    assert LIBRARY.get("esentire").calendars[callback.targets["P1"].calendar].always_open
    assert (callback.starts, callback.stops) == ((Evidence.CALLBACK_OWED,), (Evidence.CALL_RETURNED,))
    assert callback.recurring
    assert set(clauses("esentire", name, "callback")) == {"Telephone Support"}


def test_esentire_gives_no_figure_but_the_20_minutes_and_the_next_business_day() -> None:
    stated = {it.id: set(figures("esentire", "standard", it.id)) for it in plan("esentire", "standard").objectives}
    assert stated == {
        "callback": {"20 min"},
        "email_response": {"no figure"},
        "detection_alert": {"no figure"},
        "replacement": {"next working day"},
        "soho_replacement": {"no figure"},
    }


def test_the_example_client_of_esentire_has_figures_by_severity_all_assumed() -> None:
    for rule_id in ("email_response", "detection_alert"):
        targets = rule("esentire", "example", rule_id).targets
        assert all(promise.target and promise.cites.basis is Basis.ASSUMED for promise in targets.values())
        amounts = [promise.target.amount for promise in targets.values()]
        assert amounts == sorted(amounts)


def test_esentire_alerts_on_a_detection_but_counts_informational_ones_only() -> None:
    detections = plan("esentire", "standard").detections
    assert Severity.INFORMATIONAL not in detections.priorities
    assert [detections.priorities[it] for it in list(Severity)[:0:-1]] == ["P1", "P2", "P3", "P4"]
    assert rule("esentire", "standard", "detection_alert").starts == (Evidence.DETECTION,)


def test_a_late_callback_goes_to_the_shift_lead_at_once_and_to_the_soc_manager_ten_minutes_later() -> None:
    steps = policy_for(plan("esentire", "standard"), "callback", "P3").steps
    assert [(it.role, it.anchor, it.after) for it in steps] == [
        ("shift lead", StepAnchor.DEADLINE, 0),
        ("SOC manager", StepAnchor.DEADLINE, 10 * MINUTE),
    ]
    assert not any(it.repeat_every for it in steps)


def test_the_example_matrix_of_esentire_goes_from_analyst_to_manager_and_repeats() -> None:
    for rule_id in ("callback", "detection_alert"):
        steps = policy_for(plan("esentire", "example"), rule_id, "P1").steps
        assert [it.role for it in steps] == ["analyst", "shift lead", "SOC manager"]
        assert steps[-1].repeat_every
        assert steps[-1].repeat_at_most is None


def test_esentire_replaces_equipment_but_not_the_client_s_own_or_what_was_lost() -> None:
    assert rule("esentire", "standard", "replacement").except_kinds == ("soho",)
    assert rule("esentire", "standard", "soho_replacement").kinds == ("soho",)
    out = {it.reason: it.ends for it in plan("esentire", "standard").exclusions}
    assert out == {
        "client_hardware": (Objective.REPLACEMENT,),
        "fire_theft_misuse": (Objective.REPLACEMENT,),
    }


def test_esentire_wants_the_client_reachable_in_an_active_and_serious_attack_outside_business_hours() -> None:
    (level,) = plan("esentire", "standard").response_levels
    assert (level.client_reachable, level.calendar, level.while_open) == (True, "client_hours", False)
    assert level.actions
    assert level.opinion
    assert level.advice


def test_a_response_that_esentire_carries_out_waits_for_an_agreement() -> None:
    (fee,) = plan("esentire", "standard").fees
    assert fee.cites.clause == "Escalation Process"


def test_the_support_log_of_esentire_has_what_its_auditors_look_for() -> None:
    assert plan("esentire", "standard").support_log.fields == (
        "contact",
        "location",
        "analyst",
        "contacted_at",
        "time_to_resolve",
        "details",
    )


# ---- SentinelOne


@pytest.mark.parametrize(("name", "hours"), [("enterprise", (2, 6, 12, 48)), ("professional", (4, 12, 24, 72))])
def test_sentinelone_has_figures_for_its_response_only(name: str, hours: tuple[int, ...]) -> None:
    assert figures("sentinelone", name, "response") == [f"{it} business hours" for it in hours]
    others = [it.id for it in plan("sentinelone", name).objectives if it.id != "response"]
    assert others == ["action_plan", "workaround", "resolution", "status_report"]
    assert all(set(figures("sentinelone", name, it)) == {"no figure"} for it in others)


def test_sentinelone_counts_round_the_clock_for_enterprise_and_nine_hours_a_weekday_for_professional() -> None:
    contract = LIBRARY.get("sentinelone")
    around, weekdays = (
        contract.calendars[rule("sentinelone", name, "response").targets["P1"].calendar]
        for name in ("enterprise", "professional")
    )
    assert around.always_open
    assert weekdays.week == (((540, 1080),),) * 5 + ((),) * 2
    assert not weekdays.holidays
    assert not weekdays.yearly_holidays


@pytest.mark.parametrize("name", ["enterprise", "professional"])
def test_a_p1_of_sentinelone_must_come_by_phone(name: str) -> None:
    (p1,) = (it for it in plan("sentinelone", name).channels if it.priority == "P1")
    assert p1.channels == (Channel.PHONE,)


@pytest.mark.parametrize("name", ["enterprise", "professional"])
def test_a_detection_starts_no_clock_of_sentinelone(name: str) -> None:
    assert plan("sentinelone", name).detections.priorities
    assert not any(Evidence.DETECTION in it.starts for it in plan("sentinelone", name).objectives)


def test_only_a_person_who_was_reached_has_a_response_of_sentinelone() -> None:
    enterprise = plan("sentinelone", "enterprise")
    assert enterprise.returns_a_call == (CallOutcome.REACHED,)
    assert enterprise.contacts.answers
    assert not CONTACTS & set(rule("sentinelone", "enterprise", "response").stops)


def test_action_plan_workaround_and_resolution_follow_one_another() -> None:
    chain = [rule("sentinelone", "enterprise", it).starts for it in ("action_plan", "workaround", "resolution")]
    assert chain == [(Evidence.RESPONSE,), (Evidence.ACTION_PLAN,), (Evidence.WORKAROUND,)]


def test_sentinelone_promises_95_percent_of_its_responses_in_each_month() -> None:
    (share,) = plan("sentinelone", "professional").attainment
    assert (share.objective, share.share) == (Objective.FIRST_RESPONSE, 0.95)


def test_sentinelone_s_maintenance_window_is_on_sunday_from_ten_to_six_at_utc_plus_3() -> None:
    (window,) = LIBRARY.get("sentinelone").calendars["always"].maintenance
    assert (window.weekday, window.opens, window.closes, window.utc_offset_minutes) == (6, 600, 1080, 180)


# ---- Senstar


def test_senstar_without_maintenance_has_one_case_in_90_days_by_mail_and_portal() -> None:
    without = plan("senstar", "without_maintenance")
    assert (show_target(without.term.shortest), show_target(without.term.longest)) == ("90 days", "90 days")
    assert {it.name: it.limit for it in without.entitlements if it.included} == {"support_cases": 1}
    assert {it.channels for it in without.channels} == {(Channel.EMAIL, Channel.PORTAL, Channel.WEB)}
    assert figures("senstar", "without_maintenance", "initial_contact") == [
        "next working day",
        "2 working days",
        "3 working days",
    ]
    assert figures("senstar", "without_maintenance", "follow_up") == [
        "2 working days",
        "3 working days",
        "4 working days",
    ]


def test_senstar_with_maintenance_has_1_to_5_years_unrestricted_and_the_telephone_too() -> None:
    with_it = plan("senstar", "with_maintenance")
    assert (show_target(with_it.term.shortest), show_target(with_it.term.longest)) == ("1 year", "5 years")
    cases = next(it for it in with_it.entitlements if it.name == "support_cases")
    assert (cases.included, cases.limit) == (True, None)
    assert all(Channel.PHONE in it.channels for it in with_it.channels)
    assert figures("senstar", "with_maintenance", "initial_contact") == [
        "4 business hours",
        "8 business hours",
        "next working day",
    ]
    assert figures("senstar", "with_maintenance", "follow_up") == [
        "8 business hours",
        "2 working days",
        "3 working days",
    ]


@pytest.mark.parametrize("name", ["without_maintenance", "with_maintenance"])
def test_a_follow_up_of_senstar_answers_the_next_contact_after_the_first_response(name: str) -> None:
    follow_up = rule("senstar", name, "follow_up")
    assert follow_up.after == Objective.FIRST_RESPONSE
    assert follow_up.recurring
    assert set(follow_up.starts) == CONTACTS


def test_senstar_s_table_is_complete() -> None:
    included = {
        name: {it.name for it in plan("senstar", name).entitlements if it.included}
        for name in ("without_maintenance", "with_maintenance")
    }
    only_with = {
        "version_upgrades",
        "priority_bug_fixes",
        "license_transfer",
        "remote_maintenance",
        "online_backup",
        "health_monitoring",
    }
    assert only_with <= included["with_maintenance"] - included["without_maintenance"]
    assert "self_service_support" not in included["with_maintenance"] | included["without_maintenance"]


def test_health_reports_are_for_servers_with_maintenance_and_start_no_clock() -> None:
    assert plan("senstar", "without_maintenance").health is None
    assert plan("senstar", "with_maintenance").health.cites.basis is Basis.ASSUMED
    starts = {kind for it in plan("senstar", "with_maintenance").objectives for kind in it.starts}
    assert Evidence.HEALTH_REPORT not in starts


# ---- Sorb


@pytest.mark.parametrize("name", ["premium", "platinum"])
def test_sorb_responds_in_1_4_8_and_16_hours_of_support(name: str) -> None:
    assert figures("sorb", name, "response") == ["1 h", "4 business hours", "8 business hours", "16 business hours"]
    calendars = [promise.calendar for promise in rule("sorb", name, "response").targets.values()]
    assert calendars == ["always", "support_hours", "support_hours", "support_hours"]
    assert clauses("sorb", name, "response")[1:] == ["2.2", "2.3", "2.4"]


def test_sorb_s_support_hours_are_nine_to_six_in_singapore() -> None:
    calendar = LIBRARY.get("sorb").calendars["support_hours"]
    assert calendar.timezone == "Asia/Singapore"
    assert calendar.week == (((540, 1080),),) * 5 + ((),) * 2
    assert calendar.cites.basis is Basis.ASSUMED


@pytest.mark.parametrize("name", ["premium", "platinum"])
@pytest.mark.parametrize(("priority", "after"), [("P1", "0:30"), ("P2", "1:00"), ("P3", "4:00"), ("P4", "8:00")])
def test_sorb_s_second_table_is_when_a_ticket_without_response_is_escalated(
    name: str, priority: str, after: str
) -> None:
    policy = policy_for(plan("sorb", name), "response", priority)
    first = policy.steps[0]
    assert (first.anchor, str(timedelta(milliseconds=first.after))[:4]) == (StepAnchor.START, after)
    assert (policy.cites.clause, policy.cites.basis) == ("2.5", Basis.ASSUMED)


def test_sorb_promises_self_service_no_response_and_the_telephone_for_a_p1_in_hours() -> None:
    self_service = plan("sorb", "self_service")
    assert not any(it.objective == Objective.FIRST_RESPONSE for it in self_service.objectives)
    by_phone = {it.priority: it.telephone_calendar for it in self_service.channels if Channel.PHONE in it.channels}
    assert by_phone == {"P1": "support_hours"}
    assert self_service.priority_assigned_by == "client"


def test_platinum_adds_telephone_lines_and_an_account_manager() -> None:
    included = {
        name: {it.name for it in plan("sorb", name).entitlements if it.included} for name in ("premium", "platinum")
    }
    assert included["platinum"] - included["premium"] == {"support_phone_lines", "technical_account_manager"}
    assert all(Channel.PHONE in it.channels for it in plan("sorb", "platinum").channels)


@pytest.mark.parametrize("name", ["self_service", "premium", "platinum"])
def test_sorb_speaks_to_two_authorised_contacts_only(name: str) -> None:
    contacts = plan("sorb", name).contacts
    assert (contacts.limit, contacts.requests) == (2, True)
    assert plan("sorb", name).authorised_contacts_only


@pytest.mark.parametrize("name", ["premium", "platinum"])
def test_a_p1_of_sorb_owes_engineers_management_reports_and_a_solution_without_a_figure(name: str) -> None:
    for rule_id in ("assignment", "status_report", "resolution"):
        assert figures("sorb", name, rule_id) == ["no figure"]
    (notice,) = plan("sorb", name).management
    assert (notice.priorities, notice.role) == (("P1",), "senior management")
    report = rule("sorb", name, "status_report")
    assert report.recurring
    assert Evidence.STATUS_REPORT in report.starts


@pytest.mark.parametrize("name", ["premium", "platinum"])
def test_only_missing_remote_access_extends_the_times_of_sorb(name: str) -> None:
    paused = {it.id: it.paused_by for it in plan("sorb", name).objectives if it.paused_by}
    assert paused == dict.fromkeys(("response", "workaround", "resolution"), ("remote_access_missing",))


def test_no_access_and_no_alternative_ends_the_duty_to_resolve_only() -> None:
    out = {it.reason: it for it in plan("sorb", "premium").exclusions}
    assert set(out["no_remote_access_no_alternative"].ends) == {Objective.WORKAROUND, Objective.RESOLUTION}
    assert out["p1_access_not_continuous"].consequence == "may_reclassify"


def test_every_exclusion_of_sorb_has_its_clause_and_consequence() -> None:
    out = {it.cites.clause: it.consequence for it in plan("sorb", "platinum").exclusions if it.cites.clause[0] == "5"}
    assert out == {
        "5.1 (i)": "time_and_material",
        "5.1 (ii)": "time_and_material",
        "5.1 (iii)": "time_and_material",
        "5.1": "may_discontinue",
        "5.2 (a)": "refer",
        "5.2 (b)": "statement_of_work",
        "5.2 (c)": "statement_of_work",
        "5.2 (d)": "notify",
        "5.2 (e)": "statement_of_work",
    }


def test_sorb_deletes_personal_data_within_18_months_of_a_notice_after_the_end() -> None:
    deletion = rule("sorb", "self_service", "deletion")
    assert set(figures("sorb", "self_service", "deletion")) == {"18 months"}
    assert deletion.kinds == ("after_end",)
    assert set(clauses("sorb", "self_service", "deletion")) == {"3.2"}


def test_sorb_gives_six_months_notice() -> None:
    (notice,) = (it for it in plan("sorb", "premium").obligations if it.figure)
    assert show_target(notice.figure) == "6 months"


# ---- unassigned


def test_whoever_cannot_be_placed_is_heard_at_once() -> None:
    unassigned: Contract = LIBRARY.get("unassigned")
    standard = unassigned.plans["standard"]
    assert set(rule("unassigned", "standard", "triage").starts) == CONTACTS
    first = policy_for(standard, "triage", standard.default_priority).steps[0]
    assert (first.role, first.anchor, first.after) == ("shift lead", StepAnchor.START, 0)
    assert set(figures("unassigned", "standard", "callback")) == {"20 min"}


# ---- what has no figure

OBLIGATIONS = {
    ("esentire", "standard"): {
        "equipment_maintenance",
        "express_shipping",
        "soho_configuration",
        "equipment_support",
        "alert_escalation",
        "all_contact_in_tickets",
        "response_process",
        "clients_ticket",
        "audit",
    },
    ("sentinelone", "professional"): {
        "language",
        "qualified_personnel",
        "exploration",
        "action_plan_content",
        "workaround_and_resolution_effort",
        "no_guarantee",
        "preparation",
    },
    ("senstar", "with_maintenance"): {
        "fixing",
        "software_updates",
        "health_information",
        "cloud_backup",
        "business_hours_support",
    },
    ("sorb", "self_service"): {
        "updates",
        "supported_releases",
        "end_of_support_notice",
        "case_status",
        "contacts_named",
        "confidential_mail",
        "reproduction",
        "access_rules",
        "access_confidentiality",
        "fee_notice",
    },
}


@pytest.mark.parametrize(("contract", "name"), OBLIGATIONS)
def test_what_no_clock_measures_stands_on_the_list_with_its_clause(contract: str, name: str) -> None:
    owed = plan(contract, name).obligations
    assert {it.name for it in owed} == OBLIGATIONS[contract, name]
    assert all(it.cites.clause and it.text for it in owed)


@pytest.mark.parametrize("name", ["premium", "platinum"])
def test_every_plan_of_sorb_has_the_duties_of_self_service(name: str) -> None:
    assert plan("sorb", name).obligations == plan("sorb", "self_service").obligations
