"""The pages of reference say what the code says, and every page of the documents is in the navigation of the site."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.reference import cli, settings, topics, written

from tocsin.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NAVIGATION = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]


@pytest.mark.parametrize(("path", "text"), list(written()), ids=lambda it: it.name if isinstance(it, Path) else "")
def test_the_pages_that_follow_from_the_code_are_current(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `make reference`"


def test_they_name_commands_of_every_depth_each_setting_and_each_topic() -> None:
    for heading in ("## tocsin\n", "### tocsin run\n", "#### tocsin notify run\n", "#### tocsin desk acknowledge\n"):
        assert heading in cli()
    assert all(f"\n| `{name}` |" in settings() for name in Settings.model_fields)
    assert all(f"\n| `{Settings().topic(topic)}` |" in topics() for topic in Settings().topics)


def test_no_help_shows_a_mark_that_is_meant_for_the_printer() -> None:
    assert "\\b" not in cli()


def test_every_page_of_the_documents_is_in_the_navigation_and_none_that_is_not_there() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if path.parent.name != "decisions"}
    assert set(navigated(NAVIGATION)) - {"decisions"} == pages, "add it to `nav` in mkdocs.yml"


def test_the_navigation_leads_from_learning_to_understanding() -> None:
    assert [next(iter(each)) for each in NAVIGATION] == ["Home", "Tutorial", "How to", "Reference", "Explanation"]


def navigated(entries: Any) -> Iterator[str]:
    if isinstance(entries, str):
        yield entries
    else:
        for entry in entries.values() if isinstance(entries, dict) else entries:
            yield from navigated(entry)
