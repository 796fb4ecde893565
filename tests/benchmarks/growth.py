"""How cost grows: with open tickets, tenants, promises, the deduplication window, partitions, workers, members.

    python tests/benchmarks/growth.py [AXIS...] [--small]

Each axis is measured point by point, and written to GROWTH.json and GROWTH.md beside this file at once; axes that are
not named stay as they are. `--small` leaves out the large points and writes nothing. Where a broker is needed a local
Kafka is started, a new one for each point. What is told are processor time, memory and bytes: another load on the
machine weighs little on them, but for the seconds, which need a calm machine.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from growing_fold import Figures
from growing_workers import grouped, running

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.machine import machine

from tocsin.dev.kafka import LocalKafka, install

HERE = Path(__file__).parent
RESULTS = HERE / "GROWTH.json"
PAGE = HERE / "GROWTH.md"

Point = dict[str, int]
Measure = Callable[[Point, Path], Figures]


def step(name: str, point: Point, file: Path) -> Figures:
    """A step of `growing_fold.py`, in a process of its own."""
    command = [sys.executable, str(HERE / "growing_fold.py"), name, json.dumps(point), str(file)]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    figures: Figures = json.loads(done.stdout)
    return figures


def state(point: Point, folder: Path) -> Figures:
    """Fold, then restore."""
    return step("fold", point, folder / "state") | step("restore", point, folder / "state")


def lives(point: Point, folder: Path) -> Figures:
    """Fold sixty days, then take over what is left."""
    return step("lives", point, folder / "state") | step("hold", point, folder / "state")


def on_broker(point: Point, folder: Path) -> Figures:
    """One point on a broker of its own."""
    with LocalKafka(install(), folder / "kafka") as kafka:
        if "members" in point:
            return asyncio.run(grouped(kafka, folder / "kafka", point["members"], point["partitions"]))
        return asyncio.run(running(kafka, folder / "kafka", folder, point["partitions"], point["workers"]))


def along(name: str, *values: int, **fixed: int) -> list[Point]:
    """Points that differ in one figure."""
    return [{name: value, **fixed} for value in values]


AXES: dict[str, tuple[Measure, list[Point]]] = {
    "tickets": (state, along("tickets", 1_000, 10_000, 100_000, 1_000_000)),
    "tenants": (state, along("tenants", 1, 10, 100, 1_000, 5_000, tickets=20_000)),
    "promises": (state, along("promises", 1, 4, 16, 64, tickets=2_000)),
    "window": (
        lambda point, folder: step("window", point, folder / "state"),
        along("window", 1_000, 10_000, 100_000, 1_000_000, tickets=1_000),
    ),
    "lives": (lives, [{}]),
    "partitions": (on_broker, along("partitions", 1, 4, 16, 64, workers=1)),
    "workers": (on_broker, along("workers", 1, 2, 4, partitions=16)),
    "members": (on_broker, along("members", 1, 10, 30, 100, partitions=100)),
}


def measure(name: str, *, small: bool) -> dict[str, Any]:
    """The points of an axis, with the conditions."""
    how, points = AXES[name]
    found = []
    for point in points[:1] if small else points:
        with tempfile.TemporaryDirectory() as folder:
            found.append(point | how(point, Path(folder)))
        sys.stdout.write(f"{name}: {json.dumps(found[-1])}\n")
        sys.stdout.flush()
    return {
        "measured": f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC",
        "machine": machine(),
        "tocsin": version("tocsin"),
        "load": round(os.getloadavg()[2], 1),
        "points": found,
    }


def page(results: dict[str, Any]) -> str:
    """The text of GROWTH.md."""
    return "\n".join(
        ["# How cost grows", "", "Written by `python tests/benchmarks/growth.py`.", *_sections(results), ""]
    )


def _sections(results: dict[str, Any]) -> Iterator[str]:
    for name, axis in results.items():
        yield from ("", f"## {name}", "")
        yield f"{axis['measured']}, Tocsin {axis['tocsin']}, {axis['machine']}, load average {axis['load']}."
        yield from ("", f"| |{' |' * len(axis['points'])}", f"|---|{'---|' * len(axis['points'])}")
        for figure in axis["points"][0]:
            yield f"| {figure} | {' | '.join(shown(point[figure]) for point in axis['points'])} |"


def shown(figure: float) -> str:
    """As people read it."""
    return f"{figure:,.0f}" if abs(figure) >= 1_000 else f"{figure:.3g}"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("axes", nargs="*", choices=[*AXES, []], metavar="AXIS", help=", ".join(AXES))
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    for name in options.axes or AXES:
        axis = measure(name, small=options.small)
        if not options.small:
            results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
            results = {
                each: (axis if each == name else results[each]) for each in AXES if each == name or each in results
            }
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")
            PAGE.write_text(page(results))


if __name__ == "__main__":
    main()
