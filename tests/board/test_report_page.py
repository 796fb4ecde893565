"""The report of a client in a real Chromium: readable in the light, in the dark and in print, and by itself."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page
from tests.board.chromium import axe
from tests.unit.test_report import report

from tocsin.report.chapters import paper
from tocsin.report.page import page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: tuple[tuple[Literal["light", "dark"], Literal["screen", "print"]], ...] = (
    ("light", "screen"),
    ("dark", "screen"),
    ("dark", "print"),
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("report") / "acme.html"
    path.write_text(page(paper(report("acme"))), encoding="utf-8")
    return path.as_uri()


async def shown(browser: Browser, address: str, look: int = 0) -> Page:
    scheme, media = LOOKS[look]
    opened = await browser.new_page(viewport={"width": 1300, "height": 900}, color_scheme=scheme)
    await opened.emulate_media(media=media, color_scheme=scheme)
    await opened.goto(address)
    return opened


@pytest.mark.parametrize("look", range(len(LOOKS)))
async def test_everybody_can_read_it(browser: Browser, address: str, look: int) -> None:
    opened = await shown(browser, address, look)
    await opened.evaluate(axe())
    found = await opened.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
    assert [it["id"] for it in found["violations"]] == []
    await opened.close()


async def test_it_needs_no_script_and_nothing_from_elsewhere_and_each_link_leads_to_its_place(
    browser: Browser, address: str
) -> None:
    opened = await browser.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    await opened.goto(address)
    assert asked == [address]
    assert await opened.locator("script, link, img, iframe").count() == 0
    dangling = await opened.evaluate(
        """() => [...document.querySelectorAll('a')].map(it => it.getAttribute('href'))
             .filter(it => !it.startsWith('#') || !document.getElementById(it.slice(1)))"""
    )
    assert dangling == []
    ids = await opened.evaluate("() => [...document.querySelectorAll('[id]')].map(it => it.id)")
    assert len(ids) == len(set(ids))
    assert await opened.locator("figure svg rect.after").count() > 0
    await opened.close()


async def test_print_is_black_on_white_whatever_the_reader_s_colours(browser: Browser, address: str) -> None:
    opened = await shown(browser, address, look=2)
    colours = await opened.evaluate(
        "() => { const it = getComputedStyle(document.body); return [it.backgroundColor, it.color] }"
    )
    assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    assert not await opened.locator("nav").is_visible()
    await opened.close()
