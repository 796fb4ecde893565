"""A report or a handover as Markdown, for wikis and tickets: headings and tables, without the plots."""

from collections.abc import Iterator

from tocsin.report.sections import Paper, Section, Table

_SPECIAL = str.maketrans({each: f"\\{each}" for each in "\\`*_{}[]<>#|~!&"} | {"\n": " ", "\r": " "})


def markdown(paper: Paper) -> str:
    """The text; what is marked up in text of strangers is escaped."""
    head = paper.heading
    lines = [f"# {_plain(head.title)}", "", _plain(head.subtitle), ""]
    lines += [f"- {_plain(name)}: **{_plain(value)}**" for name, value in head.figures]
    for section in paper.sections:
        lines += ["", *_section(section)]
    return "\n".join(lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"## {_plain(section.title)}"
    for note in section.notes:
        yield from ("", _plain(note))
    for table in section.tables:
        yield from ("", *_table(table))
    for item in section.items:
        yield from ("", f"### {_plain(item.title)}", "")
        yield from (f"- {name}: {_plain(text)}" for name, text in item.lines)


def _table(table: Table) -> Iterator[str]:
    yield f"**{_plain(table.title)}**"
    yield ""
    if not table.rows:
        yield "None."
        return
    yield _row(table.columns)
    yield _row(["--:" if place in table.numbers else "---" for place in range(len(table.columns))])
    for row in table.rows:
        yield _row([_plain(cell.text) for cell in row.cells])


def _row(cells: "list[str] | tuple[str, ...]") -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    return text.translate(_SPECIAL)
