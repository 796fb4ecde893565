"""Frames: what shippers, brokers and clouds put around a message. Adapters are asked for what is inside.

A frame of bytes is known by its beginning, before any adapter reads the value: a JSON array, which a batch of
CloudEvents is, too, gzip, and Confluent's wire format. A frame of members is looked for where no adapter recognises the
document. The inputs of an array stand in one transaction: none is taken in without the others.
"""

import base64
import binascii
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from tocsin.messages import strict_json
from tocsin.messages.adapters._sensor import dig, first_text
from tocsin.messages.arrival import Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.record import Topic

_GZIP = 16 + zlib.MAX_WBITS
_CONFLUENT_HEADER = 5  # the magic byte, and the number of a schema
_MAIL = "message/rfc822"

_LISTS = {
    "records": (),  # Azure Event Hubs
    "findings": (),  # AWS Security Hub, in EventBridge's `detail`
    "Findings": (),  # and in its own interface
    "value": ("@odata.context",),  # Microsoft Graph
}
"""Members that hold an array of messages, with the members of which one stands beside it; none: it stands alone."""

_TEXTS = (("message",), ("log",), ("MESSAGE",), ("msg",), ("event", "original"))
_OBJECTS = ("message", "json", "log")
"""Members in which shippers of logs keep a line, as they read it or taken apart."""

_HOSTS = (("host", "name"), ("host",), ("hostname",), ("agent", "hostname"), ("agent", "name"))


def is_packed(arrival: Arrival) -> bool:
    """True if the value begins as a frame of bytes. An array beside the attributes of an event is its data."""
    first = arrival.value[:1]
    if first == b"{" or (first not in _UNPACK and arrival.value.lstrip()[:1] != b"["):
        return False
    if first in _SECOND:
        return arrival.value[1:2] == _SECOND[first]
    return first == b"\x00" or not (arrival.is_binary_event or arrival.content_type == _MAIL)


def unpacked(arrival: Arrival) -> Sequence[Arrival]:
    """The inputs in the value. Raises `Rejected`."""
    return _UNPACK.get(arrival.value[:1], _elements)(arrival)


def is_enveloped(arrival: Arrival) -> bool:
    """True if the value is an object in which another message stands."""
    return _envelope(arrival) is not None


def opened(arrival: Arrival) -> Sequence[Arrival]:
    """The messages in the object. Raises `Rejected`."""
    envelope = _envelope(arrival)
    return [] if envelope is None else envelope(arrival)


def _elements(arrival: Arrival) -> Sequence[Arrival]:
    document = strict_json.parse(arrival.value)
    return arrival.parts(document if isinstance(document, list) else [document])


def _unzipped(arrival: Arrival) -> Sequence[Arrival]:
    """The bytes that gzip has packed. No more is unpacked than a value may have."""
    room = arrival.value_bytes_max + 1
    packed, found = arrival.value, b""
    try:
        while packed and len(found) < room:
            member = zlib.decompressobj(_GZIP)
            found += member.decompress(packed, room - len(found))
            if not member.eof and len(found) < room:
                raise Rejected(DeadLetterReason.UNSUPPORTED_CONTENT, "gzip that ends too early")
            packed = member.unused_data
    except zlib.error:
        raise Rejected(DeadLetterReason.UNSUPPORTED_CONTENT, "gzip that is damaged") from None
    if len(found) >= room:
        raise Rejected(DeadLetterReason.TOO_LARGE, f"gzip of more than {arrival.value_bytes_max} bytes")
    if not found:
        raise Rejected(DeadLetterReason.EMPTY, "gzip of nothing")
    return [arrival.part(found)]


