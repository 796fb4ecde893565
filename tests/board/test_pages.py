"""The pages in a real Chromium: for everybody, on every screen, by keyboard, without scripts, and with hostile text."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from tests.board.chromium import axe
from tests.board.stage import Stage, served

from tocsin.domain.state.ticket import Acknowledgement, HoldSpan, Ticket

PAGES = (
    "/",
    "/?tenant=acme&priority=P1&page=1",
    "/?tenant=nobody",
    "/tickets/ACME-000002",
    "/tickets/UMBRELLA-000001",
    "/months",
    "/months/initech",
    "/months/acme",
    "/tickets/NO-SUCH",
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def opened(browser: Browser, url: str, **options: Any) -> Page:
    page = await browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
    page.set_default_timeout(60_000)
    await page.goto(url)
    return page


async def violations(page: Page) -> list[str]:
    """What axe-core finds, as sentences."""
    await page.evaluate(axe())  # by the debugger, which no Content-Security-Policy holds
    found = await page.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
    return [
        f"{it['impact']} {it['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
        for it in found["violations"]
        for node in it["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_on_any_page_keeps_anybody_out(address: str, browser: Browser, scheme: str) -> None:
    for path in PAGES:
        page = await opened(browser, address + path, color_scheme=scheme)
        for summary in await page.locator("summary").all():
            await summary.click()
        assert await violations(page) == [], path
        await page.close()


@pytest.mark.parametrize("size", [(390, 844), (320, 640), (640, 512), (1920, 1080)], ids=str)
async def test_every_page_fits_a_phone_a_wall_and_twice_the_size_of_its_letters(
    address: str, browser: Browser, size: tuple[int, int]
) -> None:
    """A viewport of 640 by 512 is one of 1280 by 1024 at 200 %."""
    for path in PAGES:
        page = await opened(browser, address + path, viewport={"width": size[0], "height": size[1]})
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        await page.close()


async def test_the_most_urgent_callback_is_the_largest_thing_on_the_wall(address: str, browser: Browser) -> None:
    page = await opened(browser, address, viewport={"width": 1920, "height": 1080})
    sizes = await page.evaluate(
        "[...document.querySelectorAll('main *')].filter(it => it.children.length === 0 && it.textContent.trim())"
        ".map(it => [parseFloat(getComputedStyle(it).fontSize), it.textContent.trim()]).sort((a, b) => b[0] - a[0])"
    )
    assert sizes[0][1] == "\u22124:20"
    assert sizes[1][1] == "Priya Raman"
    assert sizes[0][0] > 2 * sizes[3][0]
    first = page.locator("#callbacks > li").first
    box = await first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 1080 / 2


async def test_a_state_is_told_by_colour_shape_and_word(address: str, browser: Browser) -> None:
    page = await opened(browser, address)
    told = set()
    for state in ("late", "risk", "track", "none"):
        one = page.locator(f".row.{state}").first
        word = one.locator(".state")
        await one.evaluate("it => it.scrollIntoView()")
        await expect(word).to_have_text(
            re.compile(r"\w"), use_inner_text=True
        )  # a row is drawn when it comes into view
        shape = await one.locator(".shape").inner_html()
        colour = await word.evaluate("it => getComputedStyle(it).color")
        told.add((await word.inner_text(), shape, colour))
    assert len(told) == len({each[0] for each in told}) == len({each[1] for each in told}) == 4
    assert len({each[2] for each in told}) == 4


async def test_the_wall_is_used_by_keyboard_alone(address: str, browser: Browser) -> None:
    page = await opened(browser, address)
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    summary = page.locator(".filter summary")
    await page.keyboard.press("Tab")
    await expect(summary).to_be_focused()
    assert "none" not in await summary.evaluate("it => getComputedStyle(it).outlineStyle")
    await page.keyboard.press("Enter")
    box = page.locator("input[name=tenant][value=globex]")
    await box.focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"\?tenant=globex$"))
    await expect(page.locator(".tenant").first).to_have_text("globex")
    for name in await page.locator(".tenant").all_text_contents():
        assert name == "globex"
    await page.locator("#promises a").first.focus()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/tickets/"))


async def test_what_is_sent_anew_takes_no_keyboard_focus_and_closes_nothing(
    stage: Stage, address: str, browser: Browser
) -> None:
    page = await opened(browser, address)
    link = page.locator("#callbacks > li", has_text="Ada Moreau").locator("a")
    await link.focus()
    stage.tick(stage.time.now() + 4 * 60_000)
    await expect(page.locator("#callbacks > li", has_text="Ada Moreau").locator(".state")).to_have_text("Late")
    await expect(link).to_be_focused()


async def test_the_wall_is_read_without_scripts(address: str, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address)
    assert "Without scripts the page does not follow" in await page.locator("noscript").inner_html()
    await expect(page.locator("#callbacks > li").first).to_contain_text("Priya Raman")
    await expect(page.locator("#callbacks > li").first.locator(".left")).to_have_text("\u22124:20")
    await page.locator(".filter summary").click()
    await page.locator("input[name=role][value='analyst']").check()
    await page.locator("text=Show").first.click()
    await page.locator("#promises a").first.click()
    await expect(page.locator("#story")).to_contain_text("First response owed until")
    await context.close()


async def test_scripts_and_styles_come_from_the_board_alone_and_nothing_is_refused(
    address: str, browser: Browser
) -> None:
    page = await browser.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES[:-1]:
        await page.goto(address + path)
        await page.locator("h1").first.wait_for(state="attached")
    assert complaints == []
    assert all(url.startswith(address) for url in asked)


async def test_paper_has_the_promises_and_no_controls(address: str, browser: Browser) -> None:
    page = await opened(browser, address)
    await page.emulate_media(media="print")
    await expect(page.locator("#promises > li").first).to_be_visible()
    for control in (".find", ".filter", "nav"):
        await expect(page.locator(control)).to_be_hidden()


# ---- hostile text

MARKUP = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>\"'><svg onload=window.hacked=1>"
TEMPLATE = "{{ 7*7 }}{% raw %}${window.hacked=1}"
BIDI = "\u202egnp.exe\u2066\u200f\u200b\u0007\u001b[2J"
EMOJI = "\U0001f9d1\u200d\U0001f692\U0001f525"
LONG = "W" * 10_000
EVILS = (MARKUP, TEMPLATE, BIDI, EMOJI, LONG, "\u05d0\u05d1\u05d2 \u0627\u0644\u0633\u0644\u0627\u0645")

HOSTILE = """
contract: esentire
promise: none
clause: none
shows: none
tenant: acme
date: 2026-03-03
until: 2026-03-03T09:21:00Z
tenants:
  [tenants.acme]
  contract = "esentire"
  plan = "example"

