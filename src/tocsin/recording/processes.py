"""Work on many partitions at a time, in as many processes as there are cores."""

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import connection
from threading import Thread
from typing import Any, NamedTuple, TypeVar

_LOOK_SECONDS = 0.25

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class StoppedError(Exception):
    """The process that waits has been interrupted, or other work has failed."""


class _Shared(NamedTuple):
    """What a process of the pool shares with the one that waits."""

    counter: Any
    stop: Any


_shared: list[_Shared] = []


def in_processes(
    work: Callable[[_Task], _Result],
    tasks: Iterable[_Task],
    advance: Callable[[int], None],
    processes: int | None = None,
) -> list[_Result]:
    """The result of `work` for each of `tasks`, in their order; those that are first are begun first.

    `work` is a function of a module, which calls `done` now and then; `advance` hears of it. `processes` None: one for
    each core. Raises what the first `work` to fail raises, `BrokenProcessPool` where a process was killed. No process
    outlives this one, however it ends.
    """
    context = multiprocessing.get_context("spawn")
    shared = _Shared(context.Value("q", 0), context.Event())
    with ProcessPoolExecutor(processes or len(os.sched_getaffinity(0)), context, _begin, shared) as pool:
        futures = [pool.submit(work, task) for task in tasks]
        try:
            _wait(futures, shared.counter, advance)
        except BaseException:
            shared.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]


def _wait(futures: list[Future[_Result]], counter: Any, advance: Callable[[int], None]) -> None:
    left, seen = set(futures), 0
    while left:
        ended, left = wait(left, _LOOK_SECONDS, FIRST_COMPLETED)
        so_far = counter.value
        advance(so_far - seen)
        seen = so_far
        for each in ended:
            each.result()


def done(more: int) -> None:
    """Tell the process that waits that so many more are done. Raises `StoppedError` where that is for nothing."""
    for shared in _shared:
        if shared.stop.is_set():
            raise StoppedError
        with shared.counter.get_lock():
            shared.counter.value += more


def _begin(counter: Any, stop: Any) -> None:
    """The beginning of each process."""
    _shared.append(_Shared(counter, stop))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what goes wrong is said by the command
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits hears it, and stops us
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
