"""A browser for each test, and a board over the afternoon of `shift.script`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser
from tests.board.chromium import browser as real_browser
from tests.board.screenshots import SCRIPT
from tests.board.stage import Stage, served


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with real_browser() as started:
        yield started


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage.of(SCRIPT.read_text(encoding="utf-8"), tmp_path)


@pytest.fixture
async def address(stage: Stage) -> AsyncIterator[str]:
    async with served(stage) as where:
        yield where
