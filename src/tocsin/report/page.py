"""A report or a handover as one HTML file: inline SVG, no script, nothing from the network.

Text of strangers in it is escaped.
"""

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tocsin.report.sections import Cell, Paper

_pages = Environment(loader=PackageLoader("tocsin.report"), autoescape=True, undefined=StrictUndefined)


def page(paper: Paper) -> str:
    """The page."""
    return _pages.get_template("report.html").render(head=paper.heading, sections=paper.sections, shown=_shown)


def _shown(cell: Cell) -> Markup:
    """The cell with its link."""
    text = Markup('<span class="{}">{}</span>').format(cell.tone, cell.text) if cell.tone else Markup.escape(cell.text)
    return Markup('<a href="#{}">{}</a>').format(cell.to, text) if cell.to else text
