"""The pages of who has signed in, in a real Chromium: for everybody, on a phone, with each state of what was done."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from tests.board.provider import SECRET, provided
from tests.board.sites import ADA, SPEC, Site, openid, site
from tests.board.test_pages import violations

from tocsin.client.errors import UnavailableError
from tocsin.dev.kafka import first_free_port


async def signed_in(browser: Browser, asking: Site, path: str, **options: Any) -> Page:
    page = await browser.new_page(**options)
    page.set_default_timeout(60_000)
    await page.goto(asking.address + path)
    await page.get_by_label("Your token").fill(ADA)
    await page.get_by_role("button", name="Sign in").click()
    return page


async def done(page: Page, asking: Site) -> None:
    """Something that is done, something refused, something unsent and something that waits."""
    for verb in ("Acknowledge", "Resume"):
        await page.get_by_role("button", name=verb).click()
        await expect(page.locator("#deeds")).to_contain_text(verb)
        asking.stage.hear(asking.sent[-1])
    asking.unsent = UnavailableError("nobody answers")
    await page.get_by_role("button", name="Give back").click()
    await expect(page.locator("#deeds > li")).to_have_count(3)
    asking.unsent = None
    await page.locator("summary", has_text="Note").click()
    await page.get_by_label("Note", exact=True).fill("A very long note without a space: " + "x" * 3_000)
    await page.get_by_role("button", name="Note").click()
    await expect(page.locator("#deeds > li")).to_have_count(4)
    await expect(page.locator("#deeds")).to_contain_text("Refused")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_on_the_pages_of_an_analyst_keeps_anybody_out(
    tmp_path: Path, browser: Browser, scheme: str
) -> None:
    async with site(tmp_path, SPEC) as asking:
        page = await browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
        await page.goto(asking.address)
        assert await violations(page) == []
        await page.get_by_label("Your token").fill("no token of anybody")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_have_text("Nobody has that token.")
        assert await violations(page) == []
        await page.close()
        ticket = f"/tickets/{asking.ticket_of('acme')}"
        page = await signed_in(browser, asking, ticket, color_scheme=scheme)
        await done(page, asking)
        for summary in await page.locator(".verbs summary").all():
            await summary.click()
            assert await violations(page) == [], await summary.text_content()


@pytest.mark.parametrize("size", [(390, 844), (320, 640), (640, 512)], ids=str)
async def test_acting_fits_a_phone_and_twice_the_size_of_its_letters(
    tmp_path: Path, browser: Browser, size: tuple[int, int]
) -> None:
    async with site(tmp_path, SPEC) as asking:
        ticket = f"/tickets/{asking.ticket_of('acme')}"
        page = await signed_in(browser, asking, ticket, viewport={"width": size[0], "height": size[1]})
        await done(page, asking)
        await page.locator("summary", has_text="Hold").click()
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        await page.screenshot(path=tmp_path / "acting.png", full_page=True)


async def test_what_is_being_written_stays_while_the_page_follows(tmp_path: Path, browser: Browser) -> None:
    async with site(tmp_path, SPEC) as asking:
        page = await signed_in(browser, asking, f"/tickets/{asking.ticket_of('acme')}")
        await page.get_by_role("button", name="Acknowledge").click()
        await expect(page.locator("#deeds")).to_contain_text("Pending")
        await page.locator("summary", has_text="Note").click()
        await page.get_by_label("Note", exact=True).fill("Half a sen")
        asking.stage.hear(asking.sent[-1])
        await expect(page.locator("#deeds")).to_contain_text("Done")
        await page.keyboard.type("tence")
        await expect(page.get_by_label("Note", exact=True)).to_have_value("Half a sentence")


async def test_who_comes_back_from_the_provider_of_another_site_is_signed_in_where_they_were(
    tmp_path: Path, browser: Browser
) -> None:
    """Browsers show the session's cookie on no way that begins at another site; a real one proves the way round it."""
    port = first_free_port(41_000)
    async with (
        provided() as provider,
        site(
            tmp_path, openid(provider), secret=SECRET, port=port, url=f"http://127.0.0.1:{port}/", open=False
        ) as asking,
    ):
        provider.now = int(asking.clock.now)
        page = await browser.new_page()
        page.set_default_timeout(60_000)
        ticket = f"{asking.address}/tickets/{asking.ticket_of('acme')}"
        await page.goto(ticket)
        await page.get_by_role("link", name="Sign in with Example SSO").click()
        await page.get_by_role("link", name="I am Ada").click()
        await expect(page.locator("header .account")).to_contain_text("Signed in as ada")
        assert page.url == ticket
        await page.get_by_role("button", name="Acknowledge").click()
        await expect(page.locator("#deeds")).to_contain_text("Pending")
        assert [record.key for record in asking.sent] == [b"acme"]
