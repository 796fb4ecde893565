"""A worker that did not run for longer than its session must end; one that ran all the while must not."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from tocsin.streams.core.stall import StallError, until_stalled

SESSION = 0.01


def clock(*readings: float) -> Callable[[], float]:
    """Shows `readings` in turn, then stands at the last."""
    left = list(readings)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


async def test_a_process_that_stood_still_for_longer_than_its_session_says_for_how_long() -> None:
    with pytest.raises(StallError, match=r"stood still for 9\.5 s, and its session lasts 0\.01 s"):
        await until_stalled(SESSION, clock(100.0, 100.001, 109.501))


@pytest.mark.parametrize("steps", [(0.001, 0.001), (SESSION, SESSION)], ids=["on time", "late, within the session"])
async def test_a_process_that_ran_all_the_while_goes_on(steps: Sequence[float]) -> None:
    readings = [sum(steps[:count]) for count in range(len(steps) + 1)]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SESSION * 3):
            await until_stalled(SESSION, clock(*readings))
