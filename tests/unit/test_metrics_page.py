"""The page of metrics: what it says of the promises that are owed, in both formats, and what documents say of it."""

import asyncio
import json
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Iterable

import pytest
from contracts import contract, response
from driver import CALLER, Driver, when
from hosted import watched
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from tests.tools.debian import PROMETHEUS, program

from tocsin.domain.instant import MINUTE, Instant
from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.gateway.counts import METRICS as GATEWAY
from tocsin.gateway.counts import Counts as GatewayCounts
from tocsin.messages.record import Output, Topic
from tocsin.notify.counts import METRICS as NOTIFY
from tocsin.notify.counts import Counts as NotifyCounts
from tocsin.settings import Settings
from tocsin.streams.core.stats import Stats
from tocsin.web.metrics import METRICS
from tocsin.web.metrics.exposition import Exposition
from tools import metrics as tool

OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4"
TRACE = "0af7651916cd43dd8448eb211c80319c"


async def text(stats: Stats, accept: str = "") -> str:
    return (await Exposition(stats).page(accept)).body.decode()


def parsed(page: str) -> Iterable[Metric]:
    """The metrics of a page in the format of OpenMetrics; raises `ValueError` where it is not in that."""
    families: Iterable[Metric] = openmetrics.text_string_to_metric_families(page)  # type: ignore[no-untyped-call]  # has no types
    return families


