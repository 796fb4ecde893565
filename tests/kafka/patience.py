"""Waiting for what must happen. Only a hang reaches the limit: a busy machine may take its time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

HANG_SECONDS = 120


async def until(condition: Callable[[], Any], what: str, seconds: float = HANG_SECONDS) -> Any:
    """Wait until `condition` (or what it awaits) is true. Returns what it gave."""
    limit = time.monotonic() + seconds
    while True:
        given = condition()
        found = await given if isinstance(given, Awaitable) else given
        if found:
            return found
        if time.monotonic() > limit:
            raise AssertionError(f"after {seconds} s still not: {what}")
        await asyncio.sleep(0.02)


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until `condition` is true, where nothing is asynchronous."""
    limit = time.monotonic() + HANG_SECONDS
    while not condition():
        assert time.monotonic() < limit, f"after {HANG_SECONDS} s still not: {what}"
        time.sleep(0.02)
