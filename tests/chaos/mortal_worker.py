"""`tocsin run` by a worker that kills itself between two steps of a transaction, or whose wall clock is wrong.

CHAOS_DIE_AT is STEP:EDGE:COUNT: right before or after (EDGE) the COUNT-th time that it takes this STEP.
CHAOS_WALL_CLOCK is shift:SECONDS, frozen, or jumping (by up to an hour either way, another way at each look).
"""

import ctypes
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.producer.sender import Sender

STEPS: dict[str, tuple[type, str]] = {
    "open": (Sender, "_do_init_pid"),
    "begin": (AIOKafkaProducer, "begin_transaction"),
    "add-partitions": (Sender, "_do_add_partitions_to_txn"),
    "produce": (Sender, "_send_produce_req"),
    "add-offsets": (Sender, "_do_add_offsets_to_txn"),
    "commit-offsets": (Sender, "_do_txn_offset_commit"),
    "end": (Sender, "_do_txn_commit"),
    "commit": (AIOKafkaProducer, "commit_transaction"),
}
_PR_SET_PDEATHSIG = 1
EDGES = ("before", "after")


def arm(step: str, edge: str, count: int) -> None:
    """Let this process be killed there."""
    owner, name = STEPS[step]
    original: Callable[..., Any] = getattr(owner, name)
    taken = 0

    async def taking(self: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal taken
        taken += 1
        if edge == "before" and taken >= count:
            _die(step, edge)
        answer = await original(self, *arguments, **options)
        if edge == "after" and taken >= count:
            _die(step, edge)
        return answer

    setattr(owner, name, taking)


def _die(step: str, edge: str) -> None:
    sys.stderr.write(f"killed {edge} {step}\n")
    sys.stderr.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def set_wall_clock(kind: str) -> None:
    """Make `time.time` and its kin wrong in this process. The monotonic clock stays."""
    true, began = time.time, time.time()
    name, _, seconds = kind.partition(":")
    wrong: dict[str, Callable[[], float]] = {
        "shift": lambda: true() + float(seconds),
        "frozen": lambda: began,
        "jumping": lambda: true() + random.uniform(-3_600, 3_600),
    }
    now, get, gmtime, localtime = wrong[name], time.clock_gettime, time.gmtime, time.localtime
    time.time = now
    time.time_ns = lambda: int(now() * 1_000_000_000)
    time.clock_gettime = lambda clock: now() if clock == time.CLOCK_REALTIME else get(clock)
    time.gmtime = lambda seconds=None: gmtime(now() if seconds is None else seconds)
    time.localtime = lambda seconds=None: localtime(now() if seconds is None else seconds)
    sys.stderr.write(f"wall clock: {kind}\n")


def die_with_the_parent() -> None:
    """Linux kills this process when the one that has started it ends, however it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    die_with_the_parent()
    if "CHAOS_WALL_CLOCK" in os.environ:
        set_wall_clock(os.environ["CHAOS_WALL_CLOCK"])
    point = os.environ.get("CHAOS_DIE_AT")
    if point:
        step, edge, count = point.split(":")
        arm(step, edge, int(count))
    from tocsin.cli import main

    main(["run"])
