"""Whole SOC days against a simulated log, network and clock, with workers that die, hang and come back."""

import pytest
from tests.simulation.plan import plan
from tests.simulation.run import run

from tocsin.engine.deduplication import Deduplication
from tocsin.engine.timer_queue import Owner, TimerQueue

SEEDS = range(40)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_said_twice_whatever_dies(seed: int):
    outcome = run(plan(seed))
    assert outcome.violation is None, f"seed {seed}: {outcome.violation}"
    assert outcome.transactions


def _forgets(self: Deduplication, asked: object) -> bool:
    return False


def _fires_a_minute_early(self: TimerQueue, stamp: int) -> Owner | None:
    return _POP_BEFORE(self, stamp + 60_000)


_POP_BEFORE = TimerQueue.pop_before


@pytest.mark.parametrize(
    ("where", "name", "bug"),
    [(Deduplication, "is_repeat", _forgets), (TimerQueue, "pop_before", _fires_a_minute_early)],
    ids=["repeats are taken for new", "timers fire a minute early"],
)
def test_the_simulation_finds_a_planted_bug(monkeypatch: pytest.MonkeyPatch, where: type, name: str, bug: object):
    monkeypatch.setattr(where, name, bug)
    assert any(run(plan(seed)).violation for seed in SEEDS)
