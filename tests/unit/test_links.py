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
