"""Whole SOC days against a simulated log, network and clock, with workers that die, hang and come back."""

import os
import subprocess
import sys

import pytest
from tests.simulation import seeds
from tests.simulation.campaign import judged, outcomes
from tests.simulation.telling import Totals, finding, replay

DAYS = 10_000


@pytest.mark.timeout(3_600)  # four minutes of two cores that do nothing else
def test_nothing_is_lost_or_said_twice_in_ten_thousand_days_whatever_dies() -> None:
    totals = Totals()
    for outcome in outcomes(seeds.enough_for(DAYS)):
        assert outcome.violation is None, f"{finding(outcome)}\nReplay it: {replay(outcome.seed)}"
        totals.add(outcome)
    assert totals.days >= DAYS
    _assert_that_it_was_worth_looking(totals)


def _assert_that_it_was_worth_looking(totals: Totals) -> None:
    """Nothing is proved by days on which nothing goes wrong, or which nobody judges."""
    for what in ("kills", "freezes", "indefinite commits", "fencings", "torn transactions", "clock jumps"):
        assert totals.counts[what] > totals.days / 50, what
    assert totals.counts["takeovers"] > totals.days
    assert totals.counts["swallowed"] > totals.days / 2
    assert totals.counts["punctual"] > totals.days
    assert totals.counts["promises"] > totals.days / 2
    assert totals.counts["climbed"] > totals.days / 5
    assert totals.counts["beats"] > totals.days / 5
    assert totals.counts["unjudged"] < totals.counts["looks"] / 10


@pytest.mark.parametrize("seed", [1, 3])
def test_a_seed_gives_the_same_run_again_in_another_process(seed: int) -> None:
    script = f"from tests.simulation.campaign import judged; print(judged({seed}).fingerprint)"
    env = os.environ | {"PYTHONHASHSEED": "7"}
    other = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert int(other.stdout) == judged(seed).fingerprint
