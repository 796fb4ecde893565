"""A dead letter, for people and for machines."""

import base64
from collections.abc import Iterator
from typing import Any

from tocsin.domain.instant import show
from tocsin.messages.refused import DeadLetter
from tocsin.render.text import safe

_WIDTH = 10
_ALL = 2 * 1024 * 1024
"""Characters of a value that are shown: all that a dead letter can hold."""


def as_text(letter: DeadLetter, mending: str) -> str:
    """All of it, a line for each part, safe to print. `mending` says what is known to mend it."""
    return "\n".join(f"{name:{_WIDTH}}{content}" for name, content in _parts(letter, mending))


def _parts(letter: DeadLetter, mending: str) -> Iterator[tuple[str, str]]:
    yield "place", f"{letter.place}, refused {show(letter.at)}"
    yield "reason", f"{safe(letter.reason)}: {safe(letter.detail)}"
    yield "origin", f"{safe(letter.origin)}, stamped {show(letter.origin_at)} by its sender"
    if letter.redriven_from:
        yield "first at", f"{safe(letter.root)}, refused {show(letter.first_refused)}; this is another attempt"
    if letter.tenant:
        yield "tenant", f"{safe(letter.tenant)}, as it says itself"
    if letter.key is not None:
        yield "key", _text(letter.key)
    for name, content in letter.headers:
        yield "header", f"{safe(name)}: {_text(content or b'')}"
    yield "value", "none" if letter.value is None else f"{len(letter.value)} bytes: {_text(letter.value)}"
    yield "mend", mending
    yield "redrive", letter.obstacle or f"tocsin dead-letters redrive {letter.place} --reason-why ..."


def as_document(letter: DeadLetter) -> dict[str, Any]:
    """All of it, for JSON; bytes that are no text are `{"base64": ...}`."""
    return {
        "place": letter.place,
        "refused": show(letter.at),
        "reason": letter.reason,
        "detail": letter.detail,
        "origin": letter.origin,
        "origin_stamp": show(letter.origin_at),
        "first": letter.root if letter.redriven_from else None,
        "first_refused": show(letter.first_refused),
        "tenant": letter.tenant,
        "key": _json(letter.key),
        "headers": [[name, _json(content)] for name, content in letter.headers],
        "value": _json(letter.value),
        "obstacle": letter.obstacle,
    }


def _text(data: bytes) -> str:
    return safe(data.decode("utf-8", "backslashreplace"), _ALL)


def _json(data: bytes | None) -> Any:
    try:
        return None if data is None else data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data or b"").decode()}
