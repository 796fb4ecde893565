"""The wallboard beside a real worker, as a person reads it in a real browser."""

import json
import re
import sys
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from patience import until
from playwright.async_api import Browser, Page, expect
from tests.board.boards import Board
from workers import Workers, publish

from tocsin.domain.instant import MINUTE, SECOND, Instant, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings

WAIT = 60_000
TOCSIN = Path(sys.executable).with_name("tocsin")

TENANTS = """
[tenants.acme]
contract = "esentire"
plan = "example"
[[tenants.acme.contacts]]
name = "Ada Example"
phones = ["+14165550123"]
authorised = true
"""


def wall_clock() -> Instant:
    return time.time_ns() // 1_000_000


def event(kind: str, at: Instant, data: dict[str, Any], tenant: str = "acme") -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": uuid.uuid4().hex,
            "source": "pbx",
            "type": f"tocsin.{kind}",
            "tenant": tenant,
            "time": show(at),
            "data": data,
        }
    ).encode()


def missed(call: str, caller: str, at: Instant) -> bytes:
    return event("call.missed", at, {"call": call, "from": caller, "to": "+18445525837"})


def called_back(call: str, callee: str, at: Instant) -> bytes:
    data = {"call": call, "from": "+18445525837", "to": callee, "outcome": "reached", "purpose": "callback"}
    return event("call.placed", at, {**data, "analyst": "m.okafor"})


@pytest.fixture
def watched(settings: Settings, tmp_path: Path) -> Settings:
    tenants = tmp_path / "tenants.toml"
    tenants.write_text(TENANTS)
    return settings.model_copy(update={"tenants_file": tenants, "heartbeat_tick": 1.0})


@pytest.fixture
async def board(watched: Settings, tmp_path: Path) -> AsyncIterator[Board]:
    started = Board(watched, tmp_path / "board.log")
    try:
        await until(started.is_ready, "the board has read the state")
        yield started
    finally:
        started.kill()
        print(started.log.read_text()[-4_000:])  # noqa: T201 - pytest shows it where the test has failed


async def opened(browser: Browser, address: str) -> Page:
    page = await browser.new_page(viewport={"width": 1920, "height": 1080})
    page.set_default_timeout(WAIT)
    await page.goto(address)
    return page


async def test_a_missed_call_is_a_callback_with_its_caller_until_it_is_returned(
    watched: Settings, workers: Workers, board: Board, browser: Browser
) -> None:
    await workers.start(watched, TOCSIN, "run").ready()
    page = await opened(browser, board.address)
    await expect(page.locator("#callbacks-rest")).to_have_text("Nobody waits for a call.", timeout=WAIT)
    rang = wall_clock() - 19 * MINUTE
    await publish(watched, Topic.CALLS, [(None, missed("one", "+14165550123", rang))])
    card = page.locator("#callbacks > li").first
    await expect(card.locator("h3")).to_have_text("Ada Example", timeout=WAIT)
    await expect(card).to_contain_text("+14165550123")
    await expect(card).to_contain_text("At risk")
    await expect(card).to_contain_text("Next told: shift lead in")
    await expect(card.locator(".left")).to_have_text(re.compile(r"[01]:\d\d"))
    await publish(watched, Topic.CALLS, [(None, called_back("two", "+14165550123", wall_clock()))])
    await expect(page.locator("#callbacks-rest")).to_have_text("Nobody waits for a call.", timeout=WAIT)


async def test_a_countdown_passes_its_deadline_and_the_promise_is_late(
    watched: Settings, workers: Workers, board: Board, browser: Browser
) -> None:
    await workers.start(watched, TOCSIN, "run").ready()
    rang = wall_clock() - 20 * MINUTE + 8 * SECOND
    await publish(watched, Topic.CALLS, [(None, missed("one", "+14165550123", rang))])
    page = await opened(browser, board.address)
    card = page.locator("#callbacks > li").first
    await expect(card.locator(".state")).to_have_text("At risk", timeout=WAIT)
    await expect(card.locator(".state")).to_have_text("Late", timeout=WAIT)
    await expect(card.locator(".left")).to_have_text("\u22120:05", timeout=WAIT)
    await expect(page.locator("#told")).to_contain_text("callback overdue")


