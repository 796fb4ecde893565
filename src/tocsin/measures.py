"""The declaration of a metric: what every process says of those that it has, and what the documents are made of."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of metrics, by what their values may do."""

    GAUGE = "gauge"  # rise and fall
    COUNTER = "counter"  # only rise
    HISTOGRAM = "histogram"  # counts of what has been, by size; they only rise
    GAUGE_HISTOGRAM = "gaugehistogram"  # counts of what is now, by size


@dataclass(frozen=True)
class Declared:
    """One metric by the name that Prometheus gives its samples; of a histogram without `_bucket`, `_sum` and so on."""

    name: str
    kind: Kind
    text: str
    labels: tuple[str, ...]

    @property
    def sample_names(self) -> tuple[str, ...]:
        """The names of its samples."""
        return tuple(self.name + suffix for suffix in _SUFFIXES.get(self.kind, ("",)))


_SUFFIXES = {
    Kind.HISTOGRAM: ("_bucket", "_count", "_sum"),
    Kind.GAUGE_HISTOGRAM: ("_bucket", "_gcount", "_gsum"),
}
