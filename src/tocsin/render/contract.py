"""Tables of a contract on a terminal."""

from rich.table import Table
from rich.text import Text

from tocsin.contracts.report.tables import ReportTable
from tocsin.render.table import cell
from tocsin.render.text import safe


def report_table(report: ReportTable) -> Table:
    """A table of a contract, ready to print."""
    title = Text(safe(report.title)) if report.title else None
    table = Table(*report.columns, title=title, title_justify="left")
    for row in report.rows:
        table.add_row(*map(cell, row))
    return table
