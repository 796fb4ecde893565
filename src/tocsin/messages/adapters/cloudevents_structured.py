"""CloudEvents 1.0, structured: envelope and data are one JSON object."""

from tocsin.messages.adapters._cloudevents import accept, is_json
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected


def recognises(arrival: Arrival) -> bool:
    """True if the value is an event, or meant to be one; the `content-type` header is not needed."""
    document = arrival.document
    return "specversion" in document or ("type" in document and "data" in document)


def adapt(arrival: Arrival) -> Accepted:
    """The input in the event. Raises `Rejected`."""
    event = arrival.document
    media_type = event.get("datacontenttype")
    other_type = media_type is not None and not (isinstance(media_type, str) and is_json(_bare(media_type)))
    if other_type or "data_base64" in event:
        raise Rejected(DeadLetterReason.UNSUPPORTED_CONTENT, "the data is not JSON")
    return accept(arrival, event)


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