async def test_a_killed_worker_makes_the_board_stale_and_its_successor_fresh(
    watched: Settings, workers: Workers, board: Board, browser: Browser
) -> None:
    worker = workers.start(watched, TOCSIN, "run")
    await worker.ready()
    page = await opened(browser, board.address)
    await expect(page.locator("#banner")).to_be_hidden(timeout=WAIT)
    worker.kill()
    await expect(page.locator("#banner")).to_contain_text("Stale. Nothing was heard of any worker since", timeout=WAIT)
    await workers.start(watched, TOCSIN, "run").ready()
    await expect(page.locator("#banner")).to_be_hidden(timeout=WAIT)


async def test_a_killed_board_disturbs_nothing_and_its_successor_tells_what_happened_meanwhile_once(
    watched: Settings, workers: Workers, board: Board, browser: Browser, tmp_path: Path
) -> None:
    worker = workers.start(watched, TOCSIN, "run")
    await worker.ready()
    page = await opened(browser, board.address)
    rang = wall_clock() - 21 * MINUTE
    await publish(watched, Topic.CALLS, [(None, missed("one", "+14165550123", rang))])
    await expect(page.locator("#told li")).not_to_have_count(0, timeout=WAIT)
    port = board.port
    board.kill()
    await expect(page.locator("#offline")).to_contain_text("No connection to the board since", timeout=WAIT)
    callers = [f"+1416555{number:04}" for number in range(30)]
    await publish(watched, Topic.CALLS, [(None, missed(caller, caller, rang)) for caller in callers])
    await until(lambda: worker.get("/metrics")[1].count("tocsin_open_tickets{") > 0, "the worker went on")
    successor = Board(watched, tmp_path / "successor.log", port)
    try:
        await expect(page.locator("#callbacks > li")).to_have_count(31, timeout=WAIT)
        await expect(page.locator("#offline")).to_be_hidden()
        overdue = page.locator("#told li.callback_overdue")
        await expect(overdue).to_have_count(31, timeout=WAIT)
        assert worker.process.poll() is None
    finally:
        successor.kill()


STORY = """
[tenants.acme]
contract = "esentire"
plan = "example"
[tenants.acme.targets]
detection_alert = {P1 = "12 s"}
"""


async def test_one_detection_is_followed_from_its_opening_to_its_correction(
    watched: Settings, workers: Workers, board: Board, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "tenants.toml").write_text(STORY)
    worker = workers.start(watched, TOCSIN, "run")
    await worker.ready()
    wall = await opened(browser, board.address)
    seen = {"signature": "s", "severity": "critical", "asset": "FS-01", "title": "Mass encryption of files", "key": "k"}
    await publish(watched, Topic.SECURITY_EVENTS, [(None, event("detection", wall_clock(), seen))])
    row = wall.locator("#promises > li").first
    await expect(row).to_contain_text("Mass encryption of files", timeout=WAIT)
    await expect(row.locator(".state")).to_have_text("At risk")
    await row.locator("a").click()
    promise, story = wall.locator("#explained > li").first, wall.locator("#story")
    await expect(wall.locator("h1")).to_have_text("Mass encryption of files")
    await expect(story).to_contain_text("Opened by detection: Mass encryption of files")
    await expect(promise).to_contain_text("12 s, from")
    in_time = wall_clock()

    await expect(promise.locator(".state")).to_have_text("Late", timeout=WAIT)
    await expect(story).to_contain_text("First response broken: not kept by", timeout=WAIT)
    await expect(story.locator(".line.alert", has_text="Breached")).to_have_count(1, timeout=WAIT)

    number = (await wall.locator(".head .ticket").inner_text()).strip()
    desk = {"ticket": number, "analyst": "j.larsen"}
    await publish(watched, Topic.DESK, [(None, event("desk.acknowledge", wall_clock(), desk))])
    await expect(wall.locator(".facts")).to_contain_text("j.larsen at", timeout=WAIT)
    await expect(story).to_contain_text("Taken by j.larsen")

    mail = {"message_id": "late@soc.example", "from": "soc@soc.example", "to": "ada@acme.example", "ticket": number}
    late = event("email.sent", in_time, {**mail, "subject": "FS-01", "purpose": "response", "analyst": "j.larsen"})
    await publish(watched, Topic.EMAILS, [(None, late)])
    await expect(promise.locator(".state")).to_have_text("Kept in time", timeout=WAIT)
    await expect(story).to_contain_text("Corrected: first response was kept in time, at")
    await expect(story.locator(".line.alert", has_text="Corrected")).to_have_count(1, timeout=WAIT)
    await expect(story.locator(".offsets").first).to_contain_text("inbox ")
    await wall.go_back()
    await expect(wall.locator("#promises-rest")).to_have_text("Nothing is owed.", timeout=WAIT)
