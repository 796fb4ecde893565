"""`make simulate`: which seeds, what is said of a failing one, and how it is made short."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.simulation import hunt, seeds
from tests.simulation.__main__ import main
from tests.simulation.plan import Plan, plan
from tests.simulation.run import Outcome
from tests.simulation.shrink import Shrinking
from tests.simulation.verdict import Violation

WHOLE = plan(3)
BUG = "timer-a-minute-early"


def _simulate(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("17", [17]), ("1-4", [1, 2, 3, 4]), ("3,9, 100-102", [3, 9, 100, 101, 102]), ("2,1-3", [2, 1, 3])],
)
def test_seeds_are_numbers_and_ranges(text: str, expected: list[int]) -> None:
    assert seeds.parse(text) == expected


@pytest.mark.parametrize("text", ["", "x", "5-3", "1-", "1--3", "-1", "1;2", "1-9999999", "1.5"])
def test_anything_else_is_wrong_use_with_a_sentence(text: str) -> None:
    result = _simulate("--seeds", text)
    assert result.exit_code == 2
    assert "Invalid value for '--seeds'" in result.output


def test_a_seed_that_holds_ends_with_the_table_and_status_0() -> None:
    result = _simulate("--seeds", "1")
    assert result.exit_code == 0
    assert "promises judged by the second oracle" in result.output
    assert "Every invariant holds." in result.output


def test_a_failing_seed_is_told_made_short_and_how_to_replay_it() -> None:
    pinned_seed, invariant = hunt.pinned()[BUG]
    result = _simulate("--seeds", str(pinned_seed), "--bug", BUG, "--shrink", "5")
    assert result.exit_code == 1
    assert f"Seed {pinned_seed}, day " in result.output
    assert f"VIOLATED: {invariant}" in result.output
    assert "What remains after" in result.output
    assert "worker-0.1 starts" in result.output
    assert f"make simulate SEEDS={pinned_seed} ARGS='--bug {BUG}'" in result.output
    assert f"make simulate SEEDS={pinned_seed} ARGS='--history --bug {BUG}'" in result.output


def test_a_history_tells_what_the_workers_have_logged() -> None:
    result = _simulate("--seeds", "3", "--history")
    assert result.exit_code == 0
    assert "taken_over source=soc.inbox/0" in result.output


def test_results_may_be_written_elsewhere_only_where_one_can_write(tmp_path: Path) -> None:
    assert _simulate("--results", str(tmp_path)).exit_code == 2


def _fails_with(publications: int, faults: int) -> Any:
    """A run that fails as long as these are in its plan."""
    needed = {WHOLE.publications[publications], WHOLE.faults[faults]}

    def carry_out(tried: Plan) -> Outcome:
        failed = needed <= {*tried.publications, *tried.faults}
        return Outcome(tried.seed, tried.setting.days, Violation("x", "seen") if failed else None)

    return carry_out


def test_what_remains_is_what_it_takes_to_see_the_failure() -> None:
    publication, fault = WHOLE.publications[len(WHOLE.publications) // 3], WHOLE.faults[len(WHOLE.faults) // 2]
    carry_out = _fails_with(len(WHOLE.publications) // 3, len(WHOLE.faults) // 2)
    short = Shrinking("x", 60, carry_out).shortened(WHOLE, WHOLE.publications[-1].at)
    assert (short.publications, short.faults) == ([publication], [fault])
    assert short.setting.workers == 1
    assert short.setting.days <= 1 + max(publication.at, fault.at) // 86_400_000_000


def test_another_failure_does_not_count() -> None:
    def otherwise(tried: Plan) -> Outcome:
        return Outcome(tried.seed, tried.setting.days, Violation("y", "seen"))

    assert Shrinking("x", 60, otherwise).shortened(WHOLE, 0) == WHOLE


def test_without_time_the_plan_is_left_as_it_is() -> None:
    assert Shrinking("x", -1, _fails_with(0, 0)).shortened(WHOLE, WHOLE.publications[-1].at) == WHOLE
