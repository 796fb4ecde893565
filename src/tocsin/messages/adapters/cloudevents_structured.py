"""CloudEvents 1.0, structured: envelope and data are one JSON object."""

import base64
import binascii
from collections.abc import Sequence

from tocsin.messages import strict_json
from tocsin.messages.adapters._cloudevents import is_json, read
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected


def recognises(arrival: Arrival) -> bool:
    """True if the value is an event, or meant to be one; the `content-type` header is not needed.

    Raises `Rejected` where that header names another encoding of events.
    """
    if "content-type" in arrival.headers and (media_type := arrival.content_type).startswith("application/cloudevents"):
        if not is_json(media_type):
            raise Rejected(DeadLetterReason.UNSUPPORTED_CONTENT, "of CloudEvents only the JSON format is read")
        return True
    document = arrival.document
    return "specversion" in document or ("type" in document and "data" in document)


def adapt(arrival: Arrival) -> Accepted | Sequence[Arrival]:
    """The input in the event, or the message of another format that is its data. Raises `Rejected`."""
    event = arrival.document
    media_type = event.get("datacontenttype")
    if media_type is not None and not (isinstance(media_type, str) and is_json(_bare(media_type))):
        raise Rejected(DeadLetterReason.UNSUPPORTED_CONTENT, "the data is not JSON")
    if "data_base64" in event:
        event = {**event, "data": _decoded(event)}
    return read(arrival, event)


def _decoded(event: dict[str, object]) -> object:
    """The JSON in `data_base64`."""
    encoded = event["data_base64"]
    if "data" in event or not isinstance(encoded, str):
        raise Rejected(DeadLetterReason.INVALID_ENVELOPE, "data_base64: no text, or `data` beside it")
    try:
        return strict_json.parse(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        raise Rejected(DeadLetterReason.INVALID_DATA, "data_base64: no base64") from None


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
