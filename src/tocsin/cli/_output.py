"""Printing what strangers wrote: nothing of it may steer a terminal."""

import json
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tocsin.harmless import harmless

_PIPED_WIDTH = 200
"""Columns of a table that no terminal limits."""


def safe(text: str, length_max: int = 300) -> str:
    r"""`text` on one line: what could steer or deceive a terminal is shown as `\x1b` or `\u202e`, the end cut off."""
    shown = harmless(text[: length_max + 1])
    return shown if len(text) <= length_max else shown[:length_max] + "…"


def safe_json(document: str) -> str:
    """The JSON text `document` with the same meaning, but nothing in it that steers a terminal."""
    if document.isprintable():
        return document
    return "".join(char if char.isprintable() or char <= " " else json.dumps(char)[1:-1] for char in document)


def cell(value: object) -> Text:
    """A table's cell that shows `value` safely; None is shown as nothing."""
    return Text("" if value is None else safe(str(value)))


def print_table(table: Table) -> None:
    """Print a table as wide as the terminal; wide where there is none, so that `grep` finds whole lines."""
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    Console(width=width, markup=False, highlight=False, emoji=False).print(table)
