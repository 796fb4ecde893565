"""`tocsin replay what-if`: the same log under another contract."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from contracts import CLAUSE, contract, response, step
from driver import Driver, shipped
from hypothesis import given, settings
from logs import Step, closing_tick, log
from random_histories import HISTORIES as AS_OFTEN
from random_histories import histories

from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.report.histories import History
from tocsin.contracts.report.histories import histories as recorded
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.rules import DetectionRule
from tocsin.domain.instant import parse, show
from tocsin.domain.vocabulary import Severity
from tocsin.engine.rules import RULES
from tocsin.engine.shard import Shard
from tocsin.messages.record import Record, Topic
from tocsin.replay import file
from tocsin.tenants.directory import TenantDirectory
from tocsin.whatif.adoptions import Adoptions, ContractFor, Unfit
from tocsin.whatif.comparison import Comparison, Period
from tocsin.whatif.pairs import Change
from tocsin.whatif.people import Case
from tocsin.whatif.result import AttainmentGroup, Result
from tocsin.whatif.tickets import TicketChanges
from tocsin.whatif.twin import Twin

RECORDED = recorded(Path(__file__).parents[1] / "histories")
LIBRARY = ContractLibrary.load(None)
NOTHING = dict.fromkeys(Change, 0)
ALL = Period()


class Asked(NamedTuple):
    """The plan, and the tenants that are asked about."""

    plan: str | None = None
    tenants: tuple[str, ...] | None = None


def compared(
    records: Sequence[Record], other: ContractFor, asked: Asked | None = None, period: Period = ALL, batch: int = 1_000
) -> Result:
    adoptions = Adoptions(other, *(asked or Asked()))
    comparison = Comparison(adoptions, period)
    twin = Twin(0, RULES, adoptions, comparison)
    for start in range(0, len(records), batch):
        assert list(twin.fold(records[start : start + batch])) == []
    return comparison.result()


def under(name: str) -> ContractFor:
    return always(shipped(name))


def always(contract: Contract) -> ContractFor:
    return lambda *_: contract


def in_short(result: Result) -> list[str]:
    """The differences: what becomes of which alert, and its times."""

    def clock(at: int | None) -> str:
        return "never" if at is None else show(at)[11:16]

    return [
        " ".join(
            filter(
                None,
                (
                    each.change,
                    each.alert.kind,
                    each.alert.role,
                    clock(each.before and each.before.at),
                    clock(each.after and each.after.at),
                ),
            )
        )
        for each in result.differences
    ]


LOOSE = contract(
    response({"P1": 20, "P2": 20, "P3": 20}), steps=(step("shift lead"), step("SOC manager", after=10)), name="loose"
)
STRICT = contract(
    response({"P1": 10, "P2": 10, "P3": 10}), steps=(step("shift lead"), step("SOC manager", after=10)), name="strict"
)


# ---- laws


@pytest.mark.parametrize("history", RECORDED, ids=lambda it: f"{it.path.parent.name}/{it.path.stem}")
def test_under_the_contract_that_it_has_nothing_of_a_history_changes(history: History) -> None:
    tenants = history.path.with_suffix(".tenants.toml")
    named = history.path.parent.name
    default = named if named in LIBRARY.names() else "esentire"
    directory = TenantDirectory.from_file(tenants if tenants.exists() else None, LIBRARY, default)
    adoptions = Adoptions(lambda tenant, _: directory.contract(tenant), None, None)
    comparison = Comparison(adoptions, ALL)
    with history.path.open("rb") as stream:
        file.replay(
            stream, directory, None, lambda _: None, lambda number, rules: Twin(number, rules, adoptions, comparison)
        )
    result = comparison.result()
    assert result.changes == NOTHING
    assert (result.differences, result.doubts) == ([], [])
    assert result.tickets == TicketChanges(0, 0, 0)
    assert all(before == after for before, after in result.attainment.values())
    assert all((row.before, row.busiest_before) == (row.after, row.busiest_after) for row in result.shifts)
    assert result.records


def the_same(tenant: str, adopted: Contract) -> Contract:
    return adopted


@AS_OFTEN
@given(histories())
def test_under_the_contract_that_it_has_nothing_of_any_history_changes(steps: list[Step]) -> None:
    records = log(steps)
    result = compared([*records, closing_tick(records)], the_same)
    assert (result.changes, result.doubts) == (NOTHING, [])
    assert all(before == after for before, after in result.attainment.values())


@settings(AS_OFTEN, max_examples=max(AS_OFTEN.max_examples // 4, 5))  # each is folded five times
@given(histories())
def test_every_alert_of_either_side_is_the_same_or_told_of_whatever_the_size_of_a_batch(steps: list[Step]) -> None:
    records = log(steps)
    records.append(closing_tick(records))
    whole = compared(records, under("senstar"), Asked("with_maintenance"))
    apart = compared(records, under("senstar"), Asked("with_maintenance"), batch=3)
    assert list(whole.documents()) == list(apart.documents())
    was = [it for chunk in Shard(0).fold(records) for it in chunk.outputs if it.topic is Topic.ALERTS]
    changes = whole.changes
    both = whole.same + changes[Change.MOVES] + changes[Change.CHANGES]
    assert sum(it.before for it in whole.alerts.values()) == len(was) == both + changes[Change.VANISHES]
    assert sum(it.after for it in whole.alerts.values()) == both + changes[Change.APPEARS]


# ---- what changes


def test_a_shorter_target_moves_and_adds_pages_and_names_the_ticket_that_might_have_been_answered_earlier() -> None:
    desk = Driver(LOOSE).at("09:00").detection().at("09:25").respond().at("12:00").tick()
    result = compared(desk.inbox.records, always(STRICT))
    assert in_short(result) == [
        "moves breached 09:20 09:10",
        "moves escalated shift lead 09:20 09:10",
        "appears escalated SOC manager never 09:20",
    ]
    (case,) = result.doubts
    assert (case.case, case.number, case.kind) == (Case.EARLIER, "ACME-000001", "breached")
    assert [show(at)[11:16] for at in (case.before or 0, case.after or 0, case.deed.at)] == ["09:20", "09:10", "09:25"]
    assert case.deed.what == "WorkDone"


def test_a_page_that_vanishes_leaves_behind_what_people_did_because_of_it() -> None:
    desk = Driver(STRICT).at("09:00").detection().at("09:12").acknowledge().at("09:15").respond().at("12:00").tick()
    result = compared(desk.inbox.records, always(LOOSE))
    assert {(it.change, it.alert.kind) for it in result.differences if it.alert.calls} == {
        (Change.VANISHES, "breached"),
        (Change.VANISHES, "escalated"),
    }
    (case,) = result.doubts
    assert (case.case, case.after, case.deed.what) == (Case.BECAUSE, None, "TicketAcknowledged")
    assert [show(at)[11:16] for at in (case.before or 0, case.deed.at)] == ["09:10", "09:12"]


def test_a_page_that_nobody_did_anything_after_is_no_case() -> None:
    desk = Driver(STRICT).at("09:00").detection().at("09:05").acknowledge().at("12:00").tick()
    result = compared(desk.inbox.records, always(LOOSE))
    assert result.differences
    assert result.doubts == []


def test_a_command_that_only_the_other_contract_refuses_is_named() -> None:
    desk = Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2")
    desk.reclassify("P9").readopt().at("09:01").adopt("esentire", "example").readopt()
    result = compared(desk.inbox.records, under("sentinelone"), Asked("enterprise"))
    refused = [it for it in result.doubts if it.case is Case.REFUSED]
    assert [(it.number, it.deed.what) for it in refused] == [("ACME-000001", "Readopt: same_contract")]


def test_a_step_more_adds_its_pages_and_leaves_those_of_the_others_alone() -> None:
    steps = (step("analyst", "fraction", fraction=0.5), step("shift lead"), step("SOC manager", after=10))
    other = contract(response({"P1": 20, "P2": 20, "P3": 20}), steps=steps)
    desk = Driver(LOOSE).at("09:00").detection().at("09:35").respond()
    result = compared(desk.inbox.records, always(other))
    assert in_short(result) == ["appears escalated analyst never 09:10"]
    assert result.same == 5  # the detection, the breach, both steps, and the end


def test_another_role_at_the_same_time_is_a_page_less_and_a_page_more() -> None:
    other = contract(response({"P1": 20, "P2": 20, "P3": 20}), steps=(step("chief"), step("SOC manager", after=10)))
    desk = Driver(LOOSE).at("09:00").detection().at("09:25").respond()
    result = compared(desk.inbox.records, always(other))
    assert in_short(result) == ["appears escalated chief never 09:20", "vanishes escalated shift lead 09:20 never"]


def test_of_repeated_pages_those_at_the_same_time_are_the_same() -> None:
    often, rarely = (
        contract(response({"P2": 20}), steps=(step("shift lead", every=minutes),), name=f"every {minutes}")
        for minutes in (5, 10)
    )
    desk = Driver(often).at("09:00").detection().at("09:41").respond()
    result = compared(desk.inbox.records, always(rarely))
    assert in_short(result) == [
        "vanishes escalated shift lead 09:25 never",
        "vanishes escalated shift lead 09:35 never",
    ]


def test_repeated_pages_that_move_are_told_in_their_order() -> None:
    late, soon = (contract(response({"P2": due}), steps=(step("shift lead", every=5),)) for due in (20, 12))
    desk = Driver(late).at("09:00").detection().at("09:26").respond()
    pages = [it for it in in_short(compared(desk.inbox.records, always(soon))) if "shift lead" in it]
    assert pages == [
        "moves escalated shift lead 09:20 09:12",
        "moves escalated shift lead 09:25 09:17",
        "appears escalated shift lead never 09:22",
    ]


def test_a_case_on_a_ticket_that_is_forgotten_is_told_all_the_same() -> None:
    desk = Driver(LOOSE).at("09:00").detection().at("09:25").resolve().at("12:00", day=400).tick()
    assert desk.journal("TicketForgotten")
    (case,) = compared(desk.inbox.records, always(STRICT), batch=1).doubts
    assert (case.case, case.deed.what) == (Case.EARLIER, "WorkDone")


def test_an_alert_with_another_priority_at_the_same_time_is_a_change() -> None:
    urgent = DetectionRule(priorities=dict.fromkeys(Severity, "P1"), cites=CLAUSE)
    other = contract(response({"P1": 20, "P2": 20, "P3": 20}), detections=urgent)
    result = compared(Driver(LOOSE).at("09:00").detection().inbox.records, always(other))
    assert in_short(result) == ["changes detection 09:00 09:00"]
    (difference,) = result.differences
    assert [it and it.priority for it in (difference.before, difference.after)] == ["P2", "P1"]


def test_attainment_is_told_of_both_sides() -> None:
    desk = Driver(LOOSE).at("09:00").detection().at("09:15").respond().at("12:00").tick()
    result = compared(desk.inbox.records, always(STRICT))
    (sides,) = result.attainment.values()
    assert list(result.attainment) == [AttainmentGroup("acme", "2026-03", "first_response", "P2")]
    assert [(it.met, it.missed) for it in sides if it] == [(1, 0), (0, 1)]


def test_pages_are_counted_by_role_and_third_of_the_day() -> None:
    desk = Driver(LOOSE).at("07:50").detection().at("09:25").respond().at("23:00").tick()
    result = compared(desk.inbox.records, always(STRICT))
    counted = {(row.role, row.label): (row.before, row.after) for row in result.shifts if row.before or row.after}
    assert counted == {
        ("SOC manager", "08-16, day"): (1, 1),
        ("shift lead", "08-16, day"): (1, 1),
    }
    assert result.days == [(parse("2026-03-02T00:00:00Z") // 86_400_000, 2, 2)]


# ---- what is asked for


def test_of_tenants_that_are_not_asked_about_nothing_is_told() -> None:
    desk = Driver(LOOSE)
    for tenant in ("acme", "globex"):
        desk.of(tenant).at("09:00").detection()
    result = compared(desk.at("12:00").tick().inbox.records, always(STRICT), Asked(tenants=("globex",)))
    assert {it.alert.tenant for it in result.differences} == {"globex"}
    assert list(result.plans) == ["globex"]
    assert sum(it.before for it in result.alerts.values()) == 4  # a detection, a breach and two steps


def test_a_period_limits_what_is_told_and_not_what_is_folded() -> None:
    desk = Driver(LOOSE).at("09:00").detection().at("12:00").tick()
    period = Period(parse("2026-03-02T09:15:00Z"), parse("2026-03-02T09:25:00Z"))
    result = compared(desk.inbox.records, always(STRICT), period=period)
    assert in_short(result) == [
        "moves breached 09:20 09:10",
        "moves escalated shift lead 09:20 09:10",
        "moves escalated SOC manager 09:30 09:20",
    ]
    assert sum(it.before for it in result.alerts.values()) == 2
    assert sum(it.after for it in result.alerts.values()) == 1


@pytest.mark.parametrize(
    ("month", "told"), [("2026-02", False), ("2026-03", True), ("2026-04", True), ("2026-05", False)]
)
def test_attainment_is_told_of_the_months_that_lie_in_the_period_in_whole(month: str, told: bool) -> None:
    assert Period(parse("2026-03-31T00:00:00Z"), parse("2026-05-01T00:00:00Z")).has_month(month) is told


def test_a_plan_that_the_contract_does_not_have_is_refused_with_those_that_it_has() -> None:
    desk = Driver("esentire", "example").at("09:00").detection()
    with pytest.raises(Unfit, match=r"senstar has no plan 'example', which acme has; .* with_maintenance"):
        compared(desk.inbox.records, under("senstar"))


def test_tickets_that_only_one_side_opens_and_numbers_that_shift_are_counted() -> None:
    heard = DetectionRule(priorities={Severity.HIGH: "P2"}, cites=CLAUSE)
    nothing_low = contract(response({"P1": 20, "P2": 20, "P3": 20}), name="deaf", detections=heard)
    desk = Driver(LOOSE).at("09:00").detection("low", key="a").detection("high", key="b")
    result = compared(desk.inbox.records, always(nothing_low))
    assert result.tickets == TicketChanges(only_before=1, only_after=0, renumbered=1)
