"""The page on recovery promises that each of its disasters is rehearsed."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_disaster_of_the_page_is_in_its_table_and_is_rehearsed() -> None:
    page = (ROOT / "docs" / "recovery.md").read_text()
    titles = re.findall(r"^## (.+)$", page, re.MULTILINE)
    rehearsed = [
        title
        for file in (ROOT / "tests" / "rehearsals").glob("test_*.py")
        for title in re.findall(r'Commands\.of\("([^"]+)"', file.read_text())
    ]
    assert sorted(titles) == sorted(set(rehearsed))
    for title in titles:
        assert f"](#{title.lower().replace(' ', '-')})" in page.split("\n## ")[0]
