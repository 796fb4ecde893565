"""Printing what strangers wrote: nothing of it may steer a terminal."""

import json
import re
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

_INVISIBLE = (
    r"\x7f-\x9f"  # DEL and the 8-bit control characters, CSI among them
    r"\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible, bidi, separators
    r"\ud800-\udfff"  # lone surrogates
    r"\U000e0000-\U000e0fff"  # tags and variation selectors
)
_UNSAFE = re.compile(rf"[\x00-\x1f{_INVISIBLE}]")
_UNSAFE_IN_JSON = re.compile(f"[{_INVISIBLE}]")
_PIPED_WIDTH = 200
"""Columns of a table that no terminal limits."""


def safe(text: str, length_max: int = 300) -> str:
    r"""`text` on one line: what could steer or deceive a terminal is shown as `\x1b` or `\u202e`, the end cut off."""
    shown = _UNSAFE.sub(_escape, text[: length_max + 1])
    return shown if len(text) <= length_max else shown[:length_max] + "…"


def safe_json(document: str) -> str:
    """The JSON text `document` with the same meaning, but nothing in it that steers a terminal."""
    return _UNSAFE_IN_JSON.sub(_escape_in_json, document)


def cell(value: object) -> Text:
    """A table's cell that shows `value` safely; None is shown as nothing."""
    return Text("" if value is None else safe(str(value)))


def print_table(table: Table) -> None:
    """Print a table as wide as the terminal; wide where there is none, so that `grep` finds whole lines."""
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    Console(width=width, markup=False, highlight=False, emoji=False).print(table)


def _escape(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode("ascii")


def _escape_in_json(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]
