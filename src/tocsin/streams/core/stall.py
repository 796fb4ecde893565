"""A process that stood still (SIGSTOP, a machine that slept) for longer than its session belongs to no group any more.

What it has in hand is refused by the brokers. What it believes is out of date. So it ends, and its supervisor starts it
afresh. A worker that ran all the while and lost its session because the brokers could not be reached stays, and joins
again.
"""

import asyncio
import time
from collections.abc import Callable
from typing import NoReturn

_LOOKS_PER_SESSION = 10


class StallError(Exception):
    """The process did not run for longer than its session lasts."""


def _seconds() -> float:
    # unlike the monotonic clock it goes on while the machine sleeps; Linux alone has it
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


async def until_stalled(session: float, seconds: Callable[[], float] = _seconds) -> NoReturn:
    """Wait in the loop that sends the heartbeats; raise `StallError` once it has not run for `session` seconds.

    `seconds` is a clock that never goes back.
    """
    last = seconds()
    while True:
        await asyncio.sleep(session / _LOOKS_PER_SESSION)
        now = seconds()
        if now - last > session:
            raise StallError(
                f"this process stood still for {now - last:.1f} s, and its session lasts {session:g} s: "
                "its partitions have gone to another worker, and nothing that it had in hand will be committed"
            )
        last = now
