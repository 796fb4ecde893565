"""A report as sections of text, tables and pictures, which a page, a document and Markdown show alike."""

from collections.abc import Iterable
from typing import NamedTuple

from tocsin.harmless import harmless


class Cell(NamedTuple):
    """A cell of a table. `to` is the anchor that it leads to, `tone` how good or bad it is: good, bad or empty."""

    text: str
    to: str = ""
    tone: str = ""


class Row(NamedTuple):
    """A row; `anchor` is empty where nothing leads to it."""

    cells: tuple[Cell, ...]
    anchor: str = ""


class Table(NamedTuple):
    """A table. `numbers` are the columns that are set to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numbers: tuple[int, ...] = ()
    anchor: str = ""


class Plot(NamedTuple):
    """A picture as the text of an SVG, and what it shows in words."""

    svg: str
    words: str


class Section(NamedTuple):
    """A section. `notes` come before its plots and tables, in which a line is a sentence."""

    anchor: str
    title: str
    notes: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    tables: tuple[Table, ...] = ()
    items: tuple["Item", ...] = ()


class Item(NamedTuple):
    """A matter that is told in lines, such as a breach with how its deadline came about."""

    anchor: str
    title: str
    lines: tuple[tuple[str, str], ...]
    links: tuple[Cell, ...] = ()


class Heading(NamedTuple):
    """The head: a title, what it is about, and the main figures by their names."""

    title: str
    subtitle: str
    figures: tuple[tuple[str, str], ...]


class Paper(NamedTuple):
    """All that is to be read, in its order."""

    heading: Heading
    sections: tuple[Section, ...]


def cell(text: object, to: str = "", tone: str = "") -> Cell:
    """A cell with what `text` says; text of strangers in it is made harmless. None is empty."""
    return Cell("" if text is None else harmless(str(text)), to, tone)


def row(*cells: object, anchor: str = "") -> Row:
    """A row of these; what is no cell is made one."""
    return Row(tuple(it if isinstance(it, Cell) else cell(it) for it in cells), anchor)


def ticket(number: str | None) -> Cell:
    """The number of a ticket, which leads to it."""
    return cell(number, f"t-{number}") if number else cell("refused")


def offsets(found: Iterable[int]) -> str:
    """Offsets with stretches as such: `3, 7-12`."""
    stretches: list[list[int]] = []
    for offset in found:
        if stretches and offset == stretches[-1][1] + 1:
            stretches[-1][1] = offset
        else:
            stretches.append([offset, offset])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in stretches)
