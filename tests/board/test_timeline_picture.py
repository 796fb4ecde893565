"""The picture of a ticket's timeline in a real Chromium: it can be read in the light, in the dark and in print."""

import json
from typing import Literal

import pytest
from playwright.async_api import Browser, Page
from tests.board.chromium import axe
from tests.board.stage import Stage

from tocsin.messages.record import Record, Topic
from tocsin.render.story_svg import picture
from tocsin.story.gathering import gathered
from tocsin.story.timeline import timeline

Scheme = Literal["light", "dark"]
Media = Literal["screen", "print"]

EVIL = "<script>window.hacked = 1</script>\u202e<svg onload='window.hacked = 1'> " + "W" * 500


def records_of(stage: Stage, ticket_id: str) -> list[Record]:
    contracts = [
        Record(Topic.TENANTS, 0, place, 0, f"contract/{name}".encode(), value)
        for place, (name, value) in enumerate(stage.contracts().items())
    ]
    return [*contracts, *stage.records(ticket_id)]


def drawn(records: list[Record], ticket_id: str) -> str:
    return picture(timeline(gathered(lambda: records, ticket_id, None)))


async def shown(browser: Browser, svg: str, scheme: Scheme = "light", media: Media = "screen") -> Page:
    """The picture in a page that frames it."""
    page = await browser.new_page(viewport={"width": 1400, "height": 900}, color_scheme=scheme)
    await page.emulate_media(media=media)
    await page.set_content(f"<!doctype html><html lang=en><title>it</title><main><h1>It</h1>{svg}</main></html>")
    return page


async def outside(page: Page) -> list[str]:
    """The texts that stand outside of the picture."""
    found: list[str] = await page.evaluate(
        """() => {
          const all = document.querySelector('svg').getBoundingClientRect();
          const box = it => it.getBoundingClientRect();
          const out = it => box(it).left < all.left || box(it).right > all.right || box(it).bottom > all.bottom;
          return [...document.querySelectorAll('svg text')].filter(out).map(it => it.textContent) }"""
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_ticket_of_an_afternoon_is_drawn_within_its_picture_for_everybody(
    stage: Stage, browser: Browser, scheme: Scheme
) -> None:
    for ticket_id in stage.model.known:
        page = await shown(browser, drawn(records_of(stage, ticket_id), ticket_id), scheme)
        assert await outside(page) == []
        await page.evaluate(axe())
        found = await page.evaluate("axe.run(document.querySelector('svg'))")
        assert [it["id"] for it in found["violations"]] == []
        await page.close()


async def test_the_picture_follows_the_readers_colours_and_is_white_in_print(stage: Stage, browser: Browser) -> None:
    ticket_id = next(iter(stage.model.known))
    svg = drawn(records_of(stage, ticket_id), ticket_id)
    grounds = []
    looks: tuple[tuple[Scheme, Media], ...] = (("light", "screen"), ("dark", "screen"), ("dark", "print"))
    for scheme, media in looks:
        page = await shown(browser, svg, scheme, media)
        grounds.append(await page.locator("svg > rect.ground").evaluate("it => getComputedStyle(it).fill"))
        await page.close()
    assert grounds == ["rgb(255, 255, 255)", "rgb(19, 21, 23)", "rgb(255, 255, 255)"]


async def test_text_of_strangers_is_text_in_the_picture(stage: Stage, browser: Browser) -> None:
    ticket_id = next(iter(stage.model.known))
    records = []
    for record in records_of(stage, ticket_id):
        if record.topic is Topic.TENANTS:
            records.append(record)
            continue
        event = json.loads(record.value or b"{}")
        event["data"] = {name: EVIL if name in ("title", "role", "plan") else it for name, it in event["data"].items()}
        event["persons"] = dict.fromkeys(event.get("persons", {}), EVIL)
        records.append(record._replace(value=json.dumps(event, separators=(",", ":")).encode()))
    page = await shown(browser, drawn(records, ticket_id))
    assert await page.evaluate("window.hacked") is None
    assert await page.locator("svg script, svg svg").count() == 0
    assert "\u202e" not in await page.content()
    assert "<script>" in (await page.locator("svg").text_content() or "")
