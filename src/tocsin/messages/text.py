"""The characters that text may hold: none that steers a terminal or makes a line read otherwise than it is written.

A message in our own schema is refused for control characters and marks of writing direction. In messages of
sensors and mails they are neutralised, since a detection must not be lost because an attacker put a mark into
a file name.
"""

import re

_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_CONTROLS_BUT_TAB_AND_NEWLINE = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_DIRECTION_MARKS = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"

LINE_PATTERN = f"^[^{_CONTROLS}{_DIRECTION_MARKS}]*$"
"""One line. Reads the same in Python, in Rust and in JSON Schema."""

FREE_TEXT_PATTERN = f"^(?:\\r\\n|[^{_CONTROLS_BUT_TAB_AND_NEWLINE}{_DIRECTION_MARKS}])*$"
"""Several lines: newline and tab are allowed."""

_WHITE_SPACE = re.compile(r"[\t\n\r]+")
_UNSAFE = re.compile(f"[{_CONTROLS}{_DIRECTION_MARKS}\ud800-\udfff]")

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands where something unsafe was."""


def neutralise(text: str, length_max: int) -> str:
    """`text` as one harmless line of at most `length_max` characters; encodable, too (no lone surrogates)."""
    text = text[: length_max * 2]  # white space may shrink; what is cut here is beyond the limit anyhow or padding
    if text.isascii() and text.isprintable():
        return text[:length_max]
    return _UNSAFE.sub(REPLACEMENT, _WHITE_SPACE.sub(" ", text))[:length_max]
