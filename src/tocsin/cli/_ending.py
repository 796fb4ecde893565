"""How a command that serves ends: by SIGTERM or Ctrl-C, or with its work."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


def stop_signal() -> asyncio.Event:
    """An event that SIGTERM and Ctrl-C set, in place of what they do otherwise."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def until_stopped(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Go on with `work` until it ends or `stop` is set. Raises what `work` raises."""
    working = [asyncio.ensure_future(each) for each in (work, stop.wait())]
    try:
        done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
