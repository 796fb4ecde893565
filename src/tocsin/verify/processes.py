"""Verifies all partitions, each in a process of its own."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized

from tocsin.verify.partition import Advance, Task, verify_partition
from tocsin.verify.report import PartitionReport

_LOOK_SECONDS = 0.2

_done: "list[Synchronized[int]]" = []  # in a process of the pool, the offsets that all of them have read


def verify(tasks: Sequence[Task], processes: int, advance: Advance) -> Iterator[PartitionReport]:
    """What was found, as it comes. `advance` is told of offsets of the inbox that were read.

    Raises as `verify_partition`, or `BrokenProcessPool` where a process was killed.
    """
    context = get_context("spawn")
    done: Synchronized[int] = context.Value("q", 0)
    workers = min(processes, len(tasks)) or 1
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(done,)) as pool:
        waiting: set[Future[PartitionReport]] = {pool.submit(_verified, task) for task in tasks}
        said = 0
        try:
            while waiting:
                finished, waiting = wait(waiting, _LOOK_SECONDS, FIRST_COMPLETED)
                now = done.value
                advance(now - said)
                said = now
                for each in finished:
                    yield each.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(done: "Synchronized[int]") -> None:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what goes wrong is said by the command
    _done.append(done)


def _verified(task: Task) -> PartitionReport:
    [done] = _done

    def advance(offsets: int) -> None:
        with done.get_lock():
            done.value += offsets

    return verify_partition(task, advance)
