"""Tables of a contract on a terminal."""

from rich.table import Table
from rich.text import Text

from tocsin.contracts.report.tables import ReportTable
from tocsin.render.text import safe

_WHOLE = 100_000
"""Longer than any text of a contract: a rule that is cut says something else."""


def report_table(report: ReportTable) -> Table:
    """A table of a contract, ready to print."""
    title = Text(safe(report.title)) if report.title else None
    table = Table(title=title, title_justify="left")
    for column in report.columns:
        table.add_column(column, overflow="fold")
    for row in report.rows:
        table.add_row(*map(whole_cell, row))
    return table


def whole_cell(text: str) -> Text:
    """A cell with all of `text`, safe to print."""
    return Text(safe(text, _WHOLE))
