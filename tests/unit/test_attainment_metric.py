"""The metric of the share: what counts in this month and the last one, as the fold has counted it."""

from types import SimpleNamespace
from typing import cast

from driver import Driver

from tocsin.settings import Settings
from tocsin.streams.core.stats import Host, Stats
from tocsin.web.metrics import METRICS


def measured(desk: Driver) -> dict[tuple[str, ...], float]:
    lane = SimpleNamespace(ready=True, step=desk.shard)
    stats = Stats(Settings())
    stats.watch(cast("Host", SimpleNamespace(shell=SimpleNamespace(lanes={"inbox": lane}))), 1)
    (metric,) = (each for each in METRICS if each.name == "tocsin_attainment_promises")
    return dict(metric.read(stats))


def test_the_metric_counts_what_was_met_and_what_was_missed_and_what_is_corrected() -> None:
    desk = Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2").at("16:00").tick()
    month = ("acme", "enterprise", "first_response", "P2", "2026-03")
    assert measured(desk) == {(*month, "met"): 0, (*month, "missed"): 1}
    desk.mailed(happened="10:00")
    assert measured(desk) == {(*month, "met"): 1, (*month, "missed"): 0}


def test_a_month_that_is_over_for_more_than_a_month_is_measured_no_more() -> None:
    desk = Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2").at("16:00", day=62).tick()
    assert measured(desk) == {}