def values(families: Iterable[Metric], name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """The samples of that name by the values of these labels."""
    found = (sample for family in families for sample in family.samples if sample.name == name)
    return {tuple(sample.labels.get(label, "") for label in labels): sample.value for sample in found}


async def said(stats: Stats, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    return values(text_string_to_metric_families(await text(stats)), name, *labels)


@pytest.fixture
def desk() -> Driver:
    """Two callbacks are owed: one is late by five minutes, the other is due in ten."""
    return Driver("esentire", "standard").at("09:00").missed("+1").at("09:15").missed("+2").at("09:25").tick()


async def test_the_histogram_says_how_many_promises_are_late_and_how_many_are_due_until_when(desk: Driver) -> None:
    stats = watched(desk.shard, now=when("09:25"))
    found = await said(stats, "tocsin_promise_remaining_seconds_bucket", "objective", "priority", "tenant", "le")
    callbacks = {le: number for (objective, _, tenant, le), number in found.items() if objective == "callback"}
    assert (callbacks["-600.0"], callbacks["0.0"], callbacks["300.0"]) == (0, 1, 1)
    assert (callbacks["600.0"], callbacks["+Inf"]) == (2, 2)
    assert {tenant for _, _, tenant, _ in found} == {""}
    totals = await said(stats, "tocsin_promise_remaining_seconds_gsum", "objective")
    assert totals["callback",] == 10 * 60 - 5 * 60


async def test_only_the_tenants_of_the_setting_are_measured_apart() -> None:
    settings = Settings(metrics_tenants="globex,acme")
    desk = Driver("esentire", "standard", apart=settings.tenants_apart).at("09:00").missed("+1")
    desk.of("umbrella").adopt("esentire", "standard").missed("+3").at("09:01").tick()
    found = await said(watched(desk.shard, now=when("09:01")), "tocsin_callbacks_waiting", "tenant")
    assert found == {("acme",): 1, ("",): 1}


async def test_what_is_due_next_is_named_and_no_more_than_the_setting_says(desk: Driver) -> None:
    for count in (0, 1, 10):
        stats = watched(desk.shard, now=when("09:25"), settings=Settings(metrics_urgent=count))
        found = await said(stats, "tocsin_urgent_promise_seconds", "ticket", "promise", "objective")
        assert len(found) <= count
        if count:
            assert found["ACME-000002", "callback/1", "callback"] == 600


async def test_callbacks_wait_since_the_call_also_when_they_are_late(desk: Driver) -> None:
    stats = watched(desk.shard, now=when("09:25"))
    assert await said(stats, "tocsin_callbacks_waiting") == {(): 2}
    assert await said(stats, "tocsin_oldest_callback_waiting_seconds") == {(): 25 * 60}
    desk.called("+1")
    assert await said(stats, "tocsin_oldest_callback_waiting_seconds") == {(): 10 * 60}


async def test_a_promise_whose_ticket_waits_has_no_deadline_and_is_counted_all_the_same() -> None:
    desk = Driver(contract(response({"P2": 60}, paused_by=("waiting",)))).at("09:00").mail()
    for now, undated, dated in (("09:00", {}, {("P2",): 1}), ("09:30", {("P2",): 1}, {("P2",): 0})):
        if undated:
            desk.at(now).hold("waiting")
        stats = watched(desk.shard, now=when(now))
        assert await said(stats, "tocsin_undated_promises", "priority") == undated
        assert await said(stats, "tocsin_promise_remaining_seconds_gcount", "priority") == dated


async def test_several_partitions_are_one_histogram(desk: Driver) -> None:
    other = Driver("esentire", "standard").at("09:20").missed(CALLER)
    stats = watched(desk.shard, other.shard, now=when("09:25"))
    assert (await said(stats, "tocsin_promise_remaining_seconds_gcount", "objective"))["callback",] == 3


async def test_of_a_partition_whose_time_is_not_known_yet_nothing_is_said(desk: Driver) -> None:
    stats = watched(desk.shard, now=None)
    assert await said(stats, "tocsin_promise_remaining_seconds_gcount", "objective") == {}
    assert await said(stats, "tocsin_callbacks_waiting") == {(): 0}


def published(stats: Stats, at: Instant, trace: str | None) -> None:
    """An alert of nine o'clock is published at `at`."""
    value = json.dumps({"traceparent": f"00-{trace}-b7ad6b7169203331-01"} if trace else {}).encode()
    alerts = [Output(Topic.ALERTS, 0, b"k", value, when("09:00"))]
    stats.timings.note_delays([(at - when("09:00")) / 1000], alerts)
    stats.timings.note_chunk(Topic.INBOX, 0.002, 0.02, alerts)


async def test_openmetrics_has_the_trace_of_the_most_delayed_alert_and_the_older_format_none(desk: Driver) -> None:
    stats = watched(desk.shard, now=when("09:25"))
    published(stats, when("09:00") + 2 * MINUTE, TRACE)
    published(stats, when("09:00"), None)
    page = await Exposition(stats).page(OPENMETRICS)
    assert page.content_type.startswith("application/openmetrics-text; version=1.0.0")
    families = list(parsed(page.body.decode()))
    cases = {
        (sample.name, sample.labels["le"]): sample.exemplar
        for family in families
        for sample in family.samples
        if sample.exemplar
    }
    assert {key: case.labels for key, case in cases.items()} == {
        ("tocsin_alert_delay_seconds_bucket", "300.0"): {"trace_id": TRACE},
        ("tocsin_transaction_duration_seconds_bucket", "0.025"): {"trace_id": TRACE},
    }
    assert cases["tocsin_alert_delay_seconds_bucket", "300.0"].value == 120
    assert values(families, "tocsin_alert_delay_seconds_count") == {(): 2}
    assert values(families, "tocsin_late_alerts_total") == {(): 1}
    plain = await Exposition(stats).page("text/plain;version=0.0.4")
    assert plain.content_type.startswith("text/plain")
    assert TRACE not in plain.body.decode()


async def test_both_formats_have_every_metric_and_both_say_the_same(desk: Driver) -> None:
    stats = watched(desk.shard, now=when("09:25"))
    published(stats, when("09:00"), None)
    new = parsed(await text(stats, OPENMETRICS))
    old = text_string_to_metric_families(await text(stats))
    samples = [
        {(s.name, frozenset(s.labels.items())): s.value for f in families for s in f.samples if s.name[:3] == "toc"}
        for families in (new, old)
    ]
    assert samples[0] == samples[1]
    text_of_all = await text(stats)
    assert all(f"\n# HELP {metric.name} {metric.text}\n" in text_of_all for metric in METRICS)


async def test_between_two_metrics_whatever_waits_goes_on(desk: Driver) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await text(watched(desk.shard, now=when("09:25")))
    counting.cancel()
    assert turns >= len(METRICS)


@pytest.mark.slow  # the first run downloads promtool
async def test_promtool_finds_no_fault_with_the_names_and_types(desk: Driver) -> None:
    page = await text(watched(desk.shard, now=when("09:25")))
    judge = await asyncio.create_subprocess_exec(
        program(PROMETHEUS, "promtool"), "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    said_of_it, _ = await judge.communicate(page.encode())
    assert (judge.returncode, said_of_it) == (0, b"")


def test_the_page_of_the_metrics_is_current() -> None:
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(), "run `python tools/metrics.py`"


def names(registry: Collector) -> set[str]:
    """The names of all families, as Prometheus' samples have them."""
    return {f"{each.name}_total" if each.type == "counter" else each.name for each in registry.collect()}


def test_the_gateway_and_notify_have_the_metrics_that_they_declare() -> None:
    assert names(GatewayCounts().registry) == {metric.name for metric in GATEWAY}
    counts = NotifyCounts()
    counts.watch_roster(lambda: 1.0, lambda: 0.0)
    assert names(counts.registry) == {metric.name for metric in NOTIFY}


def test_what_a_sink_has_not_taken_is_a_zero_before_it_is_a_one() -> None:
    counts = NotifyCounts()
    counts.watch("siem")
    (deliveries,) = (each for each in counts.registry.collect() if each.name == "tocsin_notify_deliveries")
    told = {each.labels["outcome"]: each.value for each in deliveries.samples if each.name.endswith("_total")}
    assert told == dict.fromkeys(("accepted", "digest", *DeliveryFailure), 0)
