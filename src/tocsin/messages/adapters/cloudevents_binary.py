"""CloudEvents 1.0, binary: the attributes are `ce_` headers, the value is the data."""

from collections.abc import Sequence

from tocsin.messages.adapters._cloudevents import is_json, read
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected

_PREFIX = "ce_"
_OF_TRACE = ("ce_traceparent", "ce_tracestate")
"""Attributes for which no event is refused, whatever stands in them."""


def recognises(arrival: Arrival) -> bool:
    """True if the headers are those of an event."""
    return arrival.is_binary_event


def adapt(arrival: Arrival) -> Accepted | Sequence[Arrival]:
    """The input in the event, or the message of another format that is its data. Raises `Rejected`."""
    if arrival.content_type and not is_json(arrival.content_type):
        raise Rejected(DeadLetterReason.UNSUPPORTED_CONTENT, "the data is not JSON")
    names = [name for name in arrival.headers if name.startswith(_PREFIX) and name not in _OF_TRACE]
    event: dict[str, object] = {name.removeprefix(_PREFIX): arrival.header(name) for name in names}
    event["data"] = arrival.document
    if trace := arrival.trace(_PREFIX):
        event |= {"traceparent": trace.parent, "tracestate": trace.state}
    return read(arrival, event)