def _of_registry(arrival: Arrival) -> Sequence[Arrival]:
    """The JSON behind the number of a schema in Confluent's registry; Avro and Protobuf cannot be read without it."""
    held = arrival.value[_CONFLUENT_HEADER:]
    if held[:1] in b"{[" and held:
        return [arrival.part(held)]
    if not any(arrival.value):
        raise Rejected(DeadLetterReason.NOT_JSON, "bytes that are all zero")
    raise Rejected(
        DeadLetterReason.UNSUPPORTED_CONTENT,
        "Avro or Protobuf of Confluent's schema registry: write JSON Schema there (JsonSchemaConverter, "
        "KafkaJsonSchemaSerializer) or plain JSON (JsonConverter)",
    )


def _avro(_: Arrival) -> Sequence[Arrival]:
    raise Rejected(DeadLetterReason.UNSUPPORTED_CONTENT, "Avro in its single-object encoding: write JSON there")


_UNPACK: dict[bytes, Callable[[Arrival], Sequence[Arrival]]] = {
    b"[": _elements,
    b"\x1f": _unzipped,
    b"\x00": _of_registry,
    b"\xc3": _avro,
}
_SECOND = {b"\x1f": b"\x8b", b"\xc3": b"\x01"}


def _envelope(arrival: Arrival) -> Callable[[Arrival], Sequence[Arrival]] | None:
    """The function that opens the object; None where it is no frame."""
    document = arrival.document
    if len(document) == 2 and "schema" in document and "payload" in document:  # noqa: PLR2004 - these two
        return _of_connect
    if "detail-type" in document and isinstance(document.get("detail"), dict):
        return _of_event_bridge
    if "firewall_name" in document and isinstance(document.get("event"), dict):
        return _of_network_firewall
    if _list_in(document) is not None:
        return _of_list
    return _shipped if arrival.record.topic is Topic.SECURITY_EVENTS and _line(document) is not None else None


def _of_connect(arrival: Arrival) -> Sequence[Arrival]:
    """The value that Kafka Connect's JsonConverter writes beside its schema."""
    payload = arrival.document["payload"]
    if dig(arrival.document, "schema", "type") == "bytes" and isinstance(payload, str):
        try:
            payload = base64.b64decode(payload, validate=True)
        except binascii.Error:
            raise Rejected(DeadLetterReason.INVALID_DATA, "payload: no base64") from None
    if not payload:
        raise Rejected(DeadLetterReason.EMPTY, "a payload of Kafka Connect without a value")
    if isinstance(payload, list):
        return arrival.parts(payload)
    return [arrival.part(payload)]


def _of_event_bridge(arrival: Arrival) -> Sequence[Arrival]:
    return [arrival.part(arrival.document["detail"], sender=arrival.document.get("account"))]


def _of_network_firewall(arrival: Arrival) -> Sequence[Arrival]:
    return [arrival.part(arrival.document["event"], sender=arrival.document.get("firewall_name"))]


def _list_in(document: dict[str, object]) -> list[Any] | None:
    for name, beside in _LISTS.items():
        held = document.get(name)
        if isinstance(held, list) and (any(map(document.__contains__, beside)) if beside else len(document) == 1):
            return held
    return None


def _of_list(arrival: Arrival) -> Sequence[Arrival]:
    return arrival.parts(_list_in(arrival.document) or [])


def _line(document: dict[str, object]) -> str | dict[str, object] | None:
    """The line of a log that a shipper carries; None if there is none, or one that begins as no message does."""
    for path in _TEXTS:
        held = dig(document, *path)
        if isinstance(held, str) and held and held[0] not in "[\x00":
            return held
    return next((held for name in _OBJECTS if isinstance(held := document.get(name), dict)), None)


def _shipped(arrival: Arrival) -> Sequence[Arrival]:
    document = arrival.document
    host = first_text(*(dig(document, *path) for path in _HOSTS))
    otherwise = Rejected(
        DeadLetterReason.UNKNOWN_SHAPE,
        f"no kind of message that {arrival.record.topic} takes, and neither is the line in it",
    )
    return [arrival.part(_line(document), sender=host, without_headers=("content-type",), otherwise=otherwise)]