09:00 call.missed from=+14165550123 to=+18445525837 call=c0
"""


def hostile_entries(evil: str, number: int) -> list[dict[str, Any]]:
    """Every kind of input whose text reaches a page, with that text wherever one can stand."""
    name = f"evil-{number}"
    ticket = f"ACME-{2 * number + 2:06}"

    def entry(topic: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        event = {"specversion": "1.0", "id": f"{name}-{kind}", "source": f"pbx-{evil[:200]}", "type": f"tocsin.{kind}"}
        value = {**event, "tenant": "acme", "time": "2026-03-03T09:00:30Z", "data": data}
        return {"topic": topic, "recorded_at": "2026-03-03T09:00:30Z", "value": value}

    short = evil[:250]
    call = {
        "call": f"{name}-{short[:100]}",
        "from": "withheld",
        "to": "+18445525837",
        "contact": short,
        "summary": evil,
    }
    detection = {"signature": short, "severity": "critical", "asset": short, "title": evil, "key": name}
    desk = {"ticket": ticket, "analyst": short}
    return [
        entry("soc.security-events", "detection", detection),
        entry("soc.calls", "call.missed", call),
        entry("soc.desk", "desk.assign", {**desk, "assignee": short}),
        entry("soc.desk", "desk.note", {**desk, "note": evil}),
        entry("soc.desk", "desk.hold", {**desk, "reason": short}),
        entry("soc.desk", "desk.acknowledge", desk),
        entry(
            "soc.emails",
            "email.received",
            {"message_id": name, "from": "a@b.example", "to": "soc@soc.example", "subject": evil},
        ),
    ]


def spoilt(ticket: Ticket, evil: str) -> Ticket:
    """`ticket` with that text wherever its state has text of others, also where intake would have refused it."""
    for name in ("title", "client_ticket", "assignee", "server", "follows", "split_from", "risk", "priority", "number"):
        setattr(ticket, name, evil)
    for name in ("contacts", "related", "unknown", "ruled_out", "proposed", "links"):
        setattr(ticket, name, (evil, evil))
    ticket.taken_by = (Acknowledgement(evil, ticket.opened_at, None, tuple(it.incident for it in ticket.clocks)),)
    ticket.holds = (HoldSpan(evil, ticket.opened_at),)
    ticket.marks = [mark._replace(what=f"{evil} / {evil}" if mark.what else "") for mark in ticket.marks]
    return ticket


async def test_hostile_text_in_every_field_is_text_on_every_page(browser: Browser, tmp_path: Path) -> None:
    stage = Stage.of(HOSTILE, tmp_path)
    for number, evil in enumerate(EVILS):
        for each in hostile_entries(evil, number):
            stage.take(json.loads(json.dumps({**each, "recorded_at": "2026-03-03T09:21:00Z"})))
    stage.tick(stage.time.now() + 30 * 60_000)
    for ticket, evil in zip(list(stage.model.known), EVILS * 9, strict=False):
        stage.put(spoilt(stage.state(ticket), evil))
    paths = ["/", "/months", "/months/acme", "/?tenant=" + "%3Cscript%3E", "/find?ticket=%3Cscript%3E"]
    paths += [f"/tickets/{ticket}" for ticket in stage.model.known]
    assert len(paths) > 12
    async with served(stage, rows=100) as address:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        seen = ""
        for path in paths:
            await page.goto(address + path)
            assert await page.evaluate("window.hacked") is None, path
            assert await page.locator("img, script:not([src]), iframe, [onload], [onerror]").count() == 0, path
            text = await page.locator("body").inner_text()
            assert "49" not in re.findall(r"\b49\b(?=.*raw)", text), path
            assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\u200f\x07\x1b]", await page.content()), path
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, path
            assert await violations(page) == [], path
            seen += text
        assert "<img src=x onerror=" in seen
        assert "\\u202egnp.exe" in seen
        assert "{{ 7*7 }}" in seen
        assert [it for it in complaints if "404" not in it] == []
