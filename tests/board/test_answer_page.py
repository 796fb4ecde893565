"""The page behind an answer link in a real Chromium: for everybody, on a telephone, by keyboard, without scripts."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page
from tests.board.test_pages import violations
from tests.unit.test_answer_links import CLAIM, KEY, NOW, Desk, token_of

from tocsin.notify.answers.server import AnswerPlace, serve

PHONE = {"width": 320, "height": 640}


class Site:
    """The server and its desk."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.now = NOW
        self.address = ""

    async def opened(self, browser: Browser, token: str, scheme: str = "light") -> Page:
        """On a telephone that runs no scripts."""
        context = await browser.new_context(viewport=PHONE, color_scheme=scheme, java_script_enabled=False)  # type: ignore[arg-type]  # light or dark
        page = await context.new_page()
        page.set_default_timeout(60_000)
        await page.goto(f"{self.address}/answer/{token}")
        return page


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    place = AnswerPlace("127.0.0.1", 0, "https://notify.soc.example", [KEY])
    async with serve(place, made.desk, lambda: made.now, lambda: 0.0) as made.address:
        yield made


async def test_the_button_is_pressed_by_keyboard_without_scripts_and_answers(site: Site, browser: Browser) -> None:
    page = await site.opened(browser, token_of())
    assert await page.locator("h1").inner_text() == "Do you take ACME-000003?"
    button = page.get_by_role("button", name="I take ACME-000003")
    box = await button.bounding_box()
    assert box is not None
    assert (box["height"] >= 44, box["x"] + box["width"] <= PHONE["width"]) == (True, True)
    assert site.desk.answers == []
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Taken: ACME-000003").wait_for()
    assert site.desk.answers == [CLAIM]
    await page.reload()  # the browser asks again what it had asked
    await page.get_by_role("heading", name="Already taken: ACME-000003").wait_for()
    assert len(site.desk.answers) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_on_it_keeps_anybody_out_and_its_style_is_allowed(
    site: Site, browser: Browser, scheme: str
) -> None:
    long = CLAIM._replace(number=None, dedup_key="acme/" + "0123456789abcdef-" * 9 + "/detection_alert/1")
    for token in (token_of(), token_of(long), "1.a.b"):
        page = await browser.new_page(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
        page.set_default_timeout(60_000)
        said: list[str] = []

        def hear(message: ConsoleMessage, said: list[str] = said) -> None:
            said.append(message.text)

        page.on("console", hear)
        await page.goto(f"{site.address}/answer/{token}")
        assert [text for text in said if "Content Security Policy" in text] == []
        assert await page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") == "24px"
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert await violations(page) == []
        await page.close()
