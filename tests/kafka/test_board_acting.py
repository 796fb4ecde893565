"""Acting on the wallboard beside a real worker, as an analyst does it in a real browser."""

import hashlib
import json
import re
import sys
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from patience import until
from playwright.async_api import Browser, BrowserContext, Page, expect
from tests.board.boards import Board
from workers import Worker, Workers, publish

from tocsin.domain.instant import MINUTE, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings

WAIT = 60_000
TOCSIN = Path(sys.executable).with_name("tocsin")
TOKEN = "a-token-for-this-test-alone"
CALL = "ACME-000001"

TENANTS = """
[tenants.acme]
contract = "esentire"
plan = "example"
"""
ACCESS = f"""
[tokens."Ada Okafor"]
sha256 = "{hashlib.sha256(TOKEN.encode()).hexdigest()}"
tenants = ["acme"]
acts = true
"""


@pytest.fixture
def watched(settings: Settings, tmp_path: Path) -> Settings:
    tenants, access = tmp_path / "tenants.toml", tmp_path / "access.toml"
    tenants.write_text(TENANTS)
    access.write_text(ACCESS)
    return settings.model_copy(update={"tenants_file": tenants, "board_access_file": access, "heartbeat_tick": 1.0})


@pytest.fixture
async def worker(watched: Settings, workers: Workers) -> Worker:
    started = workers.start(watched, TOCSIN, "run")
    await started.ready()
    return started


@pytest.fixture
async def board(watched: Settings, worker: Worker, tmp_path: Path) -> AsyncIterator[Board]:
    """With a ticket of a missed call that the worker has opened."""
    started = Board(watched, tmp_path / "board.log")
    try:
        await until(started.is_ready, "the board has read the state")
        await publish(watched, Topic.CALLS, [(None, missed())])
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        await until(lambda: started.get(f"/tickets/{CALL}", **bearer)[0] == 200, "the ticket is there")
        yield started
    finally:
        started.kill()
        print(started.log.read_text()[-4_000:])  # noqa: T201 - pytest shows it where the test has failed


def missed() -> bytes:
    data = {"call": "one", "from": "+14165550123", "to": "+18445525837"}
    rang = show(time.time_ns() // 1_000_000 - MINUTE)
    event = {"id": uuid.uuid4().hex, "source": "pbx", "type": "tocsin.call.missed", "tenant": "acme", "time": rang}
    return json.dumps({"specversion": "1.0", **event, "data": data}).encode()


async def signed_in(context: BrowserContext, address: str) -> Page:
    """The page of the ticket, after its visitor has signed in there by keyboard alone."""
    page = await context.new_page()
    page.set_default_timeout(WAIT)
    await page.goto(f"{address}/tickets/{CALL}")
    await expect(page.get_by_label("Your token")).to_be_focused()
    await page.keyboard.type(TOKEN)
    await page.keyboard.press("Enter")
    await expect(page.locator("header .account")).to_contain_text("Signed in as Ada Okafor")
    assert page.url == f"{address}/tickets/{CALL}"
    return page


async def test_an_acknowledgement_and_a_refusal_are_seen_on_the_page_as_they_happen(
    board: Board, browser: Browser
) -> None:
    async with await browser.new_context() as context:
        page = await signed_in(context, board.address)
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        await expect(page.locator(".head")).not_to_contain_text("taken by")
        await page.get_by_role("button", name="Acknowledge").press("Enter")
        deed = page.locator("#deeds > li")
        await expect(deed).to_have_text(re.compile(r"\s*Done\s+Acknowledge at [^:]+.*: Taken by Ada Okafor\.\s*"))
        await expect(page.locator(".head")).to_contain_text("taken by")
        await expect(page.locator("#story")).to_contain_text("Taken by Ada Okafor")

        await page.get_by_role("button", name="Resume").click()
        await expect(deed).to_have_count(2)
        await expect(deed.first).to_contain_text(f"{CALL} is not on hold.")
        await expect(deed.first).to_contain_text("Refused")

        await page.locator("summary", has_text="Note").press("Enter")
        await page.get_by_label("Note", exact=True).fill("Rang twice.\n<b>Nobody</b> there.")
        await page.get_by_label("Note", exact=True).press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#story")).to_contain_text("Note: Rang twice.\\n<b>Nobody</b> there.")
        assert faults == []


async def test_it_is_pending_while_no_worker_answers_and_done_when_one_does(
    watched: Settings, workers: Workers, worker: Worker, board: Board, browser: Browser
) -> None:
    async with await browser.new_context() as context:
        page = await signed_in(context, board.address)
        worker.kill()
        await page.get_by_role("button", name="Acknowledge").click()
        await expect(page.locator("#deeds > li")).to_contain_text("Sent. No worker has answered yet.")
        await workers.start(watched, TOCSIN, "run").ready()
        await expect(page.locator("#deeds > li")).to_contain_text("Taken by Ada Okafor.")


async def test_without_javascript_it_works_as_well(board: Board, browser: Browser) -> None:
    async with await browser.new_context(java_script_enabled=False) as context:
        page = await signed_in(context, board.address)
        await page.get_by_role("button", name="Acknowledge").click()
        await expect(page.locator("#deeds > li")).to_contain_text("Taken by Ada Okafor.")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_label("Your token")).to_be_visible()


async def test_a_link_from_another_site_leads_to_the_ticket_and_its_form_does_nothing(
    board: Board, browser: Browser
) -> None:
    async with await browser.new_context() as context:
        await signed_in(context, board.address)
        page = await context.new_page()
        page.set_default_timeout(WAIT)
        ticket = f"{board.address}/tickets/{CALL}"
        evil = f'<a href="{ticket}">look</a><form method="post" action="{ticket}/act"><button>win</button></form>'
        await page.route("http://evil.example/", lambda route: route.fulfill(body=evil, content_type="text/html"))
        await page.goto("http://evil.example/")
        await page.get_by_role("link").click()
        await expect(page.locator(".head")).to_contain_text(CALL)
        await page.goto("http://evil.example/")
        await page.get_by_role("button").click()
        await expect(page.locator("h1")).to_have_text("Unauthorized")  # the cookie was not even sent
