"""The first place at which what stands on a topic is not what the log gives."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import zip_longest
from typing import Any

import msgspec

from tocsin.domain.instant import show
from tocsin.messages.record import Output, Record, Topic

_CHAIN = ("prev", "hash")
"""Fields of the journal that differ in all records behind a changed one: they tell nothing of their own."""


class Kind(StrEnum):
    """What has become of a record."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    REORDERED = "reordered"


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record that is not what the log gives.

    `offset` is that of the record on the topic; a missing one is missing before it, or at the end where it is None.
    `field` is a path into the JSON, such as `value.data.kind`, and `found` and `recomputed` are its two values, or None
    where it is not there. `ticket` is None where it is of a tenant as a whole. `inbox` are the offsets of the inbox
    that it follows from.
    """

    kind: Kind
    topic: Topic
    partition: int
    offset: int | None = None
    stands_at: int | None = None
    """The offset at which a record stands that should stand at `offset`."""
    ticket: str | None = None
    field: str | None = None
    found: Any = None
    recomputed: Any = None
    inbox: tuple[int, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """A partition of a topic."""

    topic: Topic
    partition: int


def same(expected: Output, found: Record) -> bool:
    """True if key, value, headers and timestamp are the same bytes."""
    return (
        expected.value == found.value
        and expected.key == found.key
        and expected.timestamp == found.timestamp
        and expected.headers == found.headers
    )


def persons_forgotten(expected: Output, found: Record) -> bool:
    """True if they differ only in `persons`, which may be removed from a record of the journal."""
    value = expected.value or b""
    begin, end = value.rfind(b',"persons":{'), value.rfind(b',"hash":"')
    if found.topic is not Topic.TICKET_EVENTS or not 0 <= begin < end:
        return False
    return same(msgspec.structs.replace(expected, value=value[:begin] + value[end:]), found)


def named(place: Place, expected: Sequence[Output], found: Sequence[Record]) -> Difference:
    """The difference between the first of `expected` and the first of `found`; those behind them tell its kind.

    Either of them may be empty: then the other one ends.
    """
    if not found:
        return _missing(place, expected[0], None)
    if not expected:
        return _added(place, found[0])
    must, is_ = _identity(expected[0]), _identity(found[0])
    if must == is_:
        return _changed(place, expected[0], found[0])
    elsewhere = next((record for record in found[1:] if _identity(record) == must), None)
    comes_later = any(_identity(output) == is_ for output in expected[1:])
    there_twice = any(_identity(record) == is_ for record in found[1:])
    if elsewhere and comes_later and not there_twice:
        return _reordered(place, expected[0], found[0], elsewhere)
    if elsewhere:
        return _added(place, found[0])
    if comes_later:
        return _missing(place, expected[0], found[0])
    return _changed(place, expected[0], found[0])


def of_state(place: Place, expected: Output | None, found: Record | None) -> Difference:
    """The difference between two states of one key, of which one may lack it."""
    if expected is None and found is not None:
        return _added(place, found)
    if expected is not None and found is None:
        return _missing(place, expected, None)
    if expected is None or found is None:
        raise ValueError("neither state has it")
    return _changed(place, expected, found._replace(timestamp=expected.timestamp, headers=expected.headers))


def _identity(it: Output | Record) -> tuple[bytes | None, bytes | None]:
    """What makes it the same record although one before it in the journal has changed."""
    value = _json(it.value)
    if not isinstance(value, dict) or not value.keys() >= {*_CHAIN}:
        return it.key, it.value
    kept = {name: part for name, part in value.items() if name not in (*_CHAIN, "seq")}
    return it.key, msgspec.json.encode(kept)


def _changed(place: Place, expected: Output, found: Record) -> Difference:
    field, is_, must = next(_differing(found, expected))
    return _difference(place, Kind.CHANGED, expected, found.offset, field=field, found=is_, recomputed=must)


def _missing(place: Place, expected: Output, before: Record | None) -> Difference:
    offset = before.offset if before else None
    return _difference(place, Kind.MISSING, expected, offset, recomputed=_json(expected.value))


def _added(place: Place, found: Record) -> Difference:
    return _difference(place, Kind.ADDED, found, found.offset, found=_json(found.value))


def _reordered(place: Place, expected: Output, found: Record, elsewhere: Record) -> Difference:
    values = {"found": _json(found.value), "recomputed": _json(expected.value)}
    return _difference(place, Kind.REORDERED, expected, found.offset, stands_at=elsewhere.offset, **values)


def _difference(place: Place, kind: Kind, of: Output | Record, offset: int | None, **more: Any) -> Difference:
    value = _json(of.value)
    facts = value if isinstance(value, dict) else {}
    data = facts["data"] if isinstance(facts.get("data"), dict) else {}
    ticket = facts.get("number") or data.get("number") or facts.get("ticket", data.get("ticket", _text(of.key)))
    offsets = facts.get("offsets") or data.get("offsets")
    inbox = tuple(each for each in offsets if isinstance(each, int)) if isinstance(offsets, list) else ()
    ticket = ticket if ticket is None else str(ticket)
    return Difference(
        kind=kind, topic=place.topic, partition=place.partition, offset=offset, ticket=ticket, inbox=inbox, **more
    )


def _differing(found: Record, expected: Output) -> Iterator[tuple[str, Any, Any]]:
    """The parts in which they differ: the most telling one first."""
    fields = list(_fields("value", _json(found.value), _json(expected.value)))
    of_chain = {f"value.{name}" for name in _CHAIN}
    yield from sorted(fields, key=lambda field: field[0] in of_chain)
    if found.value != expected.value:
        yield "value", _text(found.value), _text(expected.value)
    if found.key != expected.key:
        yield "key", _text(found.key), _text(expected.key)
    if found.timestamp != expected.timestamp:
        yield "timestamp", show(found.timestamp), show(expected.timestamp)
    if found.headers != expected.headers:
        yield "headers", _headers(found), _headers(expected)


def _fields(path: str, found: Any, expected: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(found, dict) and isinstance(expected, dict):
        for name in {**expected, **found}:
            if name not in found or name not in expected:
                yield f"{path}.{name}", found.get(name), expected.get(name)
            else:
                yield from _fields(f"{path}.{name}", found[name], expected[name])
    elif isinstance(found, list) and isinstance(expected, list):
        for at, (is_, must) in enumerate(zip_longest(found, expected)):
            yield from _fields(f"{path}[{at}]", is_, must)
    elif found != expected or type(found) is not type(expected):
        yield path, found, expected


def _json(value: bytes | None) -> Any:
    try:
        return msgspec.json.decode(value or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return _text(value)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")


def _headers(of: Output | Record) -> dict[str, str | None]:
    return {name: _text(value) for name, value in of.headers}
