"""Many seeds over all cores."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

from tests.simulation.bugs import BUGS
from tests.simulation.plan import plan
from tests.simulation.planting import planted
from tests.simulation.run import Outcome, run

_R = TypeVar("_R")


def judged(seed: int, bug: str | None = None) -> Outcome:
    """What comes of `seed`, with that planted bug if one is named."""
    with planted(BUGS[bug] if bug else None):
        return run(plan(seed))


def outcomes(seeds: Iterable[int], bug: str | None = None) -> Iterator[Outcome]:
    """The outcomes of `seeds`, as they come."""
    yield from everywhere(judged, ((seed, bug) for seed in seeds))


def everywhere(work: Callable[..., _R], arguments: Iterable[tuple[object, ...]]) -> Iterator[_R]:
    """What `work` returns for each of `arguments`, in processes of their own, as it comes."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(work, *each) for each in arguments]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
