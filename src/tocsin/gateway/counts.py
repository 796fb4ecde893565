"""The gateway's counts, for Prometheus."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from tocsin.messages.record import Topic


class Counts:
    """What became of the messages, by topic."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._messages = Counter(
            "tocsin_gateway_messages", "Messages by what became of them.", ["topic", "outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "tocsin_gateway_confirmation_seconds", "Time until Kafka confirmed a message.", registry=self.registry
        )
        self._waiting = Gauge(
            "tocsin_gateway_waiting", "Messages that Kafka has not confirmed yet.", registry=self.registry
        )

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
