"""A simulation that finds nothing proves nothing: mistakes are planted, and it has to find each of them."""

import pytest
from tests.simulation import hunt
from tests.simulation.bugs import BUGS
from tests.simulation.campaign import judged
from tests.simulation.planting import Bug, Change, MisplacedError, planted

PINNED = hunt.pinned()
OTHERS = range(1, 61)


def test_every_bug_has_been_found() -> None:
    assert PINNED.keys() == BUGS.keys(), "make simulate ARGS=--bugs"


@pytest.mark.parametrize("bug", BUGS)
def test_the_simulation_finds(bug: str) -> None:
    """The first seed shows it as a rule; where the code has come to take its time otherwise, another one does."""
    first, _ = PINNED[bug]
    found = next((seed for seed in (first, *OTHERS) if judged(seed, bug).violation), None)
    assert found, "no seed shows it any more; make simulate ARGS=--bugs looks on"


@pytest.mark.parametrize("seed", sorted({seed for seed, _ in PINNED.values()}))
def test_without_a_bug_every_invariant_holds_on_the_seed(seed: int) -> None:
    assert judged(seed).violation is None


@pytest.mark.parametrize("old", ["no such text", "self"], ids=["not there", "there more than once"])
def test_a_bug_that_cannot_be_planted_any_more_is_an_error(old: str) -> None:
    bug = Bug("moved", "", Change("tocsin.engine.timer_queue:TimerQueue.pop_before", old, "other"))
    with pytest.raises(MisplacedError, match=r"TimerQueue\.pop_before holds"), planted(bug):
        pass
