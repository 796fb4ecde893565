"""Tables for a terminal, their cells safe to print."""

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tocsin.render.text import safe

_PIPED_WIDTH = 200
"""The width of a table where there is no terminal."""


def cell(value: object) -> Text:
    """A cell of a table that shows `value` safely; empty for None."""
    return Text("" if value is None else safe(str(value)))


def print_table(table: Table) -> None:
    """Print a table as wide as the terminal; without one 200 columns wide, so that `grep` finds whole lines."""
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    Console(width=width, markup=False, highlight=False, emoji=False).print(table)
