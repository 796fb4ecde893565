"""A metric of a worker: its declaration, and what it reads when somebody asks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tocsin.measures import Declared
from tocsin.streams.core.stats import Stats
from tocsin.streams.core.timings import Bucket, Distribution

Samples = Iterable[tuple[tuple[str, ...], float]]


class Histogram(NamedTuple):
    """The buckets of a histogram, and the sum of all values."""

    buckets: Sequence[Bucket]
    total: float


Histograms = Iterable[tuple[tuple[str, ...], Histogram]]


@dataclass(frozen=True)
class Definition(Declared):
    """A gauge or counter. `read` gives its samples: the labels' values, and the value."""

    read: Callable[[Stats], Samples]


@dataclass(frozen=True)
class HistogramDefinition(Declared):
    """A histogram of either kind. `read` gives the labels' values with each."""

    read: Callable[[Stats], Histograms]


def by_one_label(values: Mapping[Any, float]) -> Samples:
    """Samples of a metric with one label."""
    return [((str(label),), value) for label, value in values.items()]


def by_closed_list(labels: Iterable[str], values: Mapping[str, float]) -> Samples:
    """With zeros: Prometheus sees no increase in a counter that is born with a 1."""
    return by_one_label({**dict.fromkeys(labels, 0), **values})


def measured(distribution: Distribution) -> Histogram:
    """The histogram of a distribution."""
    return Histogram(list(distribution.buckets()), distribution.total)
