"""The metrics of a worker's work: records, partitions, durations."""

from collections.abc import Mapping
from importlib.metadata import version

from tocsin.measures import Kind
from tocsin.messages.dead_letters import DeadLetterReason
from tocsin.messages.ignored import IgnoredKind
from tocsin.streams.core.stats import OUTCOMES
from tocsin.streams.core.timings import Distribution, Work
from tocsin.tls.expiry import EXPIRY
from tocsin.web.metrics.definition import (
    Definition,
    HistogramDefinition,
    Histograms,
    by_closed_list,
    by_one_label,
    measured,
)


def _by_work(distributions: Mapping[Work, Distribution]) -> Histograms:
    return [((work,), measured(distribution)) for work, distribution in distributions.items()]


WORK: tuple[Definition | HistogramDefinition, ...] = (
    Definition(
        "tocsin_ready",
        Kind.GAUGE,
        "Whether the worker does its work: 1 or 0, as /readyz answers.",
        (),
        lambda stats: [((), not stats.problems())],
    ),
    Definition(
        "tocsin_records_total",
        Kind.COUNTER,
        "Records by what became of them: taken_in by intake; in the inbox opened, joined, noted or repeated.",
        ("outcome",),
        lambda stats: by_closed_list(OUTCOMES, stats.records),
    ),
    Definition(
        "tocsin_dead_letters_total",
        Kind.COUNTER,
        "Inputs that could not be accepted.",
        ("reason",),
        lambda stats: by_closed_list(DeadLetterReason, stats.dead_letters),
    ),
    Definition(
        "tocsin_ignored_total",
        Kind.COUNTER,
        "Inputs that need no answer and for which nothing was written.",
        ("kind",),
        lambda stats: by_closed_list(IgnoredKind, stats.ignored),
    ),
    Definition(
        "tocsin_consumer_lag",
        Kind.GAUGE,
        "Offsets of an owned partition that have not been applied.",
        ("topic", "partition"),
        lambda stats: [((topic, str(partition)), lag) for topic, partition, lag in stats.lag()],
    ),
    Definition(
        "tocsin_owned_partitions",
        Kind.GAUGE,
        "Partitions that this worker has taken over; of the inbox those whose clock does not stand still.",
        ("topic",),
        lambda stats: by_one_label(stats.owned()),
    ),
    Definition(
        "tocsin_inbox_partitions",
        Kind.GAUGE,
        "Partitions that the inbox has, whoever owns them.",
        ("topic",),
        lambda stats: by_one_label(stats.inbox_partitions()),
    ),
    Definition(
        "tocsin_halted_partitions",
        Kind.GAUGE,
        "Partitions whose intake has halted, and waits for somebody to look.",
        ("topic", "partition"),
        lambda stats: [((topic, str(partition)), 1) for topic, partition in stats.halted()],
    ),
    Definition(
        "tocsin_contracts_not_adopted",
        Kind.GAUGE,
        "Tenants that have adopted something else than the files say; * counts those that no tenants file names.",
        ("tenant",),
        lambda stats: by_one_label(stats.outdated_contracts()),
    ),
    Definition(
        "tocsin_broker_clock_jumps_total",
        Kind.COUNTER,
        "Times that a broker's stamps have jumped against the worker's monotonic clock.",
        (),
        lambda stats: [((), stats.clock_jumps())],
    ),
    Definition(
        "tocsin_late_alerts_total",
        Kind.COUNTER,
        "Alerts that were published more than a second after their time, by the inbox's time.",
        (),
        lambda stats: [((), stats.late_alerts())],
    ),
    Definition(
        EXPIRY.name,
        EXPIRY.kind,
        EXPIRY.text,
        EXPIRY.labels,
        lambda stats: by_one_label(stats.certificates()),
    ),
    HistogramDefinition(
        "tocsin_fold_duration_seconds",
        Kind.HISTOGRAM,
        "Seconds until the outputs of a stretch of records were computed, by work: intake or inbox.",
        ("work",),
        lambda stats: _by_work(stats.timings.folds),
    ),
    HistogramDefinition(
        "tocsin_transaction_duration_seconds",
        Kind.HISTOGRAM,
        "Seconds until they were committed with the offset behind them, by work. Exemplars have the trace of an alert.",
        ("work",),
        lambda stats: _by_work(stats.timings.transactions),
    ),
    HistogramDefinition(
        "tocsin_restore_duration_seconds",
        Kind.HISTOGRAM,
        "Seconds that taking a partition of the inbox over took, its state included.",
        (),
        lambda stats: [((), measured(stats.timings.restores))],
    ),
    HistogramDefinition(
        "tocsin_alert_delay_seconds",
        Kind.HISTOGRAM,
        "Seconds from the time of an alert until it was published, by the inbox's time. Exemplars have its trace.",
        (),
        lambda stats: [((), measured(stats.timings.delays))],
    ),
    Definition(
        "tocsin_build_info",
        Kind.GAUGE,
        "Always 1: the version of Tocsin that runs.",
        ("version",),
        lambda _stats: [((version("tocsin"),), 1)],
    ),
)
