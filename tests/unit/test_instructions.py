"""What the pure steps cost is counted in instructions, so that nobody makes them dearer without knowing."""

import importlib.util
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "instructions.py"
spec = importlib.util.spec_from_file_location("instructions", SCRIPT)
assert spec is not None
assert spec.loader is not None
instructions = importlib.util.module_from_spec(spec)
spec.loader.exec_module(instructions)

KEPT = json.loads(instructions.KEPT.read_text())


@pytest.mark.slow
@pytest.mark.timeout(3_000)  # a minute of processor time, which a busy machine takes long to give
def test_no_step_of_intake_or_fold_takes_a_tenth_more_instructions_than_is_kept() -> None:
    told = instructions.differences(instructions.counted(), KEPT)
    assert not told, "; ".join([*told, "where that is meant: python tests/benchmarks/instructions.py --renew"])


def test_a_step_that_has_become_an_eighth_dearer_is_named_and_so_is_one_that_is_a_quarter_cheaper() -> None:
    first, second, third, *_ = KEPT
    changed = KEPT | {first: KEPT[first] * 1.125, second: KEPT[second] * 0.75, third: KEPT[third] * 1.05}
    told = instructions.differences(changed, KEPT)
    assert [line.partition(":")[0] for line in told] == [first, second]
    assert ["+12%" in told[0], "-25%" in told[1]] == [True, True]


def test_steps_of_which_nothing_is_kept_pass_for_none() -> None:
    assert instructions.differences(KEPT | {"another step": 1.0}, KEPT)
    assert not instructions.differences(KEPT, KEPT)
