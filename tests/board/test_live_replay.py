"""A replay on the board in a real Chromium: the wall as it was, countdowns with the speed, and what every page says."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from tests.board.rerun import NOTICE, inbox_of, replayed
from tests.board.screenshots import SCRIPT
from tests.board.test_pages import violations

from tocsin.board.replayed.clock import ReplayTime
from tocsin.domain.instant import MINUTE, parse
from tocsin.messages.record import Record

AT = parse("2026-03-03T14:24:00Z")


@pytest.fixture
def log(tmp_path: Path) -> list[Record]:
    return inbox_of(SCRIPT.read_text(encoding="utf-8"), tmp_path)


async def test_the_wall_is_as_it_was_and_every_page_says_that_it_is_not_now(
    log: list[Record], browser: Browser
) -> None:
    async with replayed(log, ReplayTime(AT, AT + 10 * MINUTE, 60)) as (address, _):
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        for path in ("/", "/months", "/months/acme", "/tickets/ACME-000002", "/tickets/ACME-999999", "/nowhere"):
            await page.goto(address + path)
            await expect(page.locator(".replay")).to_have_text(NOTICE)
            await expect(page).to_have_title("Replay: " + (await page.title()).removeprefix("Replay: "))
            assert await violations(page) == [], path
        await page.goto(address)
        await expect(page.locator("#time")).to_have_text("14:24:00")
        shown = await page.locator(".callbacks h3").all_inner_texts()
        assert shown
        card = page.locator("#callbacks > li", has_text="ACME-000003")
        await expect(card.locator(".left")).to_have_text("8:00")  # due at 14:32, as it was to be known then
        await expect(page.locator("#promises")).not_to_contain_text("ACME-000006")  # which came at 14:27
        assert await page.locator("form[action$='/act']").count() == 0


async def test_a_countdown_moves_with_the_speed_and_what_came_then_comes(log: list[Record], browser: Browser) -> None:
    time = ReplayTime(AT, AT + 20 * MINUTE, 60)
    async with replayed(log, time) as (address, _):
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(address)
        left = page.locator("#callbacks > li", has_text="ACME-000003").locator(".left")
        await expect(left).to_have_text("8:00")
        time.go_on()
        before = await page.evaluate("performance.now()")
        await expect(page.locator("#promises")).to_contain_text("ACME-000006", timeout=60_000)
        passed = await page.evaluate("performance.now()") - before
        assert passed < 3 * MINUTE / 2  # it took three minutes then
        time.stand()
        stood = time.now()
        assert stood >= parse("2026-03-03T14:27:00Z")
        late = page.locator("#promises > li", has_text="ACME-000006").locator(".left")
        due = parse("2026-03-03T14:37:00Z")
        wanted = max(-(stood - due) // 1000, -(-(due - stood) // 1000))
        await expect(late).to_have_text(f"{wanted // 60}:{wanted % 60:02}", timeout=30_000)


async def test_the_story_of_a_ticket_is_told_as_far_as_it_went_then(log: list[Record], browser: Browser) -> None:
    async with replayed(log, ReplayTime(AT, AT + 10 * MINUTE, 60)) as (address, _):
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(f"{address}/tickets/ACME-000002")
        await expect(page.locator("#story")).to_contain_text("Alert At risk")
        await expect(page.locator("#story")).not_to_contain_text("Breached")  # at 14:25
