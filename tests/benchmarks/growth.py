"""How cost grows: with open tickets, tenants, promises, the deduplication window, partitions, workers, members.

    python tests/benchmarks/growth.py [AXIS[=VALUE,...]...]

Each point is written to GROWTH.json and GROWTH.md beside this file at once; what is not named stays as it is. Where a
broker is needed a local Kafka is started, a new one for each point. Memory and bytes are the same on a busy machine,
processor time is about it; the seconds need a calm one. The load average of five minutes is told with each point.
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
Results = dict[str, list[dict[str, Any]]]
"""The points of each axis."""

HEAD = (
    "# How cost grows",
    "",
    "Written by `python tests/benchmarks/growth.py`; [docs/sizing.md](../../docs/sizing.md) says what it means. `_us`",
    "are microseconds of processor time for each one of what is counted, `_s` are seconds, `memory` and `bytes` are",
    "bytes. `apart` are inputs that come one by one, `ready` are inputs that lay ready when the worker came to them.",
    "`lives` are sixty days of two clients (`tools/quarter.py`). `load` is the load average of five minutes.",
)

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
        return asyncio.run(running(kafka, folder / "kafka", point["partitions"], point["workers"]))


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


def measure(name: str, point: Point) -> dict[str, Any]:
    """A point of an axis, with the conditions."""
    with tempfile.TemporaryDirectory() as folder:
        figures = AXES[name][0](point, Path(folder))
    sys.stdout.write(f"{name}: {json.dumps(point | figures)}\n")
    sys.stdout.flush()
    conditions = {
        "measured": f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC",
        "machine": machine(),
        "tocsin": version("tocsin"),
        "load": round(os.getloadavg()[1], 1),
    }
    return {"point": point, "figures": figures, "conditions": conditions}


def kept(results: Results, name: str, found: dict[str, Any]) -> Results:
    """`results` with the point that was found in the place of the same one before, in the order of the axes."""
    points = {json.dumps(it["point"]): it for it in (*results.get(name, []), found)}
    results = results | {name: [points[it] for it in map(json.dumps, AXES[name][1]) if it in points]}
    return {each: results[each] for each in AXES if each in results}


def page(results: Results) -> str:
    """The text of GROWTH.md."""
    return "\n".join([*HEAD, *_sections(results), ""])


def _sections(results: Results) -> Iterator[str]:
    for name, points in results.items():
        yield from ("", f"## {name}", "")
        yield f"{points[0]['conditions']['machine']}, Tocsin {points[0]['conditions']['tocsin']}."
        yield from ("", f"| |{' |' * len(points)}", f"|---|{'---|' * len(points)}")
        for part in ("point", "figures"):
            for figure in points[0][part]:
                yield f"| {figure} | {' | '.join(shown(it[part][figure]) for it in points)} |"
        for condition in ("measured", "load"):
            yield f"| {condition} | {' | '.join(str(it['conditions'][condition]) for it in points)} |"


def shown(figure: float) -> str:
    """As people read it."""
    return f"{figure:,.0f}" if abs(figure) >= 1_000 else f"{figure:.3g}"


def wanted(words: list[str]) -> Iterator[tuple[str, Point]]:
    """The points that `AXIS` or `AXIS=VALUE,...` name; all of them where nothing is named."""
    for word in words or AXES:
        name, _, values = word.partition("=")
        if name not in AXES:
            raise SystemExit(f"{name} is no axis: {', '.join(AXES)}")
        for point in AXES[name][1]:
            if not values or str(next(iter(point.values()), "")) in values.split(","):
                yield name, point


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("axes", nargs="*", metavar="AXIS[=VALUE,...]", help=", ".join(AXES))
    for name, point in wanted(parser.parse_args().axes):
        found = measure(name, point)
        results = kept(json.loads(RESULTS.read_text()) if RESULTS.exists() else {}, name, found)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        PAGE.write_text(page(results))


if __name__ == "__main__":
    main()
