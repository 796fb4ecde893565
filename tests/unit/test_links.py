"""Documents lead to the lines that they speak of."""

import re
from pathlib import Path

import pytest
from tools.links import DOCUMENTS, LINK, BrokenLinkError, relinked

ROOT = Path(__file__).parents[2]
ANY_LINK = re.compile(r"\]\((?!https?://|mailto:)(?P<path>[^)#\s]+)(?:#[^)]*)?\)")
PAGES = sorted(page for pattern in DOCUMENTS for page in ROOT.glob(pattern))


def test_every_link_to_a_line_names_what_stands_there() -> None:
    assert [it.document.name for it in relinked() if it.before != it.after] == [], "run `python tools/links.py`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_document_leads_somewhere(page: Path) -> None:
    links = {link["path"] for link in ANY_LINK.finditer(page.read_text(encoding="utf-8"))}
    assert [link for link in sorted(links) if not (page.parent / link).exists()] == []


def test_a_link_to_a_function_follows_it_when_it_moves(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("see [`second`](code.py#L1) and [`20 min`](rules.yaml#L9)")
    (tmp_path / "code.py").write_text("def first(): ...\n\n\ndef second(): ...\n")
    (tmp_path / "rules.yaml").write_text("callback:\n  targets: {all: 20 min}\n")
    (page,) = relinked(tmp_path)
    assert page.after == "see [`second`](code.py#L4) and [`20 min`](rules.yaml#L2)"


def test_a_link_to_a_function_that_is_gone_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("see [`third`](code.py#L1)")
    (tmp_path / "code.py").write_text("def first(): ...\n")
    with pytest.raises(BrokenLinkError, match=r"nothing in code\.py is called third"):
        list(relinked(tmp_path))


def test_there_are_links_to_check() -> None:
    assert any(LINK.search(page.read_text(encoding="utf-8")) for page in PAGES)


LINE_LINK = re.compile(r"\]\((?P<path>[^)#\s]+)#L(?P<first>\d+)(?:-L(?P<last>\d+))?\)")
LINES_THAT_MUST_BE_LINKED = {("README.md", "src/tocsin/contracts/vendors/esentire.yaml"): "20 min"}
"""The text in the linked line, by document and file."""


def linked_lines(page: Path) -> list[tuple[str, str]]:
    """Each link of `page` to a line, as the path and the line; an empty line if the file has none of that number."""
    found = []
    for link in LINE_LINK.finditer(page.read_text(encoding="utf-8")):
        lines = (page.parent / link["path"]).read_text(encoding="utf-8").splitlines()
        last = int(link["last"] or link["first"])
        found.append((link["path"], lines[int(link["first"]) - 1] if int(link["first"]) <= last <= len(lines) else ""))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_line_names_a_line_that_is_not_empty(page: Path) -> None:
    assert [path for path, line in linked_lines(page) if not line.strip()] == []


@pytest.mark.parametrize(("page", "path"), LINES_THAT_MUST_BE_LINKED)
def test_a_link_that_a_reader_needs_is_there_and_leads_to_its_rule(page: str, path: str) -> None:
    expected = LINES_THAT_MUST_BE_LINKED[page, path]
    assert [expected in line for linked, line in linked_lines(ROOT / page) if linked == path] == [True]
