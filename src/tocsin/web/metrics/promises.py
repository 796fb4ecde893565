"""The metrics of what was promised: tickets, deadlines, callbacks, the share of each month."""

from collections.abc import Callable

from tocsin.domain.contract.attainment import Measure
from tocsin.domain.instant import SECOND
from tocsin.domain.state.tally import Tally
from tocsin.domain.vocabulary import AlertKind
from tocsin.measures import Kind
from tocsin.streams.core.promise_stats import Urgent
from tocsin.streams.core.stats import Stats
from tocsin.web.metrics.definition import (
    Definition,
    Histogram,
    HistogramDefinition,
    Histograms,
    Samples,
    by_closed_list,
    by_one_label,
)

_MONTH = ("tenant", "contract", "plan", "objective", "priority", "month", "rule", "measure")


def _remaining(stats: Stats) -> Histograms:
    for series, spread in stats.promises.remaining().items():
        yield series, Histogram(spread.buckets(), spread.total)


def _urgent(urgent: Urgent) -> tuple[tuple[str, ...], float]:
    ticket, clock = urgent.ticket, urgent.clock
    return (ticket.number, ticket.tenant, clock.incident, clock.objective, clock.priority), urgent.seconds


def _of_months(value: Callable[[Tally], float | None]) -> Callable[[Stats], Samples]:
    def read(stats: Stats) -> Samples:
        for tenant, contract, month in stats.promises.months():
            known = value(month)
            if known is not None:
                measure = "" if month.measure is Measure.SHARE else month.measure
                of = (month.plan, month.objective, month.priority, month.month, month.rule, measure)
                yield (tenant.name, contract, *of), known

    return read


PROMISES = (
    Definition(
        "tocsin_open_tickets",
        Kind.GAUGE,
        "Tickets that are not closed.",
        ("tenant", "priority", "stage"),
        lambda stats: stats.open_tickets().items(),
    ),
    Definition(
        "tocsin_seconds_to_next_deadline",
        Kind.GAUGE,
        "Seconds until the next deadline of the objective, by the inbox's time.",
        ("objective",),
        lambda stats: by_one_label(stats.seconds_to_next_deadline()),
    ),
    HistogramDefinition(
        "tocsin_promise_remaining_seconds",
        Kind.GAUGE_HISTOGRAM,
        "Seconds to the deadline of each promise that is owed now, by the inbox's time; up to 0 it is late.",
        ("tenant", "objective", "priority"),
        _remaining,
    ),
    Definition(
        "tocsin_undated_promises",
        Kind.GAUGE,
        "Promises that are owed and have no deadline now: the ticket waits, or the contract gives no figure.",
        ("tenant", "objective", "priority"),
        lambda stats: stats.promises.undated().items(),
    ),
    Definition(
        "tocsin_urgent_promise_seconds",
        Kind.GAUGE,
        "Seconds to the deadlines that come next, ticket by ticket; how many of them `metrics_urgent` says.",
        ("ticket", "tenant", "promise", "objective", "priority"),
        lambda stats: map(_urgent, stats.promises.most_urgent()),
    ),
    Definition(
        "tocsin_callbacks_waiting",
        Kind.GAUGE,
        "Callbacks that are owed.",
        ("tenant",),
        lambda stats: by_one_label(stats.promises.callbacks_waiting()),
    ),
    Definition(
        "tocsin_oldest_callback_waiting_seconds",
        Kind.GAUGE,
        "Seconds since the missed call that waits longest for its callback; 0 where none waits.",
        (),
        lambda stats: [((), stats.promises.oldest_callback_seconds())],
    ),
    Definition(
        "tocsin_oldest_overdue_deadline_seconds",
        Kind.GAUGE,
        "Seconds since the oldest deadline has come that was not fired yet.",
        (),
        lambda stats: [((), stats.oldest_overdue_seconds())],
    ),
    Definition(
        "tocsin_attainment_promises",
        Kind.GAUGE,
        "Promises with a share that were judged and stand, of this month and the last one, by outcome: met or missed.",
        ("tenant", "plan", "objective", "priority", "month", "rule", "measure", "outcome"),
        lambda stats: stats.attainment().items(),
    ),
    Definition(
        "tocsin_attainment_ratio",
        Kind.GAUGE,
        "Share of these promises that was met, from 0 to 1.",
        _MONTH,
        _of_months(lambda month: month.share),
    ),
    Definition(
        "tocsin_attainment_promised_ratio",
        Kind.GAUGE,
        "Share that the contract promises, from 0 to 1.",
        _MONTH,
        _of_months(lambda month: None if month.measure is Measure.MEAN else month.promised),
    ),
    Definition(
        "tocsin_attainment_affordable_breaches",
        Kind.GAUGE,
        "Misses that the month could bear now and still keep its share; below 0 there were so many too many.",
        _MONTH,
        _of_months(lambda month: month.affordable),
    ),
    Definition(
        "tocsin_attainment_seconds",
        Kind.GAUGE,
        "Mean, median or 90th percentile of the times that promises took, in their hours, where one is promised.",
        _MONTH,
        _of_months(lambda month: None if month.figure is None else month.figure / SECOND),
    ),
    Definition(
        "tocsin_attainment_promised_seconds",
        Kind.GAUGE,
        "The greatest mean, median or 90th percentile that is promised.",
        _MONTH,
        _of_months(lambda month: None if month.at_most is None else month.at_most / SECOND),
    ),
    Definition(
        "tocsin_alerts_total",
        Kind.COUNTER,
        "Alerts published.",
        ("kind",),
        lambda stats: by_closed_list(AlertKind, stats.alerts),
    ),
)
