"""The metrics of the share: what counts in this month and the last one, as the fold has counted it."""

import pytest
from contracts import CLAUSE, contract, response
from driver import Driver
from hosted import watched
from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.contract.attainment import AttainmentRule, Grouping, Measure
from tocsin.domain.instant import MINUTE
from tocsin.domain.state.tally import Tally
from tocsin.domain.vocabulary import Objective
from tocsin.web.metrics import METRICS
from tocsin.web.metrics.definition import Definition

MONTH = ("acme", "enterprise", "first_response", "P2", "2026-03", "", "")
OF_CONTRACT = ("acme", "sentinelone", *MONTH[1:])


def measured(desk: Driver, name: str = "promises") -> dict[tuple[str, ...], float]:
    (metric,) = (each for each in METRICS if each.name == f"tocsin_attainment_{name}")
    assert isinstance(metric, Definition)
    return dict(metric.read(watched(desk.shard, now=desk.shard.clock)))


def test_the_metric_counts_what_was_met_and_what_was_missed_and_what_is_corrected() -> None:
    desk = Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2").at("16:00").tick()
    assert measured(desk) == {(*MONTH, "met"): 0, (*MONTH, "missed"): 1}
    assert measured(desk, "ratio") == {OF_CONTRACT: 0.0}
    desk.mailed(happened="10:00")
    assert measured(desk) == {(*MONTH, "met"): 1, (*MONTH, "missed"): 0}
    assert measured(desk, "ratio") == {OF_CONTRACT: 1.0}


def test_what_is_promised_and_what_can_still_be_afforded_is_told_by_contract_and_month() -> None:
    desk = Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2").at("16:00").tick()
    (promised,) = measured(desk, "promised_ratio").values()
    assert 0.5 < promised < 1
    assert measured(desk, "affordable_breaches") == {OF_CONTRACT: -1}


def test_a_month_that_is_over_for_more_than_a_month_is_measured_no_more() -> None:
    desk = Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2").at("16:00", day=62).tick()
    assert measured(desk) == {}


def tally(met: int, missed: int, promised: float) -> Tally:
    return Tally(
        month="2026-03",
        plan="enterprise",
        objective=Objective.FIRST_RESPONSE,
        priority="P2",
        ends_at=0,
        promised=promised,
        clause="",
        met=met,
        missed=missed,
    )


@pytest.mark.parametrize(
    ("met", "missed", "promised", "affordable"),
    [(19, 0, 0.95, 1), (18, 0, 0.95, 0), (19, 1, 0.95, 0), (19, 2, 0.95, -1), (0, 0, 0.95, 0), (7, 1, 1.0, -1)],
)
def test_so_many_more_can_be_missed(met: int, missed: int, promised: float, affordable: int) -> None:
    assert tally(met, missed, promised).affordable == affordable


@given(st.integers(0, 500), st.integers(0, 60), st.integers(1, 1_000).map(lambda share: share / 1_000))
def test_the_affordable_misses_keep_the_share_and_one_more_does_not(met: int, missed: int, promised: float) -> None:
    affordable = tally(met, missed, promised).affordable
    assert affordable is not None
    assert tally(met, missed + affordable, promised).kept
    assert not tally(met, missed + affordable + 1, promised).kept


def test_a_time_that_is_promised_has_metrics_of_its_own_and_says_nothing_of_what_a_mean_can_afford() -> None:
    of = AttainmentRule(
        objective=Objective.FIRST_RESPONSE, measure=Measure.MEAN, at_most=20 * MINUTE, by=Grouping.PLAN, cites=CLAUSE
    )
    desk = Driver(contract(response({"P2": 60}), attainment=(of,))).at("09:00").mail().at("09:30").respond()
    labels = ("acme", "small", "standard", "first_response", "", "2026-03", "", "mean")
    assert measured(desk, "seconds") == {labels: 1_800}
    assert measured(desk, "promised_seconds") == {labels: 1_200}
    assert measured(desk, "affordable_breaches") == measured(desk, "promised_ratio") == {}
