"""Every metric of a worker, in one place. They are read when somebody asks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tocsin.domain.vocabulary import AlertKind
from tocsin.messages.dead_letters import DeadLetterReason
from tocsin.messages.ignored import IgnoredKind
from tocsin.streams.core.stats import OUTCOMES, Stats

Samples = Iterable[tuple[tuple[str, ...], float]]


class Kind(StrEnum):
    """Kinds of metrics, by what their values may do."""

    GAUGE = "gauge"  # rise and fall
    COUNTER = "counter"  # only rise


class Definition(NamedTuple):
    """One metric. `read` gives its samples: the labels' values, and the value."""

    name: str
    kind: Kind
    text: str
    labels: tuple[str, ...]
    read: Callable[[Stats], Samples]


METRICS = (
    Definition(
        "tocsin_ready",
        Kind.GAUGE,
        "Whether the worker does its work: 1 or 0, as /readyz answers.",
        (),
        lambda stats: [((), not stats.problems())],
    ),
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
        lambda stats: _by_one_label(stats.seconds_to_next_deadline()),
    ),
    Definition(
        "tocsin_oldest_overdue_deadline_seconds",
        Kind.GAUGE,
        "Seconds since the oldest deadline has come that was not fired yet.",
        (),
        lambda stats: [((), stats.oldest_overdue_seconds())],
    ),
    Definition(
        "tocsin_alerts_total",
        Kind.COUNTER,
        "Alerts published.",
        ("kind",),
        lambda stats: _by_closed_list(AlertKind, stats.alerts),
    ),
    Definition(
        "tocsin_records_total",
        Kind.COUNTER,
        "Records by what became of them: taken_in by intake; in the inbox opened, joined, noted or repeated.",
        ("outcome",),
        lambda stats: _by_closed_list(OUTCOMES, stats.records),
    ),
    Definition(
        "tocsin_dead_letters_total",
        Kind.COUNTER,
        "Inputs that could not be accepted.",
        ("reason",),
        lambda stats: _by_closed_list(DeadLetterReason, stats.dead_letters),
    ),
    Definition(
        "tocsin_ignored_total",
        Kind.COUNTER,
        "Inputs that need no answer and for which nothing was written.",
        ("kind",),
        lambda stats: _by_closed_list(IgnoredKind, stats.ignored),
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
        "Partitions that this worker has taken over.",
        ("topic",),
        lambda stats: _by_one_label(stats.owned()),
    ),
    Definition(
        "tocsin_inbox_partitions",
        Kind.GAUGE,
        "Partitions that the inbox has, whoever owns them.",
        ("topic",),
        lambda stats: _by_one_label(stats.inbox_partitions()),
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
        lambda stats: _by_one_label(stats.outdated_contracts()),
    ),
    Definition(
        "tocsin_attainment_promises",
        Kind.GAUGE,
        "Promises with a share that were judged and stand, of this month and the last one, by outcome: met or missed.",
        ("tenant", "plan", "objective", "priority", "month", "outcome"),
        lambda stats: stats.attainment().items(),
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
)


def _by_one_label(values: Mapping[Any, float]) -> Samples:
    return [((str(label),), value) for label, value in values.items()]


def _by_closed_list(labels: Iterable[str], values: Mapping[str, float]) -> Samples:
    """With zeros: Prometheus sees no increase in a counter that is born with a 1."""
    return _by_one_label({**dict.fromkeys(labels, 0), **values})


class WorkerCollector(Collector):
    """Reads all of `METRICS` at each scrape."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats

    def describe(self) -> Iterable[Metric]:
        """Nothing: reading is not possible before the worker runs."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Called by prometheus-client."""
        for definition in METRICS:
            family = _FAMILIES[definition.kind](definition.name, definition.text, labels=definition.labels)
            for labels, value in definition.read(self._stats):
                family.add_metric(labels, value)
            yield family


_FAMILIES: dict[Kind, type[GaugeMetricFamily | CounterMetricFamily]] = {
    Kind.GAUGE: GaugeMetricFamily,
    Kind.COUNTER: CounterMetricFamily,
}


def registry(stats: Stats) -> CollectorRegistry:
    """Registry of /metrics: the worker's own metrics, and the memory, CPU and files of its process."""
    registered = CollectorRegistry()
    ProcessCollector(registry=registered)
    registered.register(WorkerCollector(stats))
    return registered
