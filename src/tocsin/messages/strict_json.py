"""JSON from strangers: bounded in depth and width, and without the two meanings that a repeated key has."""

import json
import re
from collections.abc import Iterator
from math import isinf
from typing import Any

from tocsin.messages.dead_letters import DeadLetterReason, Rejected

DEPTH_MAX = 64
"""Levels of arrays and objects; OCSF needs fewer than 20."""

KEYS_MAX = 1_000
"""Keys of one object."""

_SHAPE = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_WHITE_SPACE = " \t\n\r"


class RepeatedKey(ValueError):  # noqa: N818 - the name says what is wrong
    """An object of a JSON text has a key twice, so that it means two things."""


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The JSON object of `pairs`, for an `object_pairs_hook`. Raises `RepeatedKey`."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise RepeatedKey("an object has the same key twice")
    return document


def parse(value: bytes) -> object:
    """The document in `value`. Raises `Rejected`; the size must have been judged before."""
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise Rejected(DeadLetterReason.NOT_UTF8, f"byte {error.start} is not UTF-8") from None
    return parse_text(text)


def parse_text(text: str) -> object:
    """The document in `text`. Raises `Rejected`."""
    if text.count("[") + text.count("{") > DEPTH_MAX:
        _refuse_depth(text)
    try:
        if text.startswith("{"):
            document, end = _decoder.raw_decode(text)
            if not text[end:].strip(_WHITE_SPACE):
                return document  # `decode` looks for white space around it, which takes a quarter of its time
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise Rejected(DeadLetterReason.NOT_JSON, f"{error.msg} in line {error.lineno}, column {error.colno}") from None
    except RepeatedKey as error:
        raise Rejected(DeadLetterReason.DUPLICATE_KEY, str(error)) from None
    except ValueError:  # an integer of more digits than Python reads
        raise Rejected(DeadLetterReason.NOT_JSON, "a number has too many digits") from None


def _refuse_depth(text: str) -> None:
    depth = 0
    for level in _levels(text):
        depth += level
        if depth > DEPTH_MAX:
            raise Rejected(DeadLetterReason.TOO_DEEP, f"nested deeper than {DEPTH_MAX} levels")


def _levels(text: str) -> Iterator[int]:
    """+1 for every bracket that opens outside a string, -1 for every one that closes."""
    for token in _SHAPE.finditer(text):
        first = token.group()[0]
        if first != '"':
            yield 1 if first in "[{" else -1


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > KEYS_MAX:
        raise Rejected(DeadLetterReason.TOO_MANY_KEYS, f"an object has more than {KEYS_MAX} keys")
    return unique_keys(pairs)


def _number(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise Rejected(DeadLetterReason.NOT_FINITE, "a number is too large")
    return number


def _constant(name: str) -> float:
    raise Rejected(DeadLetterReason.NOT_FINITE, f"{name} is not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)
