"""How long a worker's work takes, as distributions for metrics. Observing costs a microsecond, whether anybody asks."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import accumulate
from time import time
from typing import NamedTuple

import msgspec

from tocsin.messages.record import Output, Topic

_DURATIONS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_RESTORES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_DELAYS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0)


LATE_SECONDS = 1.0
"""An alert that is published so long after its time is late."""


class Exemplar(NamedTuple):
    """One case of a bucket: the id of its trace, its value, and when it was, in seconds since 1970."""

    trace_id: str
    value: float
    at: float


class Bucket(NamedTuple):
    """The number of values up to `bound`, itself included, and the last case that has a trace."""

    bound: float
    number: int
    exemplar: Exemplar | None = None


class Distribution:
    """How often values fell between bounds."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.total = 0.0
        """The sum of all values."""
        self._bounds = (*bounds, float("inf"))
        self._counts = [0] * len(self._bounds)
        self._exemplars: list[Exemplar | None] = [None] * len(self._bounds)

    def observe(self, value: float, trace_id: str | None = None) -> None:
        """Count `value`. A `trace_id` leads to the trace of the case."""
        place = bisect_left(self._bounds, value)
        self._counts[place] += 1
        self.total += value
        if trace_id is not None:
            self._exemplars[place] = Exemplar(trace_id, value, time())

    def buckets(self) -> Iterator[Bucket]:
        """The buckets in order; the last one holds everything."""
        return map(Bucket, self._bounds, accumulate(self._counts), self._exemplars)


class Work(StrEnum):
    """The two kinds of work that a partition gives."""

    INTAKE = "intake"
    INBOX = "inbox"


class Timings:
    """The durations of a worker, in seconds."""

    def __init__(self) -> None:
        self.folds = {work: Distribution(_DURATIONS) for work in Work}
        """Until the outputs of a chunk were computed."""
        self.transactions = {work: Distribution(_DURATIONS) for work in Work}
        """Until they were committed."""
        self.restores = Distribution(_RESTORES)
        """Takeovers of inbox partitions."""
        self.delays = Distribution(_DELAYS)
        """From the time of an alert until it was published, by the inbox's time."""
        self.late_alerts = 0
        """The number of those that were late."""

    def note_chunk(self, topic: Topic, fold: float, transaction: float, outputs: Sequence[Output]) -> None:
        """A chunk of a partition of `topic` took so long."""
        work = Work.INBOX if topic is Topic.INBOX else Work.INTAKE
        self.folds[work].observe(fold)
        self.transactions[work].observe(transaction, _last_trace(outputs))

    def note_delays(self, delays: Sequence[float], alerts: Sequence[Output]) -> None:
        """These alerts were published so long after their time. The trace is that of the most delayed one."""
        worst = max(range(len(delays)), key=delays.__getitem__, default=0)
        self.late_alerts += sum(delay > LATE_SECONDS for delay in delays)
        for place, delay in enumerate(delays):
            self.delays.observe(max(delay, 0.0), _trace_id(alerts[place]) if place == worst else None)


class _Traced(msgspec.Struct):
    """The part of an alert that names its trace."""

    traceparent: str = ""


def _last_trace(outputs: Sequence[Output]) -> str | None:
    """The id of the trace of the last alert."""
    last = next((output for output in reversed(outputs) if output.topic is Topic.ALERTS), None)
    return None if last is None else _trace_id(last)


def _trace_id(alert: Output) -> str | None:
    _, _, rest = msgspec.json.decode(alert.value or b"{}", type=_Traced).traceparent.partition("-")
    return rest.partition("-")[0] or None
