"""How a contract writes what it promises of many clocks, and of how many cases in a period."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.test_contract_lint import changed, findings

from tocsin.contracts.compile import compile_contract
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.report.other_rules import other_rules
from tocsin.contracts.source.loader import parse_contract
from tocsin.domain.contract.attainment import Grouping, Measure
from tocsin.domain.contract.model import Plan
from tocsin.domain.contract.rules import Period
from tocsin.domain.instant import HOUR
from tocsin.tenants.directory import TenantDirectory

EXCLUSION = "    exclusions: {client_fault: {consequence: may_reclassify, text: theirs, clause: '9'}}\n"
CREDITS = "credits: {of: the monthly fee, tiers: [{below: 95 %, credit: 5 %}, {below: 90 %, credit: 10 %}], cap: 15 %}"
SHARE = f"objective: first_response, share: 0.95, {CREDITS}, leave_out: [client_fault]"
TIME = (
    "rule: response, by: rule, period: quarter, measure: p90, at_most: 4 h, "
    "credits: {of: the fee, tiers: [{above: 6 h, credit: 2.5 %}]}"
)


def written(*promises: str) -> str:
    """A contract with these promises over many."""
    lines = "".join(f"      - {{{it}, clause: '8'}}\n" for it in promises)
    return changed("    escalation:\n", f"{EXCLUSION}    attainment:\n{lines}    escalation:\n")


def plan(*promises: str) -> Plan:
    return compile_contract(parse_contract(written(*promises), "sound.yaml")).plans["only"]


def test_a_promise_over_many_is_by_month_plan_and_priority_unless_it_says_otherwise() -> None:
    share, time, every = plan(SHARE, TIME, "share: 0.9, by: tenant, period: contract_year").attainment
    assert (share.by, share.period, share.measure) == (Grouping.PRIORITY, Period.MONTH, Measure.SHARE)
    assert (time.rule, time.by, time.period, time.at_most, time.share) == (
        *("response", Grouping.RULE, Period.QUARTER),
        *(4 * HOUR, 0.9),
    )
    assert (every.objective, every.rule, every.by, every.period) == (None, None, Grouping.TENANT, Period.CONTRACT_YEAR)


def test_credits_are_decimals() -> None:
    share, time = plan(SHARE, TIME).attainment
    assert share.credits is not None
    assert time.credits is not None
    assert [(it.below, it.credit) for it in share.credits.tiers] == [
        (Decimal("0.95"), Decimal("0.05")),
        (Decimal("0.9"), Decimal("0.1")),
    ]
    assert [(it.above, it.credit) for it in time.credits.tiers] == [(6 * HOUR, Decimal("0.025"))]
    assert share.credits.cap == Decimal("0.15")


def test_a_promise_over_many_is_shown_in_words() -> None:
    mean = "objective: first_response, by: plan, measure: mean, at_most: 20 min"
    assert [(row.key, row.text) for row in other_rules(plan(SHARE, TIME, mean)) if row.kind == "attainment"] == [
        (
            "attainment.first_response",
            (
                "95% of the clocks of first_response in each calendar month are in time, without what is ruled out as "
                "client_fault; credited of the monthly fee: below 95 % 5 %, below 90 % 10 %, 15 % at most in a period"
            ),
        ),
        (
            "attainment.response",
            (
                "the 90th percentile of the times of the rule response in each quarter is 4 h at most, each rule by "
                "itself; credited of the fee: above 6 h 2.5 %"
            ),
        ),
        (
            "attainment.first_response",
            "the mean of the times of first_response in each calendar month is 20 min at most, all priorities together",
        ),
    ]


@pytest.mark.parametrize(
    ("promise", "why"),
    [
        ("objective: first_response, rule: response, share: 0.9", "give an `objective` or a `rule`, not both"),
        ("objective: first_response", "a `share` goes with `measure: share`"),
        ("share: 0.9, at_most: 4 h", "a `share` goes with `measure: share`"),
        ("measure: mean, share: 0.9", "with the other measures `at_most`"),
        ("rule: nothing, share: 0.9", "there is no objective 'nothing'"),
        ("share: 0.9, leave_out: [weather]", "there is no exclusion 'weather'"),
        ("share: 0.9, credits: {of: x, tiers: [{below: 95 %, credit: 5 %}]}", "a credit is for less than what is"),
        ("share: 0.9, credits: {of: x, tiers: [{above: 4 h, credit: 5 %}]}", "the tiers of a share have `below`"),
        ("measure: p90, at_most: 4 h, credits: {of: x, tiers: [{above: 3 h, credit: 5 %}]}", "a credit is for less"),
        (
            "share: 0.9, credits: {of: x, tiers: [{below: 90 %, credit: 5 %}, {below: 80 %, credit: 5 %}]}",
            "each tier is missed further than the one before it, and credits more",
        ),
        ("share: 0.9, credits: {of: x, tiers: [{below: 90 %, credit: 5 %}], cap: 4 %}", "credits more than the cap"),
        ("share: 0.9, credits: {of: x, tiers: [{below: 0.9, credit: 5 %}]}", "is no part of a whole; write it like"),
        ("share: 0.9, credits: {of: x, tiers: [{below: 190 %, credit: 5 %}]}", "is no part of a whole"),
    ],
)
def test_a_promise_over_many_that_makes_no_sense_is_refused_and_told_why(promise: str, why: str) -> None:
    with pytest.raises(ContractError, match=why):
        parse_contract(written(promise), "sound.yaml")


@pytest.mark.parametrize(
    ("promises", "told"),
    [
        ((SHARE, "objective: first_response, share: 0.9, by: plan"), []),
        ((SHARE, "objective: first_response, measure: median, at_most: 2 h"), []),
        (
            (SHARE, f"share: 0.95, {CREDITS.replace('15 %', '20 %')}"),
            ["error attainment.first_response caps the credits of the monthly fee at another part of it"],
        ),
        (
            ("objective: deletion, measure: mean, at_most: 2 h",),
            ["warning a time is promised of clocks that this plan does not have"],
        ),
    ],
)
def test_promises_over_many_that_contradict_each_other_or_are_of_nothing_are_found(
    promises: tuple[str, ...], told: list[str]
) -> None:
    found = findings(written(*promises))
    assert [f"{it.level} {it.text}" for it in found if ".attainment." in it.where] == told


ENTITLEMENT = "    entitlements: {support_cases: {limit: 5, per: contract_year, clause: '7'}}\n"


def test_a_limit_of_a_period_is_shown_with_it_and_a_period_without_a_limit_is_refused() -> None:
    text = changed("    escalation:\n", f"{ENTITLEMENT}    escalation:\n")
    shown = other_rules(compile_contract(parse_contract(text, "sound.yaml")).plans["only"])
    assert [row.text for row in shown if row.kind == "entitlement"] == [
        "support cases, 5 at most in each contract year"
    ]
    with pytest.raises(ContractError, match="`per` says for how long a `limit` holds"):
        parse_contract(text.replace("limit: 5, ", ""), "sound.yaml")


@pytest.mark.parametrize("rule", [ENTITLEMENT, "    attainment: [{share: 0.9, period: contract_year, clause: '7'}]\n"])
def test_a_promise_of_each_year_of_the_contract_needs_the_day_on_which_it_began(tmp_path: Path, rule: str) -> None:
    contracts, tenants = tmp_path / "contracts", tmp_path / "tenants.toml"
    contracts.mkdir()
    (contracts / "sound.yaml").write_text(changed("    escalation:\n", f"{rule}    escalation:\n"))
    library = ContractLibrary.load(contracts)
    tenants.write_text('[tenants.acme]\ncontract = "sound"\n')
    with pytest.raises(ContractError, match=r"each year of the contract; say on which day it began: `since = "):
        TenantDirectory.from_file(tenants, library, "sound")
    tenants.write_text('[tenants.acme]\ncontract = "sound"\nsince = 2026-03-15\n')
    adoption = TenantDirectory.from_file(tenants, library, "sound").adoption("acme")
    assert str(adoption.since) == "2026-03-15"
