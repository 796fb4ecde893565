"""What notify counts, for Prometheus."""

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tocsin.domain.instant import SECOND
from tocsin.notify.alert import Received
from tocsin.notify.sinks.base import Reason

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600)


class Counts:
    """What became of the alerts, by sink."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._deliveries = Counter(
            "tocsin_notify_deliveries",
            "Alerts by sink and what became of them: accepted, in a digest, or why they were given up.",
            ["sink", "outcome"],
            registry=self.registry,
        )
        self._ways = Counter(
            "tocsin_notify_page_ways",
            "Ways of pages to people that have ended, by sink: accepted, or why not.",
            ["sink", "outcome"],
            registry=self.registry,
        )
        self._delay = Histogram(
            "tocsin_notify_delay_seconds",
            "Seconds from the stamp of an alert until its sink had taken it.",
            ["sink"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._gauges = {
            "lag": self._gauge("tocsin_notify_lag", "Alerts that are in the topic and not done."),
            "in_hand": self._gauge("tocsin_notify_in_hand", "Alerts that are being seen to."),
            "oldest": self._gauge(
                "tocsin_notify_oldest_undelivered_seconds", "Age of the oldest alert that is being seen to."
            ),
            "open": self._gauge("tocsin_notify_open_incidents", "Incidents that are open at the sink."),
        }

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, ["lane"], registry=self.registry)

    def watch(self, lane: str, **read: Callable[[], float]) -> None:
        """Ask for `lag`, `in_hand`, `oldest` and `open` of a lane whenever Prometheus asks."""
        for name, function in read.items():
            self._gauges[name].labels(lane).set_function(function)

    def watch_roster(self, valid: Callable[[], float], age: Callable[[], float]) -> None:
        """Ask whether what stands in the roster is valid, and how old the one in force is, whenever Prometheus asks."""
        text = "Whether the roster as it stands now is valid: 1, or 0 while an earlier one is in force."
        Gauge("tocsin_notify_roster_valid", text, registry=self.registry).set_function(valid)
        text = "Seconds since the roster in force was last read."
        Gauge("tocsin_notify_roster_age_seconds", text, registry=self.registry).set_function(age)

    def delivered(self, sink: str, received: Received, *, digest: bool) -> None:
        """A sink has taken an alert."""
        self._deliveries.labels(sink, "digest" if digest else "accepted").inc()
        self._delay.labels(sink).observe(max(0.0, time.time() - received.stamp / SECOND))

    def way(self, sink: str, outcome: str) -> None:
        """A way of a page has ended."""
        self._ways.labels(sink, outcome).inc()

    def failed(self, sink: str, reason: Reason) -> None:
        """An alert was given up."""
        self._deliveries.labels(sink, str(reason)).inc()
