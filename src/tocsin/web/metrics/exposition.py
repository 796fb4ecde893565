"""The page of metrics, in the format that whoever asks prefers: OpenMetrics has exemplars, the older one has none."""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

from prometheus_client import ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    Exemplar,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from tocsin.measures import Kind
from tocsin.streams.core.stats import Stats
from tocsin.streams.core.timings import Bucket
from tocsin.web.metrics import METRICS
from tocsin.web.metrics.definition import Definition, HistogramDefinition

_END = b"# EOF\n"


class Page(NamedTuple):
    """A page and its content type."""

    body: bytes
    content_type: str


class Exposition:
    """All metrics of a worker, and the memory, CPU and files of its process."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats
        self._process = ProcessCollector(registry=None)

    async def page(self, accept: str) -> Page:
        """The page in the best format of `accept`. Between two metrics whatever waits goes on."""
        encode, content_type = choose_encoder(accept)
        parts = []
        for family in self.families():
            parts.append(encode(_One(family)))
            await asyncio.sleep(0)
        end = _END if parts and parts[-1].endswith(_END) else b""
        return Page(b"".join(part.removesuffix(_END) for part in parts) + end, content_type)

    def families(self) -> Iterator[Metric]:
        """Each metric as it is read now."""
        yield from self._process.collect()
        for definition in METRICS:
            if isinstance(definition, Definition):
                yield _plain(definition, self._stats)
            else:
                yield _histogram(definition, self._stats)


class _One(Collector):
    """Collects a single metric."""

    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterator[Metric]:
        yield self._family


def _plain(definition: Definition, stats: Stats) -> Metric:
    make = CounterMetricFamily if definition.kind is Kind.COUNTER else GaugeMetricFamily
    family = make(definition.name, definition.text, labels=definition.labels)
    for labels, value in definition.read(stats):
        family.add_metric(labels, value)
    return family


def _histogram(definition: HistogramDefinition, stats: Stats) -> Metric:
    if definition.kind is Kind.GAUGE_HISTOGRAM:
        now = GaugeHistogramMetricFamily(definition.name, definition.text, labels=definition.labels)
        for labels, (buckets, total) in definition.read(stats):
            now.add_metric(labels, [(_written(each.bound), each.number) for each in buckets], total)
        return now
    family = HistogramMetricFamily(definition.name, definition.text, labels=definition.labels)
    for labels, (buckets, total) in definition.read(stats):
        family.add_metric(labels, list(map(_with_exemplar, buckets)), total)
    return family


def _with_exemplar(bucket: Bucket) -> tuple[str, float] | tuple[str, float, Exemplar]:
    bound, case = _written(bucket.bound), bucket.exemplar
    if case is None:
        return bound, bucket.number
    return bound, bucket.number, Exemplar({"trace_id": case.trace_id}, case.value, case.at)


def _written(bound: float) -> str:
    """`bound` as the label of its bucket."""
    return "+Inf" if bound == float("inf") else repr(float(bound))
