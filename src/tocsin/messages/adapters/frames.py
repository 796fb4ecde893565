"""Frames: what shippers, brokers and clouds put around a message. Adapters are asked for what is inside.

A frame of bytes is known by its first one, before any adapter reads the value: a JSON array, which a batch of
CloudEvents is, too. The inputs of an array stand in one transaction: none is taken in without the others.
"""

from collections.abc import Sequence

from tocsin.messages import strict_json
from tocsin.messages.arrival import Arrival

_MAIL = "message/rfc822"


def is_packed(arrival: Arrival) -> bool:
    """True if the value begins as an array does. One of an event whose attributes are headers is its data."""
    first = arrival.value[:1]
    if first == b"{" or (first not in _PACKED and arrival.value.lstrip()[:1] not in _PACKED):
        return False
    return not arrival.is_binary_event and arrival.content_type != _MAIL


def unpacked(arrival: Arrival) -> Sequence[Arrival]:
    """The inputs in the value. Raises `Rejected`."""
    document = strict_json.parse(arrival.value)
    return arrival.parts(document if isinstance(document, list) else [document])


_PACKED = frozenset((b"[",))
