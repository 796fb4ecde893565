"""Text of strangers, made safe to print: nothing in it steers a terminal."""

import json

from tocsin.harmless import harmless


def safe(text: str, length_max: int = 300) -> str:
    r"""`text` on one line, cut to a length; characters that could steer a terminal are shown as `\x1b` or `\u202e`."""
    shown = harmless(text[: length_max + 1])
    return shown if len(text) <= length_max else shown[:length_max] + "…"


def safe_json(document: str) -> str:
    """The JSON text `document` with the same meaning, but nothing in it that steers a terminal."""
    if document.isprintable():
        return document
    return "".join(char if char.isprintable() or char <= " " else json.dumps(char)[1:-1] for char in document)
