"""Finding things in a sensor's JSON, of which nothing is certain."""

from tocsin.messages.models.base import IDENTIFIER_LENGTH_MAX
from tocsin.messages.text import neutralise


def dig(node: object, *path: str | int) -> object:
    """The value at `path` in nested objects and arrays; None if there is none."""
    for step in path:
        if isinstance(step, str):
            node = node.get(step) if isinstance(node, dict) else None
        else:
            node = node[step] if isinstance(node, list) and len(node) > step else None
    return node


def text(found: object, length_max: int = IDENTIFIER_LENGTH_MAX) -> str | None:
    """`found` as harmless text; None where it is empty, or neither text nor a whole number."""
    if isinstance(found, str):
        return neutralise(found.strip(), length_max) or None
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)[:length_max]
    return None


def first_text(*found: object, length_max: int = IDENTIFIER_LENGTH_MAX) -> str | None:
    """The first of `found` that is text."""
    return next((string for string in (text(one, length_max) for one in found) if string), None)
