"""The line format of recorded files: one Kafka record as one line of JSON.

    {"topic": "soc.calls", "recorded_at": "2026-03-01T09:00:00Z", "key": null, "headers": {}, "value": {...}}

`partition` and `offset` may follow. A `value` that is an object is the message's JSON, a string is base64 of its
bytes, null is a tombstone. A key or header that is not UTF-8 is written as `{"base64": "..."}`; a header that
occurs several times has a list of its values. Headers whose order an object would lose are a list of pairs, as
`[["a", "1"], ["b", null], ["a", "2"]]`; a stamp that no calendar has is a number of milliseconds since 1970.
"""

import json
import re
from functools import lru_cache
from typing import Annotated, NamedTuple

import msgspec

from tocsin.domain import instant
from tocsin.domain.instant import Instant
from tocsin.messages.record import Headers, Output, Record, Topic, split_name

LINE_BYTES_MAX = 64 * 1024 * 1024
"""Longer lines are refused before they are read."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)
_encode = msgspec.json.Encoder().encode


class LineError(ValueError):
    """The line is not in the format; the message says what is wrong."""


class Line(NamedTuple):
    """A record in a line; `partition` and `offset` are None if the line does not name them."""

    topic: Topic
    recorded_at: Instant
    key: bytes | None
    headers: Headers
    value: bytes | None
    partition: int | None
    offset: int | None
    own: str = ""


class _Base64(msgspec.Struct, forbid_unknown_fields=True):
    base64: bytes


_Text = str | _Base64
_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Wire(msgspec.Struct):
    topic: str
    recorded_at: str | int
    value: msgspec.Raw
    key: _Text | None = None
    headers: dict[str, _Text | list[_Text] | None] | list[tuple[str, _Text | None]] | None = None
    partition: _Count | None = None
    offset: _Count | None = None


_decode_wire = msgspec.json.Decoder(_Wire).decode


def read(text: bytes) -> Line:
    """The record that the line `text` holds. Raises `LineError`."""
    try:
        wire = _wire(text)
        topic, own = _topic(wire.topic)
        return Line(
            topic,
            _instant(wire.recorded_at),
            None if wire.key is None else _bytes(wire.key),
            _headers_in(wire),
            _value(bytes(wire.value)),
            wire.partition,
            wire.offset,
            own,
        )
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:  # msgspec raises both
        raise LineError(str(error)) from None


def write(record: Record | Output) -> bytes:
    """`record` as a line, without its end; with its partition and offset if it has been read from a topic."""
    line: dict[str, object] = {"topic": record.topic}
    if isinstance(record, Record):
        line |= {"topic": record.name, "partition": record.partition, "offset": record.offset}
    line |= {
        "recorded_at": instant.show(record.timestamp),
        "key": None if record.key is None else _text(record.key),
        "headers": _headers(record.headers),
        "value": None if record.value is None else as_json_object(record.value),
    }
    return _encode(line)


def write_faithfully(record: Record) -> bytes:
    """`record` as a line, without its end, from which `read` gives the very same bytes, order and stamp back."""
    line = {
        "topic": record.name,
        "partition": record.partition,
        "offset": record.offset,
        "recorded_at": _stamp(record.timestamp),
        "key": None if record.key is None else _text(record.key),
        "headers": _headers(record.headers) if _fit_an_object(record.headers) else _pairs(record.headers),
        "value": None if record.value is None else _unchanged(record.value),
    }
    return _encode(line)


def as_json_object(value: bytes) -> msgspec.Raw | bytes:
    """`value` as JSON text on one line if it is an object, else the bytes themselves, which are encoded as base64."""
    if not value.lstrip().startswith(b"{"):
        return value
    try:
        msgspec.json.decode(value)
        return msgspec.Raw(msgspec.json.format(value, indent=-1) if b"\n" in value or b"\r" in value else value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return value


def _wire(text: bytes) -> _Wire:
    try:
        return _decode_wire(text)
    except RecursionError:
        return _wire_with_odd_value(text, "JSON is nested too deeply")
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        return _wire_with_odd_value(text, str(error))


def _wire_with_odd_value(text: bytes, complaint: str) -> _Wire:
    """Let a value pass that intake has to judge: NaN and Infinity, or thousands of levels of nesting."""
    start, end = _span_of_value(text)
    value = text[start:end]
    try:
        json.loads(value)
    except RecursionError:
        pass
    except ValueError:
        raise LineError(complaint) from None
    wire = _decode_wire(text[:start] + b"null" + text[end:])
    wire.value = msgspec.Raw(value)
    return wire


def _span_of_value(text: bytes) -> tuple[int, int]:
    """The span of the member `value` in the line's object; an empty span if there is none."""
    depth, start, key = 0, 0, b""
    for token in _TOKEN.finditer(text):
        mark = token.group()
        depth += (mark in b"{[") - (mark in b"}]")
        if start and (depth == 0 or (depth == 1 and mark == b",")):
            return start, token.start()
        if depth == 1 and mark == b":" and key == b'"value"':
            start = token.end()
        key = mark
    return 0, 0


