"""What notify counts, for Prometheus."""

import time
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tocsin.domain.instant import SECOND
from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.measures import Declared, Kind
from tocsin.notify.alert import Received
from tocsin.tls.expiry import EXPIRY, ExpiryCollector

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600)

DELIVERIES = Declared(
    "tocsin_notify_deliveries_total",
    Kind.COUNTER,
    "Alerts by sink and what became of them: accepted, in a digest, or why they were given up.",
    ("sink", "outcome"),
)
WAYS = Declared(
    "tocsin_notify_page_ways_total",
    Kind.COUNTER,
    "Ways of pages to people that have ended, by sink: accepted, or why not.",
    ("sink", "outcome"),
)
DELAY = Declared(
    "tocsin_notify_delay_seconds",
    Kind.HISTOGRAM,
    "Seconds from the stamp of an alert until its sink had taken it.",
    ("sink",),
)
OF_LANES = {
    "lag": Declared("tocsin_notify_lag", Kind.GAUGE, "Alerts that are in the topic and not done.", ("lane",)),
    "in_hand": Declared("tocsin_notify_in_hand", Kind.GAUGE, "Alerts that are being seen to.", ("lane",)),
    "oldest": Declared(
        "tocsin_notify_oldest_undelivered_seconds",
        Kind.GAUGE,
        "Age of the oldest alert that is being seen to.",
        ("lane",),
    ),
    "open": Declared("tocsin_notify_open_incidents", Kind.GAUGE, "Incidents that are open at the sink.", ("lane",)),
}
ROSTER_VALID = Declared(
    "tocsin_notify_roster_valid",
    Kind.GAUGE,
    "Whether the roster as it stands now is valid: 1, or 0 while an earlier one is in force.",
    (),
)
ROSTER_AGE = Declared(
    "tocsin_notify_roster_age_seconds", Kind.GAUGE, "Seconds since the roster in force was last read.", ()
)

METRICS = (DELIVERIES, WAYS, DELAY, *OF_LANES.values(), ROSTER_VALID, ROSTER_AGE, EXPIRY)
"""The declarations, as docs/metrics.md lists them."""


class Counts:
    """What became of the alerts, by sink."""

    def __init__(self, certificates: Callable[[], Mapping[str, float]] = dict) -> None:
        """`certificates` are asked when each expires (`tocsin.tls.expiry`)."""
        self.registry = CollectorRegistry()
        self.registry.register(ExpiryCollector(certificates))
        self._deliveries, self._ways = (
            Counter(each.name, each.text, each.labels, registry=self.registry) for each in (DELIVERIES, WAYS)
        )
        self._delay = Histogram(DELAY.name, DELAY.text, DELAY.labels, buckets=_SECONDS, registry=self.registry)
        self._gauges = {name: self._gauge(declared) for name, declared in OF_LANES.items()}

    def _gauge(self, declared: Declared) -> Gauge:
        return Gauge(declared.name, declared.text, declared.labels, registry=self.registry)

    def watch(self, lane: str, **read: Callable[[], float]) -> None:
        """Ask for `lag`, `in_hand`, `oldest` and `open` of a lane whenever Prometheus asks."""
        for name, function in read.items():
            self._gauges[name].labels(lane).set_function(function)
        for outcome in (
            "accepted",
            "digest",
            *DeliveryFailure,
        ):  # Prometheus sees no increase in a counter that is born with a 1
            self._deliveries.labels(lane, str(outcome))
        self._delay.labels(lane)

    def watch_roster(self, valid: Callable[[], float], age: Callable[[], float]) -> None:
        """Ask whether what stands in the roster is valid, and how old the one in force is, whenever Prometheus asks."""
        self._gauge(ROSTER_VALID).set_function(valid)
        self._gauge(ROSTER_AGE).set_function(age)

    def delivered(self, sink: str, received: Received, *, digest: bool) -> None:
        """A sink has taken an alert."""
        self._deliveries.labels(sink, "digest" if digest else "accepted").inc()
        self._delay.labels(sink).observe(max(0.0, time.time() - received.stamp / SECOND))

    def way(self, sink: str, outcome: str) -> None:
        """A way of a page has ended."""
        self._ways.labels(sink, outcome).inc()

    def failed(self, sink: str, reason: DeliveryFailure) -> None:
        """An alert was given up."""
        self._deliveries.labels(sink, str(reason)).inc()
