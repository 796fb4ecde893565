"""A report as a PDF, set by Typst: tagged for screen readers, with fonts of its own, the same bytes each time."""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import msgspec

from tocsin.domain.instant import SECOND, Instant
from tocsin.report.sections import Paper, Section

_COLOURS = """<style>text { font-family: "Libertinus Serif"; } .ink { fill: #1c2430; } .muted { fill: #55606e; }
 .grid { fill: #d5dbe2; } .before { fill: #8795a8; } .after { fill: #d9480f; }</style>"""
_LONG_WORD = re.compile(r"\S{24}(?=\S)")
_MAY_BREAK = "\u200b"
_NO_GLYPH = "could not be displayed"


class NoTypst(RuntimeError):  # noqa: N818 - the name says what is wrong
    """Typst is not installed."""

    def __init__(self) -> None:
        super().__init__("A PDF needs Typst; pip install 'tocsin[report]' brings it.")


def document(paper: Paper, as_of: Instant) -> bytes:
    """The PDF, which bears the time `as_of`. Raises `NoTypst`.

    It is PDF/UA-1 in the fonts that Typst brings. These have no Chinese, Japanese, Korean or Arabic letters, nor all
    others: where one is missing, the fonts of the machine are taken too, and the bytes are those of such machines.
    """
    try:
        import typst  # noqa: PLC0415 - it is optional
    except ImportError:
        raise NoTypst from None
    data = {"report": msgspec.json.encode(_data(paper)).decode()}
    text = files("tocsin.report").joinpath("templates", "report.typ").read_bytes()
    at = as_of // SECOND
    try:
        made = typst.Compiler(text, ignore_system_fonts=True, sys_inputs=data).compile(
            format="pdf", pdf_standards="ua-1", timestamp=at
        )
    except typst.TypstError as error:
        if _NO_GLYPH not in str(error):
            raise
        made = typst.Compiler(text, sys_inputs=data).compile(format="pdf", timestamp=at)
    if not isinstance(made, bytes):
        raise TypeError("Typst has made no single document")
    return made


def _data(paper: Paper) -> dict[str, Any]:
    there = set(_anchors(paper.sections))
    return {**paper.heading._asdict(), "sections": [_plain(each, there) for each in paper.sections]}


def _anchors(chapters: tuple[Section, ...]) -> Iterator[str]:
    for section in chapters:
        yield section.anchor
        yield from (item.anchor for item in section.items)
        for table in section.tables:
            yield table.anchor
            yield from (row.anchor for row in table.rows)


def _plain(value: Any, there: set[str]) -> Any:
    """`value` with names for its members; a link that leads nowhere is none, and a long word may be broken."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _member(name, each, there) for name, each in value._asdict().items()}
    if isinstance(value, tuple):
        return [_plain(each, there) for each in value]
    return _LONG_WORD.sub(rf"\g<0>{_MAY_BREAK}", value) if isinstance(value, str) else value


def _member(name: str, value: Any, there: set[str]) -> Any:
    match name:
        case "to":
            return value if value in there else ""
        case "anchor":
            return value
        case "svg":
            return _drawn(value)
        case _:
            return _plain(value, there)


def _drawn(svg: str) -> str:
    """The picture with its colours."""
    opening, rest = svg.split(">", 1)
    return f"{opening}>{_COLOURS}{rest}"
