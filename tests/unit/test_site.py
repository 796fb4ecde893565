"""The site of the documents, as `make site` builds it."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from tests.board.chromium import browser

pytestmark = pytest.mark.slow  # an environment of its own, and half a minute

BROWSER_PATIENCE = 120_000
"""Milliseconds; only a hang lasts so long, also on a busy machine."""

ROOT = Path(__file__).parents[2]
LOADED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?([^\" >]+)|<link\b(?![^>]*canonical)[^>]*\bhref=\"?([^\" >]+)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built; a link that leads nowhere, or a page that is not in the navigation, would be an error."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(["make", "site", f"ARGS=--site-dir {folder}"], cwd=ROOT, check=True)
    return folder


def test_every_document_is_a_page(site: Path) -> None:
    documents = {path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in ROOT.glob("docs/**/*.md")}
    assert documents <= {path.relative_to(site).as_posix() for path in site.rglob("*.html")}


def test_no_page_loads_anything_from_elsewhere_and_all_that_it_loads_is_there(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = {link for found in LOADED.findall(page.read_text(encoding="utf-8")) for link in found if link}
        assert loaded
        for link in loaded:
            assert "//" not in link, f"{page.name} loads {link}"
            there = (site if link.startswith("/") else page.parent) / link.lstrip("/").partition("?")[0]
            assert there.exists(), f"{page.name} loads {link}"


def test_a_link_to_a_line_of_the_source_leads_to_that_line(site: Path) -> None:
    page = site / "walkthrough.html"
    links = re.findall(r'href="(source/[^"#]+)#(L\d+)"', page.read_text(encoding="utf-8"))
    assert len(links) > 20
    for path, line in links:
        assert f'id="{line}"' in (site / path).read_text(encoding="utf-8")


def test_the_search_finds_settings_and_commands_and_no_source(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    found = {each["location"].partition("#")[0] for each in index}
    assert {"reference/settings.html", "reference/cli.html", "tutorial.html"} <= found
    assert not any(location.startswith("source/") for location in found)
    assert any("group_instance_id" in each["text"] for each in index)


async def test_opened_from_a_folder_without_a_network_the_search_answers(site: Path) -> None:
    async with browser() as opened:
        page = await (await opened.new_context(offline=True)).new_page()
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(request.url))
        await page.goto((site / "reference" / "settings.html").as_uri())
        await page.get_by_placeholder("Search").first.fill("group_instance_id")
        await page.wait_for_selector(".md-search-result__item a", timeout=BROWSER_PATIENCE)
        assert await page.locator('.md-search-result__item a[href*="settings.html"]').count()
        assert failed == []


def test_the_reader_may_have_it_dark_or_light(site: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'data-md-color-scheme="(\w+)" data-md-color-primary', text)) >= {"default", "slate"}


def test_a_link_that_leads_nowhere_fails(site: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[there](nowhere.md)")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nstrict: true\n")
    build = [str(ROOT / ".tocsin/mkdocs/bin/mkdocs"), "build"]
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "nowhere.md" in done.stderr) == (1, True)