def _value(raw: bytes) -> bytes | None:
    if raw.startswith(b'"'):
        return msgspec.json.decode(raw, type=bytes)
    return None if raw == b"null" else raw.strip()


@lru_cache  # a file names few topics, many times
def _topic(name: str) -> tuple[Topic, str]:
    try:
        return split_name(name)
    except ValueError:
        raise LineError(f"there is no topic {name!r}") from None


def _instant(text: str | int) -> Instant:
    try:
        return text if isinstance(text, int) else instant.parse(text)
    except (ValueError, OverflowError):
        raise LineError(f"recorded_at is no RFC 3339 time with an offset: {text!r}") from None


def _stamp(timestamp: Instant) -> str | int:
    """RFC 3339 where the calendar has it: strangers stamp as they like."""
    try:
        shown = instant.show(timestamp)
    except OverflowError:
        return timestamp
    return shown if timestamp == instant.parse(shown) else timestamp


def _unchanged(value: bytes) -> msgspec.Raw | bytes:
    """`value` as JSON text if it is an object that stands on one line as it is, else the bytes themselves."""
    if not (value.startswith(b"{") and value.endswith(b"}")) or b"\n" in value or b"\r" in value:
        return value
    try:
        msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return value
    return msgspec.Raw(value)


def _headers_in(wire: _Wire) -> Headers:
    if isinstance(wire.headers, list):
        return tuple((name, None if value is None else _bytes(value)) for name, value in wire.headers)
    listed = ((name, value) for name, values in (wire.headers or {}).items() for value in _listed(values))
    return tuple((name, _bytes(value)) for name, value in listed)


def _fit_an_object(headers: Headers) -> bool:
    """True if all values are there, and those of one name follow each other."""
    if len(headers) <= 1:
        return all(value is not None for _, value in headers)
    begun = [name for (name, _), (before, _) in zip(headers[1:], headers, strict=False) if name != before]
    names = [headers[0][0], *begun]
    return len(names) == len(set(names)) and all(value is not None for _, value in headers)


def _pairs(headers: Headers) -> list[tuple[str, _Text | None]]:
    return [(name, None if value is None else _text(value)) for name, value in headers]


def _bytes(text: _Text) -> bytes:
    return text.base64 if isinstance(text, _Base64) else text.encode()


def _listed(values: _Text | list[_Text] | None) -> list[_Text]:
    if values is None:
        return [""]
    return values if isinstance(values, list) else [values]


def _text(data: bytes) -> _Text:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _Base64(data)


def _headers(headers: Headers) -> dict[str, _Text | list[_Text]]:
    shown: dict[str, _Text | list[_Text]] = {}
    for name, data in headers:
        before = shown.get(name)
        value = _text(data or b"")
        shown[name] = value if before is None else [*_listed(before), value]
    return shown
