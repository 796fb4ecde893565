"""A comparison as one HTML file: inline SVG, no script, nothing from the network."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from tocsin.whatif.plot import plot
from tocsin.whatif.result import LIMITS, Result
from tocsin.whatif.tables import tables

ROWS_MAX = 200
"""The cases of each kind that a page lists."""

_pages = Environment(loader=PackageLoader("tocsin.whatif"), autoescape=True, undefined=StrictUndefined)


def page(result: Result) -> str:
    """The page; text of strangers in it is escaped."""
    template = _pages.get_template("report.html")
    return template.render(result=result, picture=plot(result), limits=LIMITS, tables=list(tables(result, ROWS_MAX)))
