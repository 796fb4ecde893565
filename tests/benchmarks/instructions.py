"""Instructions of the pure steps, an event each: intake, folds of several kinds, a tick, a deadline.

    python tests/benchmarks/instructions.py [--check | --renew]

Valgrind counts them on a fixed stream (`instructions_stream.py`), so another load on the machine changes nothing. They
are told in rounds of a pinned loop of plain Python, counted in the same run: so processors and builds of Python matter
little. `INSTRUCTIONS.json` keeps them; `--check` fails where a step has become a tenth dearer or a fifth cheaper,
`--renew` keeps what was counted now. What is kept is of Python 3.11; 3.12 and 3.13 come to 3 to 11 % less. Garbage is
not collected meanwhile: when that happens depends on everything before.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
sys.path.insert(0, str(REPOSITORY))  # a script's own folder is the only one that Python looks into

from tests.tools.debian import VALGRIND, program  # noqa: E402 - the path comes first

KEPT = HERE / "INSTRUCTIONS.json"
DEARER_MAX, CHEAPER_MAX = 0.1, 0.2


def counted() -> dict[str, float]:
    """Step by step the instructions of an event, in rounds of the pinned loop. Raises `MissingProgramError`."""
    with tempfile.TemporaryDirectory() as folder:
        steps = _run(Path(folder))
        totals = [_total(Path(folder) / f"counts.{2 * number}") for number in range(1, len(steps) + 1)]
    each = {name: total / events for (name, events), total in zip(steps, totals, strict=True)}
    round_of_the_loop = each.pop("reference")
    return {name: round(instructions / round_of_the_loop, 1) for name, instructions in each.items()}


def differences(found: Mapping[str, float], kept: Mapping[str, float]) -> list[str]:
    """The steps that have become dearer; and those so much cheaper that what they cost next would not be seen."""
    if found.keys() != kept.keys():
        return [f"the steps are other ones than in {KEPT.name}: keep them with --renew"]
    changes = {name: found[name] / kept[name] - 1 for name in kept}
    return [
        f"{name}: {found[name]} rounds of the loop an event, {kept[name]} were kept ({change:+.0%})"
        for name, change in changes.items()
        if not -CHEAPER_MAX < change < DEARER_MAX
    ]


def _run(folder: Path) -> list[tuple[str, int]]:
    """Run the stream under valgrind, which writes `counts.N` at each mark; the steps with their events."""
    valgrind = program(VALGRIND, "valgrind")
    own = valgrind.parents[1] / "libexec" / "valgrind"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(REPOSITORY / "src"),
        **({"VALGRIND_LIB": str(own)} if own.is_dir() else {}),
    }
    options = ("--tool=callgrind", "--dump-before=getsid", f"--callgrind-out-file={folder / 'counts'}")
    command = (valgrind, *options, sys.executable, HERE / "instructions_stream.py")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the stream has ended with status {done.returncode}:\n{done.stderr[-4000:]}")
    return [(name, events) for name, events in map(json.loads, done.stdout.splitlines())]


def _total(counts: Path) -> int:
    found = re.search(r"^totals: (\d+)$", counts.read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit(f"valgrind has written no total to {counts.name}")
    return int(found[1])


def main() -> None:
    """Count, and print a line a step; check or keep what was counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="fail where a step is a tenth dearer or a fifth cheaper")
    what.add_argument("--renew", action="store_true", help=f"write {KEPT.name}")
    options = parser.parse_args()
    found, kept = counted(), json.loads(KEPT.read_text())
    for name, rounds in found.items():
        sys.stdout.write(f"{name:<32}{rounds:8.1f} rounds of the loop, kept {kept.get(name, 'none')}\n")
    if options.renew:
        KEPT.write_text(json.dumps(found, indent=2) + "\n")
    elif options.check and (told := differences(found, kept)):
        raise SystemExit("\n".join(told))


if __name__ == "__main__":
    main()
