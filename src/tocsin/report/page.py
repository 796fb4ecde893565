"""A report as one HTML file: inline SVG, no script, nothing from the network. Text of strangers in it is escaped."""

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tocsin.report.chapters import heading, sections
from tocsin.report.model import Report
from tocsin.report.sections import Cell

_pages = Environment(loader=PackageLoader("tocsin.report"), autoescape=True, undefined=StrictUndefined)


def page(report: Report) -> str:
    """The page."""
    template = _pages.get_template("report.html")
    head = heading(report)
    return template.render(
        title=head.title, subtitle=head.subtitle, tiles=head.figures, sections=sections(report), shown=_shown
    )


def _shown(cell: Cell) -> Markup:
    """The cell with its link."""
    text = Markup('<span class="{}">{}</span>').format(cell.tone, cell.text) if cell.tone else Markup.escape(cell.text)
    return Markup('<a href="#{}">{}</a>').format(cell.to, text) if cell.to else text
