"""The gateway's counts, for Prometheus."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tocsin.measures import Declared, Kind
from tocsin.messages.record import Topic
from tocsin.tls.expiry import EXPIRY, ExpiryCollector

MESSAGES = Declared(
    "tocsin_gateway_messages_total", Kind.COUNTER, "Messages by what became of them.", ("topic", "outcome")
)
CONFIRMATION = Declared(
    "tocsin_gateway_confirmation_seconds", Kind.HISTOGRAM, "Time until Kafka confirmed a message.", ()
)
WAITING = Declared("tocsin_gateway_waiting", Kind.GAUGE, "Messages that Kafka has not confirmed yet.", ())

METRICS = (MESSAGES, CONFIRMATION, WAITING, EXPIRY)
"""The declarations, as docs/metrics.md lists them."""


class Counts:
    """What became of the messages, by topic."""

    def __init__(self, certificates: Callable[[], Mapping[str, float]] = dict) -> None:
        """`certificates` are asked when each expires (`tocsin.tls.expiry`)."""
        self.registry = CollectorRegistry()
        self.registry.register(ExpiryCollector(certificates))
        self._messages = Counter(MESSAGES.name, MESSAGES.text, MESSAGES.labels, registry=self.registry)
        self._seconds = Histogram(CONFIRMATION.name, CONFIRMATION.text, registry=self.registry)
        self._waiting = Gauge(WAITING.name, WAITING.text, registry=self.registry)

    def watch(self, waiting: Callable[[], int]) -> None:
        """Ask `waiting` for the messages that wait, whenever Prometheus asks."""
        self._waiting.set_function(waiting)

    def taken(self, topic: Topic, seconds: float) -> None:
        """Kafka has confirmed a message, after `seconds`."""
        self._messages.labels(topic, "taken").inc()
        self._seconds.observe(seconds)

    def refused(self, topic: Topic, why: str) -> None:
        """A message was refused: `busy`, `unconfirmed`, `too_large`, `signature`."""
        self._messages.labels(topic, why).inc()
