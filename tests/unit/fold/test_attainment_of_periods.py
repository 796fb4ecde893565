"""Promises over many: by rule, plan or tenant, by quarter or year, of a mean or a percentile, with what they credit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from contracts import CLAUSE, contract, response
from driver import ANALYST, FIRST, Driver, adoption, shipped, when
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as altered

from tocsin.audit.attainment import Attainment
from tocsin.audit.journal import read_event
from tocsin.domain.clocks.attainment import credit_of
from tocsin.domain.commands.desk import RuleOut
from tocsin.domain.contract.attainment import AttainmentRule, Credits, CreditTier, Grouping, Measure
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.rules import Consequence, Exclusion, Period
from tocsin.domain.instant import HOUR, MINUTE
from tocsin.domain.state.tally import Tally
from tocsin.domain.vocabulary import Objective
from tocsin.messages.record import Topic

FEE = "the monthly fee"
TIERS = (
    CreditTier(below=Decimal("0.9"), credit=Decimal("0.05")),
    CreditTier(below=Decimal("0.6"), credit=Decimal("0.1")),
)


def promise(share: float = 0.0, **more: Any) -> AttainmentRule:
    return AttainmentRule(share=share, cites=CLAUSE, **more)


def credited(share: float = 0.9, **more: Any) -> AttainmentRule:
    return promise(share, objective=Objective.FIRST_RESPONSE, credits=Credits(of=FEE, tiers=TIERS), **more)


def desk(*promises: AttainmentRule, **plan: Any) -> Driver:
    """An hour to answer, for all priorities."""
    return Driver(contract(response({"P1": 60, "P2": 60, "P3": 60}), attainment=promises, **plan)).at("09:00")


def asked(played: Driver, *numbers: int) -> Driver:
    """Requests from so many people, now."""
    for number in numbers:
        played.mail(f"c{number}@acme.example", priority="P2")
    return played


def answered(played: Driver, *numbers: int, happened: int | None = None) -> Driver:
    for number in numbers:
        played.respond(f"ACME-{number:06}", happened=happened)
    return played


def tallies(played: Driver) -> list[Tally]:
    (tenant,) = played.shard.tenants()
    return [tally for tally in tenant.months.values() if tally.number]


def judged(played: Driver) -> list[dict[str, Any]]:
    return [each["data"] for each in played.journal("AttainmentJudged")]


def test_a_month_that_is_broken_credits_by_its_tier_and_shows_the_arithmetic() -> None:
    played = answered(asked(desk(credited()), 1, 2, 3, 4), 1, 2, 3).at("00:00", day=40).tick()
    (told,) = judged(played)
    assert (told["credit"], told["arithmetic"]) == ("0.05", "75 % (3 of 4) is below 90 %: 5 % of the monthly fee")
    assert [each.get("credit") for each in played.alerts("breached") if not each["ticket"]] == [told["arithmetic"]]


def test_the_tier_that_was_missed_furthest_holds_and_one_that_is_just_reached_does_not() -> None:
    played = answered(asked(desk(credited()), *range(1, 11)), *range(1, 10)).at("11:00").tick()
    assert [credit_of(each) for each in tallies(played)] == [None]
    worse = answered(asked(desk(credited()), 1, 2), 1).at("11:00").tick()
    assert [credit.part for each in tallies(worse) if (credit := credit_of(each))] == [Decimal("0.1")]


def test_evidence_that_comes_after_the_month_was_judged_changes_what_it_credits() -> None:
    played = answered(asked(desk(credited()), *range(1, 5)), 1).at("00:01", day=30).tick()
    answered(played, 2, 3, 4, happened=when("09:30"))
    assert [(it["again"], it.get("credit")) for it in judged(played)] == [(False, "0.1"), (True, "0.05"), (True, None)]
    month = [each for each in played.alerts() if each["title"].startswith("attainment")]
    assert [(each["kind"], each["action"]) for each in month] == [
        ("attainment_at_risk", "trigger"),
        ("breached", "trigger"),
        ("breached", "trigger"),
        ("corrected", "resolve"),
    ]
    assert len({each["dedup_key"] for each in month}) == 1


def test_a_quarter_and_the_year_of_a_contract_are_judged_when_they_end() -> None:
    of = promise(0.9, objective=Objective.FIRST_RESPONSE, period=Period.QUARTER, by=Grouping.PLAN)
    year = promise(0.9, period=Period.CONTRACT_YEAR, by=Grouping.TENANT)
    small = contract(response({"P1": 60, "P2": 60}), attainment=(of, year))
    played = Driver(small).at("08:00").publish(altered(adoption(small), since=date(2025, 3, 15))).at("09:00")
    asked(played.mail("c9@acme.example", priority="P1"), 1).at("12:00").tick()
    assert {(it.month, it.plan, it.priority, it.missed) for it in tallies(played)} == {
        ("2026-Q1", "standard", "", 2),
        ("2025-03-15--2026-03-14", "", "", 2),
    }
    played.at("00:01", day=31).tick()
    assert [(it["at"], it["data"]["standing"]["month"]) for it in played.journal("AttainmentJudged")] == [
        ("2026-03-15T00:00:00Z", "2025-03-15--2026-03-14"),
        ("2026-04-01T00:00:00Z", "2026-Q1"),
    ]


@pytest.mark.parametrize(
    ("measure", "share", "figure", "kept"),
    [
        (Measure.MEAN, 0.0, 20 * MINUTE, True),
        (Measure.MEDIAN, 0.5, 10 * MINUTE, True),
        (Measure.P90, 0.9, 40 * MINUTE, False),
    ],
)
def test_a_mean_and_a_percentile_are_of_the_times_that_were_taken(
    measure: Measure,
    share: float,
    figure: int,
    kept: bool,
) -> None:
    played = desk(promise(share, objective=Objective.FIRST_RESPONSE, measure=measure, at_most=20 * MINUTE))
    asked(played, 1, 2, 3)
    for number, minute in enumerate((10, 10, 40), start=1):
        answered(played.at(f"09:{minute}"), number)
    (tally,) = tallies(played)
    assert tally.kept is kept
    assert figure * 127 / 128 <= (tally.figure or 0) <= figure
    counted = (tally.number, tally.total)
    asked(played.at("10:00"), 4).at("12:00").tick()
    assert [(it.number, it.total) for it in tallies(played)] == [counted], "what is still open has taken no time yet"


def test_time_that_the_promise_does_not_count_is_not_taken() -> None:
    waits = response({"P2": 60}, paused_by=("asked_back",))
    of = promise(objective=Objective.FIRST_RESPONSE, measure=Measure.MEAN, at_most=HOUR)
    played = Driver(contract(waits, attainment=(of,))).at("09:00").mail()
    played.at("09:10").hold("asked_back").at("11:10").resume().at("11:20").respond()
    (tally,) = tallies(played)
    assert tally.total == 20 * MINUTE
    assert played.journal("ObjectiveFulfilled")[0]["data"]["took"] == 20 * MINUTE


def test_what_was_taken_back_leaves_no_trace_in_the_times() -> None:
    of = promise(0.5, objective=Objective.FIRST_RESPONSE, measure=Measure.MEDIAN, at_most=20 * MINUTE)
    played = desk(of).mail().at("09:30").respond()
    assert [(it.met, it.total) for it in tallies(played)] == [(0, 30 * MINUTE)]
    played.at("09:40").respond(happened="09:10")
    assert [(it.met, it.total, len(it.spread)) for it in tallies(played)] == [(1, 10 * MINUTE, 1)]


def test_a_ticket_that_is_ruled_out_for_a_named_reason_does_not_count_although_it_is_owed() -> None:
    vague = Exclusion(reason="client_fault", consequence=Consequence.MAY_RECLASSIFY, cites=CLAUSE)
    played = desk(credited(leave_out=("client_fault",)), exclusions=(vague,)).mail().at("11:00").tick()
    assert [it.missed for it in tallies(played)] == [1]
    played.publish(RuleOut(ticket=FIRST, analyst=ANALYST, reason="client_fault"))
    assert tallies(played) == []
    assert played.clock("response").breached
    assert played.told("attainment_at_risk", "cleared") == ["10:00 attainment_at_risk", "11:00 cleared"]


def test_the_audit_leaves_out_what_the_fold_leaves_out_and_counts_the_first_of_two_promises_of_the_same() -> None:
    vague = Exclusion(reason="client_fault", consequence=Consequence.MAY_RECLASSIFY, cites=CLAUSE)
    both = (credited(leave_out=("client_fault",)), promise(0.5, objective=Objective.FIRST_RESPONSE))
    promised = contract(response({"P1": 60, "P2": 60, "P3": 60}), attainment=both, exclusions=(vague,))
    played = answered(asked(Driver(promised).at("09:00"), 1, 2), 1).at("11:00").tick()
    assert standing(played) == audited(played, promised)
    assert [(it.met, it.missed, it.promised) for it in tallies(played)] == [(1, 1, 0.9)]
    played.publish(RuleOut(ticket="ACME-000002", analyst=ANALYST, reason="client_fault"))
    assert standing(played) == audited(played, promised)
    assert [(it.met, it.missed, it.promised) for it in tallies(played)] == [(1, 0, 0.9)]


RICH = (
    credited(),
    credited(0.6, period=Period.QUARTER, by=Grouping.RULE),
    promise(0.5, rule="response", by=Grouping.PLAN, measure=Measure.MEDIAN, at_most=30 * MINUTE),
    promise(rule="response", measure=Measure.MEAN, at_most=20 * MINUTE, leave_out=("malfunction_exception",)),
    promise(
        0.9,
        by=Grouping.TENANT,
        period=Period.CONTRACT_YEAR,
        measure=Measure.P90,
        at_most=HOUR,
        credits=Credits(of=FEE, tiers=(CreditTier(above=2 * HOUR, credit=Decimal("0.02")),)),
    ),
    promise(0.8, by=Grouping.TENANT),
    promise(0.6, objective=Objective.FIRST_RESPONSE, leave_out=("malfunction_exception",)),
    promise(0.6, objective=Objective.FIRST_RESPONSE),
    promise(0.7, by=Grouping.TENANT, overlay="law"),
)


def rich() -> Contract:
    """The shipped contract with promises of every form, and with one promise as an overlay has it."""
    there = shipped("sentinelone")
    plan = there.plans["enterprise"]
    response = next(rule for rule in plan.objectives if rule.id == "response")
    law = replace(response, id="law.response", objective="law.response", overlay="law")
    plan = replace(plan, objectives=(*plan.objectives, law), attainment=RICH)
    return replace(there, plans={**there.plans, "enterprise": plan})


Said = dict[str, tuple[int, int, int | None, str | None]]


def standing(played: Driver) -> Said:
    """Every tally with its figure and credit, as the fold has it."""
    found = {}
    for it in tallies(played):
        credit = credit_of(it)
        key = f"{it.month} {it.plan} {it.objective} {it.priority} {it.rule} {it.measure}"
        found[key] = (it.met, it.missed, it.figure, credit.arithmetic if credit else None)
    return found


def audited(played: Driver, promised: Contract) -> Said:
    """The same from the journal alone."""
    audit = Attainment(lambda *_: promised)
    for output in played.outputs:
        if output.topic is Topic.TICKET_EVENTS:
            audit.take(read_event(output.value))
    return {
        f"{of.month} {of.plan} {of.objective} {of.priority} {of.rule} {of.measure}": (
            it.met,
            it.missed,
            it.figure,
            it.credit.arithmetic if it.credit else None,
        )
        for of, it in audit.counts().items()
        if it.promise is not None
    }


VERBS: dict[str, Callable[[Driver, int], Driver]] = {
    "P1": lambda played, _: played.reclassify("P1"),
    "P3": lambda played, _: played.reclassify("P3"),
    "answer": lambda played, _: played.mailed(ticket=FIRST),
    "answered earlier": lambda played, _: played.mailed(ticket=FIRST, happened=played.now - 20 * MINUTE),
    "resolve": lambda played, _: played.resolve(),
    "reopen": lambda played, _: played.reopen(),
    "hold": lambda played, _: played.hold("waiting_for_customer"),
    "rule out": lambda played, _: played.publish(
        RuleOut(ticket=FIRST, analyst=ANALYST, reason="malfunction_exception")
    ),
    "another": lambda played, number: played.mail(f"c{number}@acme.example", priority="P3"),
    "answer another": lambda played, _: played.mailed(ticket=played.tickets()[-1].number),
    "merge": lambda played, _: played.merge(played.tickets()[-1].number),
    "month": lambda played, number: played.at("00:01", day=30 + number).tick(),
}


@given(st.lists(st.sampled_from([*VERBS]), max_size=10))
def test_the_tallies_of_every_form_are_what_the_audit_counts_from_the_journal(work: list[str]) -> None:
    promised = rich()
    adopted = altered(adoption(promised, "enterprise"), since=date(2026, 2, 10))
    played = Driver(promised, "enterprise").at("08:00").publish(adopted).at("09:00").mail(priority="P2")
    for number, verb in enumerate(work, start=1):
        VERBS[verb](played.at(f"{9 + number:02}:30", day=number), number)
        assert standing(played) == audited(played, promised)
