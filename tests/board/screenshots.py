"""`python -m tests.board.screenshots`: the pictures of the wallboard, of a day that stands still (`shift.script`).

They are written to `.tocsin/screenshots`; with `--readme` the first picture of the README too.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Browser
from tests.board.chromium import REPOSITORY, browser
from tests.board.stage import Stage, served

SCRIPT = Path(__file__).with_name("shift.script")
INTO = REPOSITORY / ".tocsin" / "screenshots"
README = REPOSITORY / "docs" / "board.png"


class Shot(NamedTuple):
    """A picture: its name, the page, and what the page is looked at with."""

    name: str
    path: str
    width: int = 1920
    height: int = 1080
    dark: bool = False
    zoom: float = 1
    whole: bool = False
    printed: bool = False


SHOTS = (
    Shot("wall", "/"),
    Shot("wall-dark", "/", dark=True),
    Shot("wall-quiet", "/?tenant=umbrella"),
    Shot("wall-zoom", "/", width=1280, height=1024, zoom=2, whole=True),
    Shot("phone", "/", width=390, height=844, whole=True),
    Shot("phone-dark", "/", width=390, height=844, dark=True),
    Shot("ticket", "/tickets/ACME-000002", width=1440, height=1000, whole=True),
    Shot("ticket-hours", "/tickets/UMBRELLA-000001", width=1440, height=1000, whole=True),
    Shot("ticket-dark", "/tickets/ACME-000006", width=1440, height=1000, dark=True, whole=True),
    Shot("month", "/months/initech", width=1440, height=800),
    Shot("months", "/months", width=1440, height=800),
    Shot("print", "/", width=1000, height=1400, printed=True, whole=True),
)


async def take(started: Browser, address: str, shot: Shot, path: Path) -> None:
    """Take one picture."""
    page = await started.new_page(
        viewport={"width": int(shot.width / shot.zoom), "height": int(shot.height / shot.zoom)},
        device_scale_factor=shot.zoom,
        color_scheme="dark" if shot.dark else "light",
    )
    if shot.printed:
        await page.emulate_media(media="print")
    await page.goto(address + shot.path)
    await page.locator("h1").first.wait_for(state="attached")
    await page.screenshot(path=path, full_page=shot.whole)
    await page.close()


async def main(*, readme: bool) -> None:
    """Take all of them."""
    INTO.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage.of(SCRIPT.read_text(encoding="utf-8"), Path(folder))
        async with served(stage) as address, browser() as started:
            for shot in SHOTS:
                await take(started, address, shot, INTO / f"{shot.name}.png")
            if readme:
                await take(started, address, Shot("readme", "/", width=1280, height=720, zoom=0.8), README)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readme", action="store_true", help="write docs/board.png too")
    asyncio.run(main(readme=parser.parse_args().readme))
